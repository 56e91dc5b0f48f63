"""The ``bitcoin-blocks`` reader: raw blocks, a node's ``blk*.dat``, or folders of them."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.block import (
    claimed_transactions,
    coinbase_height,
    has_work,
    read_block,
    target,
)
from earmark.sources.bitcoin.files import Shelf, listed
from earmark.sources.bitcoin.networks import NETWORKS, is_plausible_height
from earmark.sources.bitcoin.records import UNDO_MAX, Place, records
from earmark.sources.bitcoin.stores import Damage, Found
from earmark.sources.bitcoin.undo import prevouts_of
from earmark.sources.bitcoin.undo_files import Candidate, matched
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


class BlockFileStore:
    """The block files of one source; of each block its place is kept, and the body read when it is asked for."""

    def __init__(self, listing: Listing, network: Network) -> None:
        """Keep the names of the files; none is opened yet."""
        self.network = network
        self.counts: Counter[str] = Counter()
        self._blocks = len(listing.blocks)
        self._listed = (*listing.blocks, *listing.undo.values())
        self._undo = {place: self._blocks + number for number, place in enumerate(listing.undo)}
        self._alone = listing.undo_alone
        self._shelf = Shelf(self._listed)
        self.files = tuple((one.name, one.path) for one in self._listed) + listing.masks

    def find(self) -> Iterator[Found | Damage]:
        """Yield the blocks of all files by their headers; raises EarmarkError for a file that holds none.

        A header whose hash does not meet its target, and bytes that are no block or undo data, are damage.
        """
        for number in range(self._blocks):
            if number in self._undo:
                yield from self._with_undo(number)
            else:
                yield from (one for one, _ in self._find_in(number))

    def _find_in(self, number: int) -> Iterator[tuple[Found | Damage, int]]:
        """Yield what one file holds, with the number of transactions that a block says it has."""
        file = self._shelf.file(number)
        for one in records(file, number, self.network):
            if isinstance(one, Place):
                start = file.read(one.offset, min(START_BYTES, one.length))
                yield self._found(one, start), claimed_transactions(start)
            else:
                yield Damage(self._locator(number, one.offset), one.reason), 0

    def _found(self, place: Place, start: bytes) -> Found | Damage:
        header = read_header(start)
        locator = self._locator(place.file, place.offset)
        if not has_work(header) or target(header.bits) > self.network.target_max:
            reason = "the header's hash does not meet its target: altered, or of another network"
            return Damage(locator, reason, f"block {shown(header.block_hash)}")
        height = coinbase_height(start, header)
        if height is not None and not is_plausible_height(self.network, height, header.time_s):
            height = None
        return Found(header, height, place, locator)

    def _with_undo(self, number: int) -> Iterator[Found | Damage]:
        """Yield what one file holds, each block with the place of its undo data."""
        blocks: list[Found] = []
        candidates: list[Candidate] = []
        for one, count in self._find_in(number):
            if isinstance(one, Damage):
                yield one
                continue
            blocks.append(one)
            candidates.append(Candidate(one.header.block_hash, one.header.previous, count))
        undo = self._undo[number]
        body = partial(self._body, {one.header.block_hash: one for one in reversed(blocks)})
        try:
            file = self._shelf.file(undo)
            starts, damages = matched(candidates, body, file, undo, self.network)
        except EarmarkError as error:
            yield Damage(self._listed[undo].name, error.problem)
            yield from blocks
            return
        yield from (Damage(self._locator(one.file, one.offset), one.reason) for one in damages)
        for one in blocks:
            start = starts.get(one.header.block_hash, 0)
            yield one._replace(place=one.place._replace(undo=start))

    def _body(self, blocks: dict[bytes, Found], block_hash: bytes) -> Block | None:
        try:
            return self.load(blocks[block_hash])
        except BlockError:
            return None

    def load(self, found: Found) -> Block:
        """Read one block and what its inputs spend, where there are undo data.

        Raises BlockError where it is not what its header commits to. Undo data that are not its own are
        rejected, and the block is read without them.
        """
        place: Place = found.place
        data = self._shelf.file(place.file).read(place.offset, place.length)
        prefix = f"{self._listed[place.file].name} " if len(self._listed) > 1 else ""
        block = read_block(data)._replace(prefix=prefix, offset=place.offset)
        return self._undone(block, place) if place.undo else block

    def _undone(self, block: Block, place: Place) -> Block:
        number = self._undo[place.file]
        file = self._shelf.file(number)
        at = self._locator(number, place.undo)
        length = int.from_bytes(file.read(place.undo - 4, 4), "little")
        try:
            prevouts = prevouts_of(file.read(place.undo, min(length, UNDO_MAX)), block.transactions)
        except BlockError as error:
            said = f"undo data of block {shown(block.header.block_hash)}"
            return block._replace(rejected=(Damage(at, str(error), said),))
        return block._replace(prevouts=prevouts, prevouts_at=at)

    def _locator(self, number: int, offset: int) -> str:
        prefix = f"{self._listed[number].name} " if len(self._listed) > 1 else ""
        return f"{prefix}byte {offset}"

    def warnings(self) -> list[str]:
        """Return what was left out."""
        if not self._alone:
            return []
        said = f"{len(self._alone)} rev*.dat files are not read, such as {self._alone[0]}"
        return [f"{said}: the block file of the same number is not in this source"]

    def close(self) -> None:
        """Close the files."""
        self._shelf.close()


def open_store(case_folder: Path, source: Source) -> BlockFileStore:
    """Return the store of a source; raises EarmarkError for a path that names no block file."""
    return BlockFileStore(listed(case_folder, source), NETWORKS[source.network])
