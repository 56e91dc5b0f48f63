"""A ledger's links as conversions, each with the reason where a walk must stop at it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from earmark.ledger.schema import IN, OUT
from earmark.tracing.values import Conversion

if TYPE_CHECKING:
    from earmark.ledger.ledger import Ledger

LINKED_TWICE = "a leg is linked twice"


def conversions_of(ledger: Ledger) -> tuple[Conversion, ...]:
    """Return the links with the reason where a walk must stop at one."""
    rows = ledger.tables["links"].to_pylist()
    times_linked = Counter(row["leg"] for row in rows)
    by_link: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_link.setdefault(row["link"], []).append(row)
    return tuple(
        _conversion(ledger, mine, is_sound=all(times_linked[row["leg"]] == 1 for row in mine))
        for mine in by_link.values()
    )


def _conversion(ledger: Ledger, rows: list[dict[str, Any]], *, is_sound: bool) -> Conversion:
    outs = tuple(row["leg"] for row in rows if row["side"] == OUT)
    ins = tuple(row["leg"] for row in rows if row["side"] == IN)
    received = _column(ledger, "quantity", ins)
    return Conversion(
        rows[0]["name"],
        outs,
        ins,
        tuple(int(quantity or 0) for quantity in received),
        _problem(ledger, outs, ins) if is_sound else LINKED_TWICE,
    )


def _column(ledger: Ledger, name: str, legs: tuple[int, ...]) -> list[Any]:
    return ledger.column("legs", name).take(pa.array(legs, pa.int64())).to_pylist()  # type: ignore[no-any-return]


def _problem(ledger: Ledger, outs: tuple[int, ...], ins: tuple[int, ...]) -> str:
    """Return the first thing that is wrong with a link, or an empty string."""
    paid, received = (set(_column(ledger, "commodity", legs)) for legs in (outs, ins))
    first_in = min(_column(ledger, "tx", ins), default=0)
    wrong = {
        "nothing received is named": not ins,
        "a quantity received is unknown": None in _column(ledger, "quantity", ins),
        "a quantity paid is unknown": None in _column(ledger, "quantity", outs),
        "several commodities on one side need declared pairs": max(len(paid), len(received)) > 1,
        "both sides are the same commodity": paid == received,
        "the out-legs belong to several holders": len(set(_column(ledger, "holder", outs))) > 1,
        "something was received before all was paid: backward tracing is not supported": max(
            _column(ledger, "tx", outs), default=0
        )
        > first_in,
    }
    return next((problem for problem, is_so in wrong.items() if is_so), "")
