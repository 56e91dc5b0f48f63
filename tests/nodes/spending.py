"""Coins of a regtest: mined, spent and listed through the node that ``regtest.js`` runs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from tests.nodes.rpc import call

COIN = 100_000_000
"""Satoshi in one bitcoin."""
MATURE_BLOCKS = 100
"""Blocks that must follow a coinbase before it can be spent."""
FEE = 1_000
"""Satoshi that a payment of the tests leaves to the miner where it does not say otherwise."""


class Wanted(NamedTuple):
    """An output to be made: satoshi, type of script and the names of its keys."""

    value: int
    type: str
    names: tuple[str, ...]


class Coin(NamedTuple):
    """An output that was made."""

    txid: str
    vout: int
    value: int
    type: str
    names: tuple[str, ...]

    @property
    def leg(self) -> tuple[str, int]:
        return f"btc:{self.txid}", self.vout


def wanted(value: int, kind: str, *names: str) -> Wanted:
    return Wanted(value, kind, names)


def script_of(url: str, one: Wanted | Coin) -> str:
    """Return the script in hexadecimal."""
    script: str = call(url, "outputscript", one.type, one.names)["script"]
    return script


def mine(url: str, count: int, name: str) -> list[str]:
    """Mine blocks for a P2WPKH key; return their hashes."""
    address = call(url, "outputscript", "p2wpkh", [name])["address"]
    hashes: list[str] = call(url, "generatetoaddress", count, address)
    return hashes


def mined_coin(url: str, block_hash: str, name: str) -> Coin:
    """Return what a block's coinbase pays its miner."""
    coinbase = call(url, "getblock", block_hash, True, True)["tx"][0]
    return Coin(coinbase["txid"], 0, satoshi(coinbase["vout"][0]["value"]), "p2wpkh", (name,))


def pay(url: str, coins: Sequence[Coin], outputs: Sequence[Wanted]) -> list[Coin]:
    """Sign a transaction and hand it to the node; return its outputs, which can be spent at once."""
    inputs = [one._asdict() for one in coins]
    paid = [{"value": one.value, "script": script_of(url, one)} for one in outputs]
    raw = call(url, "signedtransaction", inputs, paid)
    txid = call(url, "sendrawtransaction", raw)
    return [Coin(txid, number, *one) for number, one in enumerate(outputs)]


def satoshi(amount: Decimal | int) -> int:
    exact = Decimal(amount) * COIN
    assert exact == int(exact)
    return int(exact)


def unspent(url: str) -> dict[tuple[str, int], tuple[str, int]]:
    """Return the node's unspent outputs, each asked for by name: script and satoshi."""
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for height in range(call(url, "getblockcount") + 1):
        block = call(url, "getblockbyheight", height, True, True)
        for one in block["tx"]:
            for output in one["vout"]:
                coin = call(url, "gettxout", one["txid"], output["n"], False)
                if coin is not None:
                    found[f"btc:{one['txid']}", output["n"]] = _held(coin)
    return found


def _held(coin: dict[str, Any]) -> tuple[str, int]:
    return coin["scriptPubKey"]["hex"], satoshi(coin["value"])
