"""Of two blocks that the sources of one chain tell at one height, one counts in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from earmark.sources.evm.removing import without_transactions

if TYPE_CHECKING:
    from earmark.ledger.draft import Blocks, Draft

WARNINGS_MAX = 10
_Told = dict[int, dict[str, str]]
"""The parents of the blocks told at each height, by hash, as the sources list them."""


def on_one_branch(drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts without the rows of blocks at whose height another source's block counts.

    The parent of the block above counts, else the block of the source that is listed first.
    """
    found = list(drafts)
    chains = dict.fromkeys(one.blocks.chain for one in drafts if one.blocks is not None)
    for chain in chains:
        told: _Told = {}
        for draft in drafts:
            if draft.blocks is not None and draft.blocks.chain == chain:
                _note(told, draft.blocks)
        stands = _standing(told)
        for place, draft in enumerate(found):
            if draft.blocks is not None and draft.blocks.chain == chain:
                kept = _kept(draft, draft.blocks, stands)
                found[place] = _with_broken_chain(kept, draft.blocks, told, stands)
    return [replace(one, blocks=None) for one in found]


def _note(told: _Told, blocks: Blocks) -> None:
    for height, own, parent in blocks.told:
        hashes = told.setdefault(height, {})
        hashes[own] = hashes.get(own) or parent


def _standing(told: _Told) -> dict[int, str]:
    """Return the hash of the block that counts at each height of which several are told."""
    stands: dict[int, str] = {}
    for height in sorted((one for one, hashes in told.items() if len(hashes) > 1), reverse=True):
        parent = _parent_named_above(height, told, stands)
        stands[height] = parent if parent in told[height] else next(iter(told[height]))
    return stands


def _parent_named_above(height: int, told: _Told, stands: dict[int, str]) -> str:
    hashes = told.get(height + 1, {})
    return hashes.get(stands.get(height + 1) or next(iter(hashes), ""), "")


def _kept(draft: Draft, blocks: Blocks, stands: dict[int, str]) -> Draft:
    lost = {height: own for height, own, _ in blocks.told if stands.get(height, own) != own}
    if not lost:
        return draft
    heights = pa.array(lost, pa.int64())
    gone = pc.is_in(blocks.transactions, value_set=heights)
    unseen = pc.is_in(blocks.observations, value_set=heights)
    rest = without_transactions(draft, gone)
    count = pc.sum(pa.chunked_array([gone, unseen])).as_py() or 0
    return replace(
        rest,
        observations=draft.observations.filter(pc.invert(unseen)),
        ignored=draft.ignored + count,
        warnings=(*draft.warnings, *_said(lost, stands, count)),
    )


def _said(lost: dict[int, str], stands: dict[int, str], count: int) -> list[str]:
    said = [
        f"block {height} is {own} here; another source has {stands[height]} at that height, which counts"
        for height, own in list(lost.items())[:WARNINGS_MAX]
    ]
    if len(lost) > WARNINGS_MAX:
        said.append(f"{len(lost) - WARNINGS_MAX} more blocks at whose heights another counts")
    return [*said, f"{count} ignored: rows of blocks at whose height another source's block counts"]


def _with_broken_chain(draft: Draft, blocks: Blocks, told: _Told, stands: dict[int, str]) -> Draft:
    """Warn of a block that counts though the block above it names another parent."""
    said = []
    for height, own, _ in blocks.told:
        parent = _parent_named_above(height, told, stands)
        if parent not in ("", own) and stands.get(height, own) == own:
            said.append(
                f"block {height} is {own}, and block {height + 1} names {parent} as its parent: "
                "one of the two was replaced; both are counted"
            )
    more = len(said) - WARNINGS_MAX
    said[WARNINGS_MAX:] = [f"{more} more blocks that the block above does not name"] * (more > 0)
    return replace(draft, warnings=(*draft.warnings, *said))
