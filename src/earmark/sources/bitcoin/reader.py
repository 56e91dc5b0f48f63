"""The ``bitcoin-blocks`` reader: files to headers, headers to a chain, then block by block to columns.

Only headers are held for all files at once; bodies are read one at a time, in the order of the chain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from earmark.ledger import schema
from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError
from earmark.ledger.quantity import format_quantity
from earmark.ledger.values import Commodity
from earmark.sources.bitcoin.block import Block, coinbase_height, has_work, read_block, target
from earmark.sources.bitcoin.chain import Found, Linked, Order, in_order
from earmark.sources.bitcoin.files import Listing, Shelf, listed
from earmark.sources.bitcoin.movements import Counts, Movements
from earmark.sources.bitcoin.networks import NETWORKS, Network, is_plausible_height
from earmark.sources.bitcoin.records import Damage, Place, records
from earmark.sources.bitcoin.wire import BlockError, read_header, shown
from earmark.sources.files import digest
from earmark.sources.settings import Source

EXPONENT = 8
START_BYTES = 200
"""Bytes of a block in which its header and the height it claims stand."""
REJECTED_MAX = 10_000
"""Rejected places in one source; with more of them the files are something else."""


@dataclass
class _Reading:
    """One source while it is read: what is rejected (locator, reason, text), and what is left out."""

    shelf: Shelf
    network: Network
    found: dict[bytes, Found] = field(default_factory=dict)
    rejected: list[tuple[str, str, str]] = field(default_factory=list)
    ignored: int = 0
    copies: int = 0

    def prefix(self, number: int) -> str:
        """Return how the locators of a file begin."""
        files = self.shelf.files
        return f"{files[number].name} " if len(files) > 1 else ""

    def reject(self, place: Place | Damage, reason: str, text: str = "") -> None:
        """Add a rejected place; raises EarmarkError where there are too many."""
        if len(self.rejected) >= REJECTED_MAX:
            raise EarmarkError(
                f"more than {REJECTED_MAX} places are no blocks",
                file=self.shelf.files[place.file].name,
                expected="whole block files",
            )
        self.rejected.append((f"{self.prefix(place.file)}byte {place.offset}", reason, text))

    def block(self, one: Found) -> tuple[Block, Place] | None:
        """Return a block from the first place where it is whole, or null; the other places are rejected."""
        whole: tuple[Block, Place] | None = None
        for place in one.places:
            if whole is not None:
                self.copies += 1
                self.ignored += len(whole[0].transactions)
                continue
            data = self.shelf.file(place.file).read(place.offset, place.length)
            try:
                whole = read_block(data), place
            except BlockError as error:
                self.reject(place, str(error), f"block {shown(one.header.block_hash)}")
        return whole


def read(case_folder: Path, source: Source, progress: Callable[[int], None] | None = None) -> Draft:
    """Read raw blocks, ``blk*.dat`` files or folders of them; ``progress`` is told the transactions so far.

    A block that is not what its header commits to is in ``rejected``. Raises EarmarkError for a file that
    holds no block at all.
    """
    network = NETWORKS[source.network]
    listing = listed(case_folder, source)
    with Shelf(listing.blocks) as shelf:
        reading = _Reading(shelf, network)
        for number in range(len(listing.blocks)):
            _find(reading, number)
        order = in_order(list(reading.found.values()), network)
        movements = Movements(network)
        for linked in order.chain:
            _add(reading, linked, movements)
            if progress is not None:
                progress(movements.columns.rows + reading.ignored)
        orphaned = sum(_orphaned(reading, one) for one in order.orphans)
    reading.ignored += orphaned
    warnings = _warnings(reading, order, movements.counts, listing, orphaned)
    return _draft(reading, movements, source, listing, warnings)


def _find(reading: _Reading, number: int) -> None:
    """Find the blocks of one file by their headers."""
    file = reading.shelf.file(number)
    for one in records(file, number, reading.network):
        if isinstance(one, Damage):
            reading.reject(one, one.reason)
            continue
        start = file.read(one.offset, min(START_BYTES, one.length))
        header = read_header(start)
        if not has_work(header) or target(header.bits) > reading.network.target_max:
            reason = "the header's hash does not meet its target: altered, or of another network"
            reading.reject(one, reason, f"block {shown(header.block_hash)}")
            continue
        height = coinbase_height(start, header)
        if height is not None and not is_plausible_height(reading.network, height, header.time_s):
            height = None
        known = reading.found.setdefault(header.block_hash, Found(header, height))
        known.places.append(one)


def _add(reading: _Reading, linked: Linked, movements: Movements) -> None:
    whole = reading.block(linked.found)
    if whole is not None:
        block, place = whole
        movements.add_block(block, linked.height, reading.prefix(place.file), place.offset)


def _orphaned(reading: _Reading, one: Found) -> int:
    whole = reading.block(one)
    return len(whole[0].transactions) if whole else 0


def _draft(
    reading: _Reading,
    movements: Movements,
    source: Source,
    listing: Listing,
    warnings: tuple[str, ...],
) -> Draft:
    network = reading.network
    transactions = movements.columns.transactions()
    paths = [(one.name, one.path) for one in listing.blocks] + list(listing.masks)
    return Draft(
        files=tuple((name, digest(path)) for name, path in paths),
        rows=transactions.num_rows + reading.ignored + len(reading.rejected),
        transactions=transactions,
        legs=movements.columns.legs(transactions.column("key"), network.symbol),
        evidence=movements.columns.cited(_source_name(source)),
        rejected=_rejected(reading.rejected),
        commodities=(Commodity(network.symbol, EXPONENT, "Bitcoin", f"bitcoin:{network.name}"),),
        ignored=reading.ignored,
        warnings=warnings,
    )


def _source_name(source: Source) -> str:
    return source.path if isinstance(source.path, str) else ", ".join(source.path)


def _rejected(rows: list[tuple[str, str, str]]) -> pa.Table:
    names = ("locator", "reason", "text")
    records_ = [dict(zip(names, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(records_, schema=schema.REJECTED)


def _warnings(
    reading: _Reading, order: Order, counts: Counts, listing: Listing, orphaned: int
) -> tuple[str, ...]:
    symbol = reading.network.symbol

    def amount(satoshi: int) -> str:
        return f"{format_quantity(satoshi, EXPONENT)} {symbol}"

    said = {
        f"{counts.inputs_unresolved} of {counts.inputs} inputs spend outputs that are not in these "
        f"files: {amount(counts.unresolved)} came from them at least, and the fees of "
        f"{counts.fees_unknown} of {counts.transactions} transactions are unknown": counts.inputs_unresolved,
        f"coinbases pay out {amount(counts.coinbase_unresolved)} beyond known fees and "
        "subsidies": counts.coinbase_unresolved,
        f"the height of {counts.heights_unknown} blocks is unknown, and the subsidy of "
        f"{counts.subsidies_unknown} of them": counts.heights_unknown,
        f"repeated coinbases overwrote {amount(counts.overwritten)}": counts.overwritten,
        f"{orphaned} transactions ignored: in {len(order.orphans)} blocks off the chain with most "
        "work": len(order.orphans),
        f"{reading.copies} copies of blocks ignored: the block stands there more than once": reading.copies,
        f"{len(listing.undo)} rev*.dat files are not read": len(listing.undo),
    }
    return tuple(text for text, count in said.items() if count)
