"""Around the picture: title, rule and gaps above it, the key to colours and marks below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.figures import lettering, svg
from earmark.figures.drawing import CAP
from earmark.figures.layout import MARGIN, WIDTH
from earmark.figures.paint import paint
from earmark.figures.scale import is_thickened, round_quantity
from earmark.figures.writing import diamond

if TYPE_CHECKING:
    from collections.abc import Callable

    from earmark.figures.layout import Frame
    from earmark.figures.svg import Align
    from earmark.figures.values import Direction, Flow

SWATCH, GAP, BETWEEN = 2_600, 700, 2_400
KEY_ROW, KEY_LENGTH = 2_500, 2_000
TITLE_SIZE = 2_000
Item = tuple["Callable[[int, int], str]", str]


def header(flow: Flow) -> tuple[str, int]:
    """Return title and subtitle, and the y below them."""
    lines = [(text, True) for text in lettering.wrapped(flow.title, _LINE, 2, TITLE_SIZE)]
    lines += [(text, False) for part in flow.subtitle for text in lettering.wrapped(part, _LINE, 4)]
    y, written = 400, []
    for text, is_title in lines:
        y += 2_500 if is_title else lettering.LEADING + 50
        size, fill = (TITLE_SIZE, svg.INK) if is_title else (lettering.SIZE, svg.SOFT)
        written.append(_line(y, text, flow.direction, size, fill, bold=is_title))
    return svg.group({}, written), y + 300


_LINE = WIDTH - 2 * MARGIN


def _line(
    y: int, text: str, direction: Direction, size: int, fill: str, *, bold: bool = False
) -> str:
    align: Align = "right" if direction == "rtl" else "left"
    x = WIDTH - MARGIN if direction == "rtl" else MARGIN
    return svg.words(x, y, text, align=align, direction=direction, size=size, fill=fill, bold=bold)


def legend(frame: Frame, hours: int, prefix: str, top: int) -> tuple[str, int]:
    """Return the key and the notes below it, and the y where they end."""
    direction = frame.flow.direction
    x, y, written = MARGIN, top + KEY_ROW, []
    for swatch, text in _items(frame, prefix):
        shown = lettering.fitted(text, _LINE - SWATCH - GAP)
        width = SWATCH + GAP + lettering.text_width(shown)
        if x > MARGIN and x + width > WIDTH - MARGIN:
            x, y = MARGIN, y + KEY_ROW
        written.append(_entry(x, y, swatch, shown, direction))
        x += width + BETWEEN
    notes = " ".join(_notes(frame, hours))
    y += 500
    for text in lettering.wrapped(notes, _LINE, 6):
        y += lettering.LEADING
        written.append(_line(y, text, direction, lettering.SIZE, svg.SOFT))
    return svg.group({}, written), y + 900


def _entry(
    x: int, y: int, swatch: Callable[[int, int], str], text: str, direction: Direction
) -> str:
    if direction == "rtl":
        drawn, at = WIDTH - x - SWATCH, WIDTH - x - SWATCH - GAP
        return swatch(drawn, y) + svg.words(at, y, text, align="right", direction=direction)
    return swatch(x, y) + svg.words(x + SWATCH + GAP, y, text, direction=direction)


def _items(frame: Frame, prefix: str) -> list[Item]:
    flow, lanes = frame.flow, frame.flow.lanes
    items: list[Item] = [
        (_swatch(paint(colour, len(flow.claims), prefix)), claim.label)
        for colour, claim in enumerate(flow.claims)
    ]
    marks: list[tuple[bool, Callable[[int, int], str], str]] = [
        (
            _has_untraced(flow),
            _swatch(paint(len(flow.claims), len(flow.claims), prefix)),
            flow.words.untraced,
        ),
        (any(slot.pipe.conversion for slot in frame.slots), _conversion, flow.words.conversion),
        (any(lane.role == "stopped" for lane in lanes), _stop, flow.words.stop),
        (any(lane.holders > 1 and lane.points for lane in lanes), _group, flow.words.group),
        (any(not lane.points for lane in lanes), _ledge, flow.words.ledge),
        (any(not slot.pipe.quantity for slot in frame.slots), _unknown, flow.words.unknown),
    ]
    return items + [(swatch, text) for used, swatch, text in marks if used] + _scale(frame)


def _has_untraced(flow: Flow) -> bool:
    points = (point for lane in flow.lanes for point in lane.points)
    return any(not b.claim and b.quantity for b in flow.bands) or any(
        point.balance > sum(point.traced) for point in points
    )


def _notes(frame: Frame, hours: int) -> list[str]:
    words = frame.flow.words
    pipes = [slot.pipe for slot in frame.slots]
    return [
        words.scale,
        *([words.minimum] if is_thickened(frame.scale, pipes) else []),
        *([words.broken] if frame.axis.broken else []),
        *([words.merged.replace("{hours}", str(hours))] if hours else []),
    ]


def _scale(frame: Frame) -> list[Item]:
    flow = frame.flow
    quantity = round_quantity(frame.scale, KEY_LENGTH, 10**flow.exponent)
    length = frame.scale.exact(quantity)
    text = lettering.exactly(quantity, flow.exponent, flow.symbol)
    if not 0 < length <= KEY_LENGTH:
        return []
    return [
        (lambda x, y: svg.box(x + SWATCH - length, y - length + 300, length, length, svg.INK), text)
    ]


def _swatch(fill: str) -> Callable[[int, int], str]:
    return lambda x, y: svg.box(x, y - 1_200, SWATCH, 1_500, fill)


def _conversion(x: int, y: int) -> str:
    return diamond(x + SWATCH // 2, y - 450)


def _stop(x: int, y: int) -> str:
    bar = svg.box(x + 600, y - 800, SWATCH - 1_000, 700, svg.SOFT)
    return bar + svg.line(x + SWATCH - 400, y - 1_200, x + SWATCH - 400, y + 300, width=CAP)


def _group(x: int, y: int) -> str:
    bar = svg.box(x, y - 900, SWATCH, 700, svg.SOFT)
    return bar + "".join(svg.line(x, y + d, x + SWATCH, y + d, width=70) for d in (0, 200))


def _ledge(x: int, y: int) -> str:
    return svg.line(x, y - 450, x + SWATCH, y - 450, width=CAP)


def _unknown(x: int, y: int) -> str:
    return svg.line(x, y - 450, x + SWATCH, y - 450, stroke=svg.SOFT, width=150, dash="4 3")
