"""Law 3: a holding never goes below zero; the shortfall becomes an ``opening``, placed late or early.

``late`` puts each missing part just before the shortfall (records are missing in between); ``early`` puts
all of it before the holding's first leg (the history was cut off). Both add the same quantity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import wide
from earmark.ledger.reserved import may_go_below_zero
from earmark.ledger.schema import IN
from earmark.ledger.values import Placement

if TYPE_CHECKING:
    from earmark.ledger.wide import Index, Limbs, Mask


@dataclass(frozen=True)
class PooledLegs:
    """The legs that draw from or fill pools, sorted by holding, with running sums in each holding.

    ``leg``, ``tx``, ``holder``, ``commodity`` are per sorted row; ``starts`` begins each holding's run.
    """

    leg: Index
    tx: Index
    holder: Index
    commodity: Index
    starts: Index
    balance: Limbs

    @property
    def runs(self) -> Index:
        """Return the run that each sorted row belongs to."""
        lengths = np.diff(np.append(self.starts, len(self.leg)))
        return np.repeat(np.arange(len(self.starts), dtype=np.int64), lengths)


@dataclass(frozen=True)
class Openings:
    """One opening a row: the transaction it stands before, its holding and its quantity."""

    before_tx: Index
    holder: Index
    commodity: Index
    quantity: Limbs


def pooled_legs(legs: pa.Table) -> PooledLegs:
    """Sort the legs of pools by holding; inside one transaction payments come before receipts."""
    keep = np.flatnonzero(is_pooled(legs))
    legs = legs.take(pa.array(keep))
    columns = {name: _integers(legs, name) for name in ("leg", "tx", "holder", "commodity", "side")}
    order = np.lexsort(
        (columns["leg"], columns["side"], columns["tx"], columns["commodity"], columns["holder"])
    )
    sorted_columns = {name: column[order] for name, column in columns.items()}
    starts = wide.run_starts(sorted_columns["holder"], sorted_columns["commodity"])
    limbs = wide.read_limbs(legs.column("quantity"))[order]
    limbs *= np.where(sorted_columns.pop("side") == IN, 1, -1)[:, None]
    return PooledLegs(**sorted_columns, starts=starts, balance=wide.running_sums(limbs, starts))


def is_pooled(legs: pa.Table) -> Mask:
    """Tell which legs concern a pool: known quantity, neither a named lot nor spending one."""
    spends = legs.column("spends")
    result = np.asarray(pc.and_(pc.is_null(spends), pc.is_valid(legs.column("quantity"))))
    named = np.unique(spends.drop_null().to_numpy())
    if len(named):
        result = result & ~np.isin(_integers(legs, "leg"), named)
    return result


def _integers(table: pa.Table, name: str) -> Index:
    return table.column(name).to_numpy().astype(np.int64, copy=False)  # type: ignore[no-any-return]


def openings_of(legs: pa.Table, holder_names: list[str], placement: Placement) -> Openings:
    """Return the openings that a ledger without any needs."""
    pooled = pooled_legs(legs)
    exempt = np.array([may_go_below_zero(name) for name in holder_names], dtype=np.bool_)
    short = wide.is_negative(pooled.balance) & ~exempt[pooled.holder]
    deficit = np.where(short[:, None], wide.carried(-pooled.balance), 0)
    worst = wide.running_maximum(deficit, pooled.starts)
    if placement == "early":
        return _early(pooled, worst)
    return _late(pooled, worst)


def _late(pooled: PooledLegs, worst: Limbs) -> Openings:
    before = np.zeros_like(worst)
    before[1:] = worst[:-1]
    before[pooled.starts] = 0
    step = wide.carried(worst - before)
    rows = np.flatnonzero(~wide.is_zero(step))
    rows = rows[np.lexsort((pooled.leg[rows],))]
    return Openings(pooled.tx[rows], pooled.holder[rows], pooled.commodity[rows], step[rows])


def _early(pooled: PooledLegs, worst: Limbs) -> Openings:
    ends = np.append(pooled.starts[1:], len(pooled.leg)) - 1
    ends = ends[ends >= 0]
    needed = ~wide.is_zero(worst[ends])
    first, last = pooled.starts[needed], ends[needed]
    order = np.lexsort((pooled.leg[first],))
    first, last = first[order], last[order]
    return Openings(pooled.tx[first], pooled.holder[first], pooled.commodity[first], worst[last])


def beyond_limit(legs: pa.Table, holder_names: list[str]) -> Index:
    """Return the transactions after which a running balance, openings included, reaches 10^38."""
    pooled = pooled_legs(legs)
    exempt = np.array([may_go_below_zero(name) for name in holder_names], dtype=np.bool_)
    below = wide.is_negative(pooled.balance)
    deficit = np.where((below & ~exempt[pooled.holder])[:, None], -pooled.balance, 0)
    worst = wide.running_maximum(wide.carried(deficit), pooled.starts)
    balance = wide.carried(pooled.balance + worst)
    size = np.where(wide.is_negative(balance)[:, None], wide.carried(-balance), balance)
    return np.unique(pooled.tx[wide.reaches_limit(size)])
