"""Around the picture: title, rule and gaps above it, the key to colours and marks below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.figures import lettering, svg
from earmark.figures.bars import levels_of
from earmark.figures.drawing import CAP
from earmark.figures.dust import movements_and_payers
from earmark.figures.layout import MARGIN, WIDTH
from earmark.figures.paint import hairline, paint
from earmark.figures.scale import round_quantity
from earmark.figures.ticks import moment
from earmark.figures.writing import diamond

if TYPE_CHECKING:
    from collections.abc import Callable

    from earmark.figures.dust import Simple
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


def legend(frame: Frame, simple: Simple, prefix: str, top: int) -> tuple[str, int]:
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
    notes = " ".join(_notes(frame, simple))
    y += 500
    for text in lettering.wrapped(notes, _LINE, 8):
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
        (bool(_small_colours(frame)), _hairlines(frame), _sized(frame, flow.words.hairline)),
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


def _small_colours(frame: Frame) -> list[int]:
    """Return the colours of all hairlines: of bands, and of the largest part of small balances."""
    small, claims = frame.scale.is_small, len(frame.flow.claims)
    pipes = [slot.pipe for slot in frame.slots if small(slot.pipe.quantity)]
    used = {colour for pipe in pipes for colour, _ in pipe.shares}
    for lane in frame.flow.lanes:
        for point in lane.points:
            if small(point.balance):
                parts = levels_of(point, claims)
                used.add(parts.index(max(parts)))
    return sorted(used)


def _hairlines(frame: Frame) -> Callable[[int, int], str]:
    """Return a swatch with a hairline of each colour that has one."""
    claims = len(frame.flow.claims)
    colours = _small_colours(frame)
    step = 1_800 // (len(colours) + 1)

    def drawn(x: int, y: int) -> str:
        places = [y - 1_350 + step * (place + 1) for place in range(len(colours))]
        return "".join(
            hairline((x, at), (x + SWATCH, at), frame.scale.hair, colour, claims)
            for at, colour in zip(places, colours, strict=True)
        )

    return drawn


def _sized(frame: Frame, text: str) -> str:
    flow = frame.flow
    smallest = lettering.roughly(frame.scale.smallest, flow.exponent, flow.symbol)
    return text.replace("{smallest}", smallest)


def _notes(frame: Frame, simple: Simple) -> list[str]:
    words, hours = frame.flow.words, simple.hours
    return [
        words.scale,
        *([_sized(frame, words.minimum)] if _small_colours(frame) else []),
        *([words.broken] if frame.axis.broken else []),
        *([words.merged.replace("{hours}", str(hours))] if hours else []),
        *([_dust(frame, simple)] if simple.dust else []),
    ]


def _dust(frame: Frame, simple: Simple) -> str:
    flow = frame.flow
    count, payers = movements_and_payers(simple.dust)
    whole = sum(band.quantity or 0 for band in simple.dust)
    said = {
        "{count}": str(count),
        "{payers}": str(payers),
        "{sum}": lettering.roughly(whole, flow.exponent, flow.symbol),
        "{first}": _day(min(band.first for band in simple.dust)),
        "{last}": _day(max(band.last for band in simple.dust)),
    }
    text = flow.words.dust
    for gap, value in said.items():
        text = text.replace(gap, value)
    return text


def _day(time: int) -> str:
    return f"\u2066{moment(time).date().isoformat()}\u2069"


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
