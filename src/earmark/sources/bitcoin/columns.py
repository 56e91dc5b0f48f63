"""Transactions and legs as they are collected: numbers in arrays, texts a few ten thousand at a time."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from earmark.ledger import schema
from earmark.sources.bitcoin.scripts import holder_of

TEXTS_HELD = 1 << 16
_TEXTS = ("key", "ref", "kind", "locator", "note")


def _longs() -> array[int]:
    return array("q")


@dataclass
class Columns:
    """What has been read so far.

    Rows of ``spends_row`` and ``spends_ordinal`` are one leg each; -1 and 0 name no lot. ``holder`` holds
    positions in ``holders``.
    """

    time: array[int] = field(default_factory=_longs)
    leg_row: array[int] = field(default_factory=_longs)
    side: array[int] = field(default_factory=lambda: array("b"))
    holder: array[int] = field(default_factory=lambda: array("i"))
    quantity: array[int] = field(default_factory=_longs)
    spends_row: array[int] = field(default_factory=_longs)
    spends_ordinal: array[int] = field(default_factory=_longs)
    holders: dict[str, int] = field(default_factory=dict)
    scripts: dict[bytes, int] = field(default_factory=dict)
    evidence_row: array[int] = field(default_factory=_longs)
    evidence: list[str] = field(default_factory=list)
    texts: dict[str, list[str | None]] = field(default_factory=lambda: {one: [] for one in _TEXTS})
    written: dict[str, list[pa.Array]] = field(default_factory=lambda: {one: [] for one in _TEXTS})

    @property
    def rows(self) -> int:
        """Return the number of transactions."""
        return len(self.time)

    def add_transaction(self, time_s: int, **texts: str | None) -> int:
        """Add a transaction and return its row; its legs follow."""
        for name in _TEXTS:
            self.texts[name].append(texts[name])
        self.time.append(time_s * 1_000_000)
        if len(self.texts["key"]) >= TEXTS_HELD:
            self._write_texts()
        return len(self.time) - 1

    def add_leg(
        self, side: int, holder: int, quantity: int, spends_row: int = -1, spends_ordinal: int = 0
    ) -> None:
        """Add a leg of the last transaction."""
        self.leg_row.append(len(self.time) - 1)
        self.side.append(side)
        self.holder.append(holder)
        self.quantity.append(quantity)
        self.spends_row.append(spends_row)
        self.spends_ordinal.append(spends_ordinal)

    def add_evidence(self, locator: str) -> None:
        """Add evidence of the last transaction."""
        self.evidence_row.append(len(self.time) - 1)
        self.evidence.append(locator)

    def holder_named(self, name: str) -> int:
        """Return the position of a holder."""
        return self.holders.setdefault(name, len(self.holders))

    def holder_with(self, script: bytes) -> int:
        """Return the position of the holder that a script names."""
        found = self.scripts.get(script)
        if found is None:
            found = self.scripts[script] = self.holder_named(holder_of(script))
        return found

    def _write_texts(self) -> None:
        for name, texts in self.texts.items():
            self.written[name].append(pa.array(texts, pa.string()))
            texts.clear()

    def transactions(self) -> pa.Table:
        """Return the transactions as ``DRAFT_TRANSACTIONS``, in order; ``sequence`` is the row."""
        self._write_texts()
        count = self.rows
        texts = {name: pa.chunked_array(parts, pa.string()) for name, parts in self.written.items()}
        columns = {
            **texts,
            "time": pa.array(_numbers(self.time)).cast(schema.TIME),
            "time_end": pa.nulls(count, schema.TIME),
            "basis": pa.array(["recorded"]).take(pa.array(np.zeros(count, np.int64))),
            "sequence": pa.array(np.arange(count, dtype=np.int64)),
            "supersedes": pa.nulls(count, pa.string()),
        }
        return pa.table(
            [columns[name] for name in schema.DRAFT_TRANSACTIONS.names],
            schema=schema.DRAFT_TRANSACTIONS,
        )

    def legs(self, keys: pa.ChunkedArray, symbol: str) -> pa.Table:
        """Return the legs as ``DRAFT_LEGS``; ``keys`` are the transactions' keys."""
        count = len(self.leg_row)
        spends = _numbers(self.spends_row)
        names_none = spends < 0
        zeros = pa.array(np.zeros(count, np.int64))
        lot_keys = pa.array(spends, mask=names_none)
        holders = pa.array(list(self.holders), pa.string())
        columns = {
            "transaction": pa.array(_numbers(self.leg_row)),
            "side": pa.array(np.frombuffer(self.side, np.int8)),
            "holder": holders.take(pa.array(np.frombuffer(self.holder, np.int32))),
            "commodity": pa.array([symbol]).take(zeros),
            "quantity": pa.array(_numbers(self.quantity)).cast(schema.QUANTITY),
            "low": pa.nulls(count, schema.QUANTITY),
            "high": pa.nulls(count, schema.QUANTITY),
            "spends_key": keys.combine_chunks().take(lot_keys),
            "spends_ordinal": pa.array(_numbers(self.spends_ordinal), mask=names_none),
            "inexact": pa.array(np.zeros(count, np.bool_)),
        }
        return pa.table(
            [columns[name] for name in schema.DRAFT_LEGS.names], schema=schema.DRAFT_LEGS
        )

    def cited(self, source: str) -> pa.Table:
        """Return the evidence as ``DRAFT_EVIDENCE``, all of it in one source."""
        count = len(self.evidence)
        columns = {
            "transaction": pa.array(_numbers(self.evidence_row)),
            "source": pa.array([source] * count, pa.string()),
            "locator": pa.array(self.evidence, pa.string()),
            "role": pa.array(["supporting"] * count, pa.string()),
        }
        return pa.table(columns, schema=schema.DRAFT_EVIDENCE)


def _numbers(values: array[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.frombuffer(values, np.int64)
