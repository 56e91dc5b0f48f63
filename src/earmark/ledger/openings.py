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
from earmark.ledger.errors import EarmarkError
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


@dataclass(frozen=True)
class Openings:
    """One opening a row: the transaction it stands before, its holding and its quantity."""

    before_tx: Index
    holder: Index
    commodity: Index
    quantity: Limbs


def pooled_legs(legs: pa.Table) -> PooledLegs:
    """Sort the legs of pools by holding; inside one transaction payments come before receipts."""
    legs = legs.select(["leg", "tx", "holder", "commodity", "side", "quantity", "spends"])
    pooled = is_pooled(legs)
    if not pooled.all():
        legs = legs.filter(pa.array(pooled))
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


@dataclass(frozen=True)
class _Shortfalls:
    """The sorted rows where a balance is below zero, and the largest shortfall so far of the holding.

    ``run`` is the holding's place among ``PooledLegs.starts``; ``starts`` begins each holding's rows.
    """

    rows: Index
    run: Index
    starts: Index
    worst: Limbs


def _shortfalls(pooled: PooledLegs, holder_names: list[str]) -> _Shortfalls:
    exempt = np.array([may_go_below_zero(name) for name in holder_names], dtype=np.bool_)
    rows = np.flatnonzero(wide.is_negative(pooled.balance) & ~exempt[pooled.holder])
    run = np.searchsorted(pooled.starts, rows, side="right") - 1
    starts = wide.run_starts(run)
    worst = wide.running_maximum(wide.carried(-pooled.balance[rows]), starts)
    return _Shortfalls(rows, run, starts, worst)


def openings_of(legs: pa.Table, holder_names: list[str], placement: Placement) -> Openings:
    """Return the openings that a ledger without any needs; raises EarmarkError for one of 10^38."""
    pooled = pooled_legs(legs)
    short = _shortfalls(pooled, holder_names)
    rows, quantity = _early(pooled, short) if placement == "early" else _late(short)
    if wide.reaches_limit(quantity).any():  # the builder has seen to the best quantities
        raise EarmarkError(
            "under its low or high quantities a holding would open with 10^38 or more"
        )
    order = np.argsort(pooled.leg[rows])
    rows = rows[order]
    return Openings(pooled.tx[rows], pooled.holder[rows], pooled.commodity[rows], quantity[order])


def _late(short: _Shortfalls) -> tuple[Index, Limbs]:
    """Return the rows where a shortfall grows, and by how much."""
    before = np.zeros_like(short.worst)
    before[1:] = short.worst[:-1]
    before[short.starts] = 0
    step = wide.carried(short.worst - before)
    grows = ~wide.is_zero(step)
    return short.rows[grows], step[grows]


def _early(pooled: PooledLegs, short: _Shortfalls) -> tuple[Index, Limbs]:
    """Return the first row of each holding that falls short, and its largest shortfall."""
    last = np.append(short.starts[1:], len(short.rows)) - 1
    last = last[last >= 0]
    return pooled.starts[short.run[last]], short.worst[last]
