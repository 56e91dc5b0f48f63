"""The order of a ledger (DESIGN §2.2): each sequence keeps its own, and sequences merge by time.

A sequence is one source, or all sources of one series: a chain is one sequence in however many files. With
positions it is ordered by them; a plain table by time, then row, unknown times last. A sequence that knows
no time at all stands after those that do. Each sequence carries ``order_time``, the running
maximum of its times; ties between sequences go as listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.wide import Index

UNKNOWN_LAST = np.iinfo(np.int64).max
UNKNOWN_FIRST = np.iinfo(np.int64).min
"""Stands for times before the first known one of a sequence, whose own order says that they are earlier."""


def sequence_numbers(series: Sequence[str]) -> Index:
    """Return the sequence of each source: the first source of its series, itself where it has none."""
    first: dict[str, int] = {}
    numbers = [
        first.setdefault(name, number) if name else number for number, name in enumerate(series)
    ]
    return np.array(numbers, dtype=np.int64)


def times_us(column: pa.ChunkedArray) -> Index:
    """Return times as microseconds, unknown ones as the largest integer."""
    numbers = column.cast(pa.int64()).fill_null(int(UNKNOWN_LAST))
    return numbers.to_numpy().astype(np.int64, copy=False)  # type: ignore[no-any-return]


def sequence_order(transactions: pa.Table) -> Index:
    """Return the rows of one sequence, as listed, in its order."""
    if not transactions.num_rows:
        return np.zeros(0, dtype=np.int64)
    positions = transactions.column("sequence")
    if positions.null_count == transactions.num_rows:
        keys = times_us(transactions.column("time"))
    else:
        keys = positions.fill_null(int(UNKNOWN_LAST)).to_numpy().astype(np.int64)
    return np.argsort(keys, kind="stable").astype(np.int64)


def order_times(times: Index) -> Index:
    """Return the running maximum of one sequence's times; unknown times inherit what came before."""
    known = np.where(times == UNKNOWN_LAST, UNKNOWN_FIRST, times)
    return np.maximum.accumulate(known) if len(known) else known


def merged(order_time: Index, sequence: Index, rank: Index) -> Index:
    """Return the order of all sequences together: by time, then as listed, then each in its own order."""
    return np.lexsort((rank, sequence, order_time)).astype(np.int64)
