"""Unspent outputs by outpoint: those of the last piece in memory, all others in a file.

The file also holds where the walk stands, written in the same step, so that a walk that was killed goes on from
there. Outputs that were spent before the last step are forgotten: spending one again is an unresolved input.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from earmark.ledger.schema import OUT
from earmark.sources.bitcoin.columns import Leg

if TYPE_CHECKING:
    from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS lots (
    outpoint BLOB PRIMARY KEY, holder TEXT, quantity INTEGER, key TEXT, ordinal INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reached (state BLOB);
"""
_CACHE_KIB = 64 * 1024


class Lots:
    """The outputs of one chain, each as the out-leg that will spend it."""

    def __init__(self) -> None:
        """Begin in memory alone."""
        self._fresh: dict[bytes, Leg] = {}
        self._spent: dict[bytes, Leg] = {}
        self._file: sqlite3.Connection | None = None

    @property
    def is_on_disk(self) -> bool:
        """Tell whether the file is open."""
        return self._file is not None

    def add(self, outpoint: bytes, lot: Leg) -> None:
        """Add an output; an earlier one of the same name is overwritten."""
        self._fresh[outpoint] = lot
        if outpoint in self._spent:
            del self._spent[outpoint]

    def unspent(self, outpoint: bytes) -> Leg | None:
        """Return an output that nothing has spent, or null."""
        found = self._fresh.get(outpoint)
        if found is None and self._file is not None and outpoint not in self._spent:
            query = "SELECT holder, quantity, key, ordinal FROM lots WHERE outpoint = ?"
            row = self._file.execute(query, (outpoint,)).fetchone()
            return None if row is None else Leg(OUT, *row)
        return found

    def spend(self, outpoint: bytes) -> Leg | None:
        """Return an output and mark it spent; one spent already comes again, for law 2 to refuse."""
        found = self._fresh.pop(outpoint, None)
        if found is None:
            found = self._spent.get(outpoint) or self.unspent(outpoint)
        if found is not None:
            self._spent[outpoint] = found
        return found

    def resume(self, path: Path) -> bytes | None:
        """Open the file; return where an earlier walk stood when it last saved, or null.

        Raises sqlite3.Error where the file cannot be used.
        """
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.executescript(_TABLES)
        row = self._file.execute("SELECT state FROM reached").fetchone()
        return None if row is None else row[0]

    def save(self, state: bytes) -> None:
        """Move everything to the file together with ``state``, whole or not at all."""
        assert self._file is not None
        self._file.execute("BEGIN")
        gone = ((one,) for one in self._spent)
        self._file.executemany("DELETE FROM lots WHERE outpoint = ?", gone)
        rows = ((outpoint, *lot[1:]) for outpoint, lot in self._fresh.items())
        self._file.executemany("INSERT OR REPLACE INTO lots VALUES (?, ?, ?, ?, ?)", rows)
        self._file.execute("DELETE FROM reached")
        self._file.execute("INSERT INTO reached VALUES (?)", (state,))
        self._file.execute("COMMIT")
        self._fresh.clear()
        self._spent.clear()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
