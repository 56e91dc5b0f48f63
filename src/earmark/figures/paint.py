"""Colours and hatches that stay apart in print, in greyscale and for colour-blind eyes."""

from __future__ import annotations

from earmark.figures.svg import element, group, line

UNTRACED, UNTRACED_STRIPE = "#d4d4d4", "#8a8a8a"
_INKS = ("#1b3f66", "#eaa83c", "#2f9184", "#9c2f4f", "#93bfe6", "#6c4f9c")
_LINES = ("#456a94", "#7a4a00", "#d3efe9", "#f0c3cf", "#1f4f7d", "#d9cdf0")
_HAIRS = ("#1b3f66", "#a86a00", "#1f7468", "#9c2f4f", "#3f7fb8", "#6c4f9c")
_STROKES = (
    "M-1 1l2-2M0 8l8-8M7 9l2-2",
    "M-1 7l2 2M0 0l8 8M7-1l2 2",
    "M0 4h8",
    "M0 4h8M4 0v8",
    "M4 0v8",
)


_DASHES = ("2 1.2", "5 1 1 1", "1 1", "4 2", "3 1 1 1 1 1")
_UNTRACED_DASH = "0.8 3"


def paint(colour: int, claims: int, prefix: str) -> str:
    """Return a fill, of bars and bands of any width: a claim's hatch, or grey stripes for the untraced."""
    return f"url(#{prefix}-fill-{min(colour, claims)})"


def hairline(
    start: tuple[int, int], end: tuple[int, int], width: int, colour: int, claims: int
) -> str:
    """Return the broken line of what is too small for a band or a bar, in its claim's ink and dash."""
    is_traced = colour < claims
    ink = _HAIRS[colour % len(_HAIRS)] if is_traced else UNTRACED_STRIPE
    dash = _DASHES[colour % len(_DASHES)] if is_traced else _UNTRACED_DASH
    return line(*start, *end, stroke=ink, width=width, dash=dash)


def hatches(claims: int, prefix: str) -> str:
    """Return the definitions of every fill; colour and hatch repeat at different paces."""
    hatched = [
        _hatch(
            f"{prefix}-fill-{colour}",
            _INKS[colour % len(_INKS)],
            _STROKES[colour % len(_STROKES)],
            _LINES[colour % len(_LINES)],
        )
        for colour in range(claims)
    ]
    striped = _hatch(f"{prefix}-fill-{claims}", UNTRACED, "M0 2h8M0 6h8", UNTRACED_STRIPE, 200)
    return group({}, [*hatched, striped])


def _hatch(name: str, ink: str, strokes: str, pen_ink: str, width: int = 100) -> str:
    size: dict[str, str | int] = {"id": name, "width": "8", "height": "8"}
    size["patternUnits"] = "userSpaceOnUse"
    ground = element("rect", {"width": "8", "height": "8", "fill": ink})
    pen: dict[str, str | int] = {"d": strokes, "fill": "none"}
    pen |= {"stroke": pen_ink, "stroke-width": width}
    return element("pattern", size, ground, element("path", pen))
