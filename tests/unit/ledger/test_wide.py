"""Four limbs of 32 bits against Python's integers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, groupby
from operator import itemgetter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.ledger import wide
from earmark.ledger.quantity import LIMIT
from earmark.ledger.schema import QUANTITY

EDGES = [0, 1, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1, 2**64, 2**96 - 1, 2**96, LIMIT - 1]
WHOLE = st.one_of(
    st.sampled_from([*EDGES, *(-edge for edge in EDGES)]), st.integers(1 - LIMIT, LIMIT - 1)
)
RUNS = st.lists(st.tuples(st.integers(0, 3), WHOLE), max_size=12).map(
    lambda pairs: sorted(pairs, key=itemgetter(0))
)


def column(values: list[int | None]) -> pa.Array:
    texts = [None if value is None else str(value) for value in values]
    return pa.array(texts, pa.string()).cast(QUANTITY)


def limbs_of(values: list[int]) -> wide.Limbs:
    return wide.read_limbs(column(list(values)))


def whole(limbs: wide.Limbs) -> list[int]:
    return [sum(limb << (32 * index) for index, limb in enumerate(row)) for row in limbs.tolist()]


@given(st.lists(WHOLE, max_size=8))
def test_what_is_read_is_written_again(values: list[int]) -> None:
    limbs = limbs_of(values)
    assert whole(limbs) == values
    assert wide.write_limbs(limbs).equals(column(list(values)))


@given(st.lists(WHOLE, min_size=3, max_size=8), st.integers(0, 3))
def test_a_slice_is_read_at_its_own_place(values: list[int], start: int) -> None:
    array = column(list(values)).slice(start)
    assert whole(wide.read_limbs(array)) == values[start:]
    assert whole(wide.read_limbs(pa.chunked_array([array, array]))) == values[start:] * 2


def test_null_reads_as_zero() -> None:
    assert whole(wide.read_limbs(column([None, 5, None]))) == [0, 5, 0]


@given(st.lists(WHOLE, max_size=8))
def test_sums_carry_and_borrow(values: list[int]) -> None:
    doubled = wide.carried(limbs_of(values) * 2)
    assert whole(doubled) == [2 * value for value in values]
    assert ((doubled[:, :3] >= 0) & (doubled[:, :3] < 2**32)).all()
    assert wide.is_negative(doubled).tolist() == [value < 0 for value in values]
    assert wide.is_zero(doubled).tolist() == [value == 0 for value in values]
    assert wide.reaches_limit(doubled).tolist() == [2 * value >= LIMIT for value in values]


def test_the_limit_is_reached_at_ten_to_the_thirty_eighth() -> None:
    almost = limbs_of([LIMIT - 1, LIMIT - 1, -1])
    one = limbs_of([0, 1, 0])
    assert wide.reaches_limit(wide.carried(almost + one)).tolist() == [False, True, False]


def by_run(pairs: list[tuple[int, int]], work: Callable[[list[int]], list[int]]) -> list[int]:
    return [
        value
        for _, group in groupby(pairs, key=itemgetter(0))
        for value in work([quantity for _, quantity in group])
    ]


@pytest.mark.parametrize(
    ("ours", "plain"),
    [
        (wide.sum_runs, lambda values: [sum(values)]),
        (wide.running_sums, lambda values: list(accumulate(values))),
        (wide.running_maximum, lambda values: list(accumulate(values, max))),
    ],
)
@given(pairs=RUNS)
def test_runs_are_summed_and_compared_as_integers_are(
    ours: Callable[[wide.Limbs, wide.Index], wide.Limbs],
    plain: Callable[[list[int]], list[int]],
    pairs: list[tuple[int, int]],
) -> None:
    starts = wide.run_starts(np.array([run for run, _ in pairs], dtype=np.int64))
    found = ours(limbs_of([value for _, value in pairs]), starts)
    assert whole(found) == by_run(pairs, plain)


@given(st.lists(WHOLE, max_size=10))
def test_ranks_order_as_integers_do(values: list[int]) -> None:
    dense = {value: rank for rank, value in enumerate(sorted(set(values)))}
    assert wide.ranks(limbs_of(values)).tolist() == [dense[value] for value in values]
