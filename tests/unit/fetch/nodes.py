"""Small chains behind a node of the tests: what they answer, what they cannot do, and how they fork."""

# ruff: noqa: N802, FBT001 - methods are called what a node calls them
from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.unit.fetch.servers import Asked, error, page, result

TOKEN = "0x" + "70" * 20
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"


def digest(*words: object) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()


class RefusalError(Exception):
    """What makes a node answer with an error."""


@dataclass
class EvmNode:
    """A chain of ``height`` blocks of two transactions each; those from ``forked`` on are of another branch."""

    height: int = 5
    final: int | None = 100
    forked: int = 1_000
    branch: str = ""
    lacks: frozenset[str] = frozenset()
    chain_id: int = 1
    broken: dict[str, bytes] = field(default_factory=dict)
    before: Callable[[str, list[Any]], None] = lambda _method, _params: None

    def hash(self, height: int) -> str:
        return "0x" + digest("block", height, self.branch if height >= self.forked else "")

    def transactions(self, height: int) -> list[str]:
        return ["0x" + digest("tx", height, place) for place in range(2 if height else 0)]

    def answer(self, asked: Asked) -> bytes:
        method, params = asked.call["method"], asked.call["params"]
        self.before(method, params)
        if method in self.broken:
            return self.broken[method]
        if method in self.lacks:
            return error(asked, -32601, f"the method {method} does not exist")
        try:
            return result(asked, getattr(self, method)(*params))
        except RefusalError as no:
            return error(asked, -32000, str(no))

    def eth_chainId(self) -> str:
        return hex(self.chain_id)

    def eth_blockNumber(self) -> str:
        return hex(self.height)

    def eth_getBlockByNumber(self, number: str, whole: bool) -> Any:
        if number == "finalized":
            return None if self.final is None else {"number": hex(self.final)}
        height = int(number, 16)
        if height > self.height:
            return None
        hashes = self.transactions(height)
        return {
            "number": number,
            "hash": self.hash(height),
            "parentHash": self.hash(height - 1) if height else "0x" + "0" * 64,
            "transactions": [{"hash": one} for one in hashes] if whole else hashes,
        }

    def _receipt(self, height: int, place: int) -> dict[str, Any]:
        own, block = self.transactions(height)[place], self.hash(height)
        logs = [{"address": TOKEN.upper().replace("X", "x"), "topics": [TRANSFER, "0x0", "0x1"]}]
        return {"transactionHash": own, "blockHash": block, "logs": logs if place else []}

    def eth_getBlockReceipts(self, number: str) -> Any:
        return [self._receipt(int(number, 16), place) for place in range(2)]

    def eth_getTransactionReceipt(self, wanted: str) -> Any:
        for height in range(self.height + 1):
            if wanted in self.transactions(height):
                return self._receipt(height, self.transactions(height).index(wanted))
        return None

    def debug_traceBlockByNumber(self, number: str, how: dict[str, str]) -> Any:
        assert how == {"tracer": "callTracer"}
        height = int(number, 16)
        return [
            {"txHash": one, "result": {"type": "CALL", "of": self.hash(height)}}
            for one in self.transactions(height)
        ]

    def trace_block(self, number: str) -> Any:
        return [{"type": "reward", "blockHash": self.hash(int(number, 16))}]

    def eth_getLogs(self, wanted: dict[str, Any]) -> Any:
        first, last = (int(wanted[name], 16) for name in ("fromBlock", "toBlock"))
        return [
            {"address": TOKEN, "blockNumber": hex(height), "topics": [TRANSFER, "0x0", "0x1"]}
            for height in range(first, min(last, self.height) + 1)
            if height % 3 == 2
        ]

    def eth_call(self, call: dict[str, str], at: str) -> str:
        assert (call["to"], at) == (TOKEN, "latest")
        return {"0x313ce567": "0x" + "0" * 63 + "6", "0x95d89b41": "0x"}[call["data"]]


@dataclass
class BitcoinNode:
    """A chain of headers with one transaction a block; ``most`` is the fullest form of a block it has."""

    height: int = 4
    most: int = 3
    forked: int = 1_000
    branch: str = ""
    genesis: str = ""
    login: str = ""

    def header(self, height: int) -> bytes:
        parent = bytes.fromhex(self.hash(height - 1))[::-1] if height else bytes(32)
        own = digest("header", height, self.branch if height >= self.forked else "")
        return b"\1\0\0\0" + parent + bytes.fromhex(own) + bytes(12)

    def hash(self, height: int) -> str:
        if height == 0 and self.genesis:
            return self.genesis
        once = hashlib.sha256(self.header(height)).digest()
        return hashlib.sha256(once).digest()[::-1].hex()

    def answer(self, asked: Asked) -> bytes:
        if self.login and asked.headers.get("authorization") != self.login:
            return page("", 401)
        method, params = asked.call["method"], asked.call["params"]
        if method == "getblockcount":
            return result(asked, self.height)
        if method == "getblockhash":
            return result(asked, self.hash(params[0]))
        if method == "getblock":
            return self._block(asked, *params)
        return error(asked, -32601, "Method not found", 404)

    def _block(self, asked: Asked, block_hash: str, form: int) -> bytes:
        height = next(h for h in range(self.height + 1) if self.hash(h) == block_hash)
        if form > self.most:
            return error(asked, -3, "Param #1 must be a boolean.")
        if form == 0:
            return result(asked, (self.header(height) + b"\1" + bytes(60)).hex())
        told: dict[str, Any] = {"hash": block_hash, "height": height, "tx": [{"txid": "00"}]}
        if height:
            told["previousblockhash"] = self.hash(height - 1)
        return result(asked, told)
