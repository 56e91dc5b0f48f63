"""Undo data as a node writes them, made here from what Bitcoin Core's compressor is documented to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.unit.sources.bitcoin.blocks import block_hash

from earmark.sources.bitcoin.block import read_block
from earmark.sources.bitcoin.networks import REGTEST
from earmark.sources.bitcoin.wire import double_sha256

Output = tuple[int, bytes]


def size(number: int) -> bytes:
    if number < 0xFD:
        return bytes([number])
    width = next(width for width in (2, 4, 8) if number < 1 << 8 * width)
    return bytes([{2: 0xFD, 4: 0xFE, 8: 0xFF}[width]]) + number.to_bytes(width, "little")


def varint(number: int) -> bytes:
    groups = [number & 0x7F]
    while number > 0x7F:
        number = (number >> 7) - 1
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


def amount(value: int) -> int:
    if not value:
        return 0
    zeros = 0
    while zeros < 9 and value % 10 == 0:
        value //= 10
        zeros += 1
    if zeros == 9:
        return 1 + (value - 1) * 10 + 9
    return 1 + (value // 10 * 9 + value % 10 - 1) * 10 + zeros


def script(data: bytes) -> bytes:
    if len(data) == 25 and data[:3] == b"\x76\xa9\x14" and data[23:] == b"\x88\xac":
        return b"\0" + data[3:23]
    if len(data) == 23 and data[:2] == b"\xa9\x14" and data[22:] == b"\x87":
        return b"\1" + data[2:22]
    if len(data) == 35 and data[0] == 33 and data[1] in {2, 3} and data[34] == 0xAC:
        return data[1:34]
    if len(data) == 67 and data[:2] == b"\x41\x04" and data[66] == 0xAC:
        return bytes([4 | data[65] & 1]) + data[2:34]
    return varint(len(data) + 6) + data


def spent(output: Output, height: int = 1, *, is_coinbase: bool = False) -> bytes:
    start = varint(2 * height + is_coinbase) + (b"\0" if height else b"")
    return start + varint(amount(output[0])) + script(output[1])


def body(transactions: Sequence[Sequence[Output]], height: int = 1) -> bytes:
    """Return what the inputs of a block's payments spend, as undo data."""
    undone = (size(len(one)) + b"".join(spent(out, height) for out in one) for one in transactions)
    return size(len(transactions)) + b"".join(undone)


def body_of(data: bytes, outputs: Mapping[tuple[bytes, int], Output]) -> bytes:
    """Return a block's undo data, from all outputs by outpoint."""
    payments = read_block(data).transactions[1:]
    return body([[outputs[point] for point in one.inputs] for one in payments])


def record(data: bytes, undone: bytes) -> bytes:
    """Return undo data as they stand in a file: with magic, length and checksum."""
    checksum = double_sha256(data[4:36] + undone)
    return REGTEST.magic + len(undone).to_bytes(4, "little") + undone + checksum


def outputs_in(blocks: Sequence[bytes]) -> dict[tuple[bytes, int], Output]:
    """Return every output of some blocks by its outpoint."""
    return {
        (one.txid, number): output
        for data in blocks
        for one in read_block(data).transactions
        for number, output in enumerate(one.outputs)
    }


def file_of(blocks: Sequence[bytes], outputs: Mapping[tuple[bytes, int], Output]) -> bytes:
    """Return the undo file of blocks that were connected in this order."""
    assert len({block_hash(one) for one in blocks}) == len(blocks)
    return b"".join(record(one, body_of(one, outputs)) for one in blocks)
