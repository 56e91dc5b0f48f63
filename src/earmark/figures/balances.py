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
    levels = [0] * (len(claims) + 1)
    points: dict[int, Point] = {}
    for band in sorted(bands, key=lambda band: band.time):
        sign = (band.payee == lane) - (band.payer == lane)
        if not sign:
            continue
        colour = claims.index(band.claim) if band.claim else len(claims)
        levels[colour] = max(0, levels[colour] + sign * (band.quantity or 0))
        points[band.time] = Point(band.time, sum(levels), tuple(levels[:-1]))
    return tuple(points.values())
