"""The tables of a data set put together: one record each, of the blocks that stand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from earmark.sources.evm.tables import (
    BlockRow,
    LogRow,
    Place,
    ReceiptRow,
    Record,
    TokenRow,
    TraceRow,
    TransactionRow,
    TransferRow,
)

COPIES = "copies of rows that are there already"
REPLACED = "rows of blocks that another block of the same height replaced"
_NO_PLACE = Place("", 0)


@dataclass
class History:
    """All records of a source while they are read.

    ``clashes`` are (locator, reason) of rows that say otherwise than an earlier row of the same event.
    """

    blocks: dict[str, BlockRow] = field(default_factory=dict)
    transactions: dict[str, TransactionRow] = field(default_factory=dict)
    receipts: dict[str, ReceiptRow] = field(default_factory=dict)
    logs: dict[tuple[str, int], LogRow] = field(default_factory=dict)
    transfers: dict[tuple[str, int], TransferRow] = field(default_factory=dict)
    traces: dict[tuple[Any, ...], TraceRow] = field(default_factory=dict)
    tokens: dict[str, TokenRow] = field(default_factory=dict)
    heights: dict[int, dict[str, str]] = field(default_factory=dict)
    seen: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    clashes: list[tuple[str, str]] = field(default_factory=list)

    def next_file(self) -> None:
        """Begin another file: what has no number of its own is counted anew in each."""
        self.seen.clear()

    def add(self, record: Record) -> None:
        """Add a record; a copy of a row that is there is counted, one that says otherwise is a clash."""
        if isinstance(record, TokenRow):
            self._add_token(record)
            return
        place = record.place
        if place.block_hash:
            self._note_height(place)
        if isinstance(record, BlockRow):
            self._keep(self.blocks, place.block_hash, record)
        elif isinstance(record, TransactionRow):
            self._keep(self.transactions, (record.hash, place.block_hash), record)
        elif isinstance(record, ReceiptRow):
            self._keep(self.receipts, (record.hash, place.block_hash), record)
        elif isinstance(record, LogRow):
            self._keep(self.logs, (record.hash, record.log_index, place.block_hash), record)
        elif isinstance(record, TransferRow):
            self._keep(self.transfers, (record.hash, record.log_index, place.block_hash), record)
        else:
            self._keep(self.traces, self._trace_name(record), record)

    def _note_height(self, place: Place) -> None:
        hashes = self.heights.setdefault(place.block, {})
        before = hashes.get(place.block_hash, "")
        hashes[place.block_hash] = max(before, place.modified)

    def _keep(self, table: dict[Any, Any], name: object, record: Any) -> None:
        before = table.setdefault(name, record)
        if before is record:
            return
        if _said(before) == _said(record):
            self.ignored[COPIES] += 1
        else:
            locator = before.place.locator
            self.clashes.append((record.place.locator, f"says otherwise than {locator}"))

    def _trace_name(self, record: TraceRow) -> tuple[Any, ...]:
        place = record.place
        owner = record.hash or (place.block, record.place_in_block)
        if record.kind in ("reward", "genesis", "daofork") or owner == (place.block, None):
            # Two uncles of one miner are two equal rows of one file; in another file they are copies.
            plain = (
                place.block,
                record.kind,
                record.payer,
                record.payee,
                record.value,
                record.name,
            )
            self.seen[plain] += 1
            return (*plain, self.seen[plain], place.block_hash)
        return (owner, record.kind == "transfer", record.path, place.block_hash)

    def _add_token(self, record: TokenRow) -> None:
        known = self.tokens.get(record.contract)
        if known is None:
            self.tokens[record.contract] = record
            return
        self.tokens[record.contract] = TokenRow(
            record.contract,
            known.decimals if known.decimals is not None else record.decimals,
            known.name or record.name,
            known.symbol or record.symbol,
            known.is_item if known.is_item is not None else record.is_item,
        )

    def settle(self) -> None:
        """Leave out the rows of blocks that do not stand."""
        stands = self._standing()
        for name in ("blocks", "transactions", "receipts", "logs", "transfers", "traces"):
            table: dict[Any, Any] = getattr(self, name)
            gone = [key for key, one in table.items() if _is_replaced(one.place, stands)]
            for key in gone:
                del table[key]
            self.ignored[REPLACED] += len(gone)
        self.ignored += Counter()  # drops reasons that nothing fell under

    def standing_blocks(self) -> tuple[tuple[int, str, str], ...]:
        """Return the blocks that rows stand in: height, hash, the parent's hash or empty."""
        stands = self._standing()
        found = []
        for height in sorted(self.heights):
            own = stands.get(height) or next(iter(self.heights[height]))
            block = self.blocks.get(own)
            found.append((height, own, block.parent_hash if block is not None else ""))
        return tuple(found)

    def _standing(self) -> dict[int, str]:
        """Return the hash of the block that stands at each height of which several are told.

        It is the one that the next block names as its parent, else the one written last, else the last.
        """
        stands: dict[int, str] = {}
        for height in sorted(
            (one for one, hashes in self.heights.items() if len(hashes) > 1), reverse=True
        ):
            hashes = self.heights[height]
            above = stands.get(height + 1) or next(iter(self.heights.get(height + 1, {})), "")
            child = self.blocks.get(above)
            if child is not None and child.parent_hash in hashes:
                stands[height] = child.parent_hash
            else:
                order = list(hashes)
                stands[height] = max(hashes, key=lambda one: (hashes[one], order.index(one)))
        return stands


def _said(record: Any) -> Any:
    """Return a record without the place where it stands."""
    receipt = getattr(record, "receipt", None)
    if receipt is not None:
        record = replace(record, receipt=replace(receipt, place=_NO_PLACE))
    return replace(record, place=_NO_PLACE)


def _is_replaced(place: Place, stands: dict[int, str]) -> bool:
    standing = stands.get(place.block)
    return standing is not None and place.block_hash not in ("", standing)
