"""Histories of EVM addresses from a node that has an index: ``trace_filter``, or Otterscan's ``ots_`` calls.

What the index finds is fetched whole: transaction, receipt, header, trace; and every Transfer log that
names the address. Sources: OpenEthereum's ``trace`` module, Otterscan's JSON-RPC extensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from earmark.fetch.errors import NoMoreError
from earmark.fetch.evm_steps import steps_of_logs, steps_of_transaction
from earmark.fetch.history import Asker, History, Span, Step, refuse_more
from earmark.fetch.tokens import TRANSFER, token_contracts
from earmark.ledger.errors import EarmarkError

PAGE_ROWS = 1_000
LOG_BLOCKS = 100_000
"""Blocks of one question for logs at first; halved where the node refuses so many."""
LOG_BLOCKS_MIN = 10
PAGES_MAX = 100_000
"""Pages of one address; a server that has more is going round in circles."""

Tracing = Literal["trace_transaction", "debug_traceTransaction", "ots_getInternalOperations", ""]
TRACINGS: tuple[Tracing, ...] = (
    "trace_transaction",
    "debug_traceTransaction",
    "ots_getInternalOperations",
)


@dataclass
class EvmNode:
    """A node and what was found out of it; ``tracing`` is null until one transaction was tried.

    ``contracts`` are those whose tokens moved in what was fetched.
    """

    asker: Asker
    span: Span
    most: int
    tracing: Tracing | None = None
    log_blocks: int = LOG_BLOCKS
    last_block: int | None = None
    contracts: dict[str, None] = field(default_factory=dict)


Search = Callable[[EvmNode, str], Iterator[str]]
"""Yields the hashes of the transactions of an address, some of them more than once."""


def node_history(node: EvmNode, address: str, search: Search) -> History:
    """Fetch one address whole; raises TooManyError, BudgetError, or EarmarkError where the index fails."""
    hashes: dict[str, None] = {}
    for one in search(node, address):
        hashes.setdefault(one)
        refuse_more(len(hashes), node.most)
    gaps: list[str] = []
    steps: list[Step] = []
    for log in _logs(node, address, gaps):
        node.contracts.update(dict.fromkeys(token_contracts([log])))
        hashes.setdefault(_hash_of(log))
        steps += steps_of_logs([log], address)
        refuse_more(len(hashes), node.most)
    for one in hashes:
        try:
            steps += _whole(node, one, address)
        except NoMoreError:
            raise
        except EarmarkError as error:
            gaps.append(f"transaction {one}: {error}")
    return History(len(hashes), tuple(steps), tuple(gaps), frozenset(hashes))


def search_traces(node: EvmNode, address: str) -> Iterator[str]:
    """Yield hashes by ``trace_filter``, one question for each side, because nodes join both differently."""
    for side in ("fromAddress", "toAddress"):
        before: Any = None
        for page in range(PAGES_MAX):
            wanted = {
                "fromBlock": hex(node.span.first or 0),
                "toBlock": hex(_last_block(node)),
                side: [address],
                "after": page * PAGE_ROWS,
                "count": PAGE_ROWS,
            }
            rows = _list(node.asker.ask("trace_filter", [wanted]), "trace_filter")
            _refuse_repetition(rows, before)
            before = rows
            yield from (_hash_of(row) for row in rows if row.get("transactionHash"))
            if len(rows) < PAGE_ROWS:
                break


def search_otterscan(node: EvmNode, address: str) -> Iterator[str]:
    """Yield hashes by ``ots_searchTransactionsBefore``, the newest first."""
    block = 0 if node.span.last is None else node.span.last + 1
    for _ in range(PAGES_MAX):
        page = node.asker.ask("ots_searchTransactionsBefore", [address, block, 25])
        rows = _list(page.get("txs") if isinstance(page, dict) else page, "ots_search")
        heights = [number(row.get("blockNumber")) for row in rows]
        for row, height in zip(rows, heights, strict=True):
            if node.span.holds(height):
                yield _hash_of(row)
        if not rows or page.get("lastPage") or min(heights) < (node.span.first or 0):
            return
        if block and min(heights) >= block:
            raise EarmarkError("the server repeats a page of ots_searchTransactionsBefore")
        block = min(heights)


def _refuse_repetition(rows: list[dict[str, Any]], before: object) -> None:
    if rows and rows == before:
        raise EarmarkError("the server repeats a page of trace_filter", expected="the next rows")


def _logs(node: EvmNode, address: str, gaps: list[str]) -> Iterator[dict[str, Any]]:
    padded = f"0x{address[2:]:0>64}"
    sent: list[str | None] = [TRANSFER, padded]
    received: list[str | None] = [TRANSFER, None, padded]
    for topics in (sent, received):
        try:
            yield from _logs_of(node, topics)
        except NoMoreError:
            raise
        except EarmarkError as error:
            gaps.append(f"tokens sent and received outside its own transactions: {error}")
            return


def _last_block(node: EvmNode) -> int:
    """Return the last block that is wanted, as a number: not every node takes a word for it."""
    if node.last_block is None:
        node.last_block = number(node.asker.ask("eth_blockNumber", []))
    return node.last_block if node.span.last is None else min(node.span.last, node.last_block)


def _logs_of(node: EvmNode, topics: list[str | None]) -> Iterator[dict[str, Any]]:
    first, end = node.span.first or 0, _last_block(node)
    while first <= end:
        last = min(first + node.log_blocks - 1, end)
        wanted = {"fromBlock": hex(first), "toBlock": hex(last), "topics": topics}
        try:
            rows = _list(node.asker.ask("eth_getLogs", [wanted]), "eth_getLogs")
        except NoMoreError:
            raise
        except EarmarkError:
            if node.log_blocks <= LOG_BLOCKS_MIN:
                raise
            node.log_blocks = max(node.log_blocks // 10, LOG_BLOCKS_MIN)
            continue
        yield from rows
        first = last + 1


def _whole(node: EvmNode, transaction_hash: str, address: str) -> tuple[Step, ...]:
    """Fetch a transaction with everything that belongs to it; return what the address paid in it."""
    ask = node.asker.ask
    transaction = _record(ask("eth_getTransactionByHash", [transaction_hash]), transaction_hash)
    receipt = _record(ask("eth_getTransactionReceipt", [transaction_hash]), transaction_hash)
    ask("eth_getBlockByNumber", [hex(number(transaction.get("blockNumber"))), False])
    node.contracts.update(dict.fromkeys(token_contracts(receipt.get("logs"))))
    trace = _trace(node, transaction_hash)
    return steps_of_transaction(transaction, receipt, trace, address)


def _trace(node: EvmNode, transaction_hash: str) -> Any:
    """Return a trace in the first way that the node has; it is asked in the others only once."""
    if node.tracing is not None:
        return _traced(node, node.tracing, transaction_hash) if node.tracing else None
    for way in TRACINGS:
        try:
            found = _traced(node, way, transaction_hash, is_try=True)
        except NoMoreError:
            raise
        except EarmarkError:
            continue
        node.tracing = way
        return found
    node.tracing = ""
    return None


def _traced(node: EvmNode, way: Tracing, transaction_hash: str, *, is_try: bool = False) -> Any:
    params: list[Any] = [transaction_hash]
    if way == "debug_traceTransaction":
        params.append({"tracer": "callTracer"})
    return node.asker.ask(way, params, is_try=is_try)


def number(value: object) -> int:
    """Return a hexadecimal or plain number of a reply; raises EarmarkError for anything else."""
    try:
        if isinstance(value, str) and len(value) <= 66:
            return int(value, 16 if value.startswith("0x") else 10)
    except ValueError:
        pass
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise EarmarkError(
        f"the server wrote {str(value)[:40]!r} for a number", expected="such as 0x1b4"
    )


def _hash_of(row: dict[str, Any]) -> str:
    found = row.get("transactionHash", row.get("hash"))
    if isinstance(found, str) and len(found) == 66:
        return found.lower()
    raise EarmarkError("the server left out a transaction's hash")


def _record(value: object, what: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise EarmarkError(f"the server does not know {what}")


def _list(value: object, what: str) -> list[dict[str, Any]]:
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    raise EarmarkError(f"the server answers {what} with something else than a list of records")
