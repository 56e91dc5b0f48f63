"""Where blocks lie in a file: after magic and length in a ``blk*.dat``, or one raw block and nothing else.

Undo data in a ``rev*.dat`` lie likewise, with a checksum behind each that the length does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.block import target
from earmark.sources.bitcoin.networks import NETWORKS
from earmark.sources.bitcoin.undo import CHECKSUM_BYTES
from earmark.sources.bitcoin.wire import BLOCK_MAX, HEADER_BYTES, read_header

if TYPE_CHECKING:
    from earmark.sources.bitcoin.files import BlockFile
    from earmark.sources.bitcoin.networks import Network

_FRAME = 8
UNDO_MAX = 1 << 26
"""Bytes of one block's undo data."""


class _Kind(NamedTuple):
    """What stands in a file: in words, its bytes at least and at most, the bytes behind it."""

    one: str
    none: str
    smallest: int
    longest: int
    tail: int = 0


_BLOCK = _Kind("a block", "no block", HEADER_BYTES + 1, BLOCK_MAX)
_UNDO = _Kind("undo data", "no undo data", 1, UNDO_MAX, CHECKSUM_BYTES)


class Place(NamedTuple):
    """Where a block should be: file by number, first byte, bytes; where its undo data start, 0 for nowhere."""

    file: int
    offset: int
    length: int
    undo: int = 0


class Damage(NamedTuple):
    """A stretch of a file that is no block, and why."""

    file: int
    offset: int
    reason: str


def records(file: BlockFile, number: int, network: Network) -> Iterator[Place | Damage]:
    """Yield what a file holds, in its order; bodies are not read.

    Raises EarmarkError for a file that holds no block at all, or those of another network.
    """
    start = file.read(0, HEADER_BYTES)
    if start[:4] == network.magic:
        yield from _framed(file, number, network, _BLOCK)
    elif file.size <= BLOCK_MAX and _looks_raw(start, network):
        yield Place(number, 0, file.size)
    else:
        _refuse_other_files(file, start, network)
        yield from _framed(file, number, network, _BLOCK)


def undo_records(file: BlockFile, number: int, network: Network) -> Iterator[Place | Damage]:
    """Yield where undo data lie in a ``rev*.dat``, in its order; a checksum follows each."""
    return _framed(file, number, network, _UNDO)


def _looks_raw(start: bytes, network: Network) -> bool:
    if len(start) < HEADER_BYTES:
        return False
    return 0 < target(read_header(start).bits) <= network.target_max


def _refuse_other_files(file: BlockFile, start: bytes, network: Network) -> None:
    for other in NETWORKS.values():
        if start[:4] == other.magic:
            raise EarmarkError(
                f"these are blocks of the {other.name} network",
                file=file.name,
                expected=f"the {network.name} network",
                near_miss=f'network = "{other.name}"',
            )
    if file.find(network.magic, 0) == file.size:
        raise EarmarkError(
            "the file holds no block",
            file=file.name,
            expected=f"a raw block, or blocks that each begin with {network.magic.hex()}"
            " (an xor.dat belongs beside the files of a node)",
        )


def _framed(
    file: BlockFile, number: int, network: Network, kind: _Kind
) -> Iterator[Place | Damage]:
    at = before = 0
    while at < file.size:
        frame = file.read(at, _FRAME)
        length = int.from_bytes(frame[4:], "little")
        longest = min(kind.longest, file.size - at - _FRAME - kind.tail)
        if frame[:4] == network.magic and kind.smallest <= length <= longest:
            yield Place(number, at + _FRAME, length)
            before, at = at, at + _FRAME + length + kind.tail
            continue
        few_zeros = len(frame) - len(frame.lstrip(b"\0"))
        if few_zeros and file.read(at + few_zeros, len(network.magic)) == network.magic:
            at += few_zeros
            continue
        zeros_end = at if any(frame) and any(file.stored(at, _FRAME)) else file.after_zeros(at)
        if zeros_end > at:
            at = zeros_end
            continue
        damage, at = _damage(file, number, network, kind, at, before)
        before = at
        yield damage


def _damage(
    file: BlockFile, number: int, network: Network, kind: _Kind, at: int, before: int
) -> tuple[Damage, int]:
    """Return what is wrong at ``at`` and where to go on.

    The length of the record before may be the wrong one, so the search begins inside it.
    """
    frame = file.read(at, _FRAME)
    if frame[:4] == network.magic:
        length, left = int.from_bytes(frame[4:], "little"), max(file.size - at - _FRAME, 0)
        after = file.find(network.magic, at + 4)
        lacking = length + kind.tail - left
        if lacking > 0 and length <= kind.longest:
            return Damage(number, at, f"the file ends {lacking} bytes inside {kind.one}"), after
        return Damage(number, at, f"{kind.one} cannot have {length} bytes"), after
    after = file.find(network.magic, max(before + 4, 0) if at else 0)
    reason = f"{max(after - at, 0)} bytes that begin {kind.none}"
    return Damage(number, at, reason), after
