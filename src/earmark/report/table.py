"""One table of a report, and the cells that many tables share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.quantity import format_quantity
from earmark.report.csv_text import csv_text
from earmark.report.times import moment_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.ledger import Ledger
    from earmark.report.movements import Movement
    from earmark.report.study import Study

Row = tuple[str, ...]


class Table(NamedTuple):
    """One table: the first ``keys`` columns name a row, ``source`` and ``locator`` say where it stands."""

    name: str
    keys: int
    header: Row
    rows: Sequence[Row]

    @property
    def text(self) -> str:
        """The table as CSV."""
        return csv_text(self.header, self.rows)


def path_of(study: Study, source: int | None) -> str:
    """Return a source's path, or nothing."""
    if source is None:
        return ""
    return str(study.ledger.column("sources", "path")[source].as_py())


def name_of(study: Study, ledger: Ledger, holder: int | None) -> str:
    """Return a holder's name as far as it may be shown, or nothing."""
    return "" if holder is None else study.shown.name(ledger.holder_names[holder])


def written_name(study: Study, ledger: Ledger, holder: int | None) -> str:
    """Return a holder as people write it, as far as it may be shown, or nothing."""
    return "" if holder is None else study.shown.written(ledger.holder_names[holder])


def digits_of(study: Study, quantity: int | None, commodity: int) -> str:
    """Return a quantity in plain digits, or nothing where it is unknown."""
    exponent = study.commodities[commodity].exponent
    return "" if quantity is None else format_quantity(quantity, exponent)


def movement_row(study: Study, row: Movement) -> Row:
    """Return a movement as the cells of ``transactions.csv``."""
    commodity = row.commodity
    return (
        row.key,
        str(row.number),
        moment_text(row.time_us, row.end_us),
        row.kind,
        row.basis,
        name_of(study, study.ledger, row.payer),
        name_of(study, study.ledger, row.payee),
        study.commodities[commodity].symbol,
        digits_of(study, row.quantity, commodity),
        digits_of(study, row.low, commodity),
        digits_of(study, row.high, commodity),
        row.ref,
        row.note,
        written_name(study, study.ledger, row.payer),
        written_name(study, study.ledger, row.payee),
        path_of(study, row.source),
        row.locator,
    )
