"""A history on regtest: every common script paid and spent, a coinjoin, a peel chain, a double spend undone."""

from __future__ import annotations

from typing import NamedTuple

from tests.nodes.rpc import call
from tests.nodes.spending import COIN, FEE, Coin, mine, mined_coin, pay, unspent, wanted

SEGWIT_BLOCKS = 432
"""Regtest's rules for witnesses hold from here on; the subsidy has halved twice by then."""
SPENT_KINDS = (
    ("p2pkh", "alice"),
    ("p2wpkh", "bob"),
    ("p2sh-p2wpkh", "carol"),
    ("multisig", "alice", "bob", "carol"),
    ("p2pk", "dora"),
    ("p2wsh", "alice", "bob", "carol"),
    ("p2sh", "alice", "bob", "carol"),
)
KEPT_KINDS = (("p2tr", "erin"), ("p2pk", "erin"), ("multisig", "erin", "bob", "carol"))
PARTIES = 5
MIXED = COIN // 10
HOPS = 20
PEELED = COIN // 20
DATA_BURNED = 7


class History(NamedTuple):
    """What was done: every block's bytes, those that lost, and the coins that the tests ask about."""

    blocks: list[bytes]
    stale: list[bytes]
    unspent: dict[tuple[str, int], tuple[str, int]]
    total: int
    mixed: list[Coin]
    peeled_first: Coin
    peeled: list[Coin]
    peel_rest: Coin
    thief: Coin
    owner: Coin


def raw_block(url: str, block_hash: str) -> bytes:
    return bytes.fromhex(call(url, "getblock", block_hash, False))


def hashes(url: str) -> list[str]:
    """Return the hashes of a node's chain, from block 0 on."""
    return [call(url, "getblockhash", number) for number in range(call(url, "getblockcount") + 1)]


def make(url: str, other: str) -> History:
    """Make the history on one node; the other mines the branch that wins."""
    mined = mine(url, SEGWIT_BLOCKS, "miner")
    coins = [mined_coin(url, one, "miner") for one in mined[:4]]
    _every_script(url, coins[0])
    mixed = _coinjoin(url, coins[1])
    first, peeled, rest = _peel_chain(url, coins[2])
    thief, owner, stale = _double_spend(url, other, coins[3])
    blocks = [raw_block(url, one) for one in hashes(url)]
    total = call(url, "gettxoutsetinfo")["total_amount"] * COIN
    return History(
        blocks, stale, unspent(url), int(total), mixed, first, peeled, rest, thief, owner
    )


def _every_script(url: str, coin: Coin) -> None:
    """Pay every kind of script in one transaction, and spend those that the node can sign for."""
    outputs = [wanted(COIN, *one) for one in SPENT_KINDS + KEPT_KINDS]
    outputs.append(wanted(DATA_BURNED, "data", "synthetic"))
    change = coin.value - sum(one.value for one in outputs) - FEE
    made = pay(url, [coin], [*outputs, wanted(change, "p2wpkh", "miner")])
    mine(url, 1, "miner")
    for one in made[: len(SPENT_KINDS)]:
        pay(url, [one], [wanted(one.value - FEE, "p2wpkh", "frank")])
    mine(url, 1, "miner")


def _coinjoin(url: str, coin: Coin) -> list[Coin]:
    """Return the outputs of a round of several parties: equal ones first, then everybody's change."""
    names = [f"party-{number}" for number in range(PARTIES)]
    sums = [MIXED + (number + 1) * 1_234_567 for number in range(PARTIES)]
    funded = [wanted(value, "p2wpkh", name) for value, name in zip(sums, names, strict=True)]
    rest = coin.value - sum(sums) - FEE
    coins = pay(url, [coin], [*funded, wanted(rest, "p2pkh", "miner")])[:PARTIES]
    mine(url, 1, "miner")
    equal = [wanted(MIXED, "p2wpkh", f"{name}-mixed") for name in reversed(names)]
    change = [wanted(one.value - MIXED - FEE, "p2wpkh", f"{one.names[0]}-change") for one in coins]
    mixed = pay(url, coins, equal + change)
    mine(url, 1, "miner")
    return mixed


def _peel_chain(url: str, coin: Coin) -> tuple[Coin, list[Coin], Coin]:
    """Return what a chain of 20 small payments began with, the payments and what was left."""
    (rest,) = first = pay(url, [coin], [wanted(coin.value - FEE, "p2wpkh", "peel-0")])
    peeled = []
    for hop in range(1, HOPS + 1):
        paid = wanted(PEELED, "p2pkh", f"exchange-{hop}")
        change = wanted(rest.value - PEELED - FEE, "p2wpkh", f"peel-{hop}")
        one, rest = pay(url, [rest], [paid, change])
        peeled.append(one)
        if hop % 6 == 0:
            mine(url, 1, "miner")
    mine(url, 1, "miner")
    return first[0], peeled, rest


def _double_spend(url: str, other: str, coin: Coin) -> tuple[Coin, Coin, list[bytes]]:
    """Spend one coin on both nodes; the other's branch is longer. Return both outputs and the lost block."""
    for one in hashes(url)[1:]:
        call(other, "submitblock", raw_block(url, one).hex())
    (thief,) = pay(url, [coin], [wanted(coin.value - FEE, "p2wpkh", "thief")])
    lost = mine(url, 1, "miner")
    (owner,) = pay(other, [coin], [wanted(coin.value - 2 * FEE, "p2wpkh", "owner")])
    won = mine(other, 2, "other-miner")
    for one in won:
        call(url, "submitblock", raw_block(other, one).hex())
    assert call(url, "getbestblockhash") == won[-1]
    return thief, owner, [raw_block(url, one) for one in lost]
