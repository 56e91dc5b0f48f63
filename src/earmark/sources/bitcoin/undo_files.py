"""Which undo data of a ``rev*.dat`` belong to which block of the ``blk*.dat`` with the same number.

Undo data do not name their block. They stand in the order in which a node connected blocks, which is not that
of the block file, and end with a checksum over the hash before the block and themselves. So the child of the
block that was found last is tried first, then every block with as many transactions. Of two blocks with the
same parent the one whose inputs the data fit has them; where both could, neither does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.records import Damage, undo_records
from earmark.sources.bitcoin.undo import CHECKSUM_BYTES, is_of, prevouts_of, transaction_count
from earmark.sources.bitcoin.wire import BlockError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from earmark.sources.bitcoin.block import Block
    from earmark.sources.bitcoin.files import BlockFile
    from earmark.sources.bitcoin.networks import Network

HASHED_MAX = 1 << 29
"""Bytes of undo data of one file that are hashed in the search for their blocks."""
_TRY_BYTES = 1 << 10
"""What a try counts at least: so much hashing takes as long as everything around it."""
FAMILY_MAX = 8
"""Blocks with the same parent and as many transactions that are looked into."""
DAMAGES_MAX = 100
"""Damaged places of one undo file; behind them the rest is not read."""
_STRANGE = "fit no block: altered, or the block is not there"
_UNCLEAR = "fit several blocks with the same parent that spend differently, and are not used"
_TOO_MANY = "too many places are no undo data: the rest of the file is not read"


class Candidate(NamedTuple):
    """A block of the block file: its hash, the hash before it, how many transactions it says it has."""

    block_hash: bytes
    previous: bytes
    transactions: int


_Family = list[Candidate]


class Matched(NamedTuple):
    """Where each block's undo data start, by the block's hash, and what is wrong in the file."""

    starts: dict[bytes, int]
    damages: list[Damage]


def matched(
    candidates: Sequence[Candidate],
    body: Callable[[bytes], Block | None],
    file: BlockFile,
    number: int,
    network: Network,
) -> Matched:
    """Return which undo data of a file belong to which of the blocks; reads the file once.

    ``body`` reads a block by its hash, or gives null; it is asked only about blocks with the same parent.
    """
    search = _Search(candidates, body)
    damages: list[Damage] = []
    for one in undo_records(file, number, network):
        if len(damages) == DAMAGES_MAX:
            damages.append(Damage(number, one.offset, _TOO_MANY))
            break
        if isinstance(one, Damage):
            damages.append(one)
            continue
        data = file.read(one.offset, one.length + CHECKSUM_BYTES)
        search.add(one.offset, data[: one.length], data[one.length :])
    for places, reason in ((search.strange, _STRANGE), (search.unclear, _UNCLEAR)):
        if places:
            said = f"{len(places)} records of undo data, of which this is the first, {reason}"
            damages.append(Damage(number, places[0], said))
    return Matched(search.starts, damages)


class _Search:
    """The blocks of one file while undo data are given to them.

    Blocks with the same parent and as many transactions are a family: the checksum cannot tell them apart.
    """

    def __init__(
        self, candidates: Sequence[Candidate], body: Callable[[bytes], Block | None]
    ) -> None:
        self.body = body
        self.starts: dict[bytes, int] = {}
        self.strange: list[int] = []
        self.unclear: list[int] = []
        self.left = HASHED_MAX
        self.last: _Family = []
        self.families: dict[bytes, dict[int, _Family]] = {}
        self.waiting: dict[int, dict[bytes, _Family]] = {}
        self.done: dict[int, list[_Family]] = {}
        for one in dict.fromkeys(candidates):
            family = self.families.setdefault(one.previous, {}).setdefault(one.transactions, [])
            family.append(one)
            self.waiting.setdefault(one.transactions, {})[one.previous] = family

    def add(self, start: int, data: bytes, checksum: bytes) -> None:
        """Give undo data to their block, or note that it is not there."""
        try:
            count = transaction_count(data)
        except BlockError:
            self.strange.append(start)
            return
        family = self._family(count, data, checksum)
        if family:
            self.last = family
            self._give(family, start, data)
            return
        self.strange.append(start)
        # as if they had been those of the next block, so that what follows is found at once
        self.last = next(self._children(count), self.last)

    def _family(self, count: int, data: bytes, checksum: bytes) -> _Family:
        for family in self._likely(count):
            self.left -= max(len(data), _TRY_BYTES)
            if is_of(data, checksum, family[0].previous):
                return family
            if self.left < 0:
                break
        return []

    def _likely(self, count: int) -> Iterator[_Family]:
        yield from self._children(count)
        if self.left > 0:
            yield from self.waiting.get(count, {}).values()
            yield from self.done.get(count, ())

    def _children(self, count: int) -> Iterator[_Family]:
        for one in self.last[:FAMILY_MAX]:
            family = self.families.get(one.block_hash, {}).get(count)
            if family:
                yield family

    def _give(self, family: _Family, start: int, data: bytes) -> None:
        """Note the first undo data of a block; a node that was killed writes some of them again."""
        previous, count = family[0].previous, family[0].transactions
        if self.waiting.get(count, {}).pop(previous, None) is not None:
            self.done.setdefault(count, []).append(family)
        owners = self._owners(family, data) if len(family) > 1 and count > 1 else family
        for one in owners:
            self.starts.setdefault(one.block_hash, start)
        if not owners:
            self.unclear.append(start)

    def _owners(self, family: _Family, data: bytes) -> _Family:
        """Return the blocks of a family whose inputs the data fit; none where these blocks spend differently."""
        blocks = [self.body(one.block_hash) for one in family[:FAMILY_MAX]]
        fitting = [
            (one, block)
            for one, block in zip(family, blocks, strict=False)
            if block is None or _fit(data, block)
        ]
        spent = [block and [one.inputs for one in block.transactions[1:]] for _, block in fitting]
        if len(family) > FAMILY_MAX or None in spent or any(one != spent[0] for one in spent):
            return []
        return [one for one, _ in fitting]


def _fit(data: bytes, block: Block) -> bool:
    try:
        prevouts_of(data, block.transactions)
    except BlockError:
        return False
    return True
