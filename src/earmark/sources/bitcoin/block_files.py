"""The ``bitcoin-blocks`` reader: raw blocks, a node's ``blk*.dat``, or folders of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.block import coinbase_height, has_work, read_block, target
from earmark.sources.bitcoin.files import Shelf, listed
from earmark.sources.bitcoin.networks import NETWORKS, is_plausible_height
from earmark.sources.bitcoin.records import Place, records
from earmark.sources.bitcoin.stores import Damage, Found
from earmark.sources.bitcoin.wire import BlockError, read_header, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from earmark.sources.bitcoin.block import Block
    from earmark.sources.bitcoin.files import Listing
    from earmark.sources.bitcoin.networks import Network
    from earmark.sources.settings import Source

START_BYTES = 200
"""Bytes of a block in which its header and the height it claims stand."""
REJECTED_MAX = 10_000
"""Rejected places in one source; with more of them the files are something else."""


class BlockFileStore:
    """The block files of one source; of each block its place is kept, and the body read when it is asked for."""

    def __init__(self, listing: Listing, network: Network) -> None:
        """Keep the names of the files; none is opened yet."""
        self.listing = listing
        self.network = network
        self.counts: Counter[str] = Counter()
        self.files = tuple((one.name, one.path) for one in listing.blocks) + listing.masks
        self._shelf = Shelf(listing.blocks)
        self._rejected = 0

    def find(self) -> Iterator[Found | Damage]:
        """Yield the blocks of all files by their headers; raises EarmarkError for a file that holds none.

        A header whose hash does not meet its target, and bytes that are no block, are damage.
        """
        for number in range(len(self.listing.blocks)):
            yield from self._find_in(number)

    def _find_in(self, number: int) -> Iterator[Found | Damage]:
        file = self._shelf.file(number)
        for one in records(file, number, self.network):
            if isinstance(one, Place):
                yield self._found(one, file.read(one.offset, min(START_BYTES, one.length)))
            else:
                yield self._damage(number, Damage(self._locator(number, one.offset), one.reason))

    def _found(self, place: Place, start: bytes) -> Found | Damage:
        header = read_header(start)
        locator = self._locator(place.file, place.offset)
        if not has_work(header) or target(header.bits) > self.network.target_max:
            reason = "the header's hash does not meet its target: altered, or of another network"
            said = f"block {shown(header.block_hash)}"
            return self._damage(place.file, Damage(locator, reason, said))
        height = coinbase_height(start, header)
        if height is not None and not is_plausible_height(self.network, height, header.time_s):
            height = None
        return Found(header, height, place, locator)

    def load(self, found: Found) -> Block:
        """Read one block; raises BlockError where it is not what its header commits to."""
        place: Place = found.place
        data = self._shelf.file(place.file).read(place.offset, place.length)
        try:
            block = read_block(data)
        except BlockError:
            self._count_rejected(place.file)
            raise
        return block._replace(prefix=self._prefix(place.file), offset=place.offset)

    def _prefix(self, number: int) -> str:
        return f"{self.listing.blocks[number].name} " if len(self.listing.blocks) > 1 else ""

    def _locator(self, number: int, offset: int) -> str:
        return f"{self._prefix(number)}byte {offset}"

    def _damage(self, number: int, damage: Damage) -> Damage:
        self._count_rejected(number)
        return damage

    def _count_rejected(self, number: int) -> None:
        """Count a rejected place; raises EarmarkError where there are too many."""
        self._rejected += 1
        if self._rejected > REJECTED_MAX:
            raise EarmarkError(
                f"more than {REJECTED_MAX} places are no blocks",
                file=self.listing.blocks[number].name,
                expected="whole block files",
            )

    def warnings(self) -> list[str]:
        """Return what was left out."""
        left_out = len(self.listing.undo)
        return [f"{left_out} rev*.dat files are not read"] if left_out else []

    def close(self) -> None:
        """Close the files."""
        self._shelf.close()


def open_store(case_folder: Path, source: Source) -> BlockFileStore:
    """Return the store of a source; raises EarmarkError for a path that names no block file."""
    return BlockFileStore(listed(case_folder, source), NETWORKS[source.network])
