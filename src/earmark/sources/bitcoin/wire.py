"""Headers and transactions as the network writes them.

Hashes are in the order of the wire; people see them reversed (``shown``). Sources: Bitcoin Core,
``src/primitives/``; BIP 144 for witnesses.
"""

from __future__ import annotations

import hashlib
import struct
from typing import NamedTuple

HEADER_BYTES = 80
BLOCK_MAX = 4_000_000
"""Bytes of a block (Bitcoin Core's MAX_BLOCK_SERIALIZED_SIZE)."""
MONEY_MAX = 21_000_000 * 100_000_000
"""Satoshi that can ever exist."""
_OUTPOINT = struct.Struct("<32sI")
_VALUE = struct.Struct("<Q")
_HEADER = struct.Struct("<i32s32sIII")


class BlockError(ValueError):
    """The bytes are no block, or not the block that its header commits to."""


class Header(NamedTuple):
    """The 80 bytes that the chain is made of; ``block_hash`` is their own."""

    version: int
    previous: bytes
    merkle_root: bytes
    time_s: int
    bits: int
    block_hash: bytes


class Transaction(NamedTuple):
    """One transaction: where it starts in its block, inputs (txid, output), outputs (satoshi, script).

    ``witness`` is where its witnesses start, 0 without any.
    """

    txid: bytes
    wtxid: bytes
    start: int
    witness: int
    inputs: list[tuple[bytes, int]]
    outputs: list[tuple[int, bytes]]


def double_sha256(data: bytes) -> bytes:
    """Return SHA-256 of SHA-256."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def shown(digest: bytes) -> str:
    """Return a hash as people write it: reversed, in hexadecimal."""
    return digest[::-1].hex()


def read_header(data: bytes) -> Header:
    """Read the first 80 bytes; raises BlockError where there are fewer."""
    if len(data) < HEADER_BYTES:
        raise BlockError(f"{len(data)} bytes are no block: a header alone has {HEADER_BYTES}")
    version, previous, root, time_s, bits, _ = _HEADER.unpack_from(data)
    return Header(version, previous, root, time_s, bits, double_sha256(data[:HEADER_BYTES]))


def read_transaction(data: bytes, start: int) -> tuple[Transaction, int]:
    """Read the transaction at ``start``; return it and where it ends.

    Raises BlockError, or IndexError and struct.error where the bytes end too early.
    """
    body = at = start + 4
    has_witness = data[at] == 0
    if has_witness:
        if data[at + 1] != 1:
            raise BlockError(f"the transaction {start} bytes into the block has no input")
        body = at = at + 2
    inputs, at = _inputs(data, at)
    outputs, at = _outputs(data, at)
    tail = at
    if has_witness:
        at = _after_witnesses(data, at, len(inputs))
    end = at + 4
    if end > len(data):
        raise IndexError
    wtxid = txid = double_sha256(data[start:end])
    if has_witness:
        txid = double_sha256(data[start : start + 4] + data[body:tail] + data[at:end])
    witness = tail if has_witness else 0
    return Transaction(txid, wtxid, start, witness, inputs, outputs), end


def compact_size(data: bytes, at: int) -> tuple[int, int]:
    """Read a CompactSize number; return it and where it ends. Raises as ``read_transaction``."""
    first = data[at]
    if first < 0xFD:
        return first, at + 1
    width = 1 << (first - 0xFC)
    end = at + 1 + width
    if end > len(data):
        raise IndexError
    value = int.from_bytes(data[at + 1 : end], "little")
    if value < (0xFD if width == 2 else 1 << 4 * width):
        raise BlockError(f"the number {at} bytes into the block is longer than it needs to be")
    if value > BLOCK_MAX:
        raise BlockError(f"the number {at} bytes into the block is larger than any block")
    return value, end


def _inputs(data: bytes, at: int) -> tuple[list[tuple[bytes, int]], int]:
    count, at = compact_size(data, at)
    found: list[tuple[bytes, int]] = []
    unpack = _OUTPOINT.unpack_from
    for _ in range(count):
        found.append(unpack(data, at))
        size = data[at + 36]
        if size < 0xFD:
            at += 41 + size  # outpoint, length, script and sequence
        else:
            size, at = compact_size(data, at + 36)
            at += size + 4
    if not found:
        raise BlockError("a transaction has no input")
    return found, at


def _outputs(data: bytes, at: int) -> tuple[list[tuple[int, bytes]], int]:
    count, at = compact_size(data, at)
    found: list[tuple[int, bytes]] = []
    unpack = _VALUE.unpack_from
    for _ in range(count):
        (value,) = unpack(data, at)
        if value > MONEY_MAX:
            raise BlockError(f"the output {at} bytes into the block pays more than can exist")
        size = data[at + 8]
        if size < 0xFD:
            at += 9
        else:
            size, at = compact_size(data, at + 8)
        found.append((value, data[at : at + size]))
        at += size
    if not found:
        raise BlockError("a transaction has no output")
    return found, at


def _after_witnesses(data: bytes, at: int, inputs: int) -> int:
    for _ in range(inputs):
        items, at = compact_size(data, at)
        for _ in range(items):
            size, at = compact_size(data, at)
            at += size
    return at
