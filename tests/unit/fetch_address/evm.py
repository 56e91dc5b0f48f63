"""A little EVM chain: Ann pays Bob, pays a router that pays Carl, sends tokens to Dora, gets tokens of Eve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.unit.fetch_address.servers import Rpc

ANN, BOB, CARL, DORA, EVE, ROUTER, TOKEN = (f"0x{number:040x}" for number in range(0xA1, 0xA8))
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
HEAD = 20


def padded(address: str) -> str:
    return f"0x{address[2:]:0>64}"


def call(
    sender: str, to: str, value: int, place: Sequence[int] = (), error: str = ""
) -> dict[str, Any]:
    action = {
        "callType": "call",
        "from": sender,
        "to": to,
        "value": hex(value),
        "input": "0x",
        "gas": "0x0",
    }
    result = {"error": error} if error else {"result": {"gasUsed": "0x0", "output": "0x"}}
    return {"action": action, "traceAddress": list(place), "type": "call", **result}


class Moved:
    """One transaction: the calls in it and the transfers of the token (from, to, amount)."""

    def __init__(
        self,
        number: int,
        calls: list[dict[str, Any]],
        transfers: Sequence[tuple[str, str, int]] = (),
        status: int = 1,
    ) -> None:
        self.block = number
        self.hash = f"0x{number:064x}"
        self.status = status
        place: dict[str, Any] = {
            "blockNumber": number,
            "blockHash": f"0x{0xB0000 + number:064x}",
            "transactionHash": self.hash,
            "transactionPosition": 0,
        }
        above = [one["traceAddress"][:-1] for one in calls if one["traceAddress"]]
        self.calls = [
            one | place | {"subtraces": above.count(one["traceAddress"])} for one in calls
        ]
        self.logs: list[dict[str, Any]] = [
            {
                "address": TOKEN,
                "topics": [TRANSFER, padded(sender), padded(to)],
                "data": f"0x{amount:064x}",
                "blockNumber": hex(number),
                "blockHash": place["blockHash"],
                "transactionHash": self.hash,
                "transactionIndex": "0x0",
                "logIndex": hex(index),
                "removed": False,
            }
            for index, (sender, to, amount) in enumerate(transfers)
        ]

    @property
    def transaction(self) -> dict[str, Any]:
        action = self.calls[0]["action"]
        return {
            "hash": self.hash,
            "nonce": "0x0",
            "blockHash": self.calls[0]["blockHash"],
            "blockNumber": hex(self.block),
            "transactionIndex": "0x0",
            "from": action["from"],
            "to": action["to"],
            "value": action["value"],
            "gas": "0x5208",
            "gasPrice": "0x3",
            "input": "0x",
            "type": "0x0",
        }

    @property
    def receipt(self) -> dict[str, Any]:
        return {
            "transactionHash": self.hash,
            "transactionIndex": "0x0",
            "blockHash": self.calls[0]["blockHash"],
            "blockNumber": hex(self.block),
            "from": self.transaction["from"],
            "to": self.transaction["to"],
            "contractAddress": None,
            "cumulativeGasUsed": "0x5208",
            "gasUsed": "0x5208",
            "effectiveGasPrice": "0x3",
            "status": hex(self.status),
            "logs": self.logs,
            "type": "0x0",
        }

    @property
    def header(self) -> dict[str, Any]:
        return {
            "number": hex(self.block),
            "hash": self.calls[0]["blockHash"],
            "parentHash": f"0x{0xB0000 + self.block - 1:064x}",
            "timestamp": hex(1_600_000_000 + 12 * self.block),
            "miner": "0x" + "99" * 20,
            "baseFeePerGas": "0x1",
            "gasUsed": "0x5208",
            "gasLimit": "0x1c9c380",
            "transactions": [self.hash],
            "uncles": [],
        }


HISTORY = [
    Moved(3, [call(ANN, BOB, 50)]),
    Moved(5, [call(ANN, ROUTER, 70), call(ROUTER, CARL, 69, [0])]),
    Moved(7, [call(ANN, TOKEN, 0)], [(ANN, DORA, 1000)]),
    Moved(9, [call(EVE, TOKEN, 0)], [(EVE, ANN, 5)]),
    Moved(11, [call(ANN, EVE, 90, error="Reverted")], status=0),
    Moved(13, [call(BOB, CARL, 40)]),
]


def node(history: list[Moved] = HISTORY, **more: Any) -> Rpc:
    """Return a node that has ``trace_filter`` and ``trace_transaction``; null in ``more`` takes one away."""
    by_hash = {one.hash: one for one in history}
    by_block = {one.block: one for one in history}

    def trace_filter(wanted: dict[str, Any]) -> list[dict[str, Any]]:
        senders, receivers = wanted.get("fromAddress"), wanted.get("toAddress")
        rows = [
            one
            for moved in history
            for one in moved.calls
            if (senders is None or one["action"]["from"] in senders)
            and (receivers is None or one["action"]["to"] in receivers)
            and int(wanted["fromBlock"], 16) <= one["blockNumber"]
            and one["blockNumber"] <= int(wanted["toBlock"], 16)
        ]
        return rows[wanted["after"] : wanted["after"] + wanted["count"]]

    def logs(wanted: dict[str, Any]) -> list[dict[str, Any]]:
        first, last = (int(wanted[name], 16) for name in ("fromBlock", "toBlock"))
        return [
            log
            for moved in history
            for log in moved.logs
            if first <= moved.block <= last
            and all(
                topic in (None, log["topics"][place])
                for place, topic in enumerate(wanted["topics"])
            )
        ]

    methods = {
        "eth_chainId": lambda: "0x1",
        "eth_blockNumber": lambda: hex(HEAD),
        "trace_filter": trace_filter,
        "trace_transaction": lambda one: by_hash[one].calls,
        "eth_getLogs": logs,
        "eth_getTransactionByHash": lambda one: by_hash[one].transaction,
        "eth_getTransactionReceipt": lambda one: by_hash[one].receipt,
        "eth_getBlockByNumber": lambda number, _: by_block[int(number, 16)].header,
        "eth_call": lambda *_: f"0x{6:064x}",
    } | more
    return Rpc(**{name: method for name, method in methods.items() if method is not None})
