"""The law: six rules, each a small pure function over an ordered pool of fragments.

``take(pool, quantity, elected)`` says which units leave a mixture and which stay; ``lay(drawn, sizes)``
says which of the units drawn inside one transaction arrive in which in-leg (DESIGN §3.1). ``sizes`` come
in filling order: see ``filling_order``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.tracing.values import Fragment, Leg, Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Taken = tuple[Pool, Pool]


def total(pool: Pool) -> int:
    """Return the units in a pool."""
    return sum(fragment.quantity for fragment in pool)


def joined(pool: Pool) -> Pool:
    """Return the pool with alike neighbours made one and empty fragments gone.

    The same trail is one object (``reference`` sees to it), so trails of any length compare at once.
    """
    result: Pool = []
    for piece in pool:
        if not piece.quantity:
            continue
        if result and result[-1].colours == piece.colours and result[-1].trail is piece.trail:
            piece = piece._replace(quantity=result.pop().quantity + piece.quantity)  # noqa: PLW2901
        result.append(piece)
    return result


def cut(pool: Pool, quantity: int) -> Taken:
    """Return the first units of a pool and the others, in order."""
    first: Pool = []
    for index, piece in enumerate(pool):
        if piece.quantity > quantity:
            first.append(piece._replace(quantity=quantity))
            rest = piece._replace(quantity=piece.quantity - quantity)
            return joined(first), [rest, *pool[index + 1 :]]
        first.append(piece)
        quantity -= piece.quantity
    return joined(first), []


def fifo(pool: Pool, quantity: int, elected: bool) -> Taken:
    """Take the earliest lot first (Clayton's case, Devaynes v Noble (1816) 1 Mer 572)."""
    return cut(pool, quantity)


def lifo(pool: Pool, quantity: int, elected: bool) -> Taken:
    """Take the latest lot first, its last units first; no authority, for comparison."""
    left, taken = cut(pool, total(pool) - quantity)
    return taken, left


def pro_rata(pool: Pool, quantity: int, elected: bool) -> Taken:
    """Take a proportional part of each colour (rolling charge: Barlow Clowes v Vaughan [1992])."""
    amounts = amounts_by_colours(pool)
    shares = largest_remainder(quantity, list(amounts.values()))
    taken: Pool = []
    left: Pool = []
    for colours, share in zip(amounts, shares, strict=True):
        first, rest = cut([piece for piece in pool if piece.colours == colours], share)
        taken += first
        left += rest
    return joined(taken), joined(left)


def hallett(pool: Pool, quantity: int, elected: bool) -> Taken:
    """Take untraced units first, traced last (Re Hallett's Estate (1880) 13 Ch D 696)."""
    return _preferring(pool, quantity, traced_first=False)


def oatway(pool: Pool, quantity: int, elected: bool) -> Taken:
    """Take traced units first where elected, as hallett elsewhere (Re Oatway [1903] 2 Ch 356)."""
    return _preferring(pool, quantity, traced_first=elected)


def poison(pool: Pool, quantity: int, elected: bool) -> Taken:
    """Take units that bear every colour of the pool: exposure, which does not conserve."""
    colours = tuple(sorted({colour for piece in pool for colour in piece.colours}))
    return [Fragment(colours, quantity)], joined([Fragment(colours, total(pool) - quantity)])


def _preferring(pool: Pool, quantity: int, *, traced_first: bool) -> Taken:
    preferred = [piece for piece in pool if bool(piece.colours) == traced_first]
    wanted = min(quantity, total(preferred))
    taken = [*cut(preferred, wanted)[0]]
    taken += cut([p for p in pool if bool(p.colours) != traced_first], quantity - wanted)[0]
    left: Pool = []
    skip = {True: wanted, False: quantity - wanted}
    for piece in pool:
        is_preferred = bool(piece.colours) == traced_first
        gone = min(skip[is_preferred], piece.quantity)
        skip[is_preferred] -= gone
        left.append(piece._replace(quantity=piece.quantity - gone))
    return joined(taken), joined(left)


def amounts_by_colours(pool: Pool) -> dict[tuple[int, ...], int]:
    """Return the units per colour, in order of claim with untraced last."""
    amounts: dict[tuple[int, ...], int] = {}
    for piece in sorted(pool, key=lambda piece: (not piece.colours, piece.colours)):
        amounts[piece.colours] = amounts.get(piece.colours, 0) + piece.quantity
    return amounts


def largest_remainder(quantity: int, weights: Sequence[int]) -> list[int]:
    """Share an integer in proportion to weights; the units left go to the largest remainders in order."""
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    shares = [quantity * weight // whole for weight in weights]
    remainders = [quantity * weight % whole for weight in weights]
    by_size = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))
    for index in by_size[: quantity - sum(shares)]:
        shares[index] += 1
    return shares


def drawing_order(rule: str, outs: Sequence[Leg]) -> list[Leg]:
    """Return a transaction's out-legs in the order they draw from a pool.

    Leg order; lifo mirrors it, so that one payment says the same written as one out-leg or as several.
    """
    return list(outs)[::-1] if rule == "lifo" else list(outs)


class Arrival(NamedTuple):
    """An in-leg to be filled: its size and what it is to the payers."""

    leg: int
    quantity: int
    is_fee: bool
    is_change: bool


def filling_order(rule: str, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Return in-legs in the order a rule fills them.

    Leg order with fees last; lifo mirrors it; hallett and oatway fill fees, then in-legs to others, then
    known change (in-legs back to a payer).
    """
    if rule in ("hallett", "oatway"):
        return sorted(arrivals, key=lambda a: (not a.is_fee, a.is_change, a.leg))
    ordered = sorted(arrivals, key=lambda a: (a.is_fee, a.leg))
    return ordered[::-1] if rule == "lifo" else ordered


def lay_in_order(drawn: Pool, sizes: Sequence[int], elected: bool) -> list[Pool]:
    """Lay what was drawn end to end against in-legs (fifo; lifo with its mirrored in-legs)."""
    laid: list[Pool] = []
    for size in sizes:
        first, drawn = cut(drawn, size)
        laid.append(first)
    return laid


def lay_in_shares(drawn: Pool, sizes: Sequence[int], elected: bool) -> list[Pool]:
    """Give each in-leg its proportional part of what is still unlaid."""
    laid: list[Pool] = []
    for size in sizes:
        first, drawn = pro_rata(drawn, size, elected)
        laid.append(first)
    return laid


def lay_by_preference(drawn: Pool, sizes: Sequence[int], elected: bool) -> list[Pool]:
    """Fill in-legs with untraced units first (hallett), or traced units first where elected (oatway)."""
    ordered = sorted(drawn, key=lambda piece: bool(piece.colours) != elected)
    return lay_in_order(ordered, sizes, elected)


def lay_poison(drawn: Pool, sizes: Sequence[int], elected: bool) -> list[Pool]:
    """Give every in-leg every colour that was drawn."""
    return [poison(drawn, size, elected)[0] for size in sizes]


class Rule(NamedTuple):
    """A rule's two functions, the name a court knows it by, and whether it conserves."""

    name: str
    law: str
    take: Callable[[Pool, int, bool], Taken]
    lay: Callable[[Pool, Sequence[int], bool], list[Pool]]
    conserves: bool = True
    is_positional: bool = True
    """Colours lie on intervals of lots; otherwise a holding is one amount per colour."""


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("fifo", "Clayton's case (1816)", fifo, lay_in_order),
        Rule("lifo", "no authority; for comparison", lifo, lay_in_order),
        Rule(
            "pro_rata",
            "rolling charge: Barlow Clowes v Vaughan [1992], Greymac (1986)",
            pro_rata,
            lay_in_shares,
            is_positional=False,
        ),
        Rule("hallett", "Re Hallett's Estate (1880)", hallett, lay_by_preference),
        Rule("oatway", "Re Oatway [1903]", oatway, lay_by_preference),
        Rule(
            "poison",
            "none: exposure, does not conserve",
            poison,
            lay_poison,
            conserves=False,
            is_positional=False,
        ),
    )
}
