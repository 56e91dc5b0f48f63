"""Parquet: integers, decimals and texts exactly, floating-point cells marked inexact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from earmark.ledger.errors import EarmarkError
from earmark.sources.table.batches import (
    DATE,
    INEXACT,
    NUMBER,
    ROWS_PER_BATCH,
    TEXT_MAX,
    Batch,
    Column,
    numbered,
)
from earmark.sources.table.cells import column_of
from earmark.sources.table.columns import Mapping, not_read, positions

ROW_GROUP_BYTES_MAX = 4 << 30
"""Declared size of one row group, unpacked."""


def column_names(path: Path, file: str) -> list[str]:
    """Return the names of a Parquet file's columns; raises EarmarkError for a broken one."""
    try:
        with pq.ParquetFile(path, memory_map=False) as parquet:
            return list(parquet.schema_arrow.names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _broken(file, error) from error


def batches(
    path: Path, file: str, mapping: Mapping, nested: frozenset[str] = frozenset()
) -> Iterator[Batch]:
    """Yield the rows of a Parquet file; the cells of ``nested`` columns are JSON texts.

    Raises EarmarkError for a broken file, and for a column that is nested and not in ``nested``.
    """
    try:
        with pq.ParquetFile(path, memory_map=False) as parquet:
            yield from _rows(parquet, file, mapping, nested)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _broken(file, error) from error


def _broken(file: str, error: Exception) -> EarmarkError:
    reason = str(error).partition("\n")[0][:200]
    return EarmarkError(
        f"the file cannot be read as Parquet ({reason})",
        file=file,
        expected="a whole Parquet file",
    )


def _rows(
    parquet: pq.ParquetFile, file: str, mapping: Mapping, nested: frozenset[str]
) -> Iterator[Batch]:
    schema = parquet.schema_arrow
    positions(schema.names, mapping, file)
    _check_sizes(parquet, file)
    marks = {
        name: 0 if name in nested else _marks(schema.field(name).type, name, file)
        for name in mapping.wanted
    }
    warnings = not_read(schema.names, mapping, file)
    start = 1
    for found in parquet.iter_batches(ROWS_PER_BATCH, columns=list(mapping.wanted)):
        found.validate(full=True)
        columns = {
            name: column_of(_texts(found.column(name)), mark) for name, mark in marks.items()
        }
        locators = numbered("row ", range(start, start + found.num_rows))
        yield Batch(locators, columns, _row_text(columns), warnings=warnings)
        start += found.num_rows
        warnings = ()
    if warnings:
        empty = {name: column_of(pa.array([], pa.string())) for name in mapping.wanted}
        yield Batch(pa.array([], pa.string()), empty, _row_text(empty), warnings=warnings)


def _marks(kind: pa.DataType, name: str, file: str) -> int:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_floating(kind):
        return NUMBER | INEXACT
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return NUMBER
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return DATE
    if _is_text(kind) or _is_binary(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return 0
    raise EarmarkError(
        f"column {name[:60]!r} is of type {str(kind)[:100]}",
        file=file,
        expected="a text, a number, bytes, a date or a time",
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _texts(values: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_nested(values.type):
        lists = values.to_pylist()
        texts = [None if one is None else msgspec.json.encode(one).decode() for one in lists]
        return pa.array(texts, pa.string())
    if _is_binary(values.type):
        cells = values.to_pylist()
        return pa.array(
            [None if cell is None else f"0x{cell.hex()}" for cell in cells], pa.string()
        )
    if pa.types.is_timestamp(values.type) and values.type.tz:
        values = pc.cast(values, pa.timestamp(values.type.unit, "UTC"))
    return pc.cast(values, pa.string())


def _row_text(columns: dict[str, Column]) -> Callable[[int], str]:
    def text(row: int) -> str:
        return ", ".join(column.texts[row].as_py() for column in columns.values())[:TEXT_MAX]

    return text


def _check_sizes(parquet: pq.ParquetFile, file: str) -> None:
    # Not column by column: Arrow ends the process, with no exception, where a broken one is looked at.
    metadata = parquet.metadata
    for index in range(metadata.num_row_groups):
        size = metadata.row_group(index).total_byte_size
        if not 0 <= size <= ROW_GROUP_BYTES_MAX:
            raise EarmarkError(
                f"row group {index} unpacks to {size} bytes",
                file=file,
                expected=f"row groups of at most {ROW_GROUP_BYTES_MAX} bytes",
            )
