"""One block as several sources tell it: the transactions once, each with the sources that show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from earmark.sources.bitcoin.block import Block
from earmark.sources.bitcoin.movements import Row, Shown
from earmark.sources.bitcoin.parts import in_order
from earmark.sources.bitcoin.wire import Transaction, shown


class Copy(NamedTuple):
    """A block as one source tells it."""

    source: int
    block: Block


def shown_by(copies: Sequence[Copy], height: int | None) -> tuple[list[Shown], bool]:
    """Return the transactions in the block's order, and whether they are all of it."""
    whole = next((one for one in copies if one.block.is_whole), None)
    if len(copies) == 1:
        return [
            Shown(transaction, [_row(copies[0], index, height)])
            for index, transaction in enumerate(copies[0].block.transactions)
        ], whole is not None
    transactions = whole.block.transactions if whole else _united(copies)
    places = [{one.txid: n for n, one in enumerate(copy.block.transactions)} for copy in copies]
    result = []
    for transaction in transactions:
        rows = [
            _row(copy, place[transaction.txid], height)
            for copy, place in zip(copies, places, strict=True)
            if transaction.txid in place
        ]
        result.append(Shown(transaction, rows))
    return result, whole is not None


def _united(copies: Sequence[Copy]) -> list[Transaction]:
    by_txid = {one.txid: one for copy in reversed(copies) for one in copy.block.transactions}
    transactions = list(by_txid.values())
    return [transactions[place] for place in in_order(transactions)]


def _row(copy: Copy, index: int, height: int | None) -> Row:
    block = copy.block
    if block.locators is not None:
        locator = block.locators[index]
        at = block.prevouts_at
    else:
        name = str(height) if height is not None else shown(block.header.block_hash)
        start = block.offset + block.transactions[index].start
        place = f"block {name}:{index}"
        locator = f"{block.prefix}byte {start} {place}"
        at = f"{block.prevouts_at} {place}" if block.prevouts_at else ""
    prevouts = block.prevouts[index] if block.prevouts is not None else None
    return Row(copy.source, locator, prevouts, at)
