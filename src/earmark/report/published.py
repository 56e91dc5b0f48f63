"""What was published about deposits beside what the record shows: numbers that two people wrote down apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from earmark.ledger.reserved import BEFORE_THE_RECORD
from earmark.ledger.schema import IN
from earmark.report.amounts import Amount
from earmark.report.groups import Saying

if TYPE_CHECKING:
    from earmark.ledger.values import Commodity
    from earmark.report.study import Study

_PREDICATE = re.compile(r"deposited_(\d{1,12})_([a-z0-9]{1,20})", re.ASCII)
Verdict = Literal["agrees", "differs", "absent"]


class Deposit(NamedTuple):
    """One published number of deposits of one size, and what the record says the depositor received."""

    subject: str
    label: str
    period: tuple[object, object]
    size: Amount
    published: int
    received: Amount | None
    fits: int | None
    said_by: Saying
    source: str

    @property
    def verdict(self) -> Verdict:
        """Say whether the receipt holds exactly as many deposits as were published."""
        if self.fits is None:
            return "absent"
        return "agrees" if self.fits == self.published else "differs"


def deposit_size(predicate: str) -> tuple[int, str] | None:
    """Return the size and the symbol that ``deposited_100_eth`` names, or nothing."""
    match = _PREDICATE.fullmatch(predicate)
    return None if match is None else (int(match[1]), match[2].upper())


def deposits(study: Study) -> list[Deposit]:
    """Return every statement ``deposited_SIZE_COMMODITY`` that stands, in order of statement."""
    received = _received(study)
    symbols = {one.symbol.lower(): place for place, one in enumerate(study.commodities)}
    found = []
    for row in study.ledger.tables["statements"].to_pylist():
        match = _PREDICATE.fullmatch(row["predicate"])
        if not match or row["superseded"] or match[2] not in symbols:
            continue
        if not re.fullmatch(r"\d{1,9}", row["value"], re.ASCII) or not int(match[1]):
            continue
        found.append(_deposit(study, row, int(match[1]), symbols[match[2]], received))
    return found


def _deposit(
    study: Study,
    row: dict[str, str],
    size: int,
    commodity: int,
    received: dict[tuple[str, int], int],
) -> Deposit:
    subject = study.ledger.aliases.get(row["subject"], row["subject"])
    unit = study.commodities[commodity]
    smallest = size * 10**unit.exponent
    quantity = received.get((subject, commodity))
    return Deposit(
        subject=subject,
        label=study.ledger.labels.get(subject, ""),
        period=(row["valid_from"], row["valid_to"]),
        size=Amount(smallest, unit),
        published=int(row["value"]),
        received=None if quantity is None else Amount(quantity, unit),
        fits=None if quantity is None else quantity // smallest,
        said_by=Saying(row["by"], row["by_kind"]),
        source=row["source"],
    )


def _received(study: Study) -> dict[tuple[str, int], int]:
    """Add up what each holder received in the record itself; openings are not in it."""
    ledger = study.ledger
    kinds = ledger.column("transactions", "kind").to_pylist()
    names = ("tx", "holder", "commodity", "side", "quantity")
    sums: dict[tuple[str, int], int] = {}
    columns = (ledger.column("legs", name).to_pylist() for name in names)
    for tx, holder, commodity, side, quantity in zip(*columns, strict=True):
        if side == IN and quantity is not None and kinds[tx] not in BEFORE_THE_RECORD:
            key = (ledger.holder_names[holder], commodity)
            sums[key] = sums.get(key, 0) + int(quantity)
    return sums


class Sum(NamedTuple):
    """A receipt that fits its own published number and those of the absent, added up."""

    fits: int
    own: int
    absent: tuple[int, ...]
    subject: str


def published_deposits(found: list[Deposit]) -> dict[Amount, int]:
    """Add up the published numbers of deposits, by size of deposit."""
    sums: dict[Amount, int] = {}
    for one in found:
        sums[one.size] = sums.get(one.size, 0) + one.published
    return sums


def fitting_sum(found: list[Deposit]) -> Sum | None:
    """Return the one differing receipt if it fits its own deposits and those of all absent addresses."""
    differing = [one for one in found if one.verdict == "differs"]
    absent = tuple(one.published for one in found if one.verdict == "absent")
    if len(differing) != 1 or not absent or len({(one.size, one.said_by) for one in found}) != 1:
        return None
    one = differing[0]
    if one.fits is None or one.fits != one.published + sum(absent):
        return None
    return Sum(one.fits, one.published, absent, one.subject)


def received_by_depositors(found: list[Deposit]) -> list[Amount]:
    """Add up, by commodity, what the published depositors in the record received; each holder once."""
    sums: dict[Commodity, dict[str, int]] = {}
    for one in found:
        if one.received is not None:
            sums.setdefault(one.received.commodity, {})[one.subject] = one.received.quantity
    return [Amount(sum(each.values()), unit) for unit, each in sums.items()]
