"""The wide columns of some blocks at a time, so that rows may stand in any order and memory stays bounded."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from earmark.sources.bitcoin.aws_tables import BATCH_ROWS, FAILURES, Table, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from earmark.sources.bitcoin.gathered import Rows

Held = dict[tuple[int, int], dict[str, object] | str]
"""Rows of one block by file and row from 0; a text is why a row cannot be read."""
WINDOW_ROWS = 50_000
"""Transactions whose wide columns are held at once; a block of more than that is still read whole."""


class Window:
    """Blocks next to each other in height; a row that cannot be read is held as the reason."""

    def __init__(
        self,
        files: tuple[tuple[str, Path], ...],
        tables: dict[int, Table],
        rows: dict[bytes, Rows],
    ) -> None:
        """Keep what an index found; nothing is read yet."""
        self.files = files
        self.tables = tables
        self.rows = rows
        self.order = sorted(rows, key=lambda one: (rows[one].number, one))
        self.held: dict[bytes, Held] = {}

    def block(self, block_hash: bytes) -> Held:
        """Return the rows of a block by file and row from 0."""
        if block_hash not in self.held:
            self.fill(block_hash)
        return self.held[block_hash]

    def fill(self, first: bytes) -> None:
        """Read the wide columns of a block and of those that come next."""
        self.held = {}
        wanted: dict[tuple[int, int], list[tuple[int, bytes]]] = {}
        held = 0
        for block_hash in self._from(first):
            rows = self.rows[block_hash]
            if held and held + len(rows.row) > WINDOW_ROWS:
                break
            held += len(rows.row)
            self.held[block_hash] = {}
            for file, offset in zip(rows.file, rows.offset, strict=True):
                group = bisect_right(self.tables[file].starts, offset) - 1
                wanted.setdefault((file, group), []).append((offset, block_hash))
        for (file, group), found in sorted(wanted.items()):
            self._read(file, group, sorted(found))

    def _from(self, first: bytes) -> Iterator[bytes]:
        rows = self.rows
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
                        self.held[block_hash][file, offset] = one
                    start, done = start + batch.num_rows, end
        except FAILURES as error:
            reason = reason_of(error)
        for offset, block_hash in wanted[done:]:
            text = f"row group {group} cannot be read from row {start + 1} on ({reason})"
            self.held[block_hash][file, offset] = text
