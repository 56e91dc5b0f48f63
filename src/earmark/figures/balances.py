"""A lane's balance over time when its bands are all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.figures.values import Point

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from earmark.figures.values import Band


def points_of(lane: str, bands: Iterable[Band], claims: Sequence[str]) -> tuple[Point, ...]:
    """Return the running balance of one lane, one point per moment; never below nothing.

    ``claims`` are the names in the flow's order. Movements inside the lane and unknown quantities
    change nothing. What is paid beyond what was received is treated as having been there before.
    """
    levels: tuple[int, ...] = (0,) * (len(claims) + 1)
    points: dict[int, Point] = {}
    for band in sorted(bands, key=lambda band: band.time):
        sign = (band.payee == lane) - (band.payer == lane)
        if not sign:
            continue
        colour = claims.index(band.claim) if band.claim else len(claims)
        levels = shifted(levels, colour, sign * (band.quantity or 0))
        points[band.time] = Point(band.time, sum(levels), levels[:-1])
    return tuple(points.values())


def shifted(levels: tuple[int, ...], colour: int, change: int) -> tuple[int, ...]:
    """Return the levels after a receipt or a payment; none falls below nothing.

    What a conversion pays in a claim's colour was untraced while it was held, so a claim's shortfall
    is taken from the untraced level, which stands last.
    """
    changed = list(levels)
    changed[colour] += change
    if changed[colour] < 0:
        shortfall, changed[colour] = changed[colour], 0
        if colour < len(levels) - 1:
            changed[-1] = max(0, changed[-1] + shortfall)
    return tuple(changed)
