"""Which undo data of a ``rev*.dat`` belong to which block of the ``blk*.dat`` with the same number.

Undo data do not name their block. They stand in the order in which a node connected blocks, which is not that
of the block file, and end with a checksum over the hash before the block and themselves. So the child of the
block that was found last is tried first, then every block with as many transactions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.records import Damage, undo_records
from earmark.sources.bitcoin.undo import CHECKSUM_BYTES, is_of, transaction_count
from earmark.sources.bitcoin.wire import BlockError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from earmark.sources.bitcoin.files import BlockFile
    from earmark.sources.bitcoin.networks import Network

HASHED_MAX = 1 << 29
"""Bytes of undo data of one file that are hashed in the search for their blocks."""
_TRY_BYTES = 1 << 10
"""What a try counts at least: so much hashing takes as long as everything around it."""
_CHILDREN_MAX = 8
DAMAGES_MAX = 100
"""Damaged places of one undo file; behind them the rest is not read."""
_TOO_MANY = "too many places are no undo data: the rest of the file is not read"


class Candidate(NamedTuple):
    """A block of the block file: its hash, the hash before it, how many transactions it says it has."""

    block_hash: bytes
    previous: bytes
    transactions: int


class Matched(NamedTuple):
    """Where each block's undo data start, by the block's hash, and what is wrong in the file."""

    starts: dict[bytes, int]
    damages: list[Damage]


def matched(
    candidates: Sequence[Candidate], file: BlockFile, number: int, network: Network
) -> Matched:
    """Return which undo data of a file belong to which of the blocks; reads the file once."""
    search = _Search(candidates)
    damages: list[Damage] = []
    strange: list[int] = []
    for one in undo_records(file, number, network):
        if len(damages) == DAMAGES_MAX:
            damages.append(Damage(number, one.offset, _TOO_MANY))
            break
        if isinstance(one, Damage):
            damages.append(one)
            continue
        data = file.read(one.offset, one.length + CHECKSUM_BYTES)
        if not search.add(one.offset, data[: one.length], data[one.length :]):
            strange.append(one.offset)
    if strange:
        reason = f"{len(strange)} records of undo data, of which this is the first, fit no block"
        damages.append(Damage(number, strange[0], f"{reason}: altered, or the block is not there"))
    return Matched(search.starts, damages)


class _Search:
    """The blocks of one file while undo data are given to them."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.children: dict[bytes, list[Candidate]] = {}
        self.waiting: dict[int, dict[bytes, Candidate]] = {}
        self.done: dict[int, list[Candidate]] = {}
        self.starts: dict[bytes, int] = {}
        self.last = b""
        self.left = HASHED_MAX
        for one in dict.fromkeys(candidates):
            self.children.setdefault(one.previous, []).append(one)
            self.waiting.setdefault(one.transactions, {})[one.block_hash] = one

    def add(self, start: int, data: bytes, checksum: bytes) -> bool:
        """Give undo data to their block; tell whether one was found."""
        try:
            count = transaction_count(data)
        except BlockError:
            return False
        for one in self._likely(count):
            self.left -= max(len(data), _TRY_BYTES)
            if is_of(data, checksum, one.previous):
                self._give(one, start)
                return True
            if self.left < 0:
                break
        self._pass(count)
        return False

    def _likely(self, count: int) -> Iterator[Candidate]:
        for one in self.children.get(self.last, ())[:_CHILDREN_MAX]:
            if one.transactions == count:
                yield one
        if self.left > 0:
            yield from self.waiting.get(count, {}).values()
            yield from self.done.get(count, ())

    def _give(self, one: Candidate, start: int) -> None:
        """Note the first undo data of a block; a node that was killed writes some of them again."""
        self.last = one.block_hash
        if self.waiting.get(one.transactions, {}).pop(one.block_hash, None) is not None:
            self.starts[one.block_hash] = start
            self.done.setdefault(one.transactions, []).append(one)

    def _pass(self, count: int) -> None:
        """Go on behind undo data that fit no block, as if they had been those of the next one."""
        next_ones = self.children.get(self.last, ())
        if len(next_ones) == 1 and next_ones[0].transactions == count:
            self.last = next_ones[0].block_hash
