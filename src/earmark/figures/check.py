"""What a flow must be before it is drawn: names that exist, quantities that add up, bounded sizes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.quantity import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from earmark.figures.values import Flow, Lane

LANES, CLAIMS, BANDS, POINTS, SUBTITLES = 32, 12, 100_000, 200_000, 12
EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}", re.ASCII)


def check(flow: Flow, prefix: str) -> None:
    """Raise EarmarkError for a picture too crowded to read, ValueError for a value that contradicts itself."""
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"{prefix[:60]!r} cannot begin the ids of a figure")
    if len(flow.words.months) != 12 or not 0 <= flow.exponent <= 38:
        raise ValueError("a figure needs twelve months and an exponent from 0 to 38")
    _check_sizes(flow)
    _check_names(flow)
    for lane in flow.lanes:
        _check_points(lane, len(flow.claims))
    for band in flow.bands:
        _check_moment(band.time)
        if band.quantity is not None and not 0 <= band.quantity < LIMIT:
            raise ValueError(f"a band of {band.quantity} smallest units cannot be drawn")


def _check_sizes(flow: Flow) -> None:
    sizes = [
        ("lanes", len(flow.lanes), LANES),
        ("claims", len(flow.claims), CLAIMS),
        ("bands", len(flow.bands), BANDS),
        ("points", sum(len(lane.points) for lane in flow.lanes), POINTS),
        ("lines of subtitle", len(flow.subtitle), SUBTITLES),
    ]
    for what, size, limit in sizes:
        if size > limit:
            raise EarmarkError(
                f"the flow figure would have {size} {what}", expected=f"at most {limit}: group some"
            )
    moving = any(band.payer != band.payee for band in flow.bands)
    if not moving and not any(lane.points for lane in flow.lanes):
        raise EarmarkError("the flow figure has nothing to draw", expected="a band or a balance")


def _check_names(flow: Flow) -> None:
    lanes = _unique(lane.name for lane in flow.lanes)
    claims = _unique(claim.name for claim in flow.claims) | {""}
    for band in flow.bands:
        for name, known in ((band.payer, lanes), (band.payee, lanes), (band.claim, claims)):
            if name not in known:
                guess = near_miss(name, known)
                raise ValueError(
                    f"a band names {name[:60]!r}, which the flow lacks; near: {guess!r}"
                )


def _unique(names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen or not name:
            raise ValueError(f"{name[:60]!r} cannot name two things or nothing")
        seen.add(name)
    return seen


def _check_points(lane: Lane, claims: int) -> None:
    for point in lane.points:
        _check_moment(point.time)
        parts = point.traced
        if len(parts) > claims or min(parts, default=0) < 0:
            raise ValueError(f"lane {lane.name[:60]!r} has traced parts that fit no claim")
        if not sum(parts) <= point.balance < LIMIT:
            raise ValueError(f"lane {lane.name[:60]!r} has traced parts beyond its balance")


def _check_moment(time: int) -> None:
    if not EARLIEST <= time <= LATEST:
        raise ValueError(f"{time} microseconds lie outside the years 1 to 9999")
