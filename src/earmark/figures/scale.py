"""One scale for everything: a bar's height and a band's width per unit of quantity."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.figures.bands import Pipe
    from earmark.figures.values import Flow

TALLEST = 9_600
STACKED = 44_000
SMALLEST = 50
HAIR = 40


@dataclass(frozen=True)
class Scale:
    """Hundredths of a unit per smallest unit of quantity, and the least length that is drawn true."""

    per_quantity: Fraction
    least: int = SMALLEST

    def exact(self, quantity: int) -> int:
        """Return a quantity's length in hundredths of a unit, rounded down."""
        return quantity * self.per_quantity.numerator // self.per_quantity.denominator

    @property
    def hair(self) -> int:
        """The width of a hairline, which says that something moved and not how much."""
        return min(HAIR, self.least)

    @property
    def smallest(self) -> int:
        """The least quantity that is drawn as wide as it is."""
        return -(-self.least * self.per_quantity.denominator // self.per_quantity.numerator)

    def is_small(self, quantity: int) -> bool:
        """Say whether a quantity is too small to be drawn as wide as it is."""
        return quantity > 0 and self.exact(quantity) < self.least

    def length(self, quantity: int) -> int:
        """Return the length that is drawn: true, or a hairline's for what is too small."""
        return self.hair if self.is_small(quantity) else self.exact(quantity)

    def boundaries(self, levels: Sequence[int]) -> tuple[int, ...]:
        """Return the heights at which stacked quantities end, from the baseline up."""
        total = sum(levels)
        drawn, sums, running = self.length(total), [], 0
        for level in levels:
            running += level
            sums.append(drawn * running // total if total else 0)
        return tuple(sums)


def scale_of(flow: Flow, pipes: Sequence[Pipe], room: int) -> Scale:
    """Choose the scale: no bar too tall, all bars within a page, all bands within ``room``."""
    peaks = [max((point.balance for point in lane.points), default=0) for lane in flow.lanes]
    widths = [pipe.quantity for pipe in pipes]
    parts = sum(max(1, len(pipe.shares)) for pipe in pipes)
    least = min(SMALLEST, room // (2 * max(1, parts)))
    limits = [
        (TALLEST, max(peaks + widths, default=0)),
        (STACKED, sum(peaks)),
        (room - least * parts, sum(widths)),
    ]
    ratios = [Fraction(length, quantity) for length, quantity in limits if quantity]
    return Scale(min(ratios, default=Fraction(1)), least)


def round_quantity(scale: Scale, length: int, unit: int) -> int:
    """Return the largest 1, 2 or 5 times a power of ten that is drawn no longer than ``length``.

    ``unit`` is one display unit in smallest units; shorter quantities than one unit are allowed.
    """
    power = 1
    while scale.exact(power * 10) <= length and power < unit * 10**30:
        power *= 10
    fitting = [power * step for step in (1, 2, 5) if scale.exact(power * step) <= length]
    return max(fitting, default=power)
