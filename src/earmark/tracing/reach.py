"""A fast path: leave out the transactions that no claim can reach.

It skips work whose result is known and is never a different algorithm: a walk over the reachable
transactions equals the walk over all of them (``tests/parity``).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from earmark.ledger.schema import IN
from earmark.tracing.events import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from earmark.ledger.ledger import Ledger
    from earmark.ledger.wide import Index
    from earmark.tracing.values import Question


def reachable(ledger: Ledger, question: Question) -> Index:
    """Return the transactions that touch a holding which traced units could enter, in order.

    One sweep in ledger order: a holding is reached by a claimed or linked in-leg, or by any in-leg of a
    transaction that a reached holding pays into. What reached holdings did earlier counts too, because
    earlier lots lie in their pools.
    """
    reached = reached_holdings(ledger, question)
    tx = ledger.integers("legs", "tx")
    return np.unique(tx[np.isin(_holdings(ledger), np.array(sorted(reached), dtype=np.int64))])


def reached_holdings(ledger: Ledger, question: Question) -> set[int]:
    """Return the holdings that traced units could enter, as numbers of ``_holdings``."""
    seeds = {claim.leg for claim in question.claimed}
    if not seeds:
        return set()
    coloured = seeds | {leg for link in question.conversions for leg in link.ins}
    start = int(np.searchsorted(ledger.first_legs, min(seeds), side="right")) - 1
    reached: set[int] = set()
    for legs in _transactions(ledger, start):
        pays = {
            holding % _COMMODITIES for _, holding, is_in in legs if not is_in and holding in reached
        }
        for leg, holding, is_in in legs:
            if leg in coloured or (pays and is_in and holding % _COMMODITIES in pays):
                reached.add(holding)
    return reached


def _transactions(ledger: Ledger, start: int) -> Iterator[list[tuple[int, int, bool]]]:
    """Yield each transaction's legs as (position, holding, whether it is an in-leg)."""
    holding = _holdings(ledger)
    is_in = ledger.integers("legs", "side") == IN
    ends = ledger.first_legs
    for chunk in range(start, len(ends) - 1, CHUNK):
        bounds = ends[chunk : chunk + CHUNK + 1]
        span = slice(int(bounds[0]), int(bounds[-1]))
        legs = list(
            zip(
                range(span.start, span.stop),
                holding[span].tolist(),
                is_in[span].tolist(),
                strict=True,
            )
        )
        for first, last in pairwise((bounds - bounds[0]).tolist()):
            yield legs[first:last]


_COMMODITIES = 1 << 20


def _holdings(ledger: Ledger) -> Index:
    return ledger.integers("legs", "holder") * _COMMODITIES + ledger.integers("legs", "commodity")
