"""The invented history as a node answers it: saved replies for the reader ``evm-rpc``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.unit.sources.evm_formats import world
from tests.unit.sources.evm_formats.world import BASE, FIRST


def write(folder: Path, name: str) -> str:
    questions: list[tuple[str, list[Any], Any]] = [("eth_chainId", [], "0x1")]
    for number in (FIRST, FIRST + 1):
        questions += [
            ("eth_getBlockByNumber", [hex(number), True], _block(number)),
            ("eth_getBlockReceipts", [hex(number)], _receipts(number)),
            ("trace_block", [hex(number)], _traces(number)),
        ]
    lines = [line(*question) for question in questions]
    (folder / name).write_text("".join(lines), encoding="utf-8")
    return name


def line(method: str, params: list[Any], result: Any) -> str:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result})
    exchange = {
        "url": "http://node.example", "method": method, "params": params,
        "asked": "2023-09-01T00:00:00Z", "status": 200, "body": body,
    }  # fmt: skip
    return json.dumps(exchange) + "\n"


def _block(number: int) -> dict[str, Any]:
    row = world.blocks()[number - FIRST]
    drawn = {key: hex(world.WITHDRAWAL[key]) for key in ("index", "amount")}
    return {
        "number": hex(number),
        "hash": row["hash"],
        "parentHash": row["parent_hash"],
        "timestamp": hex(row["timestamp"]),
        "miner": row["miner"],
        "baseFeePerGas": hex(BASE),
        "difficulty": "0x0",
        "uncles": [],
        "withdrawals": [{"address": world.DAN, **drawn}] if row["withdrawals"] else [],
        "transactions": [
            {
                "hash": one["hash"],
                "from": one["from_address"],
                "to": one["to_address"],
                "value": hex(one["value"]),
                "nonce": hex(one["nonce"]),
                "gas": hex(one["gas"]),
                "gasPrice": hex(one["gas_price"]),
                "blockHash": row["hash"],
                "blockNumber": hex(number),
                "transactionIndex": hex(one["transaction_index"]),
            }
            for one in world.transactions()
            if one["block_number"] == number
        ],
    }


def _receipts(number: int) -> list[dict[str, Any]]:
    payers = {one["hash"]: one["from_address"] for one in world.transactions()}
    return [
        {
            "transactionHash": one["transaction_hash"],
            "transactionIndex": hex(one["transaction_index"]),
            "blockHash": one["block_hash"],
            "blockNumber": hex(number),
            "from": payers[one["transaction_hash"]],
            "gasUsed": hex(one["gas_used"]),
            "status": hex(one["status"]),
            "contractAddress": one["contract_address"],
            "effectiveGasPrice": hex(one["effective_gas_price"]),
            "logs": [
                _log(log)
                for log in world.logs()
                if log["transaction_hash"] == one["transaction_hash"]
            ],
        }
        for one in world.receipts()
        if one["block_number"] == number
    ]


def _log(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": row["address"],
        "topics": row["topics"],
        "data": row["data"],
        "blockNumber": hex(row["block_number"]),
        "blockHash": row["block_hash"],
        "transactionHash": row["transaction_hash"],
        "transactionIndex": hex(row["transaction_index"]),
        "logIndex": hex(row["log_index"]),
    }


def _traces(number: int) -> list[dict[str, Any]]:
    return [
        {
            "action": {
                "from": one["from_address"],
                "value": hex(one["value"]),
                **({} if one["trace_type"] == "create" else {"to": one["to_address"], "callType": one["call_type"]}),
            },
            "result": {"address": one["to_address"]} if one["trace_type"] == "create" else {},
            "type": one["trace_type"],
            "traceAddress": [int(part) for part in one["trace_address"].split(",") if part],
            "blockNumber": number,
            "blockHash": world.block_hash(number),
            "transactionHash": one["transaction_hash"],
            "transactionPosition": one["transaction_index"],
            **({} if one["status"] else {"error": "Reverted"}),
        }
        for one in world.traces()
        if one["block_number"] == number
    ]  # fmt: skip
