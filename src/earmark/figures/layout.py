"""Where everything stands: gutters for the words, rows for the lanes, the axis below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from earmark.figures import lettering
from earmark.figures.axis import Axis, axis_of
from earmark.figures.bands import Pipe, pipes_of
from earmark.figures.scale import Scale, scale_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.figures.values import Flow, Lane

WIDTH = 100_000
MARGIN = 800
LEFT_GUTTER = (9_000, 21_000)
RIGHT_GUTTER = (3_000, 17_500)
LABEL_GAP, TITLE_OFFSET = 1_000, 3_400
ROW_GAP = 1_700
SLOT_GAP = 80
WIDE = 3_500
TAIL = 2_600
LEAD = 400
BAND_SHARE = (47, 100)


@dataclass(frozen=True)
class Row:
    """A lane's place: the top of its box and the line its bar stands on."""

    lane: Lane
    label: tuple[str, ...]
    end: tuple[str, ...]
    top: int
    baseline: int


@dataclass(frozen=True)
class Slot:
    """A pipe's place on x, without the gap that keeps its neighbour off."""

    pipe: Pipe
    start: int
    end: int


@dataclass(frozen=True)
class Frame:
    """The whole geometry of one figure, in hundredths of a unit."""

    flow: Flow
    scale: Scale
    axis: Axis
    slots: tuple[Slot, ...]
    rows: dict[str, Row]
    left: int
    right: int
    top: int
    bottom: int


def drawn_scale(flow: Flow) -> Scale:
    """Return the scale at which a checked and calmed flow is drawn."""
    left, right = _plot(flow)
    return scale_of(flow, pipes_of(flow), (right - left) * BAND_SHARE[0] // BAND_SHARE[1])


def framed(flow: Flow, top: int) -> Frame:
    """Lay the figure out below ``top``; the flow must be checked and calmed."""
    pipes = pipes_of(flow)
    left, right = _plot(flow)
    scale = drawn_scale(flow)
    axis = axis_of(_room(flow, pipes, scale), left + LEAD, right - TAIL)
    slots = _slots(pipes, axis, scale)
    rows = _rows(flow.lanes, scale, slots, top)
    bottom = max((row.baseline for row in rows.values()), default=top) + ROW_GAP
    return Frame(flow, scale, axis, slots, rows, left, right, top, bottom)


def _plot(flow: Flow) -> tuple[int, int]:
    label_widths = [
        lettering.text_width(text)
        for lane in flow.lanes
        for text in (lane.label, lettering.shortened(lane.identifier))
    ]
    label_widths.append(lettering.text_width(flow.words.time) + TITLE_OFFSET - LABEL_GAP)
    end_widths = [lettering.text_width(lane.end) for lane in flow.lanes]
    left = _between(LEFT_GUTTER, max(label_widths, default=0))
    right = _between(RIGHT_GUTTER, max(end_widths, default=0) if any(end_widths) else 0)
    return MARGIN + left + LABEL_GAP, WIDTH - MARGIN - right - LABEL_GAP


def _between(limits: tuple[int, int], width: int) -> int:
    return min(max(limits[0], width), limits[1])


def pipe_width(pipe: Pipe, scale: Scale) -> int:
    """Return a pipe's drawn width: a hairline for each part of what is too small for its own.

    A movement of unknown quantity gets a fixed small one.
    """
    if not pipe.quantity:
        return 2 * scale.least
    if scale.is_small(pipe.quantity):
        return scale.hair * len(pipe.shares)
    return scale.exact(pipe.quantity)


def _room(flow: Flow, pipes: Sequence[Pipe], scale: Scale) -> dict[int, int]:
    room = {point.time: 0 for lane in flow.lanes for point in lane.points}
    gap = min(SLOT_GAP, scale.least)
    for pipe in pipes:
        room[pipe.time] = room.get(pipe.time, 0) + pipe_width(pipe, scale) + gap
    return room


def _slots(pipes: Sequence[Pipe], axis: Axis, scale: Scale) -> tuple[Slot, ...]:
    slots, taken = [], dict.fromkeys(axis.times, 0)
    gap = min(SLOT_GAP, scale.least)
    for pipe in pipes:
        start = axis.x(pipe.time) + taken[pipe.time]
        width = pipe_width(pipe, scale)
        slots.append(Slot(pipe, start, start + width))
        taken[pipe.time] += width + gap
    return tuple(slots)


def _rows(lanes: Sequence[Lane], scale: Scale, slots: Sequence[Slot], top: int) -> dict[str, Row]:
    rows, y = {}, top
    for lane in lanes:
        label, end = _label(lane), _end(lane)
        peak = scale.length(max((point.balance for point in lane.points), default=0))
        text = lettering.LEADING * max(len(label), len(end), 1)
        widths = (slot.end - slot.start for slot in slots if slot.pipe.payee == lane.name)
        box = y + ROW_GAP + (ROW_GAP if max(widths, default=0) > WIDE else 0)
        y = box + max(peak, text)
        rows[lane.name] = Row(lane, label, end, box, y)
    return rows


def _label(lane: Lane) -> tuple[str, ...]:
    identifier = lettering.shortened(lane.identifier)
    label = lettering.wrapped(lane.label, LEFT_GUTTER[1], 2) if lane.label else ()
    return (*label, lettering.fitted(identifier, LEFT_GUTTER[1])) if identifier else label


def _end(lane: Lane) -> tuple[str, ...]:
    return lettering.wrapped(lane.end, RIGHT_GUTTER[1], 3) if lane.end else ()
