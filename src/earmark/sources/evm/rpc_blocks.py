"""What a block itself pays: tips to its proposer, rewards of mining, withdrawals of stake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.evm import movements
from earmark.sources.evm.chains import MAINNET
from earmark.sources.evm.movements import At
from earmark.sources.evm.rewards import block_reward, is_mined, uncle_reward

if TYPE_CHECKING:
    from earmark.sources.evm.chains import Chain
    from earmark.sources.evm.movements import Pile
    from earmark.sources.evm.rpc_facts import BlockFact, Facts

LAST = 1 << 40
"""The place of block things: behind every transaction."""


def add_block_payments(
    block: BlockFact, facts: Facts, chain: Chain, pile: Pile, tips_wei: int | None
) -> tuple[str, ...]:
    """Add what a block pays; ``tips_wei`` is null where a fee is unknown. Return what the record lacks."""
    at = At(block.number, block.time_s, LAST, block.hash)
    lacks = [*_add_tips(block, chain, pile, at, tips_wei)]
    lacks += _add_rewards(block, facts, chain, pile, at)
    for one in block.withdrawals:
        pile.add(movements.withdrawal(chain, at, one.number, one.payee, one.gwei, one.locator))
    return tuple(lacks)


def _add_tips(
    block: BlockFact, chain: Chain, pile: Pile, at: At, tips_wei: int | None
) -> tuple[str, ...]:
    if not block.transactions:
        return ()
    if tips_wei is None or not chain.burns_base_fee or not block.miner:
        return ("who receives the fees",)
    if tips_wei:
        pile.add(movements.tips(chain, at, block.miner, tips_wei, block.locator))
    return ()


def _add_rewards(
    block: BlockFact, facts: Facts, chain: Chain, pile: Pile, at: At
) -> tuple[str, ...]:
    told = facts.rewarded.get((block.number, block.hash)) or facts.rewarded.get((block.number, ""))
    sums: dict[str, int] = {}
    places: dict[str, str] = {}
    lacks: tuple[str, ...] = ()
    if told:
        for one in told:
            sums[one.payee] = sums.get(one.payee, 0) + one.wei
            places.setdefault(one.payee, one.locator)
    elif is_mined(chain, block.number, block.difficulty):
        sums, lacks = _by_schedule(block, facts, pile)
    elif block.difficulty and block.number and chain.burns_base_fee and chain.number != MAINNET:
        lacks = ("block rewards",)
    for payee, wei in sums.items():
        place, order = places.get(payee, block.locator), int(payee != block.miner)
        pile.add(movements.reward(chain, at, payee, wei, place, order))
    return lacks


def _by_schedule(
    block: BlockFact, facts: Facts, pile: Pile
) -> tuple[dict[str, int], tuple[str, ...]]:
    sums = {block.miner: block_reward(block.number, len(block.uncles))}
    known = [facts.uncles.get(name) for name in block.uncles]
    for one in known:
        if one is None:
            continue
        try:
            wei = uncle_reward(block.number, one.number)
        except ValueError as error:
            pile.reject(one.locator, str(error))
            continue
        sums[one.miner] = sums.get(one.miner, 0) + wei
    return sums, ("rewards of uncles",) if None in known else ()
