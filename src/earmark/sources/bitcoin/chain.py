"""The order of blocks: through their headers, whatever the order of the files; the branch with most work counts."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.block import target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from earmark.sources.bitcoin.networks import Network
    from earmark.sources.bitcoin.stores import Found
    from earmark.sources.bitcoin.wire import Header


@dataclass
class Known:
    """One block by its hash: its header, the height it states, and where it stands: (source number, place).

    Of headers that formats know in part, the one that names its parent counts.
    """

    header: Header
    stated_height: int | None = None
    copies: list[tuple[int, Found]] = field(default_factory=list)

    def add(self, number: int, found: Found) -> None:
        """Add a place where the block stands."""
        if found.header.previous and not (self.header.previous and self.header.bits):
            self.header = found.header
        if self.stated_height is None:
            self.stated_height = found.height
        self.copies.append((number, found))


class Linked(NamedTuple):
    """A block of the chain; height is null where neither the chain nor the block tells it."""

    block: Known
    height: int | None


class Order(NamedTuple):
    """The chain in order, and the blocks that are not on it."""

    chain: list[Linked]
    orphans: list[Known]


class _Segment(NamedTuple):
    """Connected blocks, first to last, the height of the first, and the work in them."""

    blocks: list[Known]
    height: int | None
    work: int


def in_order(found: Sequence[Known], network: Network) -> Order:
    """Order blocks by their chain; gaps part it into segments, which stand by height or else by time.

    Of two branches the one with more work counts, of equal ones the one that stands first.
    """
    by_hash = {one.header.block_hash: one for one in found}
    children: dict[bytes, list[Known]] = {}
    for one in found:
        children.setdefault(one.header.previous, []).append(one)
    roots = [one for one in found if one.header.previous not in by_hash]
    segments = [_best_branch(root, children, by_hash, network) for root in roots]
    kept = _without_overlap(segments)
    chain = [
        Linked(one, None if segment.height is None else segment.height + place)
        for segment in _sorted(kept)
        for place, one in enumerate(segment.blocks)
    ]
    on_chain = {one.block.header.block_hash for one in chain}
    return Order(chain, [one for one in found if one.header.block_hash not in on_chain])


def _best_branch(
    root: Known,
    children: Mapping[bytes, list[Known]],
    by_hash: Mapping[bytes, Known],
    network: Network,
) -> _Segment:
    best, most = root, 0
    waiting = [(root, 0)]
    place = 0
    while place < len(waiting):
        one, before = waiting[place]
        work = before + _work(one.header)
        if work > most:
            best, most = one, work
        waiting += [(child, work) for child in children.get(one.header.block_hash, ())]
        place += 1
    blocks = [best]
    while blocks[-1] is not root:
        blocks.append(by_hash[blocks[-1].header.previous])
    blocks.reverse()
    return _Segment(blocks, _height(blocks, network), most)


def _work(header: Header) -> int:
    """Return the hashes a block took on average; one where its format does not tell the target."""
    return (1 << 256) // (target(header.bits) + 1) if header.bits else 1


def _height(blocks: list[Known], network: Network) -> int | None:
    """Return the first block's height: counted from the first block of all, or as most blocks claim."""
    first = blocks[0].header
    if first.block_hash == network.genesis:
        return 0
    if first.previous == network.genesis:
        return 1
    claims = Counter(
        one.stated_height - place
        for place, one in enumerate(blocks)
        if one.stated_height is not None and one.stated_height >= place
    )
    return claims.most_common(1)[0][0] if claims else None


def _without_overlap(segments: list[_Segment]) -> list[_Segment]:
    """Drop segments at heights where another one has more work: branches whose root is not here."""
    kept = [one for one in segments if one.height is None]
    taken: list[tuple[int, int]] = []
    for one in sorted(segments, key=lambda segment: -segment.work):
        if one.height is None:
            continue
        first, after = one.height, one.height + len(one.blocks)
        place = bisect(taken, (first, after))
        is_free = place == 0 or taken[place - 1][1] <= first
        if is_free and (place == len(taken) or after <= taken[place][0]):
            taken.insert(place, (first, after))
            kept.append(one)
    return kept


def _sorted(segments: list[_Segment]) -> list[_Segment]:
    """Order segments by height; those without one stand where their time would put them."""
    known = [one for one in segments if one.height is not None]
    known.sort(key=lambda one: one.height or 0)
    times = accumulate((one.blocks[0].header.time_s for one in known), max)
    placed = [*zip(times, known, strict=True)]
    placed += [(one.blocks[0].header.time_s, one) for one in segments if one.height is None]
    return [one for _, one in sorted(placed, key=lambda pair: pair[0])]
