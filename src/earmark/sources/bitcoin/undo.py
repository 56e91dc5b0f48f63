"""Undo data: what the inputs of a block spend, as a node keeps it in ``rev*.dat`` to take the block back.

Amounts and scripts stand there compressed. Source: Bitcoin Core, ``src/undo.h``, ``src/compressor.cpp`` and
``src/serialize.h`` (``VARINT``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from earmark.sources.bitcoin.scripts import SCRIPT_MAX
from earmark.sources.bitcoin.wire import MONEY_MAX, BlockError, compact_size, double_sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.sources.bitcoin.block import Prevout
    from earmark.sources.bitcoin.wire import Transaction

CHECKSUM_BYTES = 32
NUMBER_MAX = (1 << 64) - 1
PRIME = (1 << 256) - (1 << 32) - 977
"""The field of the curve secp256k1, whose points are public keys: y * y = x * x * x + 7."""

_SPECIAL = 6
"""Kinds of scripts below this one have a short form; from it on the number is the script's length and this."""
_SIZES = (20, 20, 32, 32, 32, 32)
_UNRUNNABLE = b"\x6a"
_WITHOUT_HEIGHT = 1


def is_of(data: bytes, checksum: bytes, previous: bytes) -> bool:
    """Tell whether undo data are those of the block that follows ``previous`` (a hash in wire order)."""
    return double_sha256(previous + data) == checksum


def transaction_count(data: bytes) -> int:
    """Return how many transactions the block of these undo data has, with its coinbase.

    Raises BlockError where they do not begin with such a count.
    """
    try:
        return _count(data, 0)[0] + 1
    except IndexError:
        raise BlockError("the undo data end inside a count") from None


def prevouts_of(
    data: bytes, transactions: Sequence[Transaction]
) -> list[list[Prevout | None] | None]:
    """Return what a block's inputs spend, transaction by transaction; null for the coinbase.

    Raises BlockError where the undo data do not have one output for each input, end too early, have bytes left
    over, hold an amount or a public key that cannot be, or less than a transaction pays.
    """
    try:
        found, at = _prevouts(data, transactions)
    except IndexError:
        raise BlockError("the undo data end inside an output") from None
    if at != len(data):
        raise BlockError(f"{len(data) - at} bytes are left over after the undo data")
    return found


def _prevouts(
    data: bytes, transactions: Sequence[Transaction]
) -> tuple[list[list[Prevout | None] | None], int]:
    count, at = _count(data, 0)
    if count != len(transactions) - 1:
        raise BlockError(f"undo data for {count} of {len(transactions) - 1} payments")
    found: list[list[Prevout | None] | None] = [None]
    for number, one in enumerate(transactions[1:], start=1):
        count, at = _count(data, at)
        if count != len(one.inputs):
            wrong = f"undo data for {count} of {len(one.inputs)} inputs of transaction {number}"
            raise BlockError(wrong)
        spent: list[Prevout | None] = []
        value = 0
        for _ in range(count):
            output, at = _output(data, at)
            spent.append(output)
            value += output[0]
        if value < sum([paid for paid, _ in one.outputs]):
            raise BlockError(f"transaction {number} pays more than the undo data say it spends")
        found.append(spent)
    return found, at


def _count(data: bytes, at: int) -> tuple[int, int]:
    if data[at] < 0xFD:
        return data[at], at + 1
    try:
        return compact_size(data, at)
    except BlockError:
        raise BlockError("the undo data hold a count that no block can have") from None


def _output(data: bytes, at: int) -> tuple[Prevout, int]:
    code, at = varint(data, at)
    if code > _WITHOUT_HEIGHT:
        _, at = varint(data, at)  # where old nodes kept the version of the transaction
    amount, at = varint(data, at)
    kind, at = varint(data, at)
    end = at + (_SIZES[kind] if kind < _SPECIAL else kind - _SPECIAL)
    if end > len(data):
        raise IndexError
    value = amount_of(amount)
    if value > MONEY_MAX:
        raise BlockError("the undo data hold an amount that cannot exist")
    return (value, _script(kind, data[at:end])), end


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of 7 bits a byte, the highest first; return it and where it ends.

    Every byte but the last one adds 1, so that no number has two spellings. Raises IndexError where the bytes
    end, BlockError beyond 64 bits.
    """
    byte = data[at]
    at += 1
    number = byte & 0x7F
    while byte & 0x80:
        byte = data[at]
        at += 1
        number = (number + 1) << 7 | byte & 0x7F
        if number > NUMBER_MAX:
            raise BlockError("the undo data hold a number of more than 64 bits")
    return number, at


def amount_of(number: int) -> int:
    """Return the satoshi that a compressed amount stands for: its trailing zeros are counted, up to nine."""
    if not number:
        return 0
    rest, zeros = divmod(number - 1, 10)
    if zeros == 9:
        return int((rest + 1) * 10**9)
    rest, digit = divmod(rest, 9)
    return int((rest * 10 + digit + 1) * 10**zeros)


def _script(kind: int, body: bytes) -> bytes:
    if kind >= _SPECIAL:
        return body if len(body) <= SCRIPT_MAX else _UNRUNNABLE
    if kind == 0:
        return b"\x76\xa9\x14" + body + b"\x88\xac"
    if kind == 1:
        return b"\xa9\x14" + body + b"\x87"
    if kind in {2, 3}:
        return b"\x21" + bytes([kind]) + body + b"\xac"
    return b"\x41" + whole_key(kind & 1, body) + b"\xac"


@lru_cache(maxsize=4096)
def whole_key(is_odd: int, x_bytes: bytes) -> bytes:
    """Return a public key of 65 bytes from its x and whether its y is odd; raises BlockError for no point."""
    x = int.from_bytes(x_bytes, "big")
    square = (x**3 + 7) % PRIME
    y = pow(square, (PRIME + 1) // 4, PRIME)
    if x >= PRIME or y * y % PRIME != square:
        raise BlockError("the undo data hold a public key that is no point of the curve")
    if y & 1 != is_odd:
        y = PRIME - y
    return b"\x04" + x_bytes + y.to_bytes(32, "big")
