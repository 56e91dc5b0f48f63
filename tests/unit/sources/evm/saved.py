"""Answers of an invented Ethereum node, saved as fetch saves them, and what the reader makes of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from earmark.ledger.draft import Draft
from earmark.ledger.values import Commodity
from earmark.sources.registry import read_source
from earmark.sources.settings import Source

ANN, BOB, CAT, MINER, COIN = ("0x" + letter * 40 for letter in "abcd1")
WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
DEPOSIT = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
NAME = "node.replies.jsonl"
PRICE, BASE = 12, 10
ALWAYS_LACKING = ("what happens off the chain", "grants of the first block and of the DAO fork")


def digest(kind: str, number: int) -> str:
    """Return a hash that shows what it is of: ``b`` for a block, ``e`` for a transaction."""
    return f"0x{kind * 4}{number:060x}"


def topic(address: str) -> str:
    return "0x" + address[2:].rjust(64, "0")


def word(number: int) -> str:
    return f"0x{number:064x}"


def transaction(number: int, block: int, place: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "hash": digest("e", number),
        "from": ANN,
        "to": BOB,
        "value": hex(5),
        "nonce": "0x1",
        "gas": hex(90_000),
        "gasPrice": hex(PRICE),
        "blockHash": digest("b", block),
        "blockNumber": hex(block),
        "transactionIndex": hex(place),
        "chainId": "0x1",
    } | more


def block(number: int, *transactions: Any, **more: Any) -> dict[str, Any]:
    return {
        "number": hex(number),
        "hash": digest("b", number),
        "parentHash": digest("b", number - 1),
        "timestamp": hex(1_700_000_000 + number),
        "miner": MINER,
        "baseFeePerGas": hex(BASE),
        "difficulty": "0x0",
        "transactions": list(transactions),
    } | more


def log(number: int, block_: int, index: int, topics: list[str], data: str, **more: Any) -> Any:
    return {
        "address": COIN,
        "topics": topics,
        "data": data,
        "blockNumber": hex(block_),
        "blockHash": digest("b", block_),
        "transactionHash": digest("e", number),
        "transactionIndex": "0x0",
        "logIndex": hex(index),
    } | more


def receipt(number: int, block_: int, place: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "transactionHash": digest("e", number),
        "transactionIndex": hex(place),
        "blockHash": digest("b", block_),
        "blockNumber": hex(block_),
        "from": ANN,
        "gasUsed": hex(50_000),
        "effectiveGasPrice": hex(PRICE),
        "status": "0x1",
        "logs": [],
    } | more


def frame(**more: Any) -> dict[str, Any]:
    return {"type": "CALL", "from": ANN, "to": BOB, "value": hex(5)} | more


def exchange(method: str, params: Any, result: Any = None, **more: Any) -> dict[str, Any]:
    """Return one exchange; ``error`` is the node's, ``body`` and ``status`` are the server's."""
    error = more.pop("error", None)
    reply = {"jsonrpc": "2.0", "id": 1}
    reply |= {"error": error} if error else {"result": result}
    return {
        "url": "http://node.example/",
        "method": method,
        "params": params,
        "asked": "2026-11-24T00:00:00Z",
        "status": 200,
        "body": json.dumps(reply),
    } | more


def block_answers(
    one: dict[str, Any], receipts: list[Any], traces: list[Any] | None = None
) -> list[Any]:
    """Return the answers about a block, its receipts, and what geth traces of it."""
    found = [
        exchange("eth_getBlockByNumber", [one["number"], True], one),
        exchange("eth_getBlockReceipts", [one["number"]], receipts),
    ]
    if traces is not None:
        told = [
            {"txHash": sent["hash"], "result": trace}
            for sent, trace in zip(one["transactions"], traces, strict=True)
        ]
        found.append(exchange("debug_traceBlockByNumber", [one["number"]], told))
    return found


def read(
    folder: Path, *exchanges: Any, declared: tuple[Commodity, ...] = (), **settings: Any
) -> Draft:
    """Save exchanges and read them."""
    lines = [one if isinstance(one, str) else json.dumps(one) + "\n" for one in exchanges]
    (folder / NAME).write_text("".join(lines), "utf-8")
    return read_files(folder, NAME, declared=declared, **settings)


def read_files(
    folder: Path, *names: str, declared: tuple[Commodity, ...] = (), **settings: Any
) -> Draft:
    """Read saved replies; what every such source lacks is taken out of what the draft lacks."""
    source = Source(reader="evm-rpc", path=list(names), **settings)
    draft = read_source(folder, source, {one.symbol: one for one in declared})
    parts = (draft.transactions, draft.observations, draft.rejected)
    assert draft.rows == sum(one.num_rows for one in parts) + draft.ignored
    assert ALWAYS_LACKING[0] in draft.lacks
    return replace(draft, lacks=tuple(one for one in draft.lacks if one not in ALWAYS_LACKING))


def moves(draft: Draft) -> dict[str, list[tuple[str, str, int]]]:
    """Return each transaction's legs by its key: side and holder, commodity, smallest units."""
    keys = draft.transactions.column("key").to_pylist()
    found: dict[str, list[tuple[str, str, int]]] = {key: [] for key in keys}
    for leg in draft.legs.to_pylist():
        side = "+" if leg["side"] else "-"
        holder = f"{side} {leg['holder']}"
        found[keys[leg["transaction"]]].append((holder, leg["commodity"], int(leg["quantity"])))
    return found


def kinds(draft: Draft) -> list[str]:
    return draft.observations.column("kind").to_pylist()  # type: ignore[no-any-return]


def reasons(draft: Draft) -> list[tuple[str, str]]:
    rows = draft.rejected.to_pylist()
    return [(one["locator"], one["reason"]) for one in rows]
