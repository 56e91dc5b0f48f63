"""Bytes put together again from fields, so that what a text or a table says can be checked by its hash.

A transaction's identifier is the hash of all its amounts and scripts: a text that gives every field proves
itself. Source: Bitcoin Core, ``src/primitives/``.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.wire import (
    BlockError,
    Header,
    Transaction,
    double_sha256,
    read_header,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

FINAL = 0xFFFFFFFF
COINBASE_SEQUENCES = (FINAL, 0, FINAL - 1)
"""Sequence numbers that miners put into coinbases; the second to bind a lock time, the third likewise."""
_HEADER = struct.Struct("<I32s32sIII")

Prevout = tuple[int, bytes] | None
"""What an input spends, in satoshi and script, or null where the record does not say it."""


class Spending(NamedTuple):
    """An input with everything that a transaction's identifier covers."""

    txid: bytes
    output: int
    script: bytes
    sequence: int


class Told(NamedTuple):
    """A transaction as a record tells it, and what its inputs spend where the record says so."""

    transaction: Transaction
    prevouts: list[Prevout] | None


def without_witnesses(
    version: int, inputs: Sequence[Spending], outputs: Sequence[tuple[int, bytes]], lock_time: int
) -> bytes:
    """Return a transaction as it is hashed to its txid."""
    parts = [version.to_bytes(4, "little"), compact(len(inputs))]
    for one in inputs:
        parts += [one.txid, one.output.to_bytes(4, "little"), compact(len(one.script)), one.script]
        parts.append(one.sequence.to_bytes(4, "little"))
    parts.append(compact(len(outputs)))
    for value, script in outputs:
        parts += [value.to_bytes(8, "little"), compact(len(script)), script]
    parts.append(lock_time.to_bytes(4, "little"))
    return b"".join(parts)


def compact(number: int) -> bytes:
    """Return a number as CompactSize."""
    if number < 0xFD:
        return bytes((number,))
    if number <= 0xFFFF:
        return b"\xfd" + number.to_bytes(2, "little")
    return b"\xfe" + number.to_bytes(4, "little")


def told(
    txid: bytes, inputs: Sequence[Spending], outputs: list[tuple[int, bytes]], wtxid: bytes = b""
) -> Transaction:
    """Return a transaction in the form of the wire; it starts nowhere and shows no witnesses."""
    spent = [(one.txid, one.output) for one in inputs]
    return Transaction(txid, wtxid or txid, 0, 0, spent, outputs)


def proved(txid: bytes, data: bytes) -> None:
    """Raise BlockError unless the bytes are the transaction of that identifier."""
    found = double_sha256(data)
    if found != txid:
        raise BlockError(
            f"the fields of transaction {shown(txid)} hash to {shown(found)}: something was altered"
        )


def proved_header(
    block_hash: bytes, version: int, previous: bytes, root: bytes, numbers: tuple[int, int, int]
) -> Header:
    """Return a header; ``numbers`` are time, bits and nonce. Raises BlockError for another hash."""
    header = read_header(_HEADER.pack(version, previous, root, *numbers))
    if header.block_hash != block_hash:
        raise BlockError(
            f"the header of block {shown(block_hash)} hashes to {shown(header.block_hash)}:"
            " something was altered"
        )
    return header


def unproved_header(
    block_hash: bytes, version: int, previous: bytes, root: bytes, numbers: tuple[int, int]
) -> Header:
    """Return a header that lacks something to be hashed; ``numbers`` are time and bits, 0 if unknown."""
    signed = version - (1 << 32) if version >= 1 << 31 else version
    return Header(signed, previous, root, *numbers, block_hash)
