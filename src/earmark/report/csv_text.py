"""CSV that a spreadsheet opens without running anything: RFC 4180, UTF-8, the same bytes every time."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as text with CRLF line ends.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front; so does one that
    begins with an apostrophe, so that reading takes exactly one off.
    """
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return sink.getvalue()


def safe(cell: str) -> str:
    """Put an apostrophe before a cell that would be taken for a formula; null characters go."""
    cell = cell.replace("\0", "\ufffd")
    return "'" + cell if cell.startswith((*FORMULA_STARTS, "'")) else cell


def plain(cell: str) -> str:
    """Take off what ``safe`` put in front."""
    return cell.removeprefix("'")


def read_csv_text(text: str) -> list[list[str]]:
    """Return the rows of a table that ``csv_text`` wrote, header first; raises ValueError."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(f"is not CSV: {error}") from error
    return [[plain(cell) for cell in row] for row in rows]
