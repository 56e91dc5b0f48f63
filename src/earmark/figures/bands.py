"""From movements to what is drawn: parts of one movement together, and crowds of them merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from earmark.figures.values import Band, Flow, Lane, Point

if TYPE_CHECKING:
    from collections.abc import Iterable

HOUR = 3_600_000_000
WINDOWS_HOURS = (0, 1, 6, 24, 24 * 7, 24 * 30, 24 * 365)
CROWD = 180


@dataclass(frozen=True)
class Pipe:
    """All that one lane pays another at one time; ``shares`` are (colour, quantity), untraced last.

    A colour is a claim's position in the flow; the untraced colour is the number of claims. ``time`` is
    its place; ``first`` and ``last`` are when its movements really were.
    """

    time: int
    payer: str
    payee: str
    conversion: bool
    shares: tuple[tuple[int, int], ...] = ()
    unknown: bool = False
    details: tuple[str, ...] = field(default=())
    first: int = 0
    last: int = 0
    movements: int = 1

    @property
    def quantity(self) -> int:
        """What is known of the quantity, in smallest units."""
        return sum(share for _, share in self.shares)


def calmed(flow: Flow) -> tuple[Flow, int]:
    """Return the flow with neighbouring times joined until few enough bands are left, and the hours."""
    joined, hours = flow, 0
    for hours in WINDOWS_HOURS:
        joined = _joined(flow, hours * HOUR) if hours else flow
        if len(pipes_of(joined)) <= CROWD:
            break
    return joined, hours


def _joined(flow: Flow, window: int) -> Flow:
    times = [band.time for band in flow.bands]
    times += [point.time for lane in flow.lanes for point in lane.points]
    last: dict[int, int] = {}
    for time in times:
        last[time // window] = max(time, last.get(time // window, time))
    bands = [_moved(band, last[band.time // window]) for band in flow.bands]
    lanes = [_thinned(lane, window, last) for lane in flow.lanes]
    return msgspec.structs.replace(flow, bands=tuple(bands), lanes=tuple(lanes))


def _moved(band: Band, time: int) -> Band:
    return msgspec.structs.replace(band, time=time, happened=band.first)


def _thinned(lane: Lane, window: int, last: dict[int, int]) -> Lane:
    kept: dict[int, Point] = {}
    for point in sorted(lane.points, key=lambda point: point.time):
        time = last[point.time // window]
        kept[time] = msgspec.structs.replace(point, time=time)
    return msgspec.structs.replace(lane, points=tuple(kept.values()))


def pipes_of(flow: Flow) -> tuple[Pipe, ...]:
    """Return the pipes in order of time, those of one time in the order of the flow's bands.

    What a lane pays itself stays inside its bar and is no pipe.
    """
    found: dict[tuple[int, str, str, bool, bool], list[Band]] = {}
    for band in sorted(flow.bands, key=lambda band: band.time):
        if band.payer == band.payee:
            continue
        key = (band.time, band.payer, band.payee, band.conversion, band.quantity is None)
        found.setdefault(key, []).append(band)
    colours = {claim.name: place for place, claim in enumerate(flow.claims)}
    return tuple(_pipe(key, bands, colours) for key, bands in found.items())


def _pipe(
    key: tuple[int, str, str, bool, bool], bands: list[Band], colours: dict[str, int]
) -> Pipe:
    shares: dict[int, int] = {}
    for band in bands:
        colour = colours.get(band.claim, len(colours))
        shares[colour] = shares.get(colour, 0) + (band.quantity or 0)
    known = tuple(sorted((c, q) for c, q in shares.items() if q))
    return Pipe(
        *key[:4],
        known,
        key[4],
        tuple(dict.fromkeys(band.detail for band in bands if band.detail)),
        min(band.first for band in bands),
        max(band.last for band in bands),
        movements_of(bands),
    )


def movements_of(bands: Iterable[Band]) -> int:
    """Count movements: parts of one share its name and its moment."""
    return len({(band.movement, band.first) for band in bands})
