"""Which of two blocks at one height counts, and what belongs to neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from earmark.sources.evm.movements import Pile
    from earmark.sources.evm.rpc_facts import (
        BlockFact,
        Facts,
        Logged,
        Received,
        Rewarded,
        Sent,
        TraceFact,
    )

BRANCH = "rows of blocks off the chain, at whose height another block counts"
OTHER_BLOCK = "it names another block than the one at its height"


def chain_by_height(blocks: Mapping[str, BlockFact]) -> dict[int, BlockFact]:
    """Return the block of each height: the parent of the one above it, else the one asked for last."""
    by_height: dict[int, list[BlockFact]] = {}
    for one in blocks.values():
        by_height.setdefault(one.number, []).append(one)
    found: dict[int, BlockFact] = {}
    for height in sorted(by_height, reverse=True):
        above = found.get(height + 1)
        last = max(by_height[height], key=lambda one: one.asked)
        parent = next(
            (one for one in by_height[height] if above is not None and one.hash == above.parent),
            last,
        )
        found[height] = parent
    return found


def off_chain(facts: Facts, chain: Mapping[int, BlockFact]) -> frozenset[str]:
    """Return the transactions of blocks that do not count; some may stand in one that does as well."""
    left = (one for one in facts.blocks.values() if chain[one.number].hash != one.hash)
    return frozenset(name for one in left for name in one.transactions)


def keep_one_branch(facts: Facts, chain: Mapping[int, BlockFact], pile: Pile) -> None:
    """Drop what belongs to blocks off the chain, and reject what names a block that is not known."""

    def belongs(one: Sent | Received | Logged | TraceFact | Rewarded) -> bool:
        return _belongs(one.block, one.block_hash, one.locator, facts, chain, pile)

    facts.sent = {key: one for key, one in facts.sent.items() if belongs(one)}
    facts.received = {key: one for key, one in facts.received.items() if belongs(one)}
    facts.logged = {key: one for key, one in facts.logged.items() if belongs(one)}
    facts.traced = {
        name: [one for one in traces if belongs(one)] for name, traces in facts.traced.items()
    }
    facts.rewarded = {
        key: kept
        for key, told in facts.rewarded.items()
        if (kept := [one for one in told if belongs(one)])
    }


def blocks_of(facts: Facts, chain: Mapping[int, BlockFact]) -> tuple[tuple[int, str, str], ...]:
    """Return the blocks that rows stand in, of one branch: height, hash, the parent's hash or empty."""
    found: dict[int, tuple[str, str]] = {}
    rows: list[Sent | Received | Logged | TraceFact] = [*facts.sent.values()]
    rows += [*facts.received.values(), *facts.logged.values()]
    rows += [one for traces in facts.traced.values() for one in traces]
    for one in rows:
        if one.block is not None and one.block_hash is not None:
            found[one.block] = (one.block_hash, "")
    found |= {height: (block.hash, block.parent) for height, block in chain.items()}
    return tuple((height, *found[height]) for height in sorted(found))


def _belongs(
    number: int | None,
    block_hash: str | None,
    locator: str,
    facts: Facts,
    chain: Mapping[int, BlockFact],
    pile: Pile,
) -> bool:
    if block_hash is None:
        return True
    known = facts.blocks.get(block_hash)
    height = known.number if known is not None else number
    stands = None if height is None else chain.get(height)
    if stands is None or stands.hash == block_hash:
        return True
    if known is not None:
        pile.ignored[BRANCH] += 1
    else:
        pile.reject(locator, OTHER_BLOCK, f"{block_hash} for {stands.hash}")
    return False
