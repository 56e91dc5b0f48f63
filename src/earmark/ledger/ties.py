"""Ties: transactions whose order no record states, because no sequence holds both and their times are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc

from earmark.ledger import wide
from earmark.ledger.order import sequence_numbers
from earmark.ledger.placing import without_openings

if TYPE_CHECKING:
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.wide import Index


class Ties(NamedTuple):
    """How many times have tied transactions that share a holding, and how many transactions those are."""

    times: int
    transactions: int


def ties(ledger: Ledger) -> Ties:
    """Count the ties whose order could change an answer.

    A transaction is tied when another at its time, outside its sequence, moves the same holder's
    commodity. A sequence is what one source, or the sources of one series, number; a row without a number is
    a sequence by itself.
    """
    record = without_openings(ledger)
    moment, sequence = moments(record), sequences(record)
    tx = record.integers("legs", "tx")
    holder, commodity = record.integers("legs", "holder"), record.integers("legs", "commodity")
    order = np.lexsort((commodity, holder, moment[tx]))
    starts = wide.run_starts(moment[tx][order], holder[order], commodity[order])
    tied = np.unique(tx[order][_of_several(sequence[tx][order], starts)])
    return Ties(len(np.unique(moment[tied])), len(tied))


def tied_moments(record: Ledger) -> list[list[Index]]:
    """Return each moment of several sequences as its sequences' transactions, in ledger order.

    ``record`` has no openings. In the order of a ledger a sequence's transactions of one moment are
    neighbours.
    """
    moment, sequence = moments(record), sequences(record)
    starts = wide.run_starts(moment)
    chosen = np.flatnonzero(_of_several(sequence, starts)).astype(np.int64)
    units = np.split(chosen, wide.run_starts(moment[chosen], sequence[chosen])[1:])
    found: dict[int, list[Index]] = {}
    for unit in units if len(chosen) else ():
        found.setdefault(int(moment[unit[0]]), []).append(unit)
    return list(found.values())


def moments(record: Ledger) -> Index:
    """Number the transactions by time: neighbours of one ``order_time``, or of none, share a number."""
    times = record.column("transactions", "order_time")
    is_known = np.asarray(pc.is_valid(times)).astype(np.int64)
    starts = wide.run_starts(np.asarray(times.cast("int64").fill_null(0)), is_known)
    lengths = np.diff(np.append(starts, len(is_known)))
    return np.repeat(np.arange(len(starts), dtype=np.int64), lengths)


def sequences(record: Ledger) -> Index:
    """Number the sequences: that of its source for a row with a place in it, one of its own for any other."""
    count = record.tables["transactions"].num_rows
    evidence = record.tables["evidence"]
    # A transaction's own place is the first of its evidence, whatever is named beside it.
    _, first = np.unique(evidence.column("tx").to_numpy(), return_index=True)
    source = evidence.column("source").fill_null(-1).to_numpy()[first]
    is_placed = np.asarray(record.column("transactions", "sequenced"))
    numbers = sequence_numbers(record.column("sources", "series").fill_null("").to_pylist())
    found = -1 - np.arange(count, dtype=np.int64)
    found[is_placed] = numbers[source[is_placed]]
    return found


def _of_several(sequence: Index, starts: Index) -> wide.Mask:
    """Tell which rows stand in a run that holds more than one sequence."""
    if not len(starts):
        return np.zeros(0, dtype=np.bool_)
    lengths = np.diff(np.append(starts, len(sequence)))
    differs = np.minimum.reduceat(sequence, starts) != np.maximum.reduceat(sequence, starts)
    return np.repeat(differs, lengths)
