"""Traces of old nodes, which name no transaction: tied by their place in the block that was asked for.

A block asked for by its number may since have been replaced. So a trace is tied only where one block that is
here has as many transactions, and the one in its place pays the same sum to the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.evm.rpc_facts import TraceFact

if TYPE_CHECKING:
    from earmark.sources.evm.movements import Pile
    from earmark.sources.evm.rpc_facts import BlockFact, Facts, Untied

NO_BLOCK = "the trace does not say which transaction it is of, and no block that is here fits it"
SEVERAL = "the trace does not say which transaction it is of, and several blocks here fit it"


def tie(facts: Facts, pile: Pile) -> None:
    """Give each such trace the transaction in its place, or reject it."""
    by_height: dict[int, list[BlockFact]] = {}
    for block in facts.blocks.values() if facts.untied else ():
        by_height.setdefault(block.number, []).append(block)
    for one in facts.untied:
        asked = facts.blocks.get(one.block_hash or "")
        candidates = by_height.get(one.height, []) if one.height is not None else [asked]
        fits = [block for block in candidates if block is not None and _fits(one, block, facts)]
        if len(fits) != 1:
            pile.reject(one.locator, SEVERAL if fits else NO_BLOCK)
            continue
        (block,) = fits
        name = block.transactions[one.place]
        fact = TraceFact(name, block.number, block.hash, one.place, one.traced, one.locator)
        facts.traced.setdefault(name, []).append(fact)


def _fits(one: Untied, block: BlockFact, facts: Facts) -> bool:
    if len(block.transactions) != one.among:
        return False
    name = block.transactions[one.place]
    sent = facts.sent.get((name, block.hash)) or facts.sent.get((name, None))
    if sent is None:
        return True
    same_payee = None in (one.payee, sent.payee) or one.payee == sent.payee
    return same_payee and (one.payer, one.wei) == (sent.payer, sent.wei)
