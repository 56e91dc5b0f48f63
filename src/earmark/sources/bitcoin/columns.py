"""The columns of one source as they are collected: a piece in memory, finished pieces in files."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from earmark.ledger import schema

TABLES = {
    "transactions": schema.DRAFT_TRANSACTIONS,
    "legs": schema.DRAFT_LEGS,
    "evidence": schema.DRAFT_EVIDENCE,
}
_EVIDENCE_ROLE = "supporting"


class Leg(NamedTuple):
    """A leg; ``spends`` names a lot by key and ordinal, an empty key names none. Quantities in satoshi."""

    side: int
    holder: str
    quantity: int
    spends: str = ""
    spends_ordinal: int = 0


class Told(NamedTuple):
    """One transaction as every source tells it; ``sequence`` is its position in the whole chain."""

    key: str
    time_s: int
    ref: str
    kind: str
    sequence: int
    note: str | None
    legs: Sequence[Leg]
    evidence: Sequence[str] = ()


class Columns:
    """What one source tells, since the last piece was taken off; rows are counted from the first of all."""

    def __init__(self, source: str, symbol: str, rows: int = 0) -> None:
        """Begin empty; ``source`` is the source's name, ``rows`` how many earlier pieces hold."""
        self.source = source
        self.symbol = symbol
        self.rows = rows
        self._empty()

    def _empty(self) -> None:
        self._texts: dict[str, list[str | None]] = {
            name: [] for name in ("key", "ref", "kind", "locator", "note")
        }
        self._time, self._sequence = array("q"), array("q")
        self._row, self._quantity, self._ordinal = array("q"), array("q"), array("q")
        self._side = array("b")
        self._holder: list[str] = []
        self._spends: list[str] = []
        self._cited_row = array("q")
        self._cited: list[str] = []

    @property
    def held(self) -> int:
        """Return the number of legs in memory."""
        return len(self._row)

    def add(self, told: Told, locator: str) -> None:
        """Add a transaction with its legs."""
        texts, row = self._texts, self.rows
        texts["key"].append(told.key)
        texts["ref"].append(told.ref)
        texts["kind"].append(told.kind)
        texts["locator"].append(locator)
        texts["note"].append(told.note)
        self._time.append(told.time_s * 1_000_000)
        self._sequence.append(told.sequence)
        sides, holders, quantities, spends, ordinals = zip(*told.legs, strict=True)
        self._row.extend([row] * len(sides))
        self._side.extend(sides)
        self._holder += holders
        self._quantity.extend(quantities)
        self._spends += spends
        self._ordinal.extend(ordinals)
        for text in told.evidence:
            self._cited_row.append(row)
            self._cited.append(text)
        self.rows += 1

    def piece(self) -> dict[str, pa.Table]:
        """Return what is in memory as the tables of a draft, and begin anew."""
        tables = {
            "transactions": self._transactions(),
            "legs": self._legs(),
            "evidence": self._evidence(),
        }
        self._empty()
        return tables

    def _transactions(self) -> pa.Table:
        count = len(self._time)
        columns = {
            **{name: pa.array(texts, pa.string()) for name, texts in self._texts.items()},
            "time": pa.array(_numbers(self._time)).cast(schema.TIME),
            "time_end": pa.nulls(count, schema.TIME),
            "basis": _repeated("recorded", count),
            "sequence": pa.array(_numbers(self._sequence)),
            "supersedes": pa.nulls(count, pa.string()),
        }
        return _table("transactions", columns)

    def _legs(self) -> pa.Table:
        count = len(self._row)
        ordinals = _numbers(self._ordinal)
        names_none = ordinals == 0
        columns = {
            "transaction": pa.array(_numbers(self._row)),
            "side": pa.array(np.frombuffer(self._side, np.int8)),
            "holder": pa.array(self._holder, pa.string()),
            "commodity": _repeated(self.symbol, count),
            "quantity": pa.array(_numbers(self._quantity)).cast(schema.QUANTITY),
            "low": pa.nulls(count, schema.QUANTITY),
            "high": pa.nulls(count, schema.QUANTITY),
            "spends_key": pa.array(self._spends, pa.string(), mask=names_none),
            "spends_ordinal": pa.array(ordinals, mask=names_none),
            "inexact": pa.array(np.zeros(count, np.bool_)),
        }
        return _table("legs", columns)

    def _evidence(self) -> pa.Table:
        count = len(self._cited)
        columns = {
            "transaction": pa.array(_numbers(self._cited_row)),
            "source": _repeated(self.source, count),
            "locator": pa.array(self._cited, pa.string()),
            "role": _repeated(_EVIDENCE_ROLE, count),
        }
        return _table("evidence", columns)


def _table(name: str, columns: dict[str, pa.Array]) -> pa.Table:
    return pa.table([columns[one] for one in TABLES[name].names], schema=TABLES[name])


def _repeated(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), count)


def _numbers(values: array[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.frombuffer(values, np.int64) if values else np.zeros(0, np.int64)
