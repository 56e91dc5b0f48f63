"""Blocks of an EVM chain: headers and transactions, receipts, traces where the node has them, logs, tokens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from earmark.fetch.asking import Line
from earmark.fetch.blocks import Linked, Outcome, Progress, Wanted, fetch_range
from earmark.fetch.errors import FetchError, RefusedError
from earmark.fetch.evm_checks import (
    are_debug_traces,
    are_logs,
    are_parity_traces,
    are_receipts,
    integer,
    is_block,
    is_receipt,
)
from earmark.fetch.jsonrpc import ask
from earmark.fetch.tokens import fetch_tokens, token_contracts

FINAL_DEPTH = 64
"""Blocks below the tip that are taken as final where a node does not say: two epochs of Ethereum."""
LOGS_SPAN = 2_000
"""Blocks of one ``eth_getLogs``; providers refuse more, and a refused span is halved."""
_DEBUG, _PARITY, _NONE = "debug_traceBlockByNumber", "trace_block", "none"
_RECEIPTS, _RECEIPT = "eth_getBlockReceipts", "eth_getTransactionReceipt"


@dataclass
class _Fetch:
    """One run: what the node was found to be able to do is kept in ``outcome.methods``."""

    line: Line
    wanted: Wanted
    outcome: Outcome
    contracts: dict[str, None] = field(default_factory=dict)


def fetch_evm(
    line: Line, wanted: Wanted, outcome: Outcome, progress: Progress | None = None
) -> None:
    """Fetch the blocks that are wanted into the cache; what could not be had is in ``outcome.gaps``.

    Raises NoAnswerError when the node does not even say how long its chain is.
    """
    outcome.tip = integer(ask(line, "eth_blockNumber", [], fresh=True, keep="nothing"))
    outcome.final = _final(line, outcome.tip)
    run = _Fetch(line, wanted, outcome)
    heights = range(wanted.first, min(wanted.last, outcome.tip) + 1)
    if wanted.last > outcome.tip:
        first = max(wanted.first, outcome.tip + 1)
        what = f"block {first}" if first == wanted.last else f"blocks {first} to {wanted.last}"
        outcome.gaps.add(what, f"the node's chain ends at block {outcome.tip}")
    chosen = _blocks_with_logs(run, heights) if wanted.contracts else heights
    fetch_range(line, chosen, lambda height, again: _block(run, height, again), outcome, progress)
    fetch_tokens(line, list(run.contracts), outcome.gaps)


def _final(line: Line, tip: int) -> int:
    """Return the last final block: the node's own word, else ``FINAL_DEPTH`` below the tip."""
    try:
        block = ask(line, "eth_getBlockByNumber", ["finalized", False], fresh=True, keep="nothing")
        return integer(block["number"])
    except (FetchError, TypeError, KeyError, ValueError):
        return max(tip - FINAL_DEPTH, 0)


def _block(run: _Fetch, height: int, again: bool) -> Linked:  # noqa: FBT001
    question = [hex(height), True]
    kept = _kept_hashes(run.line, question)
    fresh = again or height > run.outcome.final
    check = is_block(height)
    block = ask(run.line, "eth_getBlockByNumber", question, fresh=fresh, check=check)
    own = block["hash"]
    if kept and kept[0] != own and not again:
        run.outcome.changed.append(height)
    hashes = [one["hash"] for one in block["transactions"]]
    if hashes:
        _receipts(run, height, own, hashes)
    # The traces do not name their block: where there were two, only new ones are surely of this one.
    _traces(run, height, own, len(hashes), fresh=len({own, *kept}) > 1)
    run.outcome.transactions += len(hashes)
    return Linked(own, block["parentHash"])


class _Hashed(msgspec.Struct, frozen=True):
    hash: str


class _Hash(msgspec.Struct, frozen=True):
    result: _Hashed


_hash = msgspec.json.Decoder(_Hash)


def _kept_hashes(line: Line, question: list[Any]) -> list[str]:
    """Return the hashes of the blocks that are kept for one height, the last one first."""
    found = []
    for exchange in line.cache.found("eth_getBlockByNumber", question):
        with contextlib.suppress(msgspec.MsgspecError):  # a failure that was kept
            found.append(_hash.decode(exchange.body).result.hash)
    return found


def _receipts(run: _Fetch, height: int, block_hash: str, hashes: list[str]) -> None:
    """Fetch the receipts of a block at once, or one by one where the node cannot."""
    methods = run.outcome.methods
    if methods.get("receipts") != _RECEIPT:
        check = are_receipts(block_hash, hashes)
        try:
            found = ask(run.line, _RECEIPTS, [hex(height)], keep="answers", check=check)
        except RefusedError as error:
            where = f"{_RECEIPTS} of block {height}" if "receipts" in methods else _RECEIPTS
            run.outcome.gaps.add(where, f"{error.reason}; {_RECEIPT} instead", "unavailable")
        else:
            methods["receipts"] = _RECEIPTS
            _see_tokens(run, found)
            return
    methods.setdefault("receipts", _RECEIPT)
    for one in hashes:
        receipt = ask(run.line, _RECEIPT, [one], check=is_receipt(block_hash, one))
        _see_tokens(run, [receipt])


def _see_tokens(run: _Fetch, receipts: list[Any]) -> None:
    for receipt in receipts:
        run.contracts.update(dict.fromkeys(token_contracts(receipt.get("logs"))))


def _traces(run: _Fetch, height: int, block_hash: str, count: int, *, fresh: bool) -> None:
    """Fetch the traces of a block by the method that the node turned out to have."""
    methods, wanted = run.outcome.methods, run.wanted.traces
    if height == 0 or methods.get("traces") == _NONE:
        return
    if "traces" not in methods and wanted == "none":
        methods["traces"] = _NONE
        run.outcome.gaps.add("internal transfers", "traces were not asked for", "left_out")
        return
    if count == 0 and methods.get("traces", wanted) != _PARITY and wanted != "parity":
        return
    ways = [methods["traces"]] if "traces" in methods else _ways(wanted)
    for way in ways:
        if _traced(run, way, height, block_hash, count, fresh=fresh):
            methods["traces"] = way
            return
    methods["traces"] = _NONE
    run.outcome.gaps.add("internal transfers", "the node has no traces", "unavailable")


def _ways(wanted: str) -> list[str]:
    return {"debug": [_DEBUG], "parity": [_PARITY]}.get(wanted, [_DEBUG, _PARITY])


def _traced(
    run: _Fetch, way: str, height: int, block_hash: str, count: int, *, fresh: bool
) -> bool:
    """Try one way of tracing; False when the node refuses it at the first try."""
    is_debug = way == _DEBUG
    params: list[Any] = [hex(height)] + ([{"tracer": "callTracer"}] if is_debug else [])
    check = are_debug_traces(count) if is_debug else are_parity_traces(block_hash)
    try:
        ask(run.line, way, params, fresh=fresh, keep="answers", check=check)
    except RefusedError as error:
        reason = error.reason
        is_first = "traces" not in run.outcome.methods
        where = way if is_first else f"traces of block {height}"
        run.outcome.gaps.add(where, reason, "unavailable" if is_first else "failed")
        return not is_first
    return True


def _blocks_with_logs(run: _Fetch, heights: range) -> list[int]:
    """Return the blocks in which the contracts logged something; the logs themselves are kept too."""
    found: set[int] = set()
    for first in range(heights.start, heights.stop, LOGS_SPAN):
        last = min(first + LOGS_SPAN, heights.stop) - 1
        for logs in _logs(run, first, last):
            found |= {integer(one["blockNumber"]) for one in logs}
            run.contracts.update(dict.fromkeys(token_contracts(logs)))
    for contract in run.wanted.contracts:
        reason = "only blocks were asked for in which it logged something"
        run.outcome.gaps.add(f"other blocks than those with logs of {contract}", reason, "left_out")
    return sorted(found)


def _logs(run: _Fetch, first: int, last: int) -> Iterator[list[Any]]:
    """Yield the logs of a span; a span that the node refuses is halved until one block is left."""
    spans = [(first, last)]
    while spans:
        first, last = spans.pop()
        wanted = {
            "fromBlock": hex(first),
            "toBlock": hex(last),
            "address": list(run.wanted.contracts),
        }
        check = are_logs(run.wanted.contracts, first, last)
        is_fresh = last > run.outcome.final
        try:
            yield ask(
                run.line, "eth_getLogs", [wanted], fresh=is_fresh, keep="answers", check=check
            )
        except RefusedError as error:
            if first == last:
                run.outcome.gaps.add(f"logs of block {first}", error.reason)
                continue
            middle = (first + last) // 2
            spans += [(middle + 1, last), (first, middle)]
        except FetchError as error:
            run.outcome.gaps.add(f"logs of blocks {first} to {last}", error.reason)
