"""One chain out of all its sources: indexes to a chain, then block by block into each source's columns.

Only the index of blocks is held for all files at once. Blocks are read one at a time, in the order of the
chain; unspent outputs and finished columns go to disk, and a walk that was killed goes on from there.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from earmark import __version__
from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.chain import Known, Linked, Order, in_order
from earmark.sources.bitcoin.columns import Columns
from earmark.sources.bitcoin.lots import Lots
from earmark.sources.bitcoin.movements import Counts, Movements
from earmark.sources.bitcoin.networks import NETWORKS, Network
from earmark.sources.bitcoin.pieces import PIECE_LEGS, Pieces, identity_of
from earmark.sources.bitcoin.stores import BrokenBlockError, Damage, Found, Ignored, Seen, Store
from earmark.sources.bitcoin.telling import Copy, shown_by
from earmark.sources.bitcoin.wire import BlockError, shown
from earmark.sources.files import digests, refuse_changes
from earmark.sources.settings import Source

if TYPE_CHECKING:
    from earmark.ledger.draft import Draft
    from earmark.sources.bitcoin.block import Block

OPENERS = {
    "bitcoin-blocks": "block_files",
    "bitcoin-rpc": "rpc",
    "bitcoin-etl": "etl",
    "aws-bitcoin": "aws",
    "esplora": "esplora",
    "electrum": "electrum",
}
"""Which module of this package opens the sources of a reader."""
REJECTED_MAX = 10_000
"""Rejected rows of one source; with more of them the files are something else."""
LAYOUT = "1"
"""Raised when an unfinished reading of an earlier program cannot be continued."""


@dataclass
class Noted:
    """What one source's blocks told besides movements; all of it is kept when a reading is interrupted."""

    rejected: list[Damage] = field(default_factory=list)
    ignored: int = 0
    copies: int = 0
    orphaned: int = 0
    heights: list[tuple[int, int]] = field(default_factory=list)

    def add_height(self, height: int) -> None:
        """Keep the height of a whole block; blocks of a chain follow each other in ranges."""
        if self.heights and self.heights[-1][1] == height - 1:
            self.heights[-1] = self.heights[-1][0], height
        else:
            self.heights.append((height, height))


@dataclass
class Reading:
    """One source of a chain while it is read."""

    source: Source
    store: Store
    files: tuple[tuple[str, str], ...]
    index: Noted = field(default_factory=Noted)
    blocks: Noted = field(default_factory=Noted)
    reasons: Counter[str] = field(default_factory=Counter)
    seen: list[Seen] = field(default_factory=list)
    pieces: int = 0

    def reject(self, noted: Noted, damages: Sequence[Damage]) -> None:
        """Keep rejected rows; raises EarmarkError where there are too many."""
        noted.rejected += damages
        if len(self.index.rejected) + len(self.blocks.rejected) > REJECTED_MAX:
            raise EarmarkError(
                f"more than {REJECTED_MAX} rows are rejected",
                file=self.files[0][0],
                expected=f"what the {self.source.reader} reader reads, whole",
            )


class _SavedReading(msgspec.Struct):
    rows: int
    pieces: int
    noted: Noted
    counts: Counts
    noticed: dict[str, int]


class _Saved(msgspec.Struct):
    """Where a walk stands: blocks of the chain that are done, the next position, and each source."""

    blocks: int
    sequence: int
    readings: list[_SavedReading]


class _Walk:
    """The walk along one chain."""

    def __init__(self, readings: list[Reading], network: Network, pieces: Pieces) -> None:
        self.readings = readings
        self.pieces = pieces
        columns = [Columns(source_name(one.source), network.symbol) for one in readings]
        self.movements = Movements(network, columns, [Counts() for _ in readings], Lots())
        self.done = 0

    def resume(self) -> None:
        """Go to where an earlier walk stood when it last saved; a damaged one is begun anew."""
        saved = self._saved() if self.pieces.saved.exists() else None
        if saved is None:
            self.movements.lots.close()
            return
        self.done, self.movements.sequence = saved.blocks, saved.sequence
        for number, (reading, one) in enumerate(zip(self.readings, saved.readings, strict=True)):
            reading.pieces, reading.blocks = one.pieces, one.noted
            reading.store.counts = Counter(one.noticed)
            self.movements.columns[number].rows = one.rows
            self.movements.counts[number] = one.counts

    def _saved(self) -> _Saved | None:
        try:
            state = self.movements.lots.resume(self.pieces.saved)
            saved = msgspec.json.decode(state, type=_Saved) if state else None
            held = [self.pieces.rows(n, one.pieces) for n, one in _numbered(saved)]
        except (sqlite3.Error, msgspec.MsgspecError, OSError, pa.ArrowException):
            return None
        return saved if saved and held == [one.rows for one in saved.readings] else None

    def follow(self, chain: Sequence[Linked], progress: Callable[[int], None] | None) -> None:
        """Go along the rest of the chain; ``progress`` is told the transactions so far."""
        for linked in chain[self.done :]:
            self.add(linked)
            if progress is not None:
                progress(sum(one.rows for one in self.movements.columns))

    def add(self, linked: Linked) -> None:
        """Add the next block of the chain."""
        copies = [
            Copy(number, block)
            for number, found in _by_source(linked.block).items()
            if (block := loaded(self.readings[number], found)) is not None
        ]
        if copies:
            told, is_whole = shown_by(copies, linked.height)
            header = linked.block.header
            self.movements.add_block(header, linked.height, told, is_whole=is_whole)
        for number, damage in self.movements.rejected:
            self.readings[number].reject(self.readings[number].blocks, [damage])
        self.movements.rejected.clear()
        for copy in copies:
            if copy.block.is_whole and linked.height is not None:
                self.readings[copy.source].blocks.add_height(linked.height)
        self.done += 1
        if sum(one.held for one in self.movements.columns) >= PIECE_LEGS:
            self.save()

    def save(self) -> None:
        """Write what is in memory, and how far the walk is."""
        try:
            if not self.movements.lots.is_on_disk:
                self.pieces.begin()
                self.movements.lots.resume(self.pieces.saved)
            for number, reading in enumerate(self.readings):
                tables = self.movements.columns[number].piece()
                self.pieces.write(number, reading.pieces, tables)
                reading.pieces += 1
            self.movements.lots.save(msgspec.json.encode(self._state()))
        except (OSError, sqlite3.Error) as error:
            raise _unwritable(self.pieces.folder, str(error)) from error

    def _state(self) -> _Saved:
        movements = self.movements
        readings = [
            _SavedReading(columns.rows, one.pieces, one.blocks, counts, dict(one.store.counts))
            for one, columns, counts in zip(
                self.readings, movements.columns, movements.counts, strict=True
            )
        ]
        return _Saved(self.done, movements.sequence, readings)


def _numbered(saved: _Saved | None) -> Iterator[tuple[int, _SavedReading]]:
    yield from enumerate(saved.readings if saved else ())


def read_chain(
    case_folder: Path,
    sources: Sequence[Source],
    progress: Callable[[int], None] | None = None,
) -> list[Draft]:
    """Read all sources of one network as one chain; ``progress`` is told the transactions so far.

    A block that is not what its header commits to is in ``rejected``. Raises EarmarkError for a file that
    holds no block at all.
    """
    readings: list[Reading] = []
    try:
        for source in sources:
            store = _opened(case_folder, source)
            readings.append(Reading(source, store, digests(store.files)))
        return _read(case_folder, readings, progress)
    finally:
        for reading in readings:
            reading.store.close()


def _read(
    case_folder: Path, readings: list[Reading], progress: Callable[[int], None] | None
) -> list[Draft]:
    from earmark.sources.bitcoin.drafts import draft_of

    network = NETWORKS[readings[0].source.network]
    order = in_order(list(_index(readings).values()), network)
    pieces = Pieces(case_folder, network.name, _identity(readings))
    walk = _Walk(readings, network, pieces)
    try:
        walk.resume()
        walk.follow(order.chain, progress)
        _leave_out(readings, order)
        for reading in readings:
            refuse_changes(reading.store.files, reading.files)
        return [
            draft_of(number, walk.movements, pieces, order, readings)
            for number in range(len(readings))
        ]
    except sqlite3.Error as error:
        walk.movements.lots.close()
        shutil.rmtree(pieces.folder, ignore_errors=True)
        raise _unwritable(pieces.folder, str(error)) from error
    finally:
        walk.movements.lots.close()
        pieces.close()


def _opened(case_folder: Path, source: Source) -> Store:
    module = import_module(f"earmark.sources.bitcoin.{OPENERS[source.reader]}")
    store: Store = module.open_store(case_folder, source)
    return store


def source_name(source: Source) -> str:
    """Return how evidence cites a source."""
    return source.path if isinstance(source.path, str) else ", ".join(source.path)


def _identity(readings: Sequence[Reading]) -> str:
    parts = [LAYOUT, __version__]
    for one in readings:
        parts.append(msgspec.json.encode(one.source).decode())
        parts += [f"{digest} {name}" for name, digest in one.files]
    return identity_of(parts)


def _index(readings: Sequence[Reading]) -> dict[bytes, Known]:
    """Return every block by its hash, in the order of the sources; what is no block is noted."""
    known: dict[bytes, Known] = {}
    for number, reading in enumerate(readings):
        for one in reading.store.find():
            if isinstance(one, Damage):
                reading.reject(reading.index, [one])
            elif isinstance(one, Ignored):
                reading.index.ignored += one.rows
                reading.reasons[one.reason] += one.rows
            elif isinstance(one, Seen):
                reading.seen.append(one)
            else:
                known.setdefault(one.header.block_hash, Known(one.header)).add(number, one)
    return known


def _by_source(block: Known) -> Mapping[int, list[Found]]:
    found: dict[int, list[Found]] = {}
    for number, one in block.copies:
        found.setdefault(number, []).append(one)
    return found


def loaded(reading: Reading, places: Sequence[Found]) -> Block | None:
    """Return a block from the first place of a source where it is whole, or null; the others are noted."""
    block: Block | None = None
    noted = reading.blocks
    for found in places:
        if block is not None:
            noted.copies += 1
            noted.ignored += len(block.transactions)
            continue
        try:
            block = reading.store.load(found)
        except BrokenBlockError as error:
            reading.reject(noted, error.damages)
        except BlockError as error:
            text = f"block {shown(found.header.block_hash)}"
            reading.reject(noted, [Damage(found.locator, str(error), text)])
        else:
            reading.reject(noted, block.rejected)
            noted.ignored += block.ignored
    return block


def _leave_out(readings: Sequence[Reading], order: Order) -> None:
    """Count the transactions of blocks off the chain."""
    for orphan in order.orphans:
        for number, found in _by_source(orphan).items():
            block = loaded(readings[number], found)
            if block is not None:
                readings[number].blocks.ignored += len(block.transactions)
                readings[number].blocks.orphaned += len(block.transactions)


def _unwritable(path: Path, reason: str) -> EarmarkError:
    return EarmarkError(
        f"the unfinished reading cannot be kept: {reason}",
        file=str(path),
        expected="a folder that can be written, with room on its disk",
    )
