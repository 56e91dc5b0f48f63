"""A holder's bar: a level that rises under what pours in and falls over what drains away."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from earmark.figures.balances import shifted
from earmark.figures.layout import Frame, Row, Slot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from earmark.figures.values import Lane, Point

Levels = tuple[int, ...]
CAP_LEAD = 500


@dataclass(frozen=True)
class Contour:
    """A bar's outline: x, and the heights above the baseline at which each colour ends."""

    places: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def start(self) -> int:
        """Where the bar begins."""
        return self.places[0][0]

    @property
    def end(self) -> int:
        """Where the bar ends."""
        return self.places[-1][0]

    def runs(self) -> list[list[tuple[int, int]]]:
        """Return the outlines (x, height) of the stretches in which there is a balance."""
        found: list[list[tuple[int, int]]] = [[]]
        for x, heights in self.places:
            found[-1].append((x, heights[-1]))
            if not heights[-1]:
                found.append([(x, 0)])
        return [[*run, (run[-1][0], 0)] for run in found if any(height for _, height in run)]

    def filled(self, hair: int) -> list[tuple[int, tuple[int, ...]]]:
        """Return the places with nothing where the balance is only a hairline's height."""
        return [
            (x, heights if heights[-1] > hair else (0,) * len(heights))
            for x, heights in self.places
        ]

    def hairlines(self, hair: int) -> Iterator[tuple[int, int, int]]:
        """Yield the stretches of a hairline's height as (x from, x to, colour of the largest part)."""
        found: list[tuple[int, int, int]] = []
        for (x, heights), (to_x, after) in pairwise(self.places):
            if x == to_x or not heights[-1] or max(heights[-1], after[-1]) > hair:
                continue
            parts = [height - below for below, height in pairwise((0, *heights))]
            colour = parts.index(max(parts))
            joins = bool(found) and found[-1][1:] == (x, colour)
            found.append((found.pop()[0] if joins else x, to_x, colour))
        yield from found

    def height(self, x: int) -> int:
        """Return the bar's height at x; at a step, what comes after it."""
        place = bisect_right([x for x, _ in self.places], x) - 1
        return self.places[place][1][-1] if place >= 0 else 0


def contour_of(frame: Frame, row: Row) -> Contour | None:
    """Return the lane's contour, or null when no balance of it is known."""
    if not row.lane.points:
        return None
    steps = _steps(frame, row.lane)
    places = [(x, frame.scale.boundaries(levels)) for x, levels in steps]
    return Contour(tuple(_plain(_cut(places))))


def _steps(frame: Frame, lane: Lane) -> list[tuple[int, Levels]]:
    claims = len(frame.flow.claims)
    points = {p.time: p for p in sorted(lane.points, key=lambda p: p.time)}
    slots = _slots_by_time(frame, lane.name)
    state: Levels = (0,) * (claims + 1)
    steps: list[tuple[int, Levels]] = []
    for time in sorted(points.keys() | slots.keys()):
        x = frame.axis.x(time)
        for slot in slots.get(time, ()):
            passed, state = _passing(lane.name, slot, state)
            steps, x = steps + passed, slot.end
        settled = (
            levels_of(points[time], claims) if time in points else _before(points, time, claims)
        )
        steps += [(x, state), (x, settled)]
        state = settled
    return [*steps, (_last_x(frame, lane, steps[-1][0], sum(state)), state)]


def _last_x(frame: Frame, lane: Lane, x: int, balance: int) -> int:
    if not balance:
        return x
    return min(frame.right, x + CAP_LEAD) if lane.role == "stopped" else frame.right


def _slots_by_time(frame: Frame, name: str) -> dict[int, list[Slot]]:
    found: dict[int, list[Slot]] = {}
    for slot in frame.slots:
        if (slot.pipe.payer == name) != (slot.pipe.payee == name):
            found.setdefault(slot.pipe.time, []).append(slot)
    return found


def levels_of(point: Point, claims: int) -> Levels:
    """Return a balance's parts: one per claim, the untraced one last."""
    traced = (*point.traced, *(0,) * claims)[:claims]
    return (*traced, point.balance - sum(traced))


def _before(points: dict[int, Point], time: int, claims: int) -> Levels:
    earlier = [moment for moment in points if moment < time]
    return levels_of(points[max(earlier)], claims) if earlier else (0,) * (claims + 1)


def _passing(name: str, slot: Slot, state: Levels) -> tuple[list[tuple[int, Levels]], Levels]:
    sign = 1 if slot.pipe.payee == name else -1
    steps = []
    for start, end, colour in slices(slot):
        steps.append((start, state))
        quantity = dict(slot.pipe.shares)[colour]
        state = shifted(state, colour, sign * quantity)
        steps.append((end, state))
    return steps, state


def slices(slot: Slot) -> tuple[tuple[int, int, int], ...]:
    """Return a pipe's parts from left to right as (x from, x to, colour), split by quantity."""
    total, running, x = slot.pipe.quantity, 0, slot.start
    parts = []
    for colour, quantity in slot.pipe.shares:
        running += quantity
        end = slot.start + (slot.end - slot.start) * running // total
        parts.append((x, end, colour))
        x = end
    return tuple(parts)


def _cut(places: Sequence[tuple[int, tuple[int, ...]]]) -> list[tuple[int, tuple[int, ...]]]:
    """Leave out what lies before the first receipt and after the last spending."""
    full = [i for i, (_, heights) in enumerate(places) if heights[-1]]
    if not full:
        return [places[0], places[-1]]
    return list(places[max(0, full[0] - 1) : full[-1] + 2])


def _plain(places: Sequence[tuple[int, tuple[int, ...]]]) -> list[tuple[int, tuple[int, ...]]]:
    """Drop places that change nothing: repeated ones and those on a level line."""
    kept: list[tuple[int, tuple[int, ...]]] = []
    for place in places:
        if kept and kept[-1] == place:
            continue
        if len(kept) > 1 and kept[-1][1] == place[1] == kept[-2][1]:
            kept.pop()
        kept.append(place)
    return kept
