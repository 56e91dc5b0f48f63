"""Blocks that a table spreads over rows: the rows of each block, its header, and which blocks count.

bitcoin-etl and AWS write a row a transaction, in any order, and the header into another table.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.rebuilt import proved_header, unproved_header
from earmark.sources.bitcoin.stores import Damage, Found, Ignored
from earmark.sources.bitcoin.wire import BlockError, Header, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from earmark.sources.bitcoin.networks import Network
    from earmark.sources.bitcoin.notices import Notices

NUMBER_MAX = (1 << 31) - 1
REPLACED = "transactions of blocks that another block of the same height replaced"
HEADER_ROWS = "rows of the table of blocks"


class HeaderRow(NamedTuple):
    """A row of the table of blocks; hashes in the order of the wire, ``previous`` empty if not told."""

    block_hash: bytes
    number: int
    version: int
    previous: bytes
    root: bytes
    numbers: tuple[int, int, int]
    coinbase: bytes | None
    transactions: int | None
    locator: str = ""
    unknown: tuple[str, ...] = ()


@dataclass
class Rows:
    """Where the transactions of one block are: an entry for each row, in the order of the files.

    ``offset`` is the reader's own way to find the row again, ``row`` is how people count it.
    """

    number: int
    time_s: int
    index: array[int] = field(default_factory=lambda: array("i"))
    file: array[int] = field(default_factory=lambda: array("i"))
    row: array[int] = field(default_factory=lambda: array("q"))
    offset: array[int] = field(default_factory=lambda: array("q"))

    def add(self, index: int, file: int, row: int, offset: int) -> None:
        """Add a row."""
        self.index.append(index)
        self.file.append(file)
        self.row.append(row)
        self.offset.append(offset)

    def in_order(self) -> list[int]:
        """Return the entries by their index in the block, equal ones as they came."""
        return sorted(range(len(self.index)), key=lambda entry: self.index[entry])


@dataclass
class Gathered:
    """All blocks of a source by their hash: rows of transactions, rows of headers."""

    network: Network
    rows: dict[bytes, Rows] = field(default_factory=dict)
    headers: dict[bytes, HeaderRow] = field(default_factory=dict)
    at_height: dict[int, dict[bytes, None]] = field(default_factory=dict)
    modified: dict[bytes, int] = field(default_factory=dict)

    def add(self, block_hash: bytes, number: int, time_s: int) -> Rows:
        """Return the rows of a block; raises BlockError where its other rows say another height or time."""
        if not (0 <= number <= NUMBER_MAX and 0 <= time_s < 1 << 32):
            raise BlockError(f"no height or time that a block can have: {number}, {time_s}")
        rows = self.rows.get(block_hash)
        if rows is None:
            rows = self.rows[block_hash] = Rows(number, time_s)
            self.at_height.setdefault(number, {})[block_hash] = None
        if (rows.number, rows.time_s) != (number, time_s):
            raise BlockError(f"block {shown(block_hash)} has another height or time in another row")
        return rows

    def add_header(self, row: HeaderRow) -> bool:
        """Add a row of the table of blocks; return False where the block has one already."""
        if row.block_hash in self.headers:
            return False
        self.headers[row.block_hash] = row
        self.at_height.setdefault(row.number, {})[row.block_hash] = None
        return True

    def header(self, block_hash: bytes, notices: Notices) -> Header:
        """Return a block's header, proved by its hash where all of it is known.

        bitcoin-etl does not write the hash of the block before: it is one of those a height below, if any.
        Raises BlockError for a header that states the block before and has another hash.
        """
        row = self.headers.get(block_hash)
        if row is None:
            return unproved_header(block_hash, 0, b"", b"", (self.rows[block_hash].time_s, 0))
        if row.previous:
            return _proved(row, row.previous)
        for previous in self._before(row.number):
            try:
                return _proved(row, previous)
            except BlockError:
                continue
        if row.number - 1 in self.at_height:
            sentence = "a header does not follow from a block before it that is here"
            notices.say(sentence, f"in block {row.number}, {shown(block_hash)}")
        time_s, bits, _ = row.numbers
        return unproved_header(block_hash, row.version, b"", row.root, (time_s, bits))

    def _before(self, number: int) -> Iterable[bytes]:
        if number == 0:
            return (bytes(32),)
        if number == 1:
            return (self.network.genesis,)
        return self.at_height.get(number - 1, ())


def _proved(row: HeaderRow, previous: bytes) -> Header:
    return proved_header(row.block_hash, row.version, previous, row.root, row.numbers)


def in_chain(gathered: Gathered, headers: dict[bytes, Header]) -> set[bytes]:
    """Return the blocks that no other block of their height replaces.

    Where headers are told the order of the chain decides, later and elsewhere. Where they are not, that block
    counts which another one follows, else the one that was written last, else the one that stands first.
    """
    followed = {one.previous for one in headers.values()}
    kept = set(headers)
    for hashes in gathered.at_height.values():
        rivals = [one for one in hashes if one in headers and not headers[one].previous]
        if len(rivals) > 1:
            best = max(rivals, key=lambda one: (one in followed, gathered.modified.get(one, 0)))
            kept -= {one for one in rivals if one != best}
    return kept


def found_blocks(
    gathered: Gathered, notices: Notices, locator: Callable[[Rows], str]
) -> Iterator[Found | Damage | Ignored]:
    """Yield the blocks that have transactions; ``place`` is the hash. A header that is none is rejected."""
    headers: dict[bytes, Header] = {}
    for block_hash in gathered.rows:
        try:
            headers[block_hash] = gathered.header(block_hash, notices)
        except BlockError as error:
            yield Damage(gathered.headers.pop(block_hash).locator, str(error))
            headers[block_hash] = gathered.header(block_hash, notices)
    kept = in_chain(gathered, headers)
    for block_hash, rows in gathered.rows.items():
        if block_hash in kept:
            yield Found(headers[block_hash], rows.number, block_hash, locator(rows))
        else:
            yield Ignored(len(rows.index), REPLACED)
