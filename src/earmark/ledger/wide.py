"""Exact 128-bit quantities in NumPy columns: four 32-bit limbs, least first, in int64.

Arrow's decimal128 is read and written without a Python object per row. A column of n quantities is an
array of shape (n, 4); only the last limb may be negative once ``carried``. Sums of up to 2^31 rows fit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from earmark.ledger.quantity import LIMIT
from earmark.ledger.schema import QUANTITY

Limbs = npt.NDArray[np.int64]
Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_BASE_BITS = 32
_LOW = (1 << _BASE_BITS) - 1


def read_limbs(column: pa.ChunkedArray | pa.Array) -> Limbs:
    """Return the limbs of a decimal128(38, 0) column; null reads as zero."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if array.null_count:
        array = array.fill_null(pa.scalar(0, QUANTITY))
    words = np.frombuffer(array.buffers()[1], dtype="<u4", count=4 * (array.offset + len(array)))
    limbs = words.reshape(-1, 4)[array.offset :].astype(np.int64)
    limbs[:, 3] = limbs[:, 3].astype(np.uint32).astype(np.int32)
    return limbs


def write_limbs(limbs: Limbs) -> pa.Array:
    """Return carried limbs of quantities below 10^38 as a decimal128(38, 0) array."""
    words = np.ascontiguousarray((limbs & _LOW).astype("<u4"))
    return pa.Array.from_buffers(QUANTITY, len(limbs), [None, pa.py_buffer(words)])


def carried(limbs: Limbs) -> Limbs:
    """Return the same values with every limb but the last in 0 .. 2^32 - 1."""
    result = limbs.copy()
    for index in range(3):
        carry = result[:, index] >> _BASE_BITS
        result[:, index] &= _LOW
        result[:, index + 1] += carry
    return result


def is_negative(limbs: Limbs) -> Mask:
    """Tell which carried values are below zero."""
    return np.less(limbs[:, 3], 0)


def is_zero(limbs: Limbs) -> Mask:
    """Tell which carried values are zero."""
    zero: Mask = np.logical_and.reduce(limbs == 0, axis=1)
    return zero


def reaches_limit(limbs: Limbs) -> Mask:
    """Tell which carried values are 10^38 or more."""
    bound = [(LIMIT >> (_BASE_BITS * index)) & _LOW for index in range(4)]
    return ~is_negative(carried(limbs - np.array(bound, dtype=np.int64)))


def sum_runs(limbs: Limbs, starts: Index) -> Limbs:
    """Return the sum of each run of rows; runs begin at ``starts``."""
    if not len(starts):
        return np.zeros((0, 4), dtype=np.int64)
    return carried(np.add.reduceat(limbs, starts, axis=0))


def running_sums(limbs: Limbs, starts: Index) -> Limbs:
    """Return the running sum inside each run of rows."""
    sums = np.cumsum(limbs, axis=0)
    before = np.zeros((len(starts), 4), dtype=np.int64)
    before[1:] = sums[starts[1:] - 1]
    lengths = np.diff(np.append(starts, len(limbs)))
    return carried(sums - np.repeat(before, lengths, axis=0))


def ranks(limbs: Limbs) -> Index:
    """Return dense ranks of carried values: equal values share one."""
    order = np.lexsort((limbs[:, 0], limbs[:, 1], limbs[:, 2], limbs[:, 3]))
    ordered = limbs[order]
    steps = np.zeros(len(limbs), dtype=np.int64)
    steps[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    result = np.empty(len(limbs), dtype=np.int64)
    result[order] = np.cumsum(steps)
    return result


def running_maximum(limbs: Limbs, starts: Index) -> Limbs:
    """Return the largest value so far inside each run of rows."""
    if not len(limbs):
        return limbs
    size = len(limbs)
    lengths = np.diff(np.append(starts, size))
    run = np.repeat(np.arange(len(starts), dtype=np.int64), lengths)
    rank = ranks(limbs)
    example = np.empty(int(rank.max()) + 1, dtype=np.int64)
    example[rank] = np.arange(size, dtype=np.int64)
    highest = np.maximum.accumulate(rank + run * (int(rank.max()) + 1))
    return limbs[example[highest - run * (int(rank.max()) + 1)]]


def run_starts(*columns: npt.NDArray[np.int64]) -> Index:
    """Return where runs of equal rows begin in sorted columns."""
    size = len(columns[0])
    if not size:
        return np.zeros(0, dtype=np.int64)
    changes = np.zeros(size, dtype=np.bool_)
    changes[0] = True
    for column in columns:
        changes[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(changes).astype(np.int64)
