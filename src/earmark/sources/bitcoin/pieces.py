"""Finished columns on disk while a long chain is read, and where the reading stands, so that it can go on.

They lie in this user's own state folder, never in a case: a case may come from anybody.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from earmark.ledger.files import state_folder
from earmark.sources.bitcoin.columns import TABLES

PIECE_LEGS = 1 << 19
"""Legs held in memory before they are written."""
_SAVED = "reached.sqlite"
_CASE = "case"
"""Names the case that a folder belongs to, so that it can go when the case is gone."""


def reading_folder(case_folder: Path) -> Path:
    """Return where the unfinished readings of one case lie."""
    name = hashlib.sha256(os.fsencode(case_folder.resolve())).hexdigest()[:32]
    return state_folder() / "reading" / name


def _forget_lost_cases(readings: Path) -> None:
    """Remove the readings of cases that are no longer where they were."""
    for folder in readings.iterdir():
        try:
            is_lost = not Path(os.fsdecode((folder / _CASE).read_bytes())).exists()
        except (OSError, ValueError):
            continue
        if is_lost:
            shutil.rmtree(folder, ignore_errors=True)


def forget_readings(case_folder: Path) -> None:
    """Remove what is left of a case's readings: its build is saved, or an input has changed."""
    try:
        shutil.rmtree(reading_folder(case_folder), ignore_errors=True)
    except RuntimeError:
        return  # no home, so nothing lies there


class Pieces:
    """The folder of one reading, made when there is something to keep.

    ``series`` is the chain; ``identity`` is the digest of everything that the reading depends on.
    """

    def __init__(self, case_folder: Path, series: str, identity: str) -> None:
        """Remove what is left of an earlier reading of other inputs; without a home nothing can be resumed."""
        self._temporary: Path | None = None
        try:
            self._case = os.fsencode(case_folder.resolve())
            parent = reading_folder(case_folder) / series
        except RuntimeError:
            self.folder = self._in_temporary()
            return
        self.folder = parent / identity[:32]
        if parent.exists() and not self.folder.exists():
            shutil.rmtree(parent, ignore_errors=True)

    def _in_temporary(self) -> Path:
        self._temporary = Path(tempfile.mkdtemp(prefix="earmark-"))
        return self._temporary

    @property
    def saved(self) -> Path:
        """Return the file of the lots and of where the reading stands."""
        return self.folder / _SAVED

    def begin(self) -> None:
        """Make the folder empty; raises OSError where there is no room even for a temporary one."""
        if self._temporary is not None:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            self.folder.mkdir(parents=True, mode=0o700)
            reading = self.folder.parent.parent
            (reading / _CASE).write_bytes(self._case)
            _forget_lost_cases(reading.parent)
        except OSError:
            self.folder = self._in_temporary()

    def write(self, source: int, number: int, tables: Mapping[str, pa.Table]) -> None:
        """Write a piece of one source; one that a kill left half-written is written anew."""
        for name, table in tables.items():
            with self._path(source, number, name).open("wb") as file:
                with pa.ipc.new_file(file, table.schema) as writer:
                    writer.write_table(table)
                file.flush()
                os.fsync(file.fileno())

    def read(self, source: int, count: int, last: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
        """Return all of a source's pieces, mapped from disk, and the last one from memory."""
        tables = {}
        for name in TABLES:
            parts = [self._mapped(self._path(source, number, name)) for number in range(count)]
            tables[name] = pa.concat_tables([*parts, last[name]])
        return tables

    def rows(self, source: int, count: int) -> int:
        """Return the transactions in a source's pieces; raises OSError or ArrowException for a damaged one."""
        mapped = {
            name: [self._mapped(self._path(source, number, name)) for number in range(count)]
            for name in TABLES
        }
        return sum(one.num_rows for one in mapped["transactions"])

    def _path(self, source: int, number: int, name: str) -> Path:
        return self.folder / f"{source}-{number}-{name}.arrow"

    def _mapped(self, path: Path) -> pa.Table:
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()

    def close(self) -> None:
        """Remove a folder that nobody can resume."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


def identity_of(parts: Sequence[str]) -> str:
    """Return the digest of the texts that a reading depends on."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
