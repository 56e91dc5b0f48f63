"""Colouring units that arrive: a claim or a conversion colours only what is untraced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.tracing.rules import amounts_by_colours, cut, joined, total
from earmark.tracing.values import Fragment, Pool

if TYPE_CHECKING:
    from earmark.tracing.rules import Rule


def recoloured(pool: Pool, colours: tuple[int, ...] = ()) -> Pool:
    """Return the same units with other colours and no trail."""
    return joined([Fragment(colours, piece.quantity) for piece in pool])


def paint(arrived: Pool, painted: Pool, rule: Rule) -> tuple[Pool, Pool]:
    """Colour the first units of what arrived as painted; return the pool and the overlap.

    Units that arrive coloured keep their colour; the paint that would have fallen on them is the
    overlap. Under poison every unit takes every colour and nothing overlaps.
    """
    if not rule.conserves:
        colours = {colour for piece in (*arrived, *painted) for colour in piece.colours}
        return recoloured(arrived, tuple(sorted(colours))), []
    if rule.is_positional:
        return _paint_in_order(arrived, painted)
    return _paint_amounts(arrived, painted)


def _paint_in_order(arrived: Pool, painted: Pool) -> tuple[Pool, Pool]:
    result: Pool = []
    overlap: Pool = []
    for paint_piece in painted:
        under, arrived = cut(arrived, paint_piece.quantity)
        for piece in under:
            colour = paint_piece._replace(quantity=piece.quantity)
            result.append(piece if piece.colours or not colour.colours else colour)
            if piece.colours and colour.colours:
                overlap.append(colour)
    return joined([*result, *arrived]), overlap


def _paint_amounts(arrived: Pool, painted: Pool) -> tuple[Pool, Pool]:
    untraced = amounts_by_colours(arrived).get((), 0)
    result: Pool = [piece for piece in arrived if piece.colours]
    overlap: Pool = []
    for piece in painted:
        if not piece.colours:
            continue
        free = min(piece.quantity, untraced)
        untraced -= free
        result.append(piece._replace(quantity=free))
        overlap.append(piece._replace(quantity=piece.quantity - free))
    assert total(result) + untraced == total(arrived)
    return joined([*result, Fragment((), untraced)]), joined(overlap)
