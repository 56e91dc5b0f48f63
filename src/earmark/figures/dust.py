"""What is left out of the picture and said in words: receipts that together would not make a band."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from earmark.figures.bands import calmed, movements_of, pipes_of
from earmark.figures.layout import drawn_scale

if TYPE_CHECKING:
    from earmark.figures.values import Band, Flow, Lane


class Simple(NamedTuple):
    """A flow that can be drawn, the hours within which it was merged, and what it leaves out."""

    flow: Flow
    hours: int
    dust: tuple[Band, ...]


def simplified(flow: Flow) -> Simple:
    """Return the flow without dust and with crowds merged.

    Dust is untraced, comes from a source of several holders, and is smaller even in all than the
    smallest quantity that is drawn as wide as it is.
    """
    kept, dust = _parted(flow)
    calm, hours = calmed(kept)
    return Simple(calm, hours, dust)


def _parted(flow: Flow) -> tuple[Flow, tuple[Band, ...]]:
    crowds = {lane.name for lane in flow.lanes if lane.role == "source" and lane.holders > 1}
    doubtful = [band for band in flow.bands if _is_doubtful(band, crowds)]
    rest = _without(flow, doubtful)
    if not doubtful or not pipes_of(rest):
        return flow, ()
    scale = drawn_scale(calmed(rest)[0])
    dust = [band for band in doubtful if scale.is_small(band.quantity or 0)]
    if not scale.is_small(sum(band.quantity or 0 for band in dust)):
        return flow, ()
    return _without(flow, dust), tuple(dust)


def _is_doubtful(band: Band, crowds: set[str]) -> bool:
    return band.payer in crowds and not band.claim and bool(band.quantity) and not band.conversion


def _without(flow: Flow, left_out: list[Band]) -> Flow:
    """Leave out bands, the moments that only they had, and the lanes that only they used."""
    if not left_out:
        return flow
    gone = {id(band) for band in left_out}
    bands = tuple(band for band in flow.bands if id(band) not in gone)
    moments = {band.time for band in left_out} - {band.time for band in bands}
    used = {name for band in bands for name in (band.payer, band.payee)}
    emptied = {band.payer for band in left_out} - used
    lanes = tuple(_thinned(lane, moments) for lane in flow.lanes if lane.name not in emptied)
    return msgspec.structs.replace(flow, bands=bands, lanes=lanes)


def _thinned(lane: Lane, moments: set[int]) -> Lane:
    """Leave out the steps of dust, unless nothing else is known of the lane."""
    points = tuple(point for point in lane.points if point.time not in moments)
    return msgspec.structs.replace(lane, points=points or lane.points)


def movements_and_payers(dust: tuple[Band, ...]) -> tuple[int, int]:
    """Count the movements left out and those who made them."""
    return movements_of(dust), len({(band.payer, band.party) for band in dust})
