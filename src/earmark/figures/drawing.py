"""The body of the flow figure: bands, bars, ends, breaks, axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.figures import lettering, svg, writing
from earmark.figures.bars import Contour, contour_of, slices
from earmark.figures.paint import hairline, paint
from earmark.figures.ticks import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from earmark.figures.layout import Frame, Row, Slot

HALO = 500
STUB = 420
CAP = 320
EDGE = 60
LEDGE = 300
DETAILS = 20
Contours = dict[str, Contour | None]


def body(frame: Frame, prefix: str) -> str:
    """Return everything between header and legend, from the back to the front."""
    contours = {name: contour_of(frame, row) for name, row in frame.rows.items()}
    rows = frame.rows.values()
    return "\n".join(
        part
        for part in (
            svg.group({}, writing.axis(frame)),
            svg.group({}, (_rule(frame, row, contours) for row in rows)),
            svg.group({}, (_pipe(frame, slot, prefix) for slot in frame.slots)),
            svg.group(_HALO, (_halo(row, contours[row.lane.name]) for row in rows)),
            svg.group({}, _stubs(frame, contours, prefix)),
            svg.group({}, (_bar(frame, row, contours, prefix) for row in rows)),
            svg.group({}, writing.breaks(frame)),
            svg.group({}, writing.marks(frame)),
            svg.group(
                {},
                (
                    text
                    for row in rows
                    for text in writing.labels(frame, row, contours[row.lane.name])
                ),
            ),
        )
        if part
    )


_HALO: dict[str, str | int] = {
    "fill": "none",
    "stroke": svg.PAPER,
    "stroke-width": HALO,
    "stroke-linejoin": "round",
}


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
    return svg.group(
        {}, [svg.tooltip(_said(frame, slot)), *_filled(frame, slot, top, bottom, prefix)]
    )


def _filled(frame: Frame, slot: Slot, top: int, bottom: int, prefix: str) -> Iterator[str]:
    claims = len(frame.flow.claims)
    if not slot.pipe.quantity:
        x = (slot.start + slot.end) // 2
        yield svg.line(x, top, x, bottom, stroke=svg.SOFT, width=slot.end - slot.start, dash="4 3")
    if frame.scale.is_small(slot.pipe.quantity):
        for place, (colour, _) in enumerate(slot.pipe.shares):
            x = slot.start + frame.scale.hair * place + frame.scale.hair // 2
            yield hairline((x, top), (x, bottom), frame.scale.hair, colour, claims)
        return
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
    times = " – ".join(dict.fromkeys(_instant(time) for time in (pipe.first, pipe.last)))
    count = flow.words.movements.replace("{count}", str(pipe.movements))
    parts += [count] if pipe.movements > 1 else []
    return "\n".join([f"{times}  {who}", *parts, *pipe.details[:DETAILS]])


def _instant(time: int) -> str:
    return moment(time).isoformat(timespec="seconds").replace("+00:00", "Z")


def _named(frame: Frame, name: str) -> str:
    lane = frame.rows[name].lane
    return lane.label or lane.identifier or name


def _halo(row: Row, contour: Contour | None) -> str:
    if contour is None:
        return ""
    shapes = "".join(
        svg.outline([(x, row.baseline - height) for x, height in run]) for run in contour.runs()
    )
    return svg.element("path", {"d": shapes}) if shapes else ""


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
    claims, hair = len(frame.flow.claims), frame.scale.hair
    places = contour.filled(hair)
    for x, to_x, colour in contour.hairlines(hair):
        y = row.baseline - hair // 2
        yield hairline((x, y), (to_x, y), hair, colour, claims)
    for colour in range(claims + 1):
        upper = [(x, heights[colour]) for x, heights in places]
        lower = [(x, heights[colour - 1] if colour else 0) for x, heights in places]
        if upper == lower:
            continue
        corners = [(x, row.baseline - height) for x, height in [*upper, *reversed(lower)]]
        fill = paint(colour, claims, prefix)
        yield svg.element("path", {"d": svg.outline(corners), "fill": fill})
    yield from _edge(row, places)
    if row.lane.holders > 1:
        for below in (180, 380):
            y = row.baseline + below
            yield svg.line(contour.start, y, contour.end, y, stroke=svg.INK, width=70)
    if row.lane.role == "stopped":
        y, top = row.baseline + 350, row.baseline - contour.places[-1][1][-1] - 350
        yield svg.line(contour.end, top, contour.end, y, width=CAP)


def _edge(row: Row, places: list[tuple[int, tuple[int, ...]]]) -> Iterator[str]:
    """Part a bar from the bands of its own colour that pour into it."""
    steps = [f"{svg.number(x)} {svg.number(row.baseline - heights[-1])}" for x, heights in places]
    if any(heights[-1] for _, heights in places):
        edge: dict[str, str | int] = {"d": "M" + "L".join(steps), "fill": "none"}
        yield svg.element("path", edge | {"stroke": svg.PAPER, "stroke-width": EDGE})


def _ledge(frame: Frame, row: Row) -> Iterator[str]:
    ends: list[list[int]] = []
    for slot in frame.slots:
        if row.lane.name in (slot.pipe.payer, slot.pipe.payee):
            if ends and slot.start - ends[-1][1] < LEDGE:
                ends[-1][1] = slot.end
            else:
                ends.append([slot.start, slot.end])
    for start, end in ends:
        yield svg.line(start - LEDGE, row.baseline, end + LEDGE, row.baseline, width=CAP)
