"""A built ledger: the tables of ``schema.TABLES`` and the handful of views that others ask for."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.values import Commodity, Placement

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    from _typeshed import ReadableBuffer


class _Hashed(io.RawIOBase):
    """A file that keeps nothing of what is written but its SHA-256."""

    def __init__(self) -> None:
        self.total = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        self.total.update(data)
        return memoryview(data).nbytes


def _without_nulls(table: pa.Table) -> pa.Table:
    """Tell nulls beside the values: what lies under a null differs from one reading to the next."""
    for index, field in enumerate(table.schema):
        column = table.column(index)
        if not column.null_count or pa.types.is_list(field.type):
            continue
        table = table.append_column(f"{field.name} is null", pc.is_null(column))
        if pa.types.is_timestamp(field.type):
            column = column.cast(pa.int64())
        nothing = "" if pa.types.is_string(field.type) else 0
        filled = pc.fill_null(column, pa.scalar(nothing, column.type))
        table = table.set_column(index, field.name, filled)
    return table


@dataclass(frozen=True)
class Ledger:
    """One build: tables by name (``schema.TABLES``) and where its openings were placed."""

    tables: Mapping[str, pa.Table]
    openings_placed: Placement

    def column(self, table: str, name: str) -> pa.ChunkedArray:
        """Return one column of one table."""
        return self.tables[table].column(name)

    def integers(self, table: str, name: str) -> npt.NDArray[np.int64]:
        """Return an integer column without nulls as int64."""
        array = self.tables[table].column(name).to_numpy()
        return array.astype(np.int64, copy=False)  # type: ignore[no-any-return]

    @cached_property
    def holder_names(self) -> list[str]:
        """Holder names by position."""
        return self.column("holders", "name").to_pylist()  # type: ignore[no-any-return]

    @cached_property
    def holder_positions(self) -> dict[str, int]:
        """Positions by holder name."""
        return {name: index for index, name in enumerate(self.holder_names)}

    @cached_property
    def commodities(self) -> list[Commodity]:
        """Commodities by position."""
        rows = self.tables["commodities"].drop_columns(["commodity"]).to_pylist()
        return [Commodity(**row) for row in rows]

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Holder names by alias."""
        rows = zip(self.column("holders", "alias").to_pylist(), self.holder_names, strict=True)
        return {alias: name for alias, name in rows if alias}

    @cached_property
    def labels(self) -> dict[str, str]:
        """Labels by holder name."""
        rows = zip(self.holder_names, self.column("holders", "label").to_pylist(), strict=True)
        return {name: label for name, label in rows if label}

    @cached_property
    def first_legs(self) -> npt.NDArray[np.int64]:
        """Where each transaction's legs begin, with the number of legs at the end."""
        tx = self.integers("legs", "tx")
        return np.searchsorted(tx, np.arange(self.tables["transactions"].num_rows + 1))

    @cached_property
    def transaction_positions(self) -> dict[str, int]:
        """Positions by transaction key."""
        keys = self.column("transactions", "key").to_pylist()
        return {key: index for index, key in enumerate(keys)}

    def digest(self) -> str:
        """Return the SHA-256 of the logical columns: the same inputs give the same digest (law 4)."""
        sink = _Hashed()
        sink.write(self.openings_placed.encode())
        for name in sorted(self.tables):
            sink.write(name.encode())
            for batch in _without_nulls(self.tables[name]).combine_chunks().to_batches():
                with pa.ipc.new_stream(pa.PythonFile(sink, "w"), batch.schema) as writer:
                    writer.write_batch(batch)
        return sink.total.hexdigest()
