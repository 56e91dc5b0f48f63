"""Ties: transactions at one time whose order no record states, walked in the other order as well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc

from earmark.ledger.placing import reordered, with_openings, without_openings

if TYPE_CHECKING:
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.values import Placement
    from earmark.ledger.wide import Index


class Ties(NamedTuple):
    """How many times have tied transactions that share a holding, and how many transactions those are."""

    times: int
    transactions: int


def ties(ledger: Ledger) -> Ties:
    """Count the ties whose order could change an answer: two of them move the same holder's commodity."""
    record = without_openings(ledger)
    groups = [group for group in _groups(record) if _shares_a_holding(record, group)]
    return Ties(len(groups), sum(len(group) for group in groups))


def tied_reversed(ledger: Ledger) -> Ledger:
    """Return the ledger with tied, unsequenced transactions reversed inside each tie.

    Openings are placed anew, as the ledger had them. A tie stays as it is where one of its transactions
    spends by name what another of them brought.
    """
    record = without_openings(ledger)
    order = np.arange(record.tables["transactions"].num_rows, dtype=np.int64)
    for group in _groups(record):
        if not _spends_within(record, group):
            order[group] = group[::-1]
    legs, transactions = record.tables["legs"], record.tables["transactions"]
    tables = reordered(transactions, legs, record, order)
    placement: Placement = "early" if ledger.openings_placed == "early" else "late"
    return with_openings(replace(record, tables={**record.tables, **tables}), placement)


def _groups(record: Ledger) -> list[Index]:
    """Return the positions of each tie: neighbours with one known time and no sequence."""
    transactions = record.tables["transactions"]
    free = ~np.asarray(pc.fill_null(transactions.column("sequenced"), False))
    timed = np.asarray(pc.is_valid(transactions.column("order_time")))
    chosen = np.flatnonzero(free & timed).astype(np.int64)
    times = np.asarray(transactions.column("order_time").cast("int64").fill_null(0))[chosen]
    breaks = np.flatnonzero(np.diff(times)) + 1
    return [group for group in np.split(chosen, breaks) if len(group) > 1]


def _shares_a_holding(record: Ledger, group: Index) -> bool:
    seen: set[tuple[int, int]] = set()
    for tx in group.tolist():
        mine = set(_holdings(record, tx))
        if seen & mine:
            return True
        seen |= mine
    return False


def _holdings(record: Ledger, tx: int) -> list[tuple[int, int]]:
    span = slice(int(record.first_legs[tx]), int(record.first_legs[tx + 1]))
    holder = record.integers("legs", "holder")[span].tolist()
    commodity = record.integers("legs", "commodity")[span].tolist()
    return list(zip(holder, commodity, strict=True))


def _spends_within(record: Ledger, group: Index) -> bool:
    spends = record.column("legs", "spends")
    if spends.null_count == len(spends):
        return False
    members = set(group.tolist())
    tx = record.integers("legs", "tx")
    for one in members:
        first, last = int(record.first_legs[one]), int(record.first_legs[one + 1])
        lots = spends.slice(first, last - first).drop_null().to_pylist()
        if any(int(tx[lot]) in members for lot in lots):
            return True
    return False
