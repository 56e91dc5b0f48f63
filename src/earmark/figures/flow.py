"""The flow figure: time on x, holders as bars of their balance, movements as bands between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.figures import svg
from earmark.figures.check import check
from earmark.figures.drawing import body
from earmark.figures.dust import simplified
from earmark.figures.layout import WIDTH, framed
from earmark.figures.legend import header, legend
from earmark.figures.paint import hatches

if TYPE_CHECKING:
    from earmark.figures.values import Flow

AXIS_HEIGHT = 4_000


def flow_figure(flow: Flow, prefix: str = "flow") -> str:
    """Return the flow as one ``<svg>``: to stand in a page or in a file of its own, without script.

    1000 units wide; the height follows the lanes. Every id begins with ``prefix``, so that several
    figures can share a page. The same flow always gives the same bytes. Raises EarmarkError when
    there is too much or nothing to draw, ValueError when the flow contradicts itself.
    """
    check(flow, prefix)
    simple = simplified(flow)
    head, top = header(simple.flow)
    frame = framed(simple.flow, top)
    key, height = legend(frame, simple, prefix, frame.bottom + AXIS_HEIGHT)
    paper = svg.box(0, 0, WIDTH, height, svg.PAPER)
    names = _names(flow, prefix)
    definitions = svg.element("defs", {}, hatches(len(flow.claims), prefix))
    parts = (*names, definitions, paper, head, body(frame, prefix), key)
    return svg.element("svg", _frame(height, prefix), "\n", "\n".join(parts), "\n") + "\n"


def _names(flow: Flow, prefix: str) -> tuple[str, str]:
    title = svg.element("title", {"id": f"{prefix}-title"}, svg.escaped(svg.clean(flow.title)))
    text = svg.escaped(svg.clean(flow.description))
    return title, svg.element("desc", {"id": f"{prefix}-desc"}, text)


def _frame(height: int, prefix: str) -> dict[str, str | int]:
    return {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {svg.number(WIDTH)} {svg.number(height)}",
        "width": "100%",
        "role": "img",
        "aria-labelledby": f"{prefix}-title {prefix}-desc",
        "direction": "ltr",
        "font-family": svg.FONTS,
    }
