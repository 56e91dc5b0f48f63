"""The ``aws-bitcoin`` reader: Parquet of the AWS public blockchain data, tables ``transactions`` and ``blocks``.

The index reads the narrow columns of all files; the wide ones are read for some blocks at a time, so that rows
may stand in any order and memory stays bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from earmark.sources.bitcoin.assembled import Row, assembled
from earmark.sources.bitcoin.aws_rows import (
    HEAD_READ,
    HEADER_COLUMNS,
    HEADER_READ,
    TX_COLUMNS,
    as_etl,
    header_row,
    seconds,
)
from earmark.sources.bitcoin.aws_tables import (
    BATCH_ROWS,
    FAILURES,
    LAST_MODIFIED,
    Table,
    check_size,
    is_headers,
    reason_of,
    table_of,
)
from earmark.sources.bitcoin.aws_tables import modified as modified_of
from earmark.sources.bitcoin.aws_window import Window
from earmark.sources.bitcoin.etl_rows import transaction_of
from earmark.sources.bitcoin.footers import refuse_broken_footers
from earmark.sources.bitcoin.gathered import HEADER_ROWS, Gathered, found_blocks
from earmark.sources.bitcoin.json_values import HASH_BYTES
from earmark.sources.bitcoin.networks import NETWORKS
from earmark.sources.bitcoin.notices import Noticing
from earmark.sources.bitcoin.paths import files_of
from earmark.sources.bitcoin.stores import Damage, Found, Ignored, prefix
from earmark.sources.bitcoin.wire import BlockError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from earmark.sources.bitcoin.aws_window import Held
    from earmark.sources.bitcoin.block import Block
    from earmark.sources.bitcoin.gathered import Rows
    from earmark.sources.bitcoin.networks import Network
    from earmark.sources.bitcoin.rebuilt import Told
    from earmark.sources.settings import Source

ENDINGS = (".parquet",)


class AwsStore(Noticing):
    """Parquet files of one source."""

    def __init__(self, files: tuple[tuple[str, Path], ...], network: Network) -> None:
        """Keep the files; nothing is opened yet."""
        super().__init__()
        self.files = files
        self.network = network
        self.gathered = Gathered(network)
        self.tables: dict[int, Table] = {}
        self.window: Window | None = None

    def find(self) -> Iterator[Found | Damage | Ignored]:
        """Yield what cannot be read and, when all narrow columns have been, the blocks that they tell of."""
        refuse_broken_footers(self.files)
        header_rows = 0
        for file in range(len(self.files)):
            for one in self._index(file):
                if isinstance(one, Damage):
                    yield one
                else:
                    header_rows += one
        if header_rows:
            yield Ignored(header_rows, HEADER_ROWS)
        yield from found_blocks(
            self.gathered, self.notices, lambda one: self._locator(one.file[0], one.row[0])
        )

    def _index(self, file: int) -> Iterator[Damage | int]:
        """Yield the faults of one file, and the number of its header rows."""
        name, path = self.files[file]
        try:
            with pq.ParquetFile(path, memory_map=False) as parquet:
                headers = is_headers(parquet, name)
                known = HEADER_COLUMNS if headers else TX_COLUMNS
                names = parquet.schema_arrow.names
                self.notices.names(names, known, "blocks" if headers else "transactions")
                self.tables[file] = table_of(parquet)
                for group in range(parquet.metadata.num_row_groups):
                    yield from self._group(parquet, file, group, headers=headers)
        except FAILURES as error:
            locator = prefix(self.files, file).rstrip() or "the whole file"
            yield Damage(locator, f"the file cannot be read as Parquet ({reason_of(error)})")

    def _group(
        self, parquet: pq.ParquetFile, file: int, group: int, *, headers: bool
    ) -> Iterator[Damage | int]:
        wanted = HEADER_READ if headers else (*HEAD_READ, LAST_MODIFIED)
        names = [one for one in wanted if one in parquet.schema_arrow.names]
        row = self.tables[file].starts[group] + 1
        try:
            check_size(parquet, group)
            for batch in parquet.iter_batches(BATCH_ROWS, row_groups=[group], columns=names):
                batch.validate(full=True)
                if headers:
                    yield from self._headers(batch, file, row)
                else:
                    yield from self._heads(batch, file, row)
                row += batch.num_rows
        except FAILURES as error:
            locator = f"{prefix(self.files, file)}row group {group}, from row {row}"
            yield Damage(locator, f"the row group cannot be read ({reason_of(error)})")

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
        modified = modified_of(batch)
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
        """Return a block from its rows; raises BrokenBlockError where none of them can be read."""
        if self.window is None:
            self.window = Window(self.files, self.tables, self.gathered.rows)
        held = self.window.block(found.place)
        rows = self.gathered.rows[found.place]
        header = self.gathered.headers.get(found.place)
        coinbase = None if header is None else header.coinbase
        listed = [self._row(held, rows, entry, coinbase) for entry in rows.in_order()]
        return assembled(found.header, rows.number, listed, header, self.notices)

    def _row(self, window: Held, rows: Rows, entry: int, coinbase: bytes | None) -> Row:
        held = window[rows.file[entry], rows.offset[entry]]

        def read() -> Told:
            if isinstance(held, str):
                raise BlockError(held)
            told = as_etl(held, self.notices)
            return transaction_of(told, coinbase, self.network, self.notices)

        return Row(rows.index[entry], self._locator(rows.file[entry], rows.row[entry]), read)

    def _locator(self, file: int, row: int) -> str:
        return f"{prefix(self.files, file)}row {row}"

    def close(self) -> None:
        """Let go of what was read."""
        self.window = None


def open_store(case_folder: Path, source: Source) -> AwsStore:
    """Return the store of a source; raises EarmarkError for a path that names no file."""
    return AwsStore(files_of(case_folder, source, ENDINGS), NETWORKS[source.network])


def _fault(error: Exception) -> str:
    if isinstance(error, BlockError):
        return str(error)
    return "block_hash, block_number, block_timestamp or index is missing or of another kind"
