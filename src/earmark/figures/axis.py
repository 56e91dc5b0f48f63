"""From time to x: proportional to time, open at each movement by the width of its band.

Time stands still while a band passes. So bands never cover each other, their order is exact, and a
bar's edge falls by exactly what leaves it. A quiet stretch that would squeeze all others is broken.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BREAK_WIDTH = 5_000
BREAKS = 4
BREAK_SHARE = 2
FEWEST = 5


@dataclass(frozen=True)
class Axis:
    """Known moments in order, where each begins and ends on x, and after which the axis is broken."""

    times: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    broken: frozenset[int]
    left: int
    right: int

    def x(self, time: int) -> int:
        """Return where a moment begins, in hundredths of a unit; between moments by proportion."""
        place = bisect_right(self.times, time) - 1
        if place < 0:
            return self.left
        if self.times[place] == time:
            return self.starts[place]
        if place + 1 == len(self.times):
            return self.ends[place]
        start, end = self.times[place], self.times[place + 1]
        room = self.starts[place + 1] - self.ends[place]
        return self.ends[place] + room * (time - start) // (end - start)

    def breaks(self) -> tuple[tuple[int, int], ...]:
        """Return the broken stretches as (x from, x to)."""
        return tuple((self.ends[i], self.starts[i + 1]) for i in sorted(self.broken))

    def segments(self) -> tuple[tuple[int, int], ...]:
        """Return the unbroken stretches as (first time, last time)."""
        cuts = [-1, *sorted(self.broken), len(self.times) - 1]
        return tuple((self.times[a + 1], self.times[b]) for a, b in pairwise(cuts))


def axis_of(widths: dict[int, int], left: int, right: int) -> Axis:
    """Lay out moments: ``widths`` holds every moment and the room its bands need, in hundredths.

    Raises ValueError when there is no moment.
    """
    times = sorted(widths)
    if not times:
        raise ValueError("a figure needs at least one moment")
    broken = _broken([b - a for a, b in pairwise(times)])
    room = right - left - sum(widths.values()) - BREAK_WIDTH * len(broken)
    starts = _starts(times, widths, broken, left, max(0, room))
    ends = tuple(start + widths[time] for start, time in zip(starts, times, strict=True))
    return Axis(tuple(times), starts, ends, broken, left, right)


def _starts(
    times: list[int], widths: dict[int, int], broken: frozenset[int], left: int, room: int
) -> tuple[int, ...]:
    gaps = [0 if i in broken else b - a for i, (a, b) in enumerate(pairwise(times))]
    per_time = Fraction(room, max(1, sum(gaps)))
    starts, elapsed, taken = [left], 0, 0
    for i, gap in enumerate(gaps):
        elapsed += gap
        taken += widths[times[i]] + (BREAK_WIDTH if i in broken else 0)
        starts.append(left + taken + elapsed * per_time.numerator // per_time.denominator)
    return tuple(starts)


def _broken(gaps: Sequence[int]) -> frozenset[int]:
    """Break the longest gap while it takes over half of the time and dwarfs the other gaps."""
    broken: set[int] = set()
    total = sum(gaps)
    for place in sorted(range(len(gaps)), key=lambda i: (-gaps[i], i)):
        others = len(gaps) - len(broken) - 1
        dwarfs = gaps[place] * others > 4 * (total - gaps[place]) > 0
        if others < FEWEST - 1 or len(broken) == BREAKS or not dwarfs:
            break
        if gaps[place] * BREAK_SHARE <= total:
            break
        broken.add(place)
        total -= gaps[place]
    return frozenset(broken)
