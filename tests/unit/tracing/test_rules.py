"""Each rule as a pure function over a pool."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.tracing.rules import (
    RULES,
    Arrival,
    amounts_by_colours,
    cut,
    drawing_order,
    filling_order,
    joined,
    total,
)
from earmark.tracing.values import Fragment, Leg, Pool, Trail

A, B, NOBODY = (0,), (1,), ()
POOLS = st.lists(
    st.builds(Fragment, st.sampled_from([A, B, NOBODY]), st.integers(0, 9)), max_size=6
)


def pool(*pieces: tuple[tuple[int, ...], int]) -> Pool:
    return [Fragment(colours, quantity) for colours, quantity in pieces]


MIXED = pool((A, 3), (NOBODY, 7), (B, 2))


@pytest.mark.parametrize(
    ("rule", "elected", "taken", "left"),
    [
        ("fifo", False, [(A, 3), (NOBODY, 2)], [(NOBODY, 5), (B, 2)]),
        ("lifo", False, [(NOBODY, 3), (B, 2)], [(A, 3), (NOBODY, 4)]),
        ("pro_rata", False, [(A, 1), (B, 1), (NOBODY, 3)], [(A, 2), (B, 1), (NOBODY, 4)]),
        ("hallett", False, [(NOBODY, 5)], [(A, 3), (NOBODY, 2), (B, 2)]),
        ("oatway", True, [(A, 3), (B, 2)], [(NOBODY, 7)]),
        ("oatway", False, [(NOBODY, 5)], [(A, 3), (NOBODY, 2), (B, 2)]),
        ("poison", False, [((0, 1), 5)], [((0, 1), 7)]),
    ],
)
def test_what_five_of_twelve_units_leave_the_pool(
    rule: str,
    elected: bool,  # noqa: FBT001
    taken: list[tuple[tuple[int, ...], int]],
    left: list[tuple[tuple[int, ...], int]],
) -> None:
    assert RULES[rule].take(MIXED, 5, elected) == (pool(*taken), pool(*left))


def test_hallett_takes_traced_units_in_fifo_order_when_nothing_else_is_left() -> None:
    taken, left = RULES["hallett"].take(MIXED, 11, False)
    assert taken == pool((NOBODY, 7), (A, 3), (B, 1))
    assert left == pool((B, 1))


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.conserves])
@given(drawn=POOLS, share=st.integers(0, 60), elected=st.booleans())
def test_a_draw_takes_what_is_asked_and_loses_nothing(
    rule: str,
    drawn: Pool,
    share: int,
    elected: bool,  # noqa: FBT001
) -> None:
    quantity = share * total(drawn) // 60
    taken, left = RULES[rule].take(drawn, quantity, elected)
    assert total(taken) == quantity
    whole = amounts_by_colours([*taken, *left])
    assert {k: v for k, v in whole.items() if v} == {
        k: v for k, v in amounts_by_colours(drawn).items() if v
    }


@given(POOLS, st.integers(0, 60))
def test_lifo_is_fifo_of_the_reversed_pool(drawn: Pool, share: int) -> None:
    quantity = share * total(drawn) // 60
    taken, left = RULES["lifo"].take(drawn, quantity, False)
    mirrored_taken, mirrored_left = RULES["fifo"].take(drawn[::-1], quantity, False)
    assert joined(taken) == joined(mirrored_taken[::-1])
    assert joined(left) == joined(mirrored_left[::-1])


def arrival(leg: int, *, is_fee: bool = False, is_change: bool = False) -> Arrival:
    return Arrival(leg, 1, is_fee, is_change)


FEE, OTHER, CHANGE, LAST = (
    arrival(1, is_fee=True),
    arrival(2),
    arrival(3, is_change=True),
    arrival(4),
)


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        ("fifo", [OTHER, CHANGE, LAST, FEE]),
        ("pro_rata", [OTHER, CHANGE, LAST, FEE]),
        ("lifo", [FEE, LAST, CHANGE, OTHER]),
        ("hallett", [FEE, OTHER, LAST, CHANGE]),
        ("oatway", [FEE, OTHER, LAST, CHANGE]),
    ],
)
def test_the_order_in_which_in_legs_are_filled(rule: str, order: list[Arrival]) -> None:
    assert filling_order(rule, [CHANGE, FEE, LAST, OTHER]) == order


def test_only_lifo_draws_the_last_out_leg_first() -> None:
    legs = [Leg(position, 0, 0, 1, is_in=False) for position in range(3)]
    assert drawing_order("lifo", legs) == legs[::-1]
    assert all(drawing_order(rule, legs) == legs for rule in RULES if rule != "lifo")


def test_alike_neighbours_join_only_where_they_came_the_same_way() -> None:
    here, there = Trail(1, None), Trail(2, None)
    pieces = [Fragment(A, 1, here), Fragment(A, 2, here), Fragment(A, 3, there)]
    assert joined(pieces) == [Fragment(A, 3, here), Fragment(A, 3, there)]
    assert joined([Fragment(A, 0), Fragment(NOBODY, 0)]) == []


@given(POOLS, st.integers(0, 60))
def test_a_cut_is_in_order(drawn: Pool, share: int) -> None:
    quantity = share * total(drawn) // 60
    first, rest = cut(drawn, quantity)
    assert joined([*first, *rest]) == joined(drawn)
    assert total(first) == quantity
