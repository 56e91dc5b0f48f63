"""Tables of a public data set: which table a file is, told by its columns, and its rows as cell texts."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.sources.settings import TableFormat
from earmark.sources.table import delimited, parquet
from earmark.sources.table.batches import INEXACT, TEXT_MAX, Batch
from earmark.sources.table.columns import Mapping as Wanted
from earmark.sources.table.encodings import LINE_MAX

UNPACKED_MAX_BYTES = 8 << 30
"""Bytes of one file once unpacked by gzip."""
UNPACKED_RATIO_MAX = 400
"""Hexadecimal text packs tenfold, zeros at the very most a thousandfold."""
_PIECE = 1 << 20
_HEAD_MAX_BYTES = 4 * LINE_MAX
"""Enough for the first line, in any encoding."""
_NOT_READ = "columns not read: "


@dataclass(frozen=True)
class Sheet:
    """One table of a data set.

    ``columns`` gives each field the columns that may hold it, best first. ``needs`` are the fields without
    which a file is not this table. ``known`` are columns that are not read. ``nested`` are columns that
    hold lists. A ``skipped`` table holds no movements.
    """

    kind: str
    needs: frozenset[str]
    columns: Mapping[str, tuple[str, ...]]
    known: frozenset[str] = frozenset()
    nested: frozenset[str] = frozenset()
    skipped: bool = False

    def fields(self, header: Sequence[str]) -> dict[str, str]:
        """Return which column of a file holds each field."""
        found: dict[str, str] = {}
        for name, spellings in self.columns.items():
            column = next((one for one in spellings if one in header), None)
            if column is not None:
                found[name] = column
        return found

    def missing(self, header: Sequence[str]) -> list[str]:
        """Return the needed fields that a file does not have."""
        return sorted(self.needs - self.fields(header).keys())

    def respelt(self, sign: str, other: str, header: Sequence[str]) -> Sheet:
        """Return this table with ``other`` for ``sign`` in the columns that a file spells so."""
        spelt = {one.replace(other, sign): one for one in header}
        columns = {
            name: tuple(spelt.get(one, one) for one in spellings)
            for name, spellings in self.columns.items()
        }
        known = frozenset(spelt.get(one, one) for one in self.known)
        return replace(self, columns=columns, known=known)

    def unknown(self, header: Sequence[str]) -> list[str]:
        """Return the columns that this table is not known to have."""
        spelt = {one for spellings in self.columns.values() for one in spellings}
        return [one for one in header if one not in spelt and one not in self.known]


def sheet(kind: str, needs: str, more: str = "", known: str = "", nested: str = "") -> Sheet:
    """Return a table whose columns are written as words: ``field`` or ``field=column|column``."""
    needed = _spelt(needs)
    return Sheet(
        kind,
        frozenset(needed),
        {**needed, **_spelt(more)},
        frozenset(known.split()),
        frozenset(nested.split()),
    )


def skipped(kind: str, needs: str) -> Sheet:
    """Return a table that is known and not read."""
    needed = _spelt(needs)
    return Sheet(kind, frozenset(needed), needed, skipped=True)


def _spelt(words: str) -> dict[str, tuple[str, ...]]:
    pairs = (word.partition("=") for word in words.split())
    return {name: tuple((columns or name).split("|")) for name, _, columns in pairs}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its table, its place, its cells by field ("" is empty), and why the format refuses it.

    ``doubles`` are the fields that the file stores as binary floating-point numbers, ``refused`` is the text
    of a row with a fault.
    """

    kind: str
    locator: str
    cells: dict[str, str]
    doubles: frozenset[str]
    fault: str
    refused: str

    @property
    def text(self) -> str:
        """Return the row as it would be shown to a person."""
        return self.refused or ", ".join(one[:80] for one in self.cells.values())[:TEXT_MAX]


@dataclass(frozen=True)
class Opened:
    """One file of a source: the table it is, its rows, and what to say about it once they are read."""

    name: str
    sheet: Sheet
    rows: Iterator[Row]
    warnings: list[str]


def open_table(
    path: Path, name: str, sheets: Sequence[Sheet], formats: Sequence[str], prefix: str = ""
) -> Opened:
    """Tell which table a file is and return its rows; ``formats`` are csv, parquet or both.

    ``prefix`` begins every locator. Raises EarmarkError for a file that is none of the tables.
    """
    kind = _format(path, name, formats)
    header = columns_of(path, name, formats)
    found = _told(header, sheets, name)
    fields = found.fields(header)
    wanted = Wanted({}, {}, (), tuple(dict.fromkeys(fields.values())))
    warnings = _unknown(found, header, name)
    nested = found.nested & set(header)
    return Opened(
        name,
        found,
        _rows(path, name, kind, (found, fields, wanted, nested), prefix, warnings),
        warnings,
    )


def columns_of(path: Path, name: str, formats: Sequence[str]) -> list[str]:
    """Return the columns of a file; raises EarmarkError for one of another format, or a broken one."""
    kind = _format(path, name, formats)
    with _unpacked(path, name, _HEAD_MAX_BYTES) as plain:
        return _header(plain, name, kind)


def _format(path: Path, name: str, formats: Sequence[str]) -> str:
    with path.open("rb") as file:
        magic = file.read(4)
    found = "parquet" if magic == b"PAR1" or name.endswith(".parquet") else "csv"
    if found in formats:
        return found
    raise EarmarkError(
        f"this is {'a Parquet file' if found == 'parquet' else 'no Parquet file'}",
        file=name,
        expected=" or ".join(formats),
    )


def _header(path: Path, name: str, kind: str) -> list[str]:
    if kind == "parquet":
        return parquet.column_names(path, name)
    with _wide_cells():
        return delimited.column_names(path, name, TableFormat(), "csv")


def _told(header: Sequence[str], sheets: Sequence[Sheet], name: str) -> Sheet:
    fitting = [one for one in sheets if not one.missing(header)]
    if fitting:
        return max(fitting, key=lambda one: len(one.needs))
    nearest = max(sheets, key=lambda one: _nearness(one, header))
    missing = [nearest.columns[one][0] for one in nearest.missing(header)]
    shown = ", ".join(one[:40] for one in header[:12])
    if header[0].lstrip().startswith("<") or not _nearness(nearest, header):
        tables = ", ".join(one.kind for one in sheets)
        what = "a web page" if header[0].lstrip().startswith("<") else f"columns: {shown}"
        raise EarmarkError(
            f"this is none of the tables that are read ({what})",
            file=name,
            line=1,
            expected=f"the columns of one of: {tables}",
        )
    raise EarmarkError(
        f"the columns come nearest to {nearest.kind}, but {', '.join(missing)} is missing",
        file=name,
        line=1,
        expected=f"a column {missing[0]}",
        near_miss=near_miss(missing[0], header),
    )


def _nearness(one: Sheet, header: Sequence[str]) -> float:
    found = len(one.needs) - len(one.missing(header))
    return found / len(one.needs) if found > 1 else 0


def _unknown(found: Sheet, header: Sequence[str], name: str) -> list[str]:
    others = [] if found.skipped else [one[:60] or "(no name)" for one in found.unknown(header)]
    if not others:
        return []
    more = f" and {len(others) - 30} more" if len(others) > 30 else ""
    return [f"{name}: unknown columns not read: {', '.join(others[:30])}{more}"]


def _rows(
    path: Path,
    name: str,
    kind: str,
    plan: tuple[Sheet, dict[str, str], Wanted, frozenset[str]],
    prefix: str,
    warnings: list[str],
) -> Iterator[Row]:
    found, fields, wanted, nested = plan
    with _unpacked(path, name) as plain:
        for batch in _batches(plain, name, kind, wanted, nested):
            warnings += [one for one in batch.warnings if _NOT_READ not in one]
            yield from _of_batch(found.kind, fields, batch, prefix)


def _batches(
    path: Path, name: str, kind: str, wanted: Wanted, nested: frozenset[str]
) -> Iterator[Batch]:
    if kind == "parquet":
        yield from parquet.batches(path, name, wanted, nested)
        return
    with _wide_cells():
        yield from delimited.batches(path, name, wanted, TableFormat(), "csv", spare_comma=True)


def _of_batch(kind: str, fields: dict[str, str], batch: Batch, prefix: str) -> Iterator[Row]:
    columns = [batch.columns[column] for column in fields.values()]
    doubles = frozenset(
        field
        for field, column in zip(fields, columns, strict=True)
        if batch.rows and column.marked(INEXACT)[0]
    )
    texts = zip(*(column.texts.to_pylist() for column in columns), strict=True)
    for row, (locator, cells) in enumerate(zip(batch.locators.to_pylist(), texts, strict=True)):
        fault = batch.faults.get(row, "")
        shown = batch.row_text(row) if fault else ""
        yield Row(
            kind, prefix + locator, dict(zip(fields, cells, strict=True)), doubles, fault, shown
        )


@contextmanager
def _wide_cells() -> Iterator[None]:
    # The call data of one transaction is longer than the csv module allows a cell to be.
    before = csv.field_size_limit(LINE_MAX)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@contextmanager
def _unpacked(path: Path, name: str, enough: int | None = None) -> Iterator[Path]:
    """Give the file itself, or a temporary copy of what a ``.gz`` file holds, all or ``enough`` bytes."""
    if not name.endswith(".gz"):
        yield path
        return
    with TemporaryDirectory(prefix="earmark-") as folder:
        target = Path(folder) / "unpacked"
        _unpack(path, target, name, enough)
        yield target


def _unpack(path: Path, target: Path, name: str, enough: int | None) -> None:
    most = min(UNPACKED_MAX_BYTES, _PIECE + path.stat().st_size * UNPACKED_RATIO_MAX)
    size = 0
    try:
        with gzip.open(path) as packed, target.open("wb") as file:
            while (enough is None or size < enough) and (piece := packed.read(_PIECE)):
                size += len(piece)
                if size > most:
                    raise EarmarkError(
                        f"the file unpacks to more than {most} bytes",
                        file=name,
                        expected="a table of text",
                    )
                file.write(piece)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise EarmarkError(
            f"the file cannot be unpacked ({error})", file=name, expected="a whole .gz file"
        ) from error
