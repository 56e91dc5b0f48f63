"""The few SVG elements that figures use, as text; coordinates are integers, hundredths of a unit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from earmark.figures.values import Direction

Align = Literal["left", "middle", "right"]
FONTS = "'Noto Sans','Helvetica Neue',Arial,'Noto Sans Arabic','Geeza Pro',Tahoma,sans-serif"
INK, SOFT, PALE, PAPER = "#1a1a1a", "#595959", "#e4e4e4", "#ffffff"
TITLE_LIMIT = 600

_UNSAFE = re.compile(
    "[^\t\n\x20-\x7e\x85\xa0-\u2029\u202f-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)
_ANCHORS: dict[tuple[str, str], str] = {
    ("left", "ltr"): "start",
    ("right", "ltr"): "end",
    ("left", "rtl"): "end",
    ("right", "rtl"): "start",
}


def clean(text: str) -> str:
    """Return the text without what XML forbids or what could turn the reading order of its line."""
    return _UNSAFE.sub("\ufffd", text)


def escaped(text: str) -> str:
    """Return the text ready to stand in an element or in a quoted attribute."""
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(sign, entity)
    return text.replace("'", "&#39;")


def number(hundredths: int) -> str:
    """Print hundredths of a unit with at most two decimals: ``number(-150) == "-1.5"``."""
    whole, part = divmod(abs(hundredths), 100)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{whole}.{part:02d}".rstrip("0").rstrip(".") if part else f"{sign}{whole}"


def element(name: str, attributes: dict[str, str | int], *inside: str) -> str:
    """Return one element; integer attributes are hundredths of a unit, text ones are escaped."""
    written = "".join(
        f' {key}="{number(value) if isinstance(value, int) else escaped(clean(value))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>"


def tooltip(text: str) -> str:
    """Return a ``<title>`` with the text in full, bounded."""
    kept = text if len(text) <= TITLE_LIMIT else text[: TITLE_LIMIT - 1] + "…"
    return f"<title>{escaped(clean(kept))}</title>"


def words(  # noqa: PLR0913  (the parts of one line of print)
    x: int,
    y: int,
    content: str,
    *,
    align: Align = "left",
    direction: Direction = "ltr",
    size: int = 1400,
    fill: str = INK,
    bold: bool = False,
) -> str:
    """Return one line of text, isolated; ``align`` says which of its edges stands at ``x``."""
    anchor = _ANCHORS.get((align, direction), "middle")
    attributes: dict[str, str | int] = {"x": x, "y": y, "font-size": size, "fill": fill}
    attributes |= {"text-anchor": anchor, "direction": direction, "unicode-bidi": "isolate"}
    if bold:
        attributes["font-weight"] = "700"
    return element("text", attributes, escaped(clean(content)))


def box(x: int, y: int, width: int, height: int, fill: str, *inside: str) -> str:
    """Return a filled rectangle."""
    place: dict[str, str | int] = {"x": x, "y": y, "width": width, "height": height}
    return element("rect", place | {"fill": fill}, *inside)


def line(  # noqa: PLR0913  (two ends and a pen)
    x: int, y: int, to_x: int, to_y: int, *, stroke: str = INK, width: int = 75, dash: str = ""
) -> str:
    """Return a straight line."""
    place: dict[str, str | int] = {"x1": x, "y1": y, "x2": to_x, "y2": to_y}
    place |= {"stroke": stroke, "stroke-width": width}
    return element("line", place | {"stroke-dasharray": dash} if dash else place)


def outline(corners: Sequence[tuple[int, int]]) -> str:
    """Return path data of a closed shape."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in corners) + "Z"


def group(attributes: dict[str, str | int], inside: Iterable[str]) -> str:
    """Return a group, or nothing when it would be empty."""
    content = "\n".join(inside)
    return element("g", attributes, "\n", content, "\n") if content else ""
