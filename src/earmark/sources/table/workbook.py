"""Workbooks (.xlsx): stored values cell by cell, floating-point cells marked inexact."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
import openpyxl
import pyarrow as pa

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.sources.settings import TableFormat
from earmark.sources.table.batches import (
    DATE,
    INEXACT,
    NUMBER,
    ROWS_PER_BATCH,
    TEXT_MAX,
    Batch,
    Column,
)
from earmark.sources.table.cells import trimmed
from earmark.sources.table.columns import Mapping, not_read, positions
from earmark.sources.table.workbook_guard import Survey, check_archive, survey

ALL_SHEETS = "*"
CELL_TEXT_MAX = 32_767
"""Characters that a spreadsheet program puts into one cell."""


@dataclass
class _Rows:
    """Rows of one sheet on their way into columns."""

    locators: list[str] = field(default_factory=list)
    cells: dict[str, list[str]] = field(default_factory=dict)
    marks: dict[str, list[int]] = field(default_factory=dict)
    raw: list[Any] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)
    hidden: int = 0


def batches(path: Path, file: str, mapping: Mapping, settings: TableFormat) -> Iterator[Batch]:
    """Yield the rows of one sheet, or of all; raises EarmarkError for a broken or hostile workbook."""
    check_archive(path, file)
    with path.open("rb") as stream:  # openpyxl would leave a file open that it cannot read
        book = _open(stream, file)
        try:
            for sheet in _sheets(book, settings.sheet, file):
                yield from _sheet_batches(path, sheet, file, mapping, settings)
        finally:
            book.close()


def _open(stream: IO[bytes], file: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # a hostile part can raise anything in the library
            raise _broken(file, error) from error


def _broken(file: str, error: Exception) -> EarmarkError:
    reason = f"{type(error).__name__}: {error}".partition("\n")[0][:200]
    return EarmarkError(
        f"the file cannot be read as a workbook ({reason})",
        file=file,
        expected="a whole .xlsx file",
    )


def _sheets(book: Any, wanted: str | None, file: str) -> list[Any]:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if wanted == ALL_SHEETS and sheets:
        return list(sheets.values())
    if wanted is None and len(sheets) == 1:
        return list(sheets.values())
    if wanted in sheets:
        return [sheets[wanted]]
    problem = (
        "the workbook has several sheets" if wanted is None else f"there is no sheet {wanted!r}"
    )
    raise EarmarkError(
        problem if sheets else "the workbook has no sheet of cells",
        file=file,
        expected=f'format.sheet to name one of {", ".join(map(repr, sheets))}, or "*" for all',
        near_miss=near_miss(wanted or "", sheets),
    )


def _sheet_batches(
    path: Path, sheet: Any, file: str, mapping: Mapping, settings: TableFormat
) -> Iterator[Batch]:
    # openpyxl gives no public name for the part that a sheet stands in.
    found = survey(path, sheet._worksheet_path, file)  # noqa: SLF001
    sheet.reset_dimensions()  # the size that a sheet declares may be too small
    rows = enumerate(sheet.iter_rows(), start=1)
    where: dict[str, int] | None = None
    width = 0
    notes: tuple[str, ...] = ()
    while taken := _take(rows, file):
        if where is None:
            header, taken = _header(taken, settings)
            if not header:
                continue
            width, where = (
                len(header),
                positions(header, mapping, file, f" in sheet {sheet.title!r}"),
            )
            notes = not_read(header, mapping, file) + _hidden_note(sheet, file)
        yield _batch(taken, where, width, sheet, found, notes)
        notes = ()
    if where is None:
        raise EarmarkError(f"sheet {sheet.title!r} is empty", file=file, expected="column names")


def _hidden_note(sheet: Any, file: str) -> tuple[str, ...]:
    if sheet.sheet_state == "visible":
        return ()
    return (f"{file}: sheet {sheet.title!r} is hidden; its rows are read and counted as hidden",)


def _take(rows: Iterator[tuple[int, Any]], file: str) -> list[tuple[int, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return list(islice(rows, ROWS_PER_BATCH // 8))
        except Exception as error:  # the same
            raise _broken(file, error) from error


def _header(
    rows: list[tuple[int, Any]], settings: TableFormat
) -> tuple[list[str], list[tuple[int, Any]]]:
    for at, (_, cells) in enumerate(rows):
        texts = [_read(cell)[0].strip() for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if texts and settings.header:
            return texts, rows[at + 1 :]
        if texts:
            return [str(column + 1) for column in range(len(texts))], rows[at:]
    return [], []


def _batch(
    taken: Sequence[tuple[int, Any]],
    where: dict[str, int],
    width: int,
    sheet: Any,
    found: Survey,
    notes: tuple[str, ...],
) -> Batch:
    rows = _Rows(cells={name: [] for name in where}, marks={name: [] for name in where})
    for number, cells in taken:
        if any(cell.value is not None for cell in cells) or _has_formula(number, len(cells), found):
            _add(rows, number, cells, where, width, found)
            rows.locators.append(f"{sheet.title}!{number}")
            rows.hidden += number in found.hidden or sheet.sheet_state != "visible"
    columns = {
        name: Column(trimmed(pa.array(rows.cells[name], pa.string())), np.array(marks, np.uint8))
        for name, marks in rows.marks.items()
    }
    locators = pa.array(rows.locators, pa.string())
    return Batch(
        locators, columns, lambda row: _row_text(rows.raw[row]), rows.faults, rows.hidden, notes
    )


def _row_text(cells: Sequence[Any]) -> str:
    return ", ".join(_read(cell)[0] for cell in cells[:TEXT_MAX])[:TEXT_MAX]


def _has_formula(number: int, width: int, found: Survey) -> bool:
    return any((number, column + 1) in found.unvalued for column in range(width))


def _add(
    rows: _Rows, number: int, cells: Any, where: dict[str, int], width: int, found: Survey
) -> None:
    fault = ""
    for name, at in where.items():
        text, mark, problem = _read(cells[at]) if at < len(cells) else ("", 0, "")
        if (number, at + 1) in found.unvalued:
            problem = "a formula whose result is not stored"
        fault = fault or (f"{name[:60]}: {problem}" if problem else "")
        rows.cells[name].append(text)
        rows.marks[name].append(mark)
    if any(cell.value is not None for cell in cells[width:]):
        fault = fault or f"cells beyond the {width} columns that have a name"
    if fault:
        rows.faults[len(rows.raw)] = fault
    rows.raw.append(cells)


def _read(cell: Any) -> tuple[str, int, str]:
    """Return the cell's text, its marks, and why it cannot be used."""
    value = cell.value
    if value is None:
        return "", 0, ""
    if cell.data_type == "e":
        return str(value)[:TEXT_MAX], 0, f"the cell holds the error {str(value)[:20]}"
    if isinstance(value, str) and len(value) > CELL_TEXT_MAX:
        return value[:TEXT_MAX], 0, f"a text of more than {CELL_TEXT_MAX} characters"
    return *_read_value(cell, value), ""


def _read_value(cell: Any, value: Any) -> tuple[str, int]:
    if isinstance(value, str):
        return value, 0
    if isinstance(value, bool):
        return ("true" if value else "false"), 0
    if isinstance(value, int):
        return str(value), NUMBER
    if isinstance(value, float):
        return repr(value), NUMBER | INEXACT
    return (_date_text(cell, value) if isinstance(value, datetime) else str(value)), DATE


def _date_text(cell: Any, value: datetime) -> str:
    if value.time() == time() and not set("hHsS") & set(cell.number_format):
        return value.date().isoformat()
    return value.isoformat()
