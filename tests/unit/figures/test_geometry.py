from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.figures import samples

from earmark.figures.axis import BREAK_WIDTH, axis_of
from earmark.figures.balances import points_of
from earmark.figures.bands import CROWD, calmed, pipes_of
from earmark.figures.bars import contour_of
from earmark.figures.layout import framed
from earmark.figures.lettering import text_width
from earmark.figures.order import arranged
from earmark.figures.scale import Scale, round_quantity
from earmark.figures.ticks import ticks_of
from earmark.figures.values import Band, Flow, FlowClaim, Point

DAY = 86_400_000_000
DAYS = st.integers(0, 400 * DAY)
WIDTHS = st.dictionaries(DAYS, st.integers(0, 500), min_size=1, max_size=60)


@given(WIDTHS)
def test_the_axis_keeps_order_and_gives_each_moment_its_room(widths: dict[int, int]) -> None:
    axis = axis_of(widths, 1_000, 81_000)
    assert axis.times == tuple(sorted(widths))
    for time, start, end in zip(axis.times, axis.starts, axis.ends, strict=True):
        assert end - start == widths[time]
    edges = [edge for pair in zip(axis.starts, axis.ends, strict=True) for edge in pair]
    assert edges == sorted(edges)
    assert edges[0] == 1_000
    assert edges[-1] <= 81_000


@given(WIDTHS, DAYS, DAYS)
def test_x_never_runs_backward(widths: dict[int, int], one: int, other: int) -> None:
    axis = axis_of(widths, 0, 80_000)
    assert (one <= other) <= (axis.x(one) <= axis.x(other))


def test_between_moments_the_axis_is_proportional() -> None:
    axis = axis_of({0: 100, 10 * DAY: 300, 40 * DAY: 200}, 0, 40_600)
    assert (axis.starts, axis.ends) == ((0, 10_100, 40_400), (100, 10_400, 40_600))
    assert axis.x(DAY) == 1_100
    assert axis.x(11 * DAY) == 11_400


def test_a_quiet_stretch_that_dwarfs_the_others_is_broken() -> None:
    busy = {day * DAY: 0 for day in range(10)}
    assert axis_of(busy | {12 * DAY: 0}, 0, 10_000).breaks() == ()
    axis = axis_of(busy | {200 * DAY: 0}, 0, 95_000)
    assert axis.breaks() == ((90_000, 90_000 + BREAK_WIDTH),)
    assert axis.segments() == ((0, 9 * DAY), (200 * DAY, 200 * DAY))


def test_voyages_at_a_steady_pace_are_never_broken() -> None:
    assert axis_of({day * DAY: 0 for day in range(0, 300, 30)}, 0, 9_000).broken == frozenset()


@given(WIDTHS)
def test_labels_of_the_axis_never_touch(widths: dict[int, int]) -> None:
    ticks = ticks_of(axis_of(widths, 20_000, 80_000), samples.MONTHS)
    assert any(tick.label and tick.below for tick in ticks)
    for part in ("label", "below"):
        spans = [(t.x, text_width(getattr(t, part)) // 2) for t in ticks if getattr(t, part)]
        for (x, half), (next_x, next_half) in pairwise(spans):
            assert x + half <= next_x - next_half


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2022-03-23T13:00", "2022-03-23T14:00", ["13:00", "13:15", "13:30", "13:45", "14:00"]),
        ("2022-03-01T00:00", "2022-03-22T00:00", ["1 Mar", "5 Mar", "10 Mar", "15 Mar", "22 Mar"]),
        ("2019-01-01T00:00", "2023-01-01T00:00", [*["1 Jan", "1 Jul"] * 4, "1 Jan"]),
    ],
)
def test_the_axis_speaks_the_calendar(first: str, last: str, expected: list[str]) -> None:
    axis = axis_of({samples.at(first): 0, samples.at(last): 0}, 20_000, 60_000)
    labels = [tick.label.replace("\u00a0", " ") for tick in ticks_of(axis, samples.MONTHS)]
    assert [label for label in labels if label] == expected


def test_a_bar_is_as_high_as_its_balance_and_a_band_as_wide_as_its_quantity() -> None:
    flow = samples.theft()
    frame = framed(flow, 0)
    for slot in frame.slots:
        drawn = slot.end - slot.start
        is_small = frame.scale.exact(slot.pipe.quantity) < frame.scale.least
        assert drawn == (frame.scale.hair if is_small else frame.scale.exact(slot.pipe.quantity))
    thief = contour_of(frame, frame.rows["thief"])
    assert thief is not None
    for point in next(lane for lane in flow.lanes if lane.name == "thief").points:
        x = frame.axis.ends[frame.axis.times.index(point.time)]
        assert abs(thief.height(x) - frame.scale.length(point.balance)) <= 1


def test_a_bar_falls_under_a_band_by_what_the_band_takes() -> None:
    frame = framed(samples.theft(), 0)
    contour = contour_of(frame, frame.rows["thief"])
    assert contour is not None
    paid = [slot for slot in frame.slots if slot.pipe.payer == "thief"]
    assert len(paid) == len(samples.PAYOUTS)
    for slot in paid:
        fall = contour.height(slot.start) - contour.height(slot.end)
        thickened = frame.scale.hair if slot == paid[-1] else 0  # the little that rests
        assert -2 <= slot.end - slot.start - fall <= thickened + 2


@given(st.lists(st.integers(0, 10**30), min_size=1, max_size=8), st.integers(1, 10**28))
def test_stacked_colours_end_at_the_height_of_the_whole(levels: list[int], unit: int) -> None:
    scale = Scale(Fraction(1, unit))
    heights = scale.boundaries(levels)
    assert list(heights) == sorted(heights)
    assert heights[-1] == scale.length(sum(levels))
    whole = sum(levels)
    if whole:
        running = 0
        for level, height in zip(levels, heights, strict=True):
            running += level
            assert 0 <= Fraction(heights[-1] * running, whole) - height < 1


@given(st.integers(1, 10**25), st.integers(1, 10**6))
def test_the_key_shows_a_round_quantity_that_fits(unit: int, length: int) -> None:
    scale = Scale(Fraction(1, unit))
    quantity = round_quantity(scale, length, 10**18)
    assert str(quantity).strip("0") in {"1", "2", "5"}
    assert scale.exact(quantity) <= length


def test_a_crowd_is_merged_without_losing_a_unit() -> None:
    flow = samples.crowd(3000)
    calm, hours = calmed(flow)
    assert hours == 1
    assert len(pipes_of(calm)) <= CROWD
    assert sum(p.quantity for p in pipes_of(calm)) == sum(b.quantity or 0 for b in flow.bands)
    assert calm.lanes[1].points[-1].balance == flow.lanes[1].points[-1].balance


def test_a_merged_band_keeps_the_times_and_the_number_of_what_it_holds() -> None:
    flow = samples.crowd(300)
    pipes = pipes_of(calmed(flow)[0])
    assert [pipe.movements for pipe in pipes] == [60] * 5
    assert min(pipe.first for pipe in pipes) == flow.bands[0].time
    assert max(pipe.last for pipe in pipes) == flow.bands[-1].time
    for pipe in pipes:
        assert pipe.last - pipe.first == 59 * 60_000_000


def test_merging_again_does_not_forget_when_it_happened() -> None:
    flow = samples.crowd(300)
    assert {b.first for b in calmed(calmed(flow)[0])[0].bands} == {b.time for b in flow.bands}


def test_parts_of_one_movement_are_counted_once() -> None:
    part = Band(1, "from", "to", "", 5, movement="m", until=9)
    other = msgspec.structs.replace(part, claim="claim")
    flow = msgspec.structs.replace(samples.crowd(1), bands=(part, other))
    assert [(p.movements, p.first, p.last) for p in pipes_of(flow)] == [(1, 1, 9)]


def test_a_small_balance_is_a_hairline_and_no_bar() -> None:
    frame = framed(samples.theft(), 0)
    hair = frame.scale.hair
    contour = contour_of(frame, frame.rows["thief"])
    assert contour is not None
    ((x, to_x, _),) = contour.hairlines(hair)
    assert to_x == frame.right
    assert contour.height(x) == hair
    assert all(not heights[-1] or heights[-1] > hair for _, heights in contour.filled(hair))


@given(st.integers(1, 10**25), st.integers(1, 100), st.integers(1, 200))
def test_the_smallest_quantity_is_the_first_that_is_drawn_true(
    unit: int, length: int, least: int
) -> None:
    scale = Scale(Fraction(length, unit), least)
    assert not scale.is_small(scale.smallest)
    assert scale.smallest == 1 or scale.is_small(scale.smallest - 1)
    assert not scale.is_small(0)


def test_parts_of_one_movement_lie_side_by_side() -> None:
    bands = (
        Band(1, "a", "b", "", 5),
        Band(1, "a", "b", "second", 7),
        Band(1, "b", "b", "first", 9),
        Band(1, "a", "b", "first", 1),
        Band(2, "a", "b", "first", None),
    )
    claims = tuple(FlowClaim(name, name) for name in ("first", "second"))
    flow = msgspec.structs.replace(samples.crowd(1), bands=bands, claims=claims)
    shares = [(pipe.shares, pipe.unknown) for pipe in pipes_of(flow)]
    assert shares == [(((0, 1), (1, 7), (2, 5)), False), ((), True)]


def test_arranged_lanes_let_the_money_run_down() -> None:
    flow = samples.theft()
    mixed = msgspec.structs.replace(flow, lanes=tuple(reversed(flow.lanes)))
    for given_flow in (flow, mixed):
        places = {lane.name: i for i, lane in enumerate(arranged(given_flow).lanes)}
        assert len(places) == len(flow.lanes)
        assert all(places[band.payer] < places[band.payee] for band in flow.bands)


def test_arranging_twice_changes_nothing() -> None:
    once: Flow = arranged(samples.theft())
    assert arranged(once) == once


def test_balances_follow_the_bands_and_never_fall_below_nothing() -> None:
    bands = (
        Band(1, "out", "one", "c", 5),
        Band(2, "out", "one", "", 3),
        Band(3, "one", "out", "c", 4),
        Band(4, "one", "out", "", 9),
        Band(5, "one", "one", "c", 9),
    )
    expected = (Point(1, 5, (5,)), Point(2, 8, (5,)), Point(3, 4, (1,)), Point(4, 1, (1,)))
    assert points_of("one", bands, ("c",)) == expected


def test_what_a_conversion_pays_leaves_the_bar_of_who_held_it_untraced() -> None:
    bands = (
        Band(1, "out", "market", "", 8),
        Band(2, "market", "out", "c", 5),
        Band(3, "market", "out", "c", 9),
    )
    expected = (Point(1, 8, (0,)), Point(2, 3, (0,)), Point(3, 0, (0,)))
    assert points_of("market", bands, ("c",)) == expected
