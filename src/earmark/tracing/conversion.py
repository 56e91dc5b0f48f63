"""Conversions: what leaves in one commodity goes on in another, and no quantity is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.tracing.rules import (
    amounts_by_colours,
    cut,
    joined,
    largest_remainder,
    pro_rata,
    total,
)
from earmark.tracing.values import Conversion, Fragment, Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.tracing.rules import Rule


class Converter:
    """The links of a walk, each with what was drawn into it so far and what it still has to give."""

    def __init__(self, conversions: Sequence[Conversion], rule: Rule) -> None:
        """Index the links by leg; a link with a problem gives nothing."""
        self.rule = rule
        self.by_out = {leg: link for link in conversions for leg in link.outs}
        self.by_in = {leg: link for link in conversions if not link.problem for leg in link.ins}
        self.sizes = {
            leg: size
            for link in conversions
            for leg, size in zip(link.ins, link.in_quantities, strict=True)
        }
        self.drawn: dict[tuple[int, ...], Pool] = {}
        self.pots: dict[tuple[int, ...], Pool] = {}

    def takes(self, leg: int) -> bool:
        """Tell whether an out-leg belongs to a link."""
        return leg in self.by_out

    def gives(self, leg: int) -> bool:
        """Tell whether an in-leg belongs to a link that the walk may follow."""
        return leg in self.by_in

    def problem_of(self, leg: int) -> str:
        """Return why the walk stops at this out-leg's link, or an empty string."""
        link = self.by_out[leg]
        return f"{link.name}: {link.problem}" if link.problem else ""

    def take_out(self, leg: int, taken: Pool) -> Pool:
        """Put an out-leg's units into its link and return those that count as converted."""
        link = self.by_out[leg]
        if link.problem:
            return []
        self.drawn[link.outs] = [*self.drawn.get(link.outs, []), *taken]
        return taken

    def give_in(self, leg: int) -> Pool:
        """Return the colours that a link lays on an in-leg, as many units as the leg has."""
        link = self.by_in[leg]
        size = self.sizes[leg]
        if link.outs not in self.pots:
            self.pots[link.outs] = self.converted(link)
        pot = self.pots[link.outs]
        if not self.rule.conserves:
            return [Fragment(piece.colours, size) for piece in pot]
        give = cut if self.rule.is_positional and self.cuts_in_order() else _give_shares
        given, self.pots[link.outs] = give(pot, size)
        return given

    def left_over(self) -> list[str]:
        """Return the links that took traced units and have not given all they are worth."""
        given = {outs for outs, pot in self.pots.items() if not total(pot)}
        return [
            link.name
            for link in {link.outs: link for link in self.by_out.values()}.values()
            if not link.problem
            and link.outs not in given
            and any(piece.colours for piece in self.drawn.get(link.outs, ()))
        ]

    def cuts_in_order(self) -> bool:
        """Tell whether the rule converts by position: fifo and lifo do, the others by shares."""
        return self.rule.name in ("fifo", "lifo")

    def converted(self, link: Conversion) -> Pool:
        """Turn the Q units drawn into R units of the other commodity."""
        drawn = joined(self.drawn.get(link.outs, []))
        received = sum(link.in_quantities)
        if not self.rule.conserves:
            return self.rule.take(drawn, total(drawn), False)[0] if drawn else []
        if self.cuts_in_order():
            return scaled(drawn, received)
        amounts = amounts_by_colours(drawn)
        shares = largest_remainder(received, list(amounts.values()))
        pot: Pool = []
        for colours, share in zip(amounts, shares, strict=True):
            pot += scaled([piece for piece in drawn if piece.colours == colours], share)
        return joined(pot)


def _give_shares(pot: Pool, size: int) -> tuple[Pool, Pool]:
    return pro_rata(pot, size, False)


def scaled(pool: Pool, received: int) -> Pool:
    """Map Q units in order onto R: a cut at x of Q falls at floor(x * R / Q)."""
    whole = total(pool)
    result: Pool = []
    passed = 0
    for piece in pool:
        start = passed * received // whole
        passed += piece.quantity
        result.append(piece._replace(quantity=passed * received // whole - start))
    return joined(result)
