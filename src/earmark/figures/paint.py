"""Colours and hatches that stay apart in print, in greyscale and for colour-blind eyes."""

from __future__ import annotations

from earmark.figures.svg import element, group

UNTRACED, UNTRACED_BAND, UNTRACED_LINE = "#c9c9c9", "#dadada", "#8a8a8a"
TINT = 40
_INKS = ("#1b3f66", "#eaa83c", "#2f9184", "#9c2f4f", "#93bfe6", "#6c4f9c")
_LINES = ("#456a94", "#7a4a00", "#d3efe9", "#f0c3cf", "#1f4f7d", "#d9cdf0")
_STROKES = (
    "M-1 1l2-2M0 8l8-8M7 9l2-2",
    "M-1 7l2 2M0 0l8 8M7-1l2 2",
    "M0 4h8",
    "M0 4h8M4 0v8",
    "M4 0v8",
)


def paint(colour: int, claims: int, prefix: str) -> str:
    """Return a bar's fill: a claim's hatch, or plain grey for what is untraced."""
    return UNTRACED if colour >= claims else f"url(#{prefix}-bar-{colour})"


def band_paint(colour: int, claims: int, prefix: str) -> str:
    """Return a band's fill: the same hatch in a lighter tint, so that what moves stands off."""
    return UNTRACED_BAND if colour >= claims else f"url(#{prefix}-band-{colour})"


def line_paint(colour: int, claims: int) -> str:
    """Return the fill of a band too thin for a hatch."""
    return UNTRACED_LINE if colour >= claims else _INKS[colour % len(_INKS)]


def hatches(claims: int, prefix: str) -> str:
    """Return the definitions of every claim's hatch; colour and hatch repeat at different paces."""
    kinds = [(kind, colour) for colour in range(claims) for kind in ("bar", "band")]
    return group({}, (_hatch(kind, colour, prefix) for kind, colour in kinds))


def _hatch(kind: str, colour: int, prefix: str) -> str:
    ink, pen_ink = _INKS[colour % len(_INKS)], _LINES[colour % len(_LINES)]
    if kind == "band":
        ink, pen_ink = tinted(ink), tinted(pen_ink)
    size: dict[str, str | int] = {"id": f"{prefix}-{kind}-{colour}", "width": "8", "height": "8"}
    size["patternUnits"] = "userSpaceOnUse"
    ground = element("rect", {"width": "8", "height": "8", "fill": ink})
    pen: dict[str, str | int] = {"d": _STROKES[colour % len(_STROKES)], "fill": "none"}
    pen |= {"stroke": pen_ink, "stroke-width": "1"}
    return element("pattern", size, ground, element("path", pen))


def tinted(ink: str) -> str:
    """Return ``#rrggbb`` moved ``TINT`` hundredths of the way to white."""
    parts = (int(ink[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{part + (255 - part) * TINT // 100:02x}" for part in parts)
