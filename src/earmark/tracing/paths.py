"""The explanation as paths: through whose hands the largest traced amounts went."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from earmark.ledger.wide import Index
    from earmark.tracing.trace import Traced
    from earmark.tracing.values import Trail

COVERED_PERCENT = 99


class Path(NamedTuple):
    """One claim's units in one commodity through the same holders, in order."""

    colour: int
    commodity: int
    holders: tuple[int, ...]
    quantity: int


class Paths(NamedTuple):
    """The largest paths until 99 % of a claim's ends is covered, and the others summed and counted."""

    largest: list[Path]
    rest_quantity: int
    rest_count: int


def paths(traced: Traced, colour: int, commodity: int) -> Paths:
    """Return one claim's paths in one commodity, largest first."""
    holders = traced.ledger.integers("legs", "holder")
    sums: dict[tuple[int, ...], int] = {}
    for end in traced.walk.ends:
        if end.colour == colour and end.commodity == commodity:
            key = _holders(end.trail, holders)
            sums[key] = sums.get(key, 0) + end.quantity
    ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return _covering(colour, commodity, ordered)


def _holders(trail: Trail | None, holders: Index) -> tuple[int, ...]:
    found: list[int] = []
    while trail is not None:
        found.append(int(holders[trail.leg]))
        trail = trail.before
    return tuple(reversed(found))


def _covering(colour: int, commodity: int, ordered: list[tuple[tuple[int, ...], int]]) -> Paths:
    whole = sum(quantity for _, quantity in ordered)
    largest: list[Path] = []
    covered = 0
    for holders, quantity in ordered:
        if covered * 100 >= whole * COVERED_PERCENT:
            break
        covered += quantity
        largest.append(Path(colour, commodity, holders, quantity))
    return Paths(largest, whole - covered, len(ordered) - len(largest))
