"""Dates on the axis, in UTC: calendar steps, as fine as the labels leave room for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from earmark.figures.lettering import text_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from earmark.figures.axis import Axis

SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_SECONDS = (1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
DAYS_OF_MONTH = (
    tuple(range(1, 32)),
    tuple(range(1, 30, 2)),
    (1, 5, 10, 15, 20, 25),
    (1, 8, 15, 22),
    (1, 15),
)
MONTHS = (1, 3, 6, 12, 60, 120, 600)
MOST = 64
SPACE = 1_000


@dataclass(frozen=True)
class Tick:
    """One mark: its place, its label (empty where there is no room) and the line below it."""

    x: int
    label: str = ""
    below: str = ""


def moment(time: int) -> datetime:
    """Return microseconds since 1970 as a UTC date; raises OverflowError outside years 1 to 9999."""
    return EPOCH + timedelta(microseconds=time)


def ticks_of(axis: Axis, months: Sequence[str]) -> tuple[Tick, ...]:
    """Return the marks from left to right.

    Where labels would touch, the first moment of a stretch comes before its last one, and both
    before the calendar's steps between them.
    """
    found: list[tuple[Tick, int]] = []
    for first, last in axis.segments():
        clock = _is_clock(first, last)
        found.append((Tick(axis.x(first), *_text(first, months, clock=clock)), 0))
        if last > first:
            found.append((Tick(axis.x(last), *_text(last, months, clock=clock)), 1))
        found += [(tick, 2) for tick in _regular(axis, first, last, months)]
    return _placed(found)


def _is_clock(first: int, last: int) -> bool:
    return 0 < last - first <= 2 * DAY


def _regular(axis: Axis, first: int, last: int, months: Sequence[str]) -> list[Tick]:
    clock = _is_clock(first, last)
    best: list[Tick] = []
    for times in _steps(first, last, clock=clock):
        ticks = [Tick(axis.x(time), *_text(time, months, clock=clock)) for time in times]
        if not _fits(ticks):
            break
        best = ticks
    return best


def _steps(first: int, last: int, *, clock: bool) -> Iterator[list[int]]:
    """Yield the calendar's moments between two times, from coarse steps to fine ones."""
    for step in reversed(MONTHS):
        if last - first < MOST * step * 31 * DAY:
            yield [t for t in _months(first, last, step) if first <= t <= last]
    for days in reversed(DAYS_OF_MONTH):
        if last - first < MOST * DAY:
            midnights = range(first - first % DAY, last + 1, DAY)
            yield [t for t in midnights if t >= first and moment(t).day in days]
    for seconds in reversed(CLOCK_SECONDS if clock else ()):
        step = seconds * SECOND
        if last - first < MOST * step:
            yield list(range(-(-first // step) * step, last + 1, step))


def _months(first: int, last: int, step: int) -> Iterator[int]:
    start, end = moment(first), moment(last)
    for count in range(start.year * 12, end.year * 12 + 12):
        if count % step == 0:
            date = datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)
            yield (date - EPOCH) // timedelta(microseconds=1)


def _fits(ticks: Sequence[Tick]) -> bool:
    """Say whether at most one label in three would have to give way."""
    labelled = sum(1 for tick in _placed([(tick, 2) for tick in ticks]) if tick.label)
    return labelled * 3 >= len(ticks) * 2


def _text(time: int, months: Sequence[str], *, clock: bool) -> tuple[str, str]:
    date = moment(time)
    day = f"{date.day}\u00a0{months[date.month - 1]}"
    if not clock:
        return day, str(date.year)
    seconds = f":{date.second:02d}" if date.second else ""
    return f"{date.hour:02d}:{date.minute:02d}{seconds}", f"{day}\u00a0{date.year}"


def _placed(ticks: Sequence[tuple[Tick, int]]) -> tuple[Tick, ...]:
    """Keep the labels that do not touch; a lower rank goes first."""
    taken: list[tuple[int, int]] = []
    kept: list[Tick] = []
    for tick, _ in sorted(ticks, key=lambda pair: (pair[1], pair[0].x)):
        half = text_width(tick.label) // 2 + SPACE // 2
        free = all(tick.x + half <= start or end <= tick.x - half for start, end in taken)
        if free:
            taken.append((tick.x - half, tick.x + half))
        kept.append(tick if free else Tick(tick.x))
    return _dated(sorted(kept, key=lambda tick: tick.x))


def _dated(ticks: Sequence[Tick]) -> tuple[Tick, ...]:
    """Say year or date once, where it changes and where there is room."""
    kept, said, free = [], "", -(10**9)
    for tick in ticks:
        half = text_width(tick.below) // 2
        shown = tick.label and tick.below != said and tick.x - half >= free
        if shown:
            said, free = tick.below, tick.x + half + SPACE
        kept.append(tick if shown else Tick(tick.x, tick.label))
    return tuple(kept)
