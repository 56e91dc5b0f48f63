"""A little regtest chain, and what an Esplora index and an Electrum server tell of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unit.sources.bitcoin import blocks
from tests.unit.sources.bitcoin.blocks import NOWHERE, START_S, SUBSIDY, Outpoint, Output, Payment

from earmark.sources.bitcoin.addresses import address_of
from earmark.sources.bitcoin.networks import REGTEST
from earmark.sources.bitcoin.wire import double_sha256

ANN, BOB, CARL = (b"\x00\x14" + bytes([one]) * 20 for one in (0xA1, 0xB2, 0xC3))
MULTISIG = b"\x51\x21" + b"\x02" * 33 + b"\x51\xae"
DATA = b"\x6a\x03abc"


def named(script: bytes) -> str:
    return address_of(script, REGTEST)


class Spend:
    """A transaction with all that its identifier covers."""

    def __init__(
        self, inputs: Sequence[Outpoint], outputs: Sequence[Output], script: bytes = b""
    ) -> None:
        self.inputs, self.outputs, self.script = list(inputs), list(outputs), script
        self.payment = Payment(inputs, outputs, script=script)

    @property
    def txid(self) -> str:
        return self.payment.txid[::-1].hex()

    def out(self, number: int) -> Outpoint:
        return self.payment.txid, number


@dataclass
class Chain:
    """Blocks of transactions, the coinbase first; ``pool`` holds what no block has."""

    blocks: list[list[Spend]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    pool: list[Spend] = field(default_factory=list)

    def add(self, *spends: Spend, to: bytes = CARL, fees: int = 0) -> Spend:
        """Mine a block; return its coinbase."""
        height = len(self.blocks) + 1
        script = b"\x03" + height.to_bytes(3, "little")
        coinbase = Spend([NOWHERE], [(SUBSIDY + fees, to)], script)
        self.blocks.append([coinbase, *spends])
        previous = blocks.block_hash(self.raw[-1]) if self.raw else REGTEST.genesis
        payments = [one.payment for one in self.blocks[-1]]
        self.raw.append(blocks.block(payments, previous=previous, time_s=START_S + 600 * height))
        return coinbase

    def spends(self) -> dict[str, tuple[Spend, int | None]]:
        """Return every transaction by txid with its height."""
        mined = {
            one.txid: (one, height) for height, all_ in enumerate(self.blocks, 1) for one in all_
        }
        return {**mined, **{one.txid: (one, None) for one in self.pool}}

    def output(self, point: Outpoint) -> Output:
        return self.spends()[point[0][::-1].hex()][0].outputs[point[1]]

    def touches(self, one: Spend, script: bytes) -> bool:
        spent = [self.output(point)[1] for point in one.inputs if point != NOWHERE]
        return script in spent or any(to == script for _, to in one.outputs)

    def hash_at(self, height: int) -> str:
        return blocks.block_hash(self.raw[height - 1])[::-1].hex()


def example() -> tuple[Chain, dict[str, Spend]]:
    """Carl mines; pays Ann and Bob; Ann pays Bob, a multisig and some data; the pool holds one more."""
    chain = Chain()
    first = chain.add()
    to_ann = Spend([first.out(0)], [(30 * 10**8, ANN), (19 * 10**8, BOB)])
    chain.add(to_ann, fees=10**8)
    paid = Spend(
        [to_ann.out(0)], [(10 * 10**8, BOB), (15 * 10**8, MULTISIG), (0, DATA), (4 * 10**8, ANN)]
    )
    onward = Spend([paid.out(0)], [(9 * 10**8, CARL)])
    chain.add(paid, onward, fees=2 * 10**8)
    waiting = Spend([paid.out(3)], [(3 * 10**8, CARL)])
    chain.pool.append(waiting)
    return chain, {"to_ann": to_ann, "paid": paid, "onward": onward, "waiting": waiting}


def esplora_output(output: Output) -> dict[str, Any]:
    value, script = output
    return {
        "scriptpubkey": script.hex(),
        "scriptpubkey_asm": "…",
        "scriptpubkey_type": "v0_p2wpkh",
        "scriptpubkey_address": named(script),
        "value": value,
    }


def esplora(chain: Chain, txid: str) -> dict[str, Any]:
    """Return a transaction as Esplora writes it."""
    one, height = chain.spends()[txid]
    inputs = []
    for point in one.inputs:
        is_coinbase = point == NOWHERE
        inputs.append(
            {
                "txid": point[0][::-1].hex(),
                "vout": point[1],
                "prevout": None if is_coinbase else esplora_output(chain.output(point)),
                "scriptsig": one.script.hex(),
                "scriptsig_asm": "…",
                "is_coinbase": is_coinbase,
                "sequence": 0xFFFFFFFF,
            }
        )
    spent = sum(chain.output(point)[0] for point in one.inputs if point != NOWHERE)
    status: dict[str, Any] = {"confirmed": height is not None}
    if height is not None:
        status |= {
            "block_height": height,
            "block_hash": chain.hash_at(height),
            "block_time": START_S + 600 * height,
        }
    return {
        "txid": txid,
        "version": 2,
        "locktime": 0,
        "vin": inputs,
        "vout": [esplora_output(output) for output in one.outputs],
        "size": len(one.payment.bytes),
        "weight": 4 * len(one.payment.bytes),
        "fee": max(0, spent - sum(value for value, _ in one.outputs)) if spent else 0,
        "status": status,
    }


def history(chain: Chain, script: bytes) -> list[tuple[Spend, int | None]]:
    """Return what touches a script, the newest first, the pool before all."""
    found = [(one, height) for one, height in chain.spends().values() if chain.touches(one, script)]
    return sorted(found, key=lambda pair: -(pair[1] or 10**9))


def branch(chain: Chain, txid: str) -> dict[str, Any]:
    """Return the Merkle branch of a mined transaction, worked out level by level."""
    one, height = chain.spends()[txid]
    assert height is not None
    level = [each.payment.txid for each in chain.blocks[height - 1]]
    place = position = chain.blocks[height - 1].index(one)
    hashes = []
    while len(level) > 1:
        level = [*level, level[-1]] if len(level) % 2 else level
        hashes.append(level[place ^ 1][::-1].hex())
        level = [double_sha256(level[at] + level[at + 1]) for at in range(0, len(level), 2)]
        place //= 2
    return {"block_height": height, "merkle": hashes, "pos": position}


def electrum_answer(chain: Chain, method: str, params: list[Any]) -> Any:
    """Return what an Electrum server answers; raises KeyError for what it does not know."""
    if method == "blockchain.scripthash.get_history":
        scripts = {to for one, _ in chain.spends().values() for _, to in one.outputs}
        (script,) = [
            one for one in scripts if hashlib.sha256(one).digest()[::-1].hex() == params[0]
        ] or [b""]
        found = history(chain, script)[::-1] if script else []
        return [{"tx_hash": one.txid, "height": height or 0} for one, height in found]
    if method == "blockchain.transaction.get":
        return chain.spends()[params[0]][0].payment.bytes.hex()
    if method == "blockchain.block.header":
        return chain.raw[params[0] - 1][:80].hex()
    if method == "blockchain.transaction.get_merkle":
        return branch(chain, params[0])
    known = {
        "server.version": ["Test 1.0", "1.4"],
        "server.features": {"genesis_hash": REGTEST.genesis[::-1].hex()},
    }
    return known[method]


def line(method: str, params: Any, body: Any, status: int = 200) -> str:
    """Return an exchange as it is saved; a body that is no text is put into JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    exchange = {
        "url": "https://index.test",
        "method": method,
        "params": params,
        "asked": "2026-01-01T00:00:00Z",
        "status": status,
        "body": text,
    }
    return json.dumps(exchange)


def page(path: str, body: Any, status: int = 200) -> str:
    return line("GET", {"path": path, "query": {}}, body, status)


def rpc(method: str, params: list[Any], result: Any) -> str:
    return line(method, params, {"jsonrpc": "2.0", "id": 1, "result": result})


def saved(folder: Path, lines: Iterable[str], name: str = "a.replies.jsonl") -> str:
    (folder / name).write_text("".join(f"{one}\n" for one in lines), "utf-8")
    return name


def electrum_lines(chain: Chain, script: bytes) -> list[str]:
    """Return what a fetch of one script saves."""
    name = hashlib.sha256(script).digest()[::-1].hex()
    asked: list[tuple[str, list[Any]]] = [("blockchain.scripthash.get_history", [name])]
    found = history(chain, script)[::-1]
    asked += [("blockchain.transaction.get", [one.txid]) for one, _ in found]
    for one, height in found:
        if height is not None:
            asked.append(("blockchain.block.header", [height]))
            asked.append(("blockchain.transaction.get_merkle", [one.txid, height]))
    listed = {one.txid for one, _ in found}
    points = [point for one, _ in found for point in one.inputs if point != NOWHERE]
    before = list(dict.fromkeys(txid[::-1].hex() for txid, _ in points))
    asked += [("blockchain.transaction.get", [txid]) for txid in before if txid not in listed]
    return [rpc(method, params, electrum_answer(chain, method, params)) for method, params in asked]
