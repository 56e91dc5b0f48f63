"""The body of the flow figure: bands, bars, ends, breaks, axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.figures import lettering, svg
from earmark.figures.bars import Contour, contour_of, slices
from earmark.figures.paint import paint
from earmark.figures.ticks import moment, ticks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from earmark.figures.layout import Frame, Row, Slot

HALO = 500
STUB = 420
CAP = 320
LABELLED = 2_000
MARK = 480
DETAILS = 20
Contours = dict[str, Contour | None]


def body(frame: Frame, prefix: str) -> str:
    """Return everything between header and legend, from the back to the front."""
    contours = {name: contour_of(frame, row) for name, row in frame.rows.items()}
    rows = frame.rows.values()
    return "\n".join(
        part
        for part in (
            svg.group({}, _axis(frame)),
            svg.group({}, (_rule(frame, row, contours) for row in rows)),
            svg.group({}, (_pipe(frame, slot, prefix) for slot in frame.slots)),
            svg.group(_HALO, (_halo(row, contours[row.lane.name]) for row in rows)),
            svg.group({}, _stubs(frame, contours, prefix)),
            svg.group({}, (_bar(frame, row, contours, prefix) for row in rows)),
            svg.group({}, _breaks(frame)),
            svg.group({}, _marks(frame)),
            svg.group({}, (text for row in rows for text in _lettering(frame, row, contours))),
        )
        if part
    )


_HALO: dict[str, str | int] = {
    "fill": "none",
    "stroke": svg.PAPER,
    "stroke-width": HALO,
    "stroke-linejoin": "round",
}


def _axis(frame: Frame) -> Iterator[str]:
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
        frame.left - 1_000,
        y + 1_900,
        title,
        align="right",
        direction=frame.flow.direction,
        fill=svg.SOFT,
    )


def _rule(frame: Frame, row: Row, contours: Contours) -> str:
    rule = svg.line(frame.left, row.baseline, frame.right, row.baseline, stroke=svg.PALE)
    contour = contours[row.lane.name]
    if row.lane.role != "stopped" or contour is None:
        return rule
    y = _middle(row, contour)
    leader = svg.line(contour.end + 500, y, frame.right + 600, y, stroke=svg.SOFT, dash="1 3")
    return rule + leader


def _middle(row: Row, contour: Contour) -> int:
    return row.baseline - contour.places[-1][1][-1] // 2


def _pipe(frame: Frame, slot: Slot, prefix: str) -> str:
    rows = (frame.rows[slot.pipe.payer], frame.rows[slot.pipe.payee])
    top, bottom = sorted(row.baseline for row in rows)
    return svg.group({}, [svg.tooltip(_said(frame, slot)), *_filled(frame, slot, top, bottom, prefix)])


def _filled(frame: Frame, slot: Slot, top: int, bottom: int, prefix: str) -> Iterator[str]:
    claims = len(frame.flow.claims)
    if not slot.pipe.quantity:
        x = (slot.start + slot.end) // 2
        yield svg.line(x, top, x, bottom, stroke=svg.SOFT, width=slot.end - slot.start, dash="4 3")
    for start, end, colour in slices(slot):
        yield svg.box(start, top, end - start, bottom - top, paint(colour, claims, prefix))


def _said(frame: Frame, slot: Slot) -> str:
    flow, pipe = frame.flow, slot.pipe
    names = [claim.label for claim in flow.claims] + [flow.words.untraced]
    who = " → ".join(_named(frame, name) for name in (pipe.payer, pipe.payee))
    parts = [
        f"{lettering.exactly(quantity, flow.exponent, flow.symbol)} ({names[colour]})"
        for colour, quantity in pipe.shares
    ]
    parts += [flow.words.unknown] if pipe.unknown else []
    time = moment(pipe.time).isoformat(timespec="seconds").replace("+00:00", "Z")
    return "\n".join([f"{time}  {who}", *parts, *pipe.details[:DETAILS]])


def _named(frame: Frame, name: str) -> str:
    lane = frame.rows[name].lane
    return lane.label or lane.identifier or name


def _halo(row: Row, contour: Contour | None) -> str:
    if contour is None:
        return ""
    upper = [(x, row.baseline - heights[-1]) for x, heights in contour.places]
    corners = [(contour.start, row.baseline), *upper, (contour.end, row.baseline)]
    return svg.element("path", {"d": svg.outline(corners)})


def _stubs(frame: Frame, contours: Contours, prefix: str) -> Iterator[str]:
    """Join each band to its two bars again, across the white edge that parts it from all others."""
    for slot in frame.slots:
        rows = [frame.rows[slot.pipe.payer], frame.rows[slot.pipe.payee]]
        upper, lower = sorted(rows, key=lambda row: row.baseline)
        contour = contours[lower.lane.name]
        height = max(contour.height(slot.start), contour.height(slot.end)) if contour else 0
        top = max(upper.baseline, lower.baseline - height - STUB)
        yield from _filled(frame, slot, upper.baseline, upper.baseline + STUB, prefix)
        yield from _filled(frame, slot, top, lower.baseline, prefix)


def _bar(frame: Frame, row: Row, contours: Contours, prefix: str) -> str:
    contour = contours[row.lane.name]
    said = "\n".join(t for t in (row.lane.label, row.lane.identifier, row.lane.end) if t)
    shapes = _ledge(frame, row) if contour is None else _layers(frame, row, contour, prefix)
    return svg.group({}, [svg.tooltip(said or row.lane.name), *shapes])


def _layers(frame: Frame, row: Row, contour: Contour, prefix: str) -> Iterator[str]:
    claims = len(frame.flow.claims)
    for colour in range(claims + 1):
        upper = [(x, heights[colour]) for x, heights in contour.places]
        lower = [(x, heights[colour - 1] if colour else 0) for x, heights in contour.places]
        if upper == lower:
            continue
        corners = [(x, row.baseline - height) for x, height in [*upper, *reversed(lower)]]
        fill = paint(colour, claims, prefix)
        yield svg.element("path", {"d": svg.outline(corners), "fill": fill})
    if row.lane.holders > 1:
        for below in (180, 380):
            y = row.baseline + below
            yield svg.line(contour.start, y, contour.end, y, stroke=svg.INK, width=70)
    if row.lane.role == "stopped":
        y, top = row.baseline + 350, row.baseline - contour.places[-1][1][-1] - 350
        yield svg.line(contour.end, top, contour.end, y, width=CAP)


def _ledge(frame: Frame, row: Row) -> Iterator[str]:
    pipes = [s for s in frame.slots if row.lane.name in (s.pipe.payer, s.pipe.payee)]
    if pipes:
        start, end = min(s.start for s in pipes) - 150, max(s.end for s in pipes) + 150
        yield svg.line(start, row.baseline, end, row.baseline, width=CAP)


def _breaks(frame: Frame) -> Iterator[str]:
    for start, end in frame.axis.breaks():
        x, lean = (start + end) // 2, 250
        y = frame.bottom
        strip = [(x - 200, y), (x + 200, y), (x + 200, frame.top), (x - 200, frame.top)]
        yield svg.element("path", {"d": svg.outline(strip), "fill": svg.PAPER})
        for edge in (x - 200, x + 200):
            yield svg.line(edge, frame.top, edge, y, stroke=svg.SOFT, width=50, dash="2 3")
            yield svg.line(edge - lean, y + 500, edge + lean, y - 500, stroke=svg.INK, width=120)


def _marks(frame: Frame) -> Iterator[str]:
    """Mark conversions, and the way of bands that run up the page."""
    last: dict[tuple[str, str], int] = {}
    for slot in frame.slots:
        pair = (slot.pipe.payer, slot.pipe.payee)
        x = (slot.start + slot.end) // 2
        payer, payee = (frame.rows[name].baseline for name in pair)
        if slot.pipe.conversion and x - last.get(pair, -WIDE) > 2 * MARK:
            last[pair] = x
            yield diamond(x, payer + (900 if payer < payee else -900))
        if payee < payer and not slot.pipe.conversion:
            yield _upward(x, payee)


WIDE = 10**6


def diamond(x: int, y: int) -> str:
    """Return the mark of a conversion around a point."""
    corners = [(x - MARK, y), (x, y - MARK), (x + MARK, y), (x, y + MARK)]
    shape: dict[str, str | int] = {"d": svg.outline(corners), "fill": svg.PAPER}
    return svg.element("path", shape | {"stroke": svg.INK, "stroke-width": 120})


def _upward(x: int, baseline: int) -> str:
    corners = [(x - 350, baseline + 900), (x, baseline + 300), (x + 350, baseline + 900)]
    shape: dict[str, str | int] = {"d": svg.outline(corners), "fill": svg.INK}
    return svg.element("path", shape | {"stroke": svg.PAPER, "stroke-width": 60})


def _lettering(frame: Frame, row: Row, contours: Contours) -> Iterator[str]:
    contour = contours[row.lane.name]
    peak = max((heights[-1] for _, heights in contour.places), default=0) if contour else 0
    y = _first_line(row, peak, len(row.label))
    for place, text in enumerate(row.label):
        fill = svg.SOFT if place and place == len(row.label) - 1 else svg.INK
        direction = lettering.reading_direction(text)
        at = (frame.left - 1_000, y + place * lettering.LEADING)
        yield svg.words(*at, text, align="right", direction=direction, fill=fill)
    y = _first_line(row, contour.places[-1][1][-1] if contour else 0, len(row.end))
    for place, text in enumerate(row.end):
        at = (frame.right + 1_000, y + place * lettering.LEADING)
        yield svg.words(*at, text, direction=frame.flow.direction, bold=True)
    if contour and peak >= LABELLED:
        yield from _peak(frame, row, contour, peak)


def _first_line(row: Row, height: int, lines: int) -> int:
    """Return where the first line stands: centred on a tall bar, resting on a low one's baseline."""
    text = lines * lettering.LEADING
    bottom = row.baseline - max(0, height - text) // 2
    return bottom - text + lettering.SIZE


def _peak(frame: Frame, row: Row, contour: Contour, height: int) -> Iterator[str]:
    flow, points = frame.flow, sorted(row.lane.points, key=lambda point: point.time)
    place = max(range(len(points)), key=lambda i: (points[i].balance, i))
    start = frame.axis.ends[frame.axis.times.index(points[place].time)]
    later = points[place + 1 :]
    end = frame.axis.x(later[0].time) if later else contour.end
    text = lettering.roughly(points[place].balance, flow.exponent, flow.symbol)
    if end - start >= lettering.text_width(text) + 800:
        at = (start + 500, row.baseline - height // 2 + 500)
        yield svg.words(*at, text, halo=True)
