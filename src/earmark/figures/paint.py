"""Colours and hatches that stay apart in print, in greyscale and for colour-blind eyes."""

from __future__ import annotations

from earmark.figures.svg import element, group

UNTRACED = "#d3d3d3"
_INKS = ("#1b3f66", "#eaa83c", "#2f9184", "#9c2f4f", "#93bfe6", "#6c4f9c")
_LINES = ("#5f83ab", "#7a4a00", "#d3efe9", "#f0c3cf", "#1f4f7d", "#d9cdf0")
_STROKES = (
    "M-1 1l2-2M0 8l8-8M7 9l2-2",
    "M-1 7l2 2M0 0l8 8M7-1l2 2",
    "M0 4h8",
    "M0 4h8M4 0v8",
    "M4 0v8",
)


def paint(colour: int, claims: int, prefix: str) -> str:
    """Return the fill of a colour: a claim's hatch, or plain grey for what is untraced."""
    return UNTRACED if colour >= claims else f"url(#{prefix}-hatch-{colour})"


def hatches(claims: int, prefix: str) -> str:
    """Return the definitions of every claim's hatch; colour and hatch repeat at different paces."""
    return group({}, (_hatch(colour, prefix) for colour in range(claims)))


def _hatch(colour: int, prefix: str) -> str:
    ground = element("rect", {"width": "8", "height": "8", "fill": _INKS[colour % len(_INKS)]})
    pen: dict[str, str | int] = {"d": _STROKES[colour % len(_STROKES)], "fill": "none"}
    pen |= {"stroke": _LINES[colour % len(_LINES)], "stroke-width": "1"}
    size: dict[str, str | int] = {"width": "8", "height": "8", "patternUnits": "userSpaceOnUse"}
    return element("pattern", {"id": f"{prefix}-hatch-{colour}"} | size, ground, element("path", pen))
