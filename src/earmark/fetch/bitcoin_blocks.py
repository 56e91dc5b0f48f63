"""Blocks of a Bitcoin node: with previous outputs where it knows them, else without, else as raw bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from earmark.fetch.asking import Keep, Line
from earmark.fetch.blocks import Linked, Outcome, Progress, Wanted, fetch_range
from earmark.fetch.errors import FinalError, RefusedError, TryAgainError
from earmark.fetch.jsonrpc import ask

FINAL_DEPTH = 100
"""Blocks below the tip that are not asked for twice; a coinbase may be spent from there on."""
_WAYS = {3: "getblock 3", 2: "getblock 2", 0: "getblock 0"}


def fetch_bitcoin(
    line: Line, wanted: Wanted, outcome: Outcome, progress: Progress | None = None
) -> None:
    """Fetch the blocks that are wanted into the cache; what could not be had is in ``outcome.gaps``.

    Raises NoAnswerError when the node does not even say how long its chain is.
    """
    outcome.tip = ask(line, "getblockcount", [], fresh=True, keep="nothing", check=_is_height)
    outcome.final = max(outcome.tip - FINAL_DEPTH, 0)
    if wanted.last > outcome.tip:
        first = max(wanted.first, outcome.tip + 1)
        what = f"block {first}" if first == wanted.last else f"blocks {first} to {wanted.last}"
        outcome.gaps.add(what, f"the node's chain ends at block {outcome.tip}")
    heights = range(wanted.first, min(wanted.last, outcome.tip) + 1)
    fetch_range(
        line, heights, lambda height, again: _block(line, outcome, height, again), outcome, progress
    )


def _is_height(value: Any) -> None:
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise TryAgainError("the answer is no height")


def is_block_hash(value: Any) -> None:
    """Accept the hash of a block, as people write it."""
    if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise TryAgainError("the answer is no block hash")


def _block(line: Line, outcome: Outcome, height: int, again: bool) -> Linked:  # noqa: FBT001
    fresh = again or height > outcome.final
    before = next(line.cache.found("getblockhash", [height]), None)
    block_hash = ask(line, "getblockhash", [height], fresh=fresh, check=is_block_hash)
    if before is not None and block_hash not in before.body and not again:
        outcome.changed.append(height)
    block = _whole(line, outcome, block_hash)
    outcome.transactions += _count(block)
    return Linked(block_hash, _parent(block))


def _whole(line: Line, outcome: Outcome, block_hash: str) -> Any:
    """Return the block in the fullest form that the node has; which one that is, its first block tells."""
    known = outcome.methods.get("blocks")
    ways = [way for way, name in _WAYS.items() if known in (None, name)]
    for way in ways:
        is_last = way == ways[-1]
        keep: Keep = "all" if is_last else "answers"
        try:
            block = ask(line, "getblock", [block_hash, way], keep=keep, check=_is_block(block_hash))
        except RefusedError as error:
            if is_last:
                raise
            if way == ways[0]:  # a raw block lacks nothing else
                outcome.gaps.add("previous outputs (getblock 3)", error.reason, "unavailable")
        else:
            outcome.methods["blocks"] = _WAYS[way]
            return block
    raise AssertionError


def _is_block(block_hash: str) -> Callable[[Any], None]:
    def check(block: Any) -> None:
        if isinstance(block, str):
            if _raw_hash(block) != block_hash:
                raise TryAgainError("the answer is another block")
            return
        try:
            is_right, transactions = block["hash"] == block_hash, block["tx"]
        except (TypeError, KeyError):
            raise TryAgainError("the answer is no block") from None
        if not is_right:
            raise TryAgainError("the answer is another block")
        if not isinstance(transactions, list) or not all(isinstance(o, dict) for o in transactions):
            raise FinalError("the node lists transactions without what is in them")

    return check


def _raw_hash(text: str) -> str:
    """Return the hash of a raw block's header, as people write it; raises TryAgainError for no such block."""
    try:
        header = bytes.fromhex(text[:160])
    except ValueError:
        raise TryAgainError("the answer is no block") from None
    once = hashlib.sha256(header).digest()
    return hashlib.sha256(once).digest()[::-1].hex()


def _parent(block: Any) -> str:
    if isinstance(block, str):
        return bytes.fromhex(block[8:72])[::-1].hex()
    return str(block.get("previousblockhash") or "0" * 64)


def _count(block: Any) -> int:
    """Return how many transactions a block has."""
    if not isinstance(block, str):
        return len(block["tx"])
    try:
        first = int(block[160:162], 16)
        width = {0xFD: 2, 0xFE: 4, 0xFF: 8}.get(first)
        return (
            int.from_bytes(bytes.fromhex(block[162 : 162 + 2 * width]), "little")
            if width
            else first
        )
    except ValueError:
        return 0
