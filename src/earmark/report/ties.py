"""Ties walked in the other order as well: what no record orders, reversed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from earmark.ledger.placing import reordered, with_openings, without_openings
from earmark.ledger.schema import OUT
from earmark.ledger.ties import Ties, tied_moments, ties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.ledger import Ledger
    from earmark.ledger.values import Placement
    from earmark.ledger.wide import Index

__all__ = ["Ties", "tied_reversed", "ties"]


def tied_reversed(ledger: Ledger) -> Ledger:
    """Return the ledger with the sequences of each tie reversed: sources, and rows of a plain table.

    Each sequence keeps its own order, and openings are placed anew, as the ledger had them. A tie stays
    as it is where one of its sequences spends by name, or was paid by a link, what another brought.
    """
    record = without_openings(ledger)
    order = np.arange(record.tables["transactions"].num_rows, dtype=np.int64)
    before = _stated(record)
    for units in tied_moments(record):
        if not _is_ordered(units, before):
            order[np.sort(np.concatenate(units))] = np.concatenate(units[::-1])
    legs, transactions = record.tables["legs"], record.tables["transactions"]
    tables = reordered(transactions, legs, record, order)
    placement: Placement = "early" if ledger.openings_placed == "early" else "late"
    return with_openings(replace(record, tables={**record.tables, **tables}), placement)


def _stated(record: Ledger) -> dict[int, set[int]]:
    """Return the transactions that the record itself says came before another, by that other."""
    tx = record.integers("legs", "tx")
    before: dict[int, set[int]] = {}
    legs = record.tables["legs"].select(["tx", "spends"]).drop_null().to_pydict()
    for spender, lot in zip(legs["tx"], legs["spends"], strict=True):
        before.setdefault(spender, set()).add(int(tx[lot]))
    links: dict[int, tuple[set[int], set[int]]] = {}
    for row in record.tables["links"].to_pylist():
        paid, received = links.setdefault(row["link"], (set(), set()))
        (paid if row["side"] == OUT else received).add(int(tx[row["leg"]]))
    for paid, received in links.values():
        for one in received:
            before.setdefault(one, set()).update(paid)
    return before


def _is_ordered(units: Sequence[Index], before: dict[int, set[int]]) -> bool:
    """Tell whether something states the order of two of a tie's sequences."""
    if not before:
        return False
    unit_of = {int(tx): number for number, unit in enumerate(units) for tx in unit}
    return any(
        unit_of.get(earlier, number) != number
        for tx, number in unit_of.items()
        for earlier in before.get(tx, ())
    )
