"""Add it up yourself: what each claim's first holder received and paid out, row by row, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.report.amounts import Amount
from earmark.report.movements import Movement, movements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.values import Commodity
    from earmark.report.study import Study

CLAIMED, CONVERTED = "claimed", "converted"


class Line(NamedTuple):
    """One movement of the sheet; ``mark`` says whether it is claimed, converted or neither."""

    movement: Movement
    amount: Amount | None
    mark: str


class Zero(NamedTuple):
    """One row of zero value: an observation that moved nothing."""

    text: str
    source: int | None
    locator: str
    time: object


class Sheet(NamedTuple):
    """One holder in one commodity.

    ``received`` are claimed and converted receipts; the others are added up in ``others``. The remainder
    is what was received less what was paid out: not a balance. Rows of unknown quantity stand beside the
    sums, never in them; withheld rows stand in the sums, but are not listed.
    """

    holder: str
    commodity: Commodity
    received: tuple[Line, ...]
    others: Amount
    others_count: int
    others_payers: int
    paid: tuple[Line, ...]
    zeros: tuple[Zero, ...]
    claimed_sum: Amount
    besides_sum: Amount
    paid_sum: Amount
    total: Amount
    remaining: Amount
    paid_rows: int
    unknown: int
    withheld: int
    lacks: tuple[str, ...]

    def more_received(self, shown: int) -> Amount:
        """Add up the claimed and converted receipts that a page leaves out."""
        return Amount(_total(self.received[shown:]), self.commodity)

    def more_paid(self, shown: int) -> Amount:
        """Add up the payouts that a page leaves out."""
        return Amount(_total(self.paid[shown:]), self.commodity)


def sheets(study: Study) -> list[Sheet]:
    """Return a sheet for every first holder of a claim, in each commodity that it moved."""
    if not study.runs:
        return []
    rows = movements(study.case, study.ledger)
    marks = _marks(study)
    found = []
    for holder in _first_holders(study):
        mine = [row for row in rows if holder in (row.payer, row.payee) and row.payer != row.payee]
        by_size = sorted({row.commodity for row in mine}, key=lambda c: (-_count(mine, c), c))
        found += [_sheet(study, holder, commodity, mine, marks) for commodity in by_size]
    return sorted(found, key=lambda sheet: not sheet.received)


def _count(rows: list[Movement], commodity: int) -> int:
    return sum(row.commodity == commodity for row in rows)


def _first_holders(study: Study) -> list[int]:
    question = study.named().question
    holders = study.named().ledger.integers("legs", "holder")
    return list(dict.fromkeys(int(holders[one.leg]) for one in question.claimed))


def _marks(study: Study) -> dict[tuple[str, int], str]:
    """Say which legs are claimed or converted, by transaction key and ordinal: positions may differ."""
    traced = study.named()
    found: dict[int, str] = {}
    for one in traced.question.conversions:
        found |= dict.fromkeys(one.ins, CONVERTED)
    found |= dict.fromkeys((one.leg for one in traced.question.claimed), CLAIMED)
    legs = traced.ledger.tables["legs"]
    keys = traced.ledger.column("transactions", "key")
    tx, ordinal = legs.column("tx"), legs.column("ordinal")
    return {
        (keys[tx[leg].as_py()].as_py(), ordinal[leg].as_py()): mark for leg, mark in found.items()
    }


def _sheet(
    study: Study,
    holder: int,
    commodity: int,
    rows: list[Movement],
    marks: dict[tuple[str, int], str],
) -> Sheet:
    unit = study.commodities[commodity]
    rows = [row for row in rows if row.commodity == commodity]
    into = [_line(study, row, marks) for row in rows if row.payee == holder]
    paid = [_line(study, row, marks) for row in rows if row.payer == holder]
    marked = [line for line in into if line.mark]
    others = [line for line in into if not line.mark]
    claimed = _total([line for line in into if line.mark == CLAIMED])
    sources = {row.source for row in rows if row.source is not None} - study.shown.sources
    hidden = study.shown.keys
    return Sheet(
        holder=study.ledger.holder_names[holder],
        commodity=unit,
        received=tuple(line for line in marked if line.movement.key not in hidden),
        others=Amount(_total(others), unit),
        others_count=len(others),
        others_payers=len({line.movement.payer for line in others}),
        paid=tuple(line for line in paid if line.movement.key not in hidden),
        zeros=_zeros(study, study.ledger.holder_names[holder], unit),
        claimed_sum=Amount(claimed, unit),
        besides_sum=Amount(_total(into) - claimed, unit),
        paid_sum=Amount(_total(paid), unit),
        total=Amount(_total(into), unit),
        remaining=Amount(_total(into) - _total(paid), unit),
        paid_rows=len(paid),
        unknown=sum(line.amount is None for line in (*into, *paid)),
        withheld=sum(line.movement.key in hidden for line in (*marked, *paid)),
        lacks=_lacks(study, sources),
    )


def _line(study: Study, row: Movement, marks: dict[tuple[str, int], str]) -> Line:
    unit = study.commodities[row.commodity]
    amount = None if row.quantity is None else Amount(row.quantity, unit)
    mark = ""
    if row.payee_leg is not None:
        ordinal = study.ledger.column("legs", "ordinal")[row.payee_leg].as_py()
        mark = marks.get((row.key, ordinal), "")
    return Line(row, amount, mark)


def _total(lines: Sequence[Line]) -> int:
    return sum(line.amount.quantity for line in lines if line.amount is not None)


def _zeros(study: Study, holder: str, unit: Commodity) -> tuple[Zero, ...]:
    rows = study.ledger.tables["observations"].to_pylist()
    return tuple(
        Zero(row["text"], row["source"], row["locator"] or "", row["time"])
        for row in rows
        if row["holder"] == holder
        and study.shown.source_is_shown(row["source"])
        and row["kind"] == "zero_value"
        and row["text"].endswith(" " + unit.symbol)
    )


def _lacks(study: Study, sources: set[int]) -> tuple[str, ...]:
    lists = study.ledger.column("sources", "lacks").to_pylist()
    return tuple(dict.fromkeys(lack for one in sorted(sources) for lack in lists[one] or ()))
