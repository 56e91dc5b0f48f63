"""CSV and TSV: records with the line where each begins, whatever line ends their quoted cells hold."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from earmark.ledger.errors import EarmarkError
from earmark.sources.settings import TableFormat
from earmark.sources.table.batches import (
    CHARACTERS_PER_BATCH,
    ROWS_PER_BATCH,
    TEXT_MAX,
    Batch,
    Column,
    numbered,
)
from earmark.sources.table.cells import column_of
from earmark.sources.table.columns import Mapping, not_read, positions
from earmark.sources.table.encodings import lines

RECORD_MAX = 4 << 20
"""Characters in one record, over all its lines."""
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_CUT_OFF = "the file may be cut off here"


@dataclass
class _Tape:
    """The lines of a file on their way into the csv module, watched for length and for the last end."""

    source: Iterator[str]
    file: str
    number: int = 0
    pending: int = 0
    held: int = 0
    ended: bool = True
    spare_comma: bool = False

    def __iter__(self) -> Iterator[str]:
        for line in self.source:
            self.number += 1
            self.pending += len(line)
            self.held += len(line)
            if self.pending > RECORD_MAX:
                raise EarmarkError(
                    f"a record is longer than {RECORD_MAX} characters",
                    file=self.file,
                    line=self.number,
                    expected="quoted cells that are closed again",
                )
            self.ended = line.endswith(("\n", "\r"))
            yield line


@dataclass
class _Records:
    """Records of one batch: cells, the line where each begins, and the reason why one is refused."""

    cells: list[list[str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)

    def add(self, cells: list[str], start: int, fault: str = "") -> None:
        if fault:
            self.faults[len(self.cells)] = fault
        self.cells.append(cells)
        self.starts.append(start)


def column_names(path: Path, file: str, settings: TableFormat, kind: str) -> list[str]:
    """Return the column names of a CSV or TSV file; raises EarmarkError when it is no such table."""
    tape = _Tape(lines(path, file, settings.encoding), file)
    reader = csv.reader(iter(tape), delimiter=_delimiter(settings, kind), strict=True)
    return _header(reader, settings, file)[0]


def batches(
    path: Path,
    file: str,
    mapping: Mapping,
    settings: TableFormat,
    kind: str,
    *,
    spare_comma: bool = False,
) -> Iterator[Batch]:
    """Yield the rows of a CSV or TSV file; raises EarmarkError when the file is no such table.

    With ``spare_comma`` a record may end in one empty cell more than the first line names.
    """
    delimiter = _delimiter(settings, kind)
    tape = _Tape(lines(path, file, settings.encoding), file, spare_comma=spare_comma)
    reader = csv.reader(iter(tape), delimiter=delimiter, strict=True)
    header, first = _header(reader, settings, file)
    hint = _delimiter_hint(header, delimiter)
    where = positions(header, mapping, file, hint)
    warnings = not_read(header, mapping, file)
    for records in _grouped(reader, tape, len(header), first):
        batch = _batch(records, where, len(header), delimiter, warnings)
        warnings = ()
        yield batch
    if not tape.ended:
        warnings += (f"{file}: no line end after line {tape.number}: {_CUT_OFF}",)
    yield _batch(_Records(), where, len(header), delimiter, warnings)


def _delimiter(settings: TableFormat, kind: str) -> str:
    delimiter = settings.delimiter or _DELIMITERS[kind]
    if len(delimiter) != 1 or delimiter in '"\r\n\0 ' or delimiter.isalnum():
        raise EarmarkError(
            f"format.delimiter is {delimiter[:20]!r}",
            file="case.toml",
            expected="one character such as ',', ';', '|' or a tab",
        )
    return delimiter


def _header(
    reader: Iterator[list[str]], settings: TableFormat, file: str
) -> tuple[list[str], list[str] | None]:
    """Return the column names and, where the file has none, the first record that stood there."""
    try:
        first = next((cells for cells in reader if cells), None)
    except csv.Error as error:
        raise EarmarkError(
            f"the first record cannot be read ({error})", file=file, line=1, expected="column names"
        ) from error
    if first is None:
        raise EarmarkError("the file holds only empty lines", file=file, expected="column names")
    if settings.header:
        return [cell.strip() for cell in first], None
    return [str(number + 1) for number in range(len(first))], first


def _delimiter_hint(header: list[str], delimiter: str) -> str:
    if len(header) > 1:
        return ""
    other = max(",;\t|", key=header[0].count)
    if other == delimiter or other not in header[0]:
        return ""
    return f" and no {delimiter!r} in the first line, but {other!r}: set format.delimiter"


def _grouped(reader: Any, tape: _Tape, width: int, first: list[str] | None) -> Iterator[_Records]:
    records = _Records()
    if first is not None:
        records.add(first, reader.line_num - sum(cell.count("\n") for cell in first))
    while True:
        start = reader.line_num + 1
        cells, fault = _next_record(reader, tape, width, start)
        if cells is None:
            break
        if cells or fault:
            records.add(cells, start, fault)
        if len(records.cells) >= ROWS_PER_BATCH or tape.held >= CHARACTERS_PER_BATCH:
            yield records
            records, tape.held = _Records(), 0
    if records.cells:
        yield records


def _next_record(reader: Any, tape: _Tape, width: int, start: int) -> tuple[list[str] | None, str]:
    """Return the cells and why they are refused, if they are; no cells at all at the end of the file."""
    tape.pending = 0
    try:
        cells: list[str] = next(reader)
    except StopIteration:
        return None, ""
    except csv.Error as error:
        return [], _with_lines(_quote_fault(str(error)), start, tape)
    if tape.spare_comma and len(cells) == width + 1 and not cells[-1]:
        cells.pop()
    if not cells or len(cells) == width:
        return cells, ""
    cut_off = "" if tape.ended else f": {_CUT_OFF}"
    fault = f"{len(cells)} cells where the first line has {width}{cut_off}"
    return cells, _with_lines(fault, start, tape)


def _quote_fault(reason: str) -> str:
    if "end of data" in reason:
        return f"a quoted cell is never closed: {_CUT_OFF}"
    if "limit" in reason:
        return f"a cell is longer than {csv.field_size_limit()} characters"
    return f"the quotes of this record do not match ({reason})"


def _with_lines(fault: str, start: int, tape: _Tape) -> str:
    if tape.number <= start:
        return fault
    return f"{fault} (lines {start} to {tape.number} were taken for one record)"


def _batch(
    records: _Records,
    where: dict[str, int],
    width: int,
    delimiter: str,
    warnings: tuple[str, ...],
) -> Batch:
    empty = [""] * width
    cells = [empty if row in records.faults else found for row, found in enumerate(records.cells)]
    turned = list(zip(*cells, strict=True)) if cells else [()] * width
    columns: dict[str, Column] = {
        name: column_of(pa.array(turned[at], pa.string())) for name, at in where.items()
    }
    return Batch(
        numbered("line ", records.starts),
        columns,
        lambda row: delimiter.join(records.cells[row])[:TEXT_MAX],
        records.faults,
        warnings=warnings,
    )
