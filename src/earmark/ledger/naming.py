"""Hand-written names of legs, and the links that use them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from earmark.ledger import schema
from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.people import findings_table
from earmark.ledger.quantity import format_quantity
from earmark.ledger.values import UNKNOWN_TIME, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from earmark.ledger.draft import Draft
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.values import Basis, LegName

LISTED_MAX = 8
"""Legs that an error lists where a name fits none or several."""
_SIDES = {schema.OUT: "out-leg", schema.IN: "in-leg"}
LOST = "a transaction that this link names was refused, so it ties nothing"


def with_links(ledger: Ledger, drafts: Sequence[Draft]) -> Ledger:
    """Resolve the links' legs to positions.

    A link that two sources tell is one link (law 5). A link whose transaction was refused falls with it,
    and a finding says so; a link that names nothing at all is an error.
    """
    rows: list[dict[str, object]] = []
    links = dict.fromkeys(
        (link.name, link.basis, link.outs, link.ins, link.note)
        for draft in drafts
        for link in draft.links
    )
    told = {name.key for _, _, outs, ins, _ in links for name in (*outs, *ins)}
    refused = _refused(told - set(ledger.transaction_positions), drafts) if told else set()
    findings = []
    for number, link in enumerate(links):
        lost = sorted(refused & {one.key for one in (*link[2], *link[3])})
        if lost:
            findings.append(Finding("link_refused", "1", UNKNOWN_TIME, (link[0], *lost), (LOST,)))
        else:
            rows += _link_rows(ledger, number, link)
    table = pa.Table.from_pylist(rows, schema=schema.LINKS)
    tables = {**ledger.tables, "links": table}
    if findings:
        tables["findings"] = pa.concat_tables([tables["findings"], findings_table(findings)])
    return replace(ledger, tables=tables)


def _refused(missing: set[str], drafts: Sequence[Draft]) -> set[str]:
    """Return those of the missing keys that a source told: their rows were refused."""
    if not missing:
        return set()
    return {
        key
        for draft in drafts
        for key in draft.transactions.column("key").to_pylist()
        if key in missing
    }


def _link_rows(
    ledger: Ledger,
    number: int,
    link: tuple[str, Basis, tuple[LegName, ...], tuple[LegName, ...], str],
) -> list[dict[str, object]]:
    name, basis, outs, ins, note = link
    told = {"link": number, "name": name, "basis": basis, "note": note}
    return [
        {**told, "side": side, "leg": find_leg(ledger, one, side)}
        for side, names in ((schema.OUT, outs), (schema.IN, ins))
        for one in names
    ]


def find_leg(
    ledger: Ledger,
    name: LegName,
    side: int,
    commodity: str = "",
    shown: Callable[[str], str] = str,
) -> int:
    """Return the position of the leg that a name means; without an ordinal the only one of its side.

    Raises EarmarkError when no leg or several fit: it lists those that may be meant, holders as ``shown`` writes
    them.
    """
    tx = ledger.transaction_positions.get(name.key)
    if tx is None:
        raise EarmarkError(
            f"there is no transaction with the key {name.key}",
            near_miss=near_miss(name.key, ledger.transaction_positions),
        )
    first = int(ledger.first_legs[tx])
    legs = ledger.tables["legs"].slice(first, int(ledger.first_legs[tx + 1]) - first).to_pylist()
    may_be = [
        leg
        for leg in legs
        if leg["side"] == side
        and (not commodity or ledger.commodities[leg["commodity"]].symbol == commodity)
    ]
    fits = [leg for leg in may_be if name.ordinal in (None, leg["ordinal"])]
    if len(fits) != 1:
        what = f"{_SIDES[side]} in {commodity}" if commodity else _SIDES[side]
        raise EarmarkError(
            _misfit(ledger, name, legs, len(fits), what),
            expected=_listed(ledger, name.key, may_be, what, shown),
        )
    return int(fits[0]["leg"])


def _misfit(
    ledger: Ledger, name: LegName, legs: Sequence[dict[str, Any]], fits: int, what: str
) -> str:
    """Say why a name means no leg: several fit, or the one of that number is another or is not there."""
    if name.ordinal is None:
        return f"{name.key}: {fits} {what.replace('-leg', '-legs')} fit"
    numbered = f"{name.key}#{name.ordinal}"
    for leg in legs:
        if leg["ordinal"] == name.ordinal:
            symbol = ledger.commodities[leg["commodity"]].symbol
            return f"{numbered} is an {_SIDES[leg['side']]} in {symbol}"
    return f"{numbered} is not there: the transaction has {len(legs)} legs"


def _listed(
    ledger: Ledger,
    key: str,
    legs: Sequence[dict[str, Any]],
    what: str,
    shown: Callable[[str], str],
) -> str:
    if not legs:
        return f"an {what}, and {key} has none"
    told = [_told(ledger, leg, shown) for leg in legs[:LISTED_MAX]]
    rest = len(legs) - len(told)
    more = f" and {rest} more" if rest else ""
    return f"one {what} as KEY#ordinal: {', '.join(told)}{more}"


def _told(ledger: Ledger, leg: dict[str, Any], shown: Callable[[str], str]) -> str:
    commodity = ledger.commodities[leg["commodity"]]
    known = leg["quantity"] is not None
    quantity = format_quantity(int(leg["quantity"]), commodity.exponent) if known else "?"
    holder = shown(ledger.holder_names[leg["holder"]])
    return f"#{leg['ordinal']} {holder} {quantity} {commodity.symbol}"
