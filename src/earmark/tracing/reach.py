"""A fast path: leave out the transactions that no claim can reach.

It skips work whose result is known and is never a different algorithm: a walk over the reachable
transactions equals the walk over all of them (``tests/parity``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from earmark.ledger.schema import IN

if TYPE_CHECKING:
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.wide import Index
    from earmark.tracing.values import Question


def reachable(ledger: Ledger, question: Question) -> Index:
    """Return the transactions that touch a holding which traced units could enter, in order.

    One sweep in ledger order: a holding is reached by a claimed or linked in-leg, or by any in-leg of a
    transaction that a reached holding pays into. What reached holdings did earlier counts too, because
    earlier lots lie in their pools.
    """
    legs = ledger.tables["legs"]
    tx = ledger.integers("legs", "tx").tolist()
    holding = _holdings(ledger)
    holdings = holding.tolist()
    is_in = (legs.column("side").to_numpy() == IN).tolist()
    seeds = {claim.leg for claim in question.claimed}
    linked = {leg for link in question.conversions for leg in link.ins}
    reached: set[int] = set()
    if not seeds:
        return np.zeros(0, dtype=np.int64)
    start = min(seeds)
    while start > 0 and tx[start - 1] == tx[start]:
        start -= 1
    first = start
    for last in range(start, len(tx)):
        if last + 1 < len(tx) and tx[last + 1] == tx[last]:
            continue
        span = range(first, last + 1)
        first = last + 1
        pays = {
            holdings[leg] % _COMMODITIES
            for leg in span
            if not is_in[leg] and holdings[leg] in reached
        }
        for leg in span:
            paid = is_in[leg] and holdings[leg] % _COMMODITIES in pays
            if paid or leg in seeds or leg in linked:
                reached.add(holdings[leg])
    chosen = np.isin(holding, np.array(sorted(reached), dtype=np.int64))
    return np.unique(ledger.integers("legs", "tx")[chosen])


_COMMODITIES = 1 << 20


def _holdings(ledger: Ledger) -> Index:
    return ledger.integers("legs", "holder") * _COMMODITIES + ledger.integers("legs", "commodity")
