"""What is written over the picture: dates, breaks of the axis, marks, names and quantities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.figures import lettering, svg
from earmark.figures.bars import Contour
from earmark.figures.layout import LABEL_GAP, TITLE_OFFSET
from earmark.figures.ticks import ticks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from earmark.figures.layout import Frame, Row

LEDGE = 300
LABELLED, PADDING = 2_400, 300
MARK = 480
FAR = 10**6


def axis(frame: Frame) -> Iterator[str]:
    """Yield the axis with its dates and a pale line above each."""
    y = frame.bottom
    for tick in ticks_of(frame.axis, frame.flow.words.months):
        yield svg.line(tick.x, frame.top, tick.x, y + 400, stroke=svg.PALE)
        yield svg.line(tick.x, y, tick.x, y + 400, stroke=svg.SOFT)
        for text, below in ((tick.label, 1_900), (tick.below, 3_600)):
            if text:
                direction = lettering.reading_direction(text)
                yield svg.words(tick.x, y + below, text, align="middle", direction=direction)
    yield svg.line(frame.left, y, frame.right, y, stroke=svg.SOFT)
    title = frame.flow.words.time
    yield svg.words(
        frame.left - TITLE_OFFSET,
        y + 1_900,
        title,
        align="right",
        direction=frame.flow.direction,
        fill=svg.SOFT,
    )


def breaks(frame: Frame) -> Iterator[str]:
    """Yield the cuts through the picture where the axis leaves time out."""
    for start, end in frame.axis.breaks():
        x, lean = (start + end) // 2, 250
        y = frame.bottom
        strip = [(x - 200, y), (x + 200, y), (x + 200, frame.top), (x - 200, frame.top)]
        yield svg.element("path", {"d": svg.outline(strip), "fill": svg.PAPER})
        for edge in (x - 200, x + 200):
            yield svg.line(edge, frame.top, edge, y, stroke=svg.SOFT, width=50, dash="2 3")
            yield svg.line(edge - lean, y + 500, edge + lean, y - 500, stroke=svg.INK, width=120)


def marks(frame: Frame) -> Iterator[str]:
    """Mark conversions, and the way of bands that run up the page."""
    last: dict[tuple[str, str], int] = {}
    for slot in frame.slots:
        pair = (slot.pipe.payer, slot.pipe.payee)
        x = (slot.start + slot.end) // 2
        payer, payee = (frame.rows[name].baseline for name in pair)
        if slot.pipe.conversion and x - last.get(pair, -FAR) > 2 * MARK:
            last[pair] = x
            yield diamond(x, payer + (900 if payer < payee else -900))
        if payee < payer and not slot.pipe.conversion:
            yield _upward(x, payee)


def diamond(x: int, y: int) -> str:
    """Return the mark of a conversion around a point."""
    corners = [(x - MARK, y), (x, y - MARK), (x + MARK, y), (x, y + MARK)]
    shape: dict[str, str | int] = {"d": svg.outline(corners), "fill": svg.PAPER}
    return svg.element("path", shape | {"stroke": svg.INK, "stroke-width": 120})


def _upward(x: int, baseline: int) -> str:
    corners = [(x - 350, baseline + 900), (x, baseline + 300), (x + 350, baseline + 900)]
    shape: dict[str, str | int] = {"d": svg.outline(corners), "fill": svg.INK}
    return svg.element("path", shape | {"stroke": svg.PAPER, "stroke-width": 60})


def labels(frame: Frame, row: Row, contour: Contour | None) -> Iterator[str]:
    """Yield a lane's name, what is said at its end, and its largest balance where there is room."""
    peak = max((heights[-1] for _, heights in contour.places), default=0) if contour else 0
    y = _first_line(row, peak, len(row.label))
    for place, text in enumerate(row.label):
        is_identifier = bool(row.lane.identifier) and place == len(row.label) - 1
        fill = svg.SOFT if is_identifier and row.lane.label else svg.INK
        direction = lettering.reading_direction(text)
        at = (frame.left - LABEL_GAP, y + place * lettering.LEADING)
        yield svg.words(*at, text, align="right", direction=direction, fill=fill)
    y = _first_line(row, contour.places[-1][1][-1] if contour else 0, len(row.end))
    for place, text in enumerate(row.end):
        at = (frame.right + LABEL_GAP, y + place * lettering.LEADING)
        yield svg.words(*at, text, direction=frame.flow.direction, bold=True)
    if contour and peak >= LABELLED:
        yield from _peak(frame, row, contour)


def _first_line(row: Row, height: int, lines: int) -> int:
    """Return where the first line stands: centred on a tall bar, resting on a low one's baseline."""
    text = lines * lettering.LEADING
    bottom = row.baseline - max(0, height - text) // 2
    return bottom - text + lettering.SIZE


def _peak(frame: Frame, row: Row, contour: Contour) -> Iterator[str]:
    flow = frame.flow
    point = max(row.lane.points, key=lambda point: (point.balance, point.time))
    start = frame.axis.ends[frame.axis.times.index(point.time)] + LEDGE
    amount = lettering.roughly(point.balance, flow.exponent, flow.symbol)
    text = flow.words.peak.replace("{amount}", amount)
    width = lettering.text_width(text) + 2 * PADDING
    height = min(contour.height(start), contour.height(start + width))
    if start + width < contour.end and height >= LABELLED:
        y = row.baseline - height // 2
        yield svg.box(start, y - 850, width, 1_700, svg.PAPER)
        middle = start + width // 2
        yield svg.words(middle, y + 500, text, align="middle", direction=flow.direction)
