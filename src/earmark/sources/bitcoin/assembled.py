"""A block put together from the rows of a table: checked, in order, each transaction once.

A block whose header row is here is proved by its Merkle root. Without one, transactions numbered 0, 1, 2, …
beginning with the coinbase are taken for the whole block, and the warnings say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.block import NOWHERE, Block, merkle_root
from earmark.sources.bitcoin.rebuilt import Told
from earmark.sources.bitcoin.stores import BrokenBlockError, Damage
from earmark.sources.bitcoin.wire import BlockError, Header

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from earmark.sources.bitcoin.gathered import HeaderRow
    from earmark.sources.bitcoin.notices import Notices

INDEX_MAX = 1_000_000
"""Positions in a block; a block of four million bytes cannot hold so many transactions."""


class Row(NamedTuple):
    """A row to be put into its block: where it is, and how to read it (raises BlockError)."""

    at: int
    locator: str
    read: Callable[[], Told]


def assembled(
    header: Header, number: int, rows: Sequence[Row], row: HeaderRow | None, notices: Notices
) -> Block:
    """Return a block from its rows in order; rows that cannot be read are rejected, repeated ones ignored.

    Raises BrokenBlockError where no row is left, or where all are here and are not the block.
    """
    kept: list[tuple[Row, Told]] = []
    rejected: list[Damage] = []
    for one in rows:
        try:
            found = _checked(one)
            if kept and kept[-1][0].at == one.at:
                _same(kept[-1][1], found)
            else:
                kept.append((one, found))
        except BlockError as error:
            rejected.append(Damage(one.locator, str(error)))
    ignored = len(rows) - len(kept) - len(rejected)
    is_whole = False
    try:
        is_whole = _is_all(number, kept, row, notices)
    except BlockError as error:
        rejected += [Damage(one.locator, str(error)) for one, _ in kept]
        kept = []
    if not kept:
        raise BrokenBlockError(rejected[0].reason, tuple(rejected))
    return Block(
        header,
        [one.transaction for _, one in kept],
        [one.prevouts for _, one in kept],
        [one.locator for one, _ in kept],
        is_whole=is_whole,
        rejected=tuple(rejected),
        ignored=ignored,
    )


def _checked(row: Row) -> Told:
    if not 0 <= row.at <= INDEX_MAX:
        raise BlockError(f"no index that a transaction can have: {row.at}")
    found = row.read()
    if (found.transaction.inputs == [NOWHERE]) != (row.at == 0):
        raise BlockError("the first transaction of a block, and no other, is a coinbase")
    return found


def _same(first: Told, other: Told) -> None:
    if first.transaction.txid != other.transaction.txid:
        raise BlockError("another transaction stands at the same index of the block")


def _is_all(
    number: int, kept: Sequence[tuple[Row, Told]], row: HeaderRow | None, notices: Notices
) -> bool:
    """Tell whether the transactions are the whole block.

    Raises BlockError where they are as many as the header's row says but do not hash to its root.
    """
    is_gapless = all(one.at == place for place, (one, _) in enumerate(kept))
    if row is None:
        if is_gapless:
            sentence = (
                "a block is taken for whole because its transactions are numbered without a gap"
            )
            notices.say(f"{sentence}; only the table of blocks can prove it", f"block {number}")
        return is_gapless
    if kept and is_gapless and row.transactions in (None, len(kept)):
        if merkle_root([one.transaction.txid for _, one in kept]) == row.root:
            return True
        if row.transactions is not None:
            raise BlockError("the transactions do not hash to the Merkle root of the header")
    expected = "more" if row.transactions is None else row.transactions
    where = f"block {number}, {len(kept)} of {expected} transactions"
    notices.say("a block is not whole: some of its transactions are not here", where)
    return False
