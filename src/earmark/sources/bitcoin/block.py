"""Whole blocks, checked against everything that they commit to.

Sources: Bitcoin Core, ``src/validation.cpp`` and ``src/consensus/merkle.cpp``; BIP 34, BIP 141.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.wire import (
    HEADER_BYTES,
    BlockError,
    Header,
    Transaction,
    compact_size,
    double_sha256,
    read_header,
    read_transaction,
)

if TYPE_CHECKING:
    from earmark.sources.bitcoin.stores import Damage

COMMITMENT = b"\x6a\x24\xaa\x21\xa9\xed"
"""How the coinbase's output begins that commits to the witnesses."""

NOWHERE = b"\0" * 32, 0xFFFFFFFF
"""What the one input of a coinbase spends."""


Prevout = tuple[int, bytes]
"""Satoshi and script of a spent output, as somebody states it beside the input."""


class Block(NamedTuple):
    """A block in the one form in which every format hands it over; the coinbase comes first where it is there.

    ``header`` is as much of it as the format knows: ``previous`` and ``merkle_root`` may be ``b""``, ``bits`` 0.
    ``prevouts`` has one entry a transaction: a list beside its inputs, null for a single input or for all of a
    transaction's where nothing is known. ``locators`` has one text a transaction, its file first; without
    them a locator is ``{prefix}byte {offset + start} block {height}:{index}``. ``prevouts_at`` begins the
    locators of prevouts where they stand elsewhere (an undo file). ``is_whole`` is false where only some of
    the block's transactions are here, as from an index of addresses: then nothing was checked against the
    Merkle root, fees stay with ``btc:fees`` and a missing coinbase is no fault. ``rejected`` are rows that had
    to be left out of it (``stores.Damage``), ``ignored`` how many rows of the source say nothing more.
    """

    header: Header
    transactions: list[Transaction]
    prevouts: list[list[Prevout | None] | None] | None = None
    locators: list[str] | None = None
    prefix: str = ""
    offset: int = 0
    prevouts_at: str = ""
    is_whole: bool = True
    rejected: tuple[Damage, ...] = ()
    ignored: int = 0


def target(bits: int) -> int:
    """Return the number that a block's hash must not exceed; 0 where ``bits`` says none."""
    exponent, mantissa = bits >> 24, bits & 0x7FFFFF
    if bits & 0x800000 or exponent > 32:
        return 0
    return mantissa << 8 * (exponent - 3) if exponent > 3 else mantissa >> 8 * (3 - exponent)


def has_work(header: Header) -> bool:
    """Tell whether the header's hash meets the target that it names."""
    return int.from_bytes(header.block_hash, "little") <= target(header.bits)


def read_block(data: bytes) -> Block:
    """Read one whole block; raises BlockError where it is cut, altered or has bytes left over.

    Checked: every byte is read, the first transaction alone is a coinbase, amounts are possible, the
    transactions hash to the header's Merkle root and the witnesses to the coinbase's commitment.
    """
    header = read_header(data)
    transactions = _transactions(data)
    if merkle_root([one.txid for one in transactions]) != header.merkle_root:
        raise BlockError("the transactions do not hash to the Merkle root of the header")
    _check_coinbase(transactions)
    _check_witnesses(data, transactions)
    return Block(header, transactions)


def _transactions(data: bytes) -> list[Transaction]:
    transactions: list[Transaction] = []
    at = HEADER_BYTES
    try:
        count, at = compact_size(data, at)
        if not count:
            raise BlockError("the block holds no transaction")
        while len(transactions) < count:
            one, at = read_transaction(data, at)
            transactions.append(one)
    except (IndexError, struct.error) as error:
        raise BlockError(
            f"the block ends inside transaction {len(transactions)}, which starts {at} bytes into it"
        ) from error
    if at != len(data):
        raise BlockError(f"{len(data) - at} bytes are left over after the last transaction")
    return transactions


def merkle_root(hashes: list[bytes]) -> bytes:
    """Return the root over at least one hash.

    Raises BlockError for a list that repeats its own end, which would hide transactions (CVE-2012-2459).
    """
    level = hashes
    while len(level) > 1:
        pairs = range(0, len(level) - 1, 2)
        if any(level[place] == level[place + 1] for place in pairs):
            raise BlockError("transactions are repeated under the same Merkle root")
        if len(level) % 2:
            level = [*level, level[-1]]
        level = [
            double_sha256(level[place] + level[place + 1]) for place in range(0, len(level), 2)
        ]
    return level[0]


def _check_coinbase(transactions: list[Transaction]) -> None:
    if transactions[0].inputs != [NOWHERE]:
        raise BlockError("the first transaction is no coinbase")
    for number, one in enumerate(transactions[1:], start=1):
        if NOWHERE in one.inputs:
            raise BlockError(f"transaction {number} is a second coinbase")


def _check_witnesses(data: bytes, transactions: list[Transaction]) -> None:
    if not any(one.witness for one in transactions):
        return
    coinbase = transactions[0]
    outputs = [script for _, script in coinbase.outputs]
    committed = [one[6:38] for one in outputs if one[:6] == COMMITMENT and len(one) >= 38]
    at = coinbase.witness
    if not committed or not at or data[at : at + 2] != b"\x01\x20":
        raise BlockError("there are witnesses, but the coinbase does not commit to any")
    root = merkle_root([b"\0" * 32, *(one.wtxid for one in transactions[1:])])
    if double_sha256(root + data[at + 2 : at + 34]) != committed[-1]:
        raise BlockError("the witnesses do not hash to what the coinbase commits to")


def claimed_transactions(data: bytes) -> int:
    """Return how many transactions a block's first bytes say it has, 0 where they do not say; not checked."""
    try:
        return compact_size(data, HEADER_BYTES)[0]
    except (IndexError, BlockError):
        return 0


def coinbase_height(data: bytes, header: Header) -> int | None:
    """Return the height that a block's first bytes claim (BIP 34), or null where they claim none.

    ``data`` are the block's first bytes, 200 are enough; nothing of it is checked.
    """
    if header.version < 2:
        return None
    try:
        _, at = compact_size(data, HEADER_BYTES)
        at += 6 if data[at + 4] == 0 else 4
        _, at = compact_size(data, at + 1 + 36)
        first = data[at]
    except (IndexError, BlockError):
        return None
    if first == 0 or 0x51 <= first <= 0x60:
        return first - 0x50 if first else 0
    if first > 4 or at + 1 + first > len(data):
        return None
    return int.from_bytes(data[at + 1 : at + 1 + first], "little")
