"""Every movement of the record as rows that people can add up: who paid whom how much, and where it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from earmark.ledger.schema import IN
from earmark.report.handling import own_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from earmark.cases.case import Case
    from earmark.ledger.ledger import Ledger


class Movement(NamedTuple):
    """One row: a payer, a payee and what moved; positions, smallest units, microseconds since 1970.

    ``number`` counts the rows of one transaction from 1. Where several paid several in one transaction the
    record does not pair them: each leg is a row of its own with the other side empty.
    """

    key: str
    number: int
    time_us: int | None
    end_us: int | None
    ref: str
    kind: str
    basis: str
    payer: int | None
    payee: int | None
    commodity: int
    quantity: int | None
    low: int | None
    high: int | None
    source: int | None
    locator: str
    note: str
    payer_leg: int | None
    payee_leg: int | None


class _Leg(NamedTuple):
    position: int
    holder: int
    commodity: int
    quantity: int | None
    low: int | None
    high: int | None
    is_in: bool


def movements(case: Case, ledger: Ledger, *, with_openings: bool = False) -> list[Movement]:
    """Return a ledger's movements in its order; openings only where they are asked for."""
    evidence = own_evidence(case)
    rows: list[Movement] = []
    for transaction, legs in _transactions(ledger):
        if transaction["kind"] == "opening" and not with_openings:
            continue
        source, locator = evidence.get(transaction["key"], (None, ""))
        pairs = [pair for same in _by_commodity(legs) for pair in _pairs(same)]
        for number, (out, into) in enumerate(pairs, 1):
            rows.append(_movement(transaction, number, out, into, (source, locator)))
    return rows


def _transactions(ledger: Ledger) -> Iterator[tuple[dict[str, str], list[_Leg]]]:
    table = ledger.tables["transactions"]
    for name in ("time", "time_end"):
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, table.column(name).cast(pa.int64()))
    columns = ("leg", "holder", "commodity", "quantity", "low", "high", "side")
    legs = list(zip(*(ledger.column("legs", name).to_pylist() for name in columns), strict=True))
    for position, row in enumerate(table.to_pylist()):
        first, last = int(ledger.first_legs[position]), int(ledger.first_legs[position + 1])
        yield row, [_leg(leg) for leg in legs[first:last]]


def _leg(row: tuple[object, ...]) -> _Leg:
    position, holder, commodity, quantity, low, high = (_number(one) for one in row[:6])
    return _Leg(position or 0, holder or 0, commodity or 0, quantity, low, high, row[6] == IN)


def _by_commodity(legs: list[_Leg]) -> list[list[_Leg]]:
    order = dict.fromkeys(leg.commodity for leg in legs)
    return [[leg for leg in legs if leg.commodity == one] for one in order]


def _pairs(legs: list[_Leg]) -> list[tuple[_Leg | None, _Leg | None]]:
    outs, ins = [leg for leg in legs if not leg.is_in], [leg for leg in legs if leg.is_in]
    if len(outs) == 1:
        return [(outs[0], into) for into in ins]
    if len(ins) == 1:
        return [(out, ins[0]) for out in outs]
    return [*((out, None) for out in outs), *((None, into) for into in ins)]


def _movement(
    transaction: dict[str, str],
    number: int,
    out: _Leg | None,
    into: _Leg | None,
    place: tuple[int | None, str],
) -> Movement:
    one = _smaller(out, into)
    return Movement(
        key=transaction["key"],
        number=number,
        time_us=_number(transaction["time"]),
        end_us=_number(transaction["time_end"]),
        ref=transaction["ref"] or "",
        kind=transaction["kind"],
        basis=transaction["basis"],
        payer=None if out is None else out.holder,
        payee=None if into is None else into.holder,
        commodity=one.commodity,
        quantity=one.quantity,
        low=one.low,
        high=one.high,
        source=place[0],
        locator=place[1],
        note=transaction["note"] or "",
        payer_leg=None if out is None else out.position,
        payee_leg=None if into is None else into.position,
    )


def _smaller(out: _Leg | None, into: _Leg | None) -> _Leg:
    """Return the leg whose quantity the row carries: of a pair the one that has no other partner."""
    found = [leg for leg in (out, into) if leg is not None]
    return min(found, key=lambda leg: (leg.quantity is None, leg.quantity or 0))


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))
