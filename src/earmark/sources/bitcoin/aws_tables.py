"""The Parquet files of the AWS tables: which table a file is, its row groups, and the columns that are read."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.aws_rows import HEAD_READ, HEADER_READ, TX_READ
from earmark.sources.bitcoin.wire import BlockError

BATCH_ROWS = 1 << 14
GROUP_BYTES_MAX = 4 << 30
"""Declared size of one row group, unpacked."""
GROUP_VALUES_MAX = 1 << 26
"""Values of one column of a row group, those in lists counted one by one."""
FAILURES = (pa.ArrowException, OSError, UnicodeDecodeError, ValueError, OverflowError)
"""What reading a broken Parquet file raises."""
LAST_MODIFIED = "last_modified"


class Table(NamedTuple):
    """One file: how many rows stand before each row group, and its columns that are wanted, by full name."""

    starts: list[int]
    wide: list[str]


def is_headers(parquet: pq.ParquetFile, name: str) -> bool:
    """Tell the tables apart by their columns; raises EarmarkError for any other table."""
    names = set(parquet.schema_arrow.names)
    if names.issuperset(HEAD_READ) and names.issuperset(TX_READ):
        return False
    if names.issuperset(one for one in HEADER_READ if one != "previousblockhash"):
        return True
    lacking = sorted({*HEAD_READ, *TX_READ} - names)
    raise EarmarkError(
        f"this is no table of Bitcoin blocks or transactions: it lacks {', '.join(lacking)[:200]}",
        file=name,
        expected="the tables transactions and blocks of the AWS public Bitcoin data",
    )


def table_of(parquet: pq.ParquetFile) -> Table:
    """Return what is needed to find rows of a file again."""
    metadata = parquet.metadata
    starts, total = [], 0
    for group in range(metadata.num_row_groups):
        starts.append(total)
        total += metadata.row_group(group).num_rows
    paths = [parquet.schema.column(one).path for one in range(len(parquet.schema.names))]
    wide = [
        path
        for path in paths
        if path.partition(".")[0] in TX_READ and not path.endswith(".script_asm")
    ]
    return Table(starts, wide)


def check_size(parquet: pq.ParquetFile, group: int) -> None:
    """Raise BlockError for a row group that may unpack to more than memory should hold."""
    found = parquet.metadata.row_group(group)
    size = found.total_byte_size
    values = max((found.column(one).num_values for one in range(found.num_columns)), default=0)
    if values > GROUP_VALUES_MAX:
        raise BlockError(f"a column holds {values} values, more than {GROUP_VALUES_MAX}")
    if size > GROUP_BYTES_MAX:
        raise BlockError(f"it unpacks to {size} bytes, more than {GROUP_BYTES_MAX}")


def modified(batch: pa.RecordBatch) -> list[int]:
    """Return when each row was written, in any unit; 0 where the table does not say."""
    if LAST_MODIFIED not in batch.schema.names:
        return [0] * batch.num_rows
    column = batch.column(LAST_MODIFIED)
    if not pa.types.is_timestamp(column.type):
        return [0] * batch.num_rows
    return [one or 0 for one in column.cast(pa.int64()).to_pylist()]


def reason_of(error: Exception) -> str:
    """Return the first line of what a reader of Parquet complains of."""
    return str(error).partition("\n")[0][:200]
