"""The ``aws-bitcoin`` reader: Parquet of the AWS public blockchain data, tables ``transactions`` and ``blocks``.

The index reads the narrow columns of all files; the wide ones are read for some blocks at a time, so that rows
may stand in any order and memory stays bounded.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.assembled import Row, assembled
from earmark.sources.bitcoin.aws_rows import (
    HEAD_READ,
    HEADER_COLUMNS,
    HEADER_READ,
    TX_COLUMNS,
    TX_READ,
    as_etl,
    header_row,
    seconds,
)
from earmark.sources.bitcoin.etl_rows import transaction_of
from earmark.sources.bitcoin.gathered import HEADER_ROWS, Gathered, found_blocks
from earmark.sources.bitcoin.json_values import HASH_BYTES
from earmark.sources.bitcoin.networks import NETWORKS
from earmark.sources.bitcoin.notices import Notices
from earmark.sources.bitcoin.paths import files_of
from earmark.sources.bitcoin.stores import Damage, Found, Ignored, prefix
from earmark.sources.bitcoin.wire import BlockError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from earmark.sources.bitcoin.block import Block
    from earmark.sources.bitcoin.gathered import Rows
    from earmark.sources.bitcoin.networks import Network
    from earmark.sources.bitcoin.rebuilt import Told
    from earmark.sources.settings import Source

ENDINGS = (".parquet",)
BATCH_ROWS = 1 << 14
WINDOW_ROWS = 50_000
"""Transactions whose wide columns are held at once; a block more than that is still read whole."""
GROUP_BYTES_MAX = 4 << 30
"""Declared size of one row group, unpacked."""
FAILURES = (pa.ArrowException, OSError, UnicodeDecodeError, ValueError, OverflowError)
_LAST_MODIFIED = "last_modified"


class Table(NamedTuple):
    """One file: how many rows stand before each row group, and its columns that are wanted, by full name."""

    starts: list[int]
    wide: list[str]


class AwsStore:
    """Parquet files of one source."""

    def __init__(self, files: tuple[tuple[str, Path], ...], network: Network) -> None:
        """Keep the files; nothing is opened yet."""
        self.files = files
        self.network = network
        self.notices = Notices()
        self.counts = self.notices.counts
        self.gathered = Gathered(network)
        self.tables: dict[int, Table] = {}
        self.order: list[bytes] = []
        self.window: dict[bytes, dict[tuple[int, int], dict[str, object] | str]] = {}

    def find(self) -> Iterator[Found | Damage | Ignored]:
        """Yield what cannot be read and, when all narrow columns have been, the blocks that they tell of."""
        header_rows = 0
        for file in range(len(self.files)):
            for one in self._index(file):
                if isinstance(one, Damage):
                    yield one
                else:
                    header_rows += one
        if header_rows:
            yield Ignored(header_rows, HEADER_ROWS)
        rows = self.gathered.rows
        self.order = sorted(rows, key=lambda one: (rows[one].number, one))
        yield from found_blocks(
            self.gathered, self.notices, lambda one: self._locator(one.file[0], one.row[0])
        )

    def _index(self, file: int) -> Iterator[Damage | int]:
        """Yield the faults of one file, and the number of its header rows."""
        name, path = self.files[file]
        try:
            with pq.ParquetFile(path, memory_map=False) as parquet:
                is_headers = _is_headers(parquet, name)
                known = HEADER_COLUMNS if is_headers else TX_COLUMNS
                names = parquet.schema_arrow.names
                self.notices.names(names, known, "blocks" if is_headers else "transactions")
                self.tables[file] = _table(parquet)
                for group in range(parquet.metadata.num_row_groups):
                    yield from self._group(parquet, file, group, is_headers=is_headers)
        except FAILURES as error:
            locator = prefix(self.files, file).rstrip() or "the whole file"
            yield Damage(locator, f"the file cannot be read as Parquet ({_reason(error)})")

    def _group(
        self, parquet: pq.ParquetFile, file: int, group: int, *, is_headers: bool
    ) -> Iterator[Damage | int]:
        wanted = HEADER_READ if is_headers else (*HEAD_READ, _LAST_MODIFIED)
        names = [one for one in wanted if one in parquet.schema_arrow.names]
        row = self.tables[file].starts[group] + 1
        try:
            _check_size(parquet, group)
            for batch in parquet.iter_batches(BATCH_ROWS, row_groups=[group], columns=names):
                batch.validate(full=True)
                if is_headers:
                    yield from self._headers(batch, file, row)
                else:
                    yield from self._heads(batch, file, row)
                row += batch.num_rows
        except FAILURES as error:
            locator = f"{prefix(self.files, file)}row group {group}, from row {row}"
            yield Damage(locator, f"the row group cannot be read ({_reason(error)})")

    def _headers(self, batch: pa.RecordBatch, file: int, first: int) -> Iterator[Damage | int]:
        times = seconds(batch.column("timestamp"))
        for place, found in enumerate(batch.to_pylist()):
            locator = self._locator(file, first + place)
            try:
                row = header_row({**found, "timestamp": times[place]}, locator)
            except BlockError as error:
                yield Damage(locator, str(error))
            else:
                self.gathered.add_header(row)
                yield 1

    def _heads(self, batch: pa.RecordBatch, file: int, first: int) -> Iterator[Damage]:
        columns = [seconds(batch.column(name)) for name in HEAD_READ[1:]]
        hashes = batch.column("block_hash").to_pylist()
        modified = _modified(batch)
        for place, (text, number, time_s, index) in enumerate(zip(hashes, *columns, strict=True)):
            try:
                block_hash = self._head(text, number, time_s, index, (file, first + place))
            except (BlockError, TypeError, ValueError) as error:
                yield Damage(self._locator(file, first + place), _fault(error))
                continue
            if modified[place]:
                latest = self.gathered.modified.get(block_hash, 0)
                self.gathered.modified[block_hash] = max(latest, modified[place])

    def _head(
        self, text: str, number: int, time_s: int, index: int, place: tuple[int, int]
    ) -> bytes:
        block_hash = bytes.fromhex(text)[::-1]
        if len(block_hash) != HASH_BYTES or not 0 <= index < 1 << 31:
            raise BlockError(f"no block hash or index: {text[:80]!r}, {index}")
        file, row = place
        self.gathered.add(block_hash, number, time_s).add(index, file, row, row - 1)
        return block_hash

    def load(self, found: Found) -> Block:
        """Return a block from its rows; raises BrokenBlock where none of them can be read."""
        if found.place not in self.window:
            self._fill(found.place)
        rows = self.gathered.rows[found.place]
        header = self.gathered.headers.get(found.place)
        coinbase = None if header is None else header.coinbase
        listed = [self._row(found.place, rows, entry, coinbase) for entry in rows.in_order()]
        return assembled(found.header, rows.number, listed, header, self.notices)

    def _row(self, block_hash: bytes, rows: Rows, entry: int, coinbase: bytes | None) -> Row:
        held = self.window[block_hash][rows.file[entry], rows.offset[entry]]

        def read() -> Told:
            if isinstance(held, str):
                raise BlockError(held)
            told = as_etl(held, self.notices)
            return transaction_of(told, coinbase, self.network, self.notices)

        return Row(rows.index[entry], self._locator(rows.file[entry], rows.row[entry]), read)

    def _fill(self, first: bytes) -> None:
        """Read the wide columns of a block and of those that come next."""
        self.window = {}
        wanted: dict[tuple[int, int], list[tuple[int, bytes]]] = {}
        held = 0
        for block_hash in self._from(first):
            rows = self.gathered.rows[block_hash]
            if held and held + len(rows.row) > WINDOW_ROWS:
                break
            held += len(rows.row)
            self.window[block_hash] = {}
            for file, offset in zip(rows.file, rows.offset, strict=True):
                group = bisect_right(self.tables[file].starts, offset) - 1
                wanted.setdefault((file, group), []).append((offset, block_hash))
        for (file, group), found in sorted(wanted.items()):
            self._read(file, group, sorted(found))

    def _from(self, first: bytes) -> Iterator[bytes]:
        rows = self.gathered.rows
        after = bisect_right(
            self.order, (rows[first].number, first), key=lambda one: (rows[one].number, one)
        )
        yield first
        yield from self.order[after:]

    def _read(self, file: int, group: int, wanted: list[tuple[int, bytes]]) -> None:
        """Put rows of one row group into the window; rows of pages that are broken get the reason."""
        offsets = np.array([offset for offset, _ in wanted])
        table = self.tables[file]
        start, reason = table.starts[group], ""
        done = 0
        try:
            with pq.ParquetFile(self.files[file][1], memory_map=False) as parquet:
                for batch in parquet.iter_batches(
                    BATCH_ROWS, row_groups=[group], columns=table.wide
                ):
                    batch.validate(full=True)
                    end = int(np.searchsorted(offsets, start + batch.num_rows))
                    some = batch.take(pa.array(offsets[done:end] - start)).to_pylist()
                    for (offset, block_hash), one in zip(wanted[done:end], some, strict=True):
                        self.window[block_hash][file, offset] = one
                    start, done = start + batch.num_rows, end
        except FAILURES as error:
            reason = _reason(error)
        for offset, block_hash in wanted[done:]:
            text = f"row group {group} cannot be read from row {start + 1} on ({reason})"
            self.window[block_hash][file, offset] = text

    def _locator(self, file: int, row: int) -> str:
        return f"{prefix(self.files, file)}row {row}"

    def warnings(self) -> list[str]:
        """Return what was noticed."""
        return self.notices.warnings()

    def close(self) -> None:
        """Let go of what was read."""
        self.window = {}


def open_store(case_folder: Path, source: Source) -> AwsStore:
    """Return the store of a source; raises EarmarkError for a path that names no file."""
    return AwsStore(files_of(case_folder, source, ENDINGS), NETWORKS[source.network])


def _is_headers(parquet: pq.ParquetFile, name: str) -> bool:
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


def _table(parquet: pq.ParquetFile) -> Table:
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


def _check_size(parquet: pq.ParquetFile, group: int) -> None:
    size = parquet.metadata.row_group(group).total_byte_size
    if size > GROUP_BYTES_MAX:
        raise BlockError(f"it unpacks to {size} bytes, more than {GROUP_BYTES_MAX}")


def _modified(batch: pa.RecordBatch) -> list[int]:
    if _LAST_MODIFIED not in batch.schema.names:
        return [0] * batch.num_rows
    column = batch.column(_LAST_MODIFIED)
    if not pa.types.is_timestamp(column.type):
        return [0] * batch.num_rows
    return [one or 0 for one in column.cast(pa.int64()).to_pylist()]


def _fault(error: Exception) -> str:
    if isinstance(error, BlockError):
        return str(error)
    return "block_hash, block_number, block_timestamp or index is missing or of another kind"


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
