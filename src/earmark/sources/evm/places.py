"""Where a movement stands in its chain, as one number that all sources of the chain agree on.

Two sources of one chain (logs from a node, calls from a data set) are then one sequence, movement by
movement. The number is made of the block, the transaction's index in it, the phase, and the place in the
phase: a log's index, the first two steps of a call's trace address. What does not fit is counted as the
largest that does, and keeps the order of its source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from earmark.sources.evm.movements import Movement, Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.wide import Index

BLOCKS = 1 << 31
TRANSACTIONS = 1 << 14
PHASES = 1 << 3
STEPS = 1 << 15
_INNER = 1 << 7
"""Second steps of a trace address, or of an order of block things, that are told apart."""


def places(movements: Sequence[Movement]) -> Index | None:
    """Return the position of each movement, given in order; null where some source knows no index.

    Without every transaction's index in its block, nothing says how two sources lie between each other.
    """
    if not all(_is_known(one) for one in movements):
        return None
    found = np.array([_place(one) for one in movements], dtype=np.int64)
    # A call that a link puts behind a log stands with that log.
    return np.maximum.accumulate(found) if len(found) else found


def _is_known(one: Movement) -> bool:
    has_place = one.phase == Phase.BLOCK or 0 <= one.at.place < TRANSACTIONS - 1
    return has_place and 0 <= one.at.block < BLOCKS


def _place(one: Movement) -> int:
    index = TRANSACTIONS - 1 if one.phase == Phase.BLOCK else one.at.place
    return ((one.at.block * TRANSACTIONS + index) * PHASES + one.phase) * STEPS + _step(one)


def _step(one: Movement) -> int:
    if not one.position:
        return 0
    if one.phase == Phase.LOG:
        return min(one.position[0], STEPS - 1)
    outer, *inner = one.position
    if outer >= STEPS // _INNER:
        return STEPS - 1
    return outer * _INNER + (min(inner[0] + 1, _INNER - 1) if inner else 0)
