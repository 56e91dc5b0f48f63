"""Paths as a page shows them: those that differ only in which holder of a group they pass are one route."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from earmark.report.amounts import Amount
from earmark.tracing.paths import COVERED_PERCENT, paths

if TYPE_CHECKING:
    from earmark.report.study import Study


class Route(NamedTuple):
    """One claim's units through the same groups in order; ``paths`` of them added up."""

    groups: tuple[str, ...]
    paths: int
    amount: Amount


class Routes(NamedTuple):
    """One claim's routes in one commodity, largest first, and the paths left out, summed and counted."""

    claim: str
    routes: tuple[Route, ...]
    rest: Amount
    rest_count: int

    def left(self, shown: int) -> Amount:
        """Add up the routes that a page leaves out and the rest."""
        more = sum(route.amount.quantity for route in self.routes[shown:])
        return Amount(self.rest.quantity + more, self.rest.commodity)

    def left_count(self, shown: int) -> int:
        """Count the paths that a page leaves out."""
        return self.rest_count + sum(route.paths for route in self.routes[shown:])


def routes(study: Study) -> list[Routes]:
    """Return the routes of every claim under the named rule: the paths that cover 99 %."""
    if not study.runs:
        return []
    traced = study.named()
    found = []
    for colour, commodity in sorted(traced.walk.sums):
        if any(e.colour == colour and e.commodity == commodity for e in traced.walk.ends):
            found.append(_routes(study, colour, commodity))
    return found


def _routes(study: Study, colour: int, commodity: int) -> Routes:
    traced = study.named()
    found = paths(traced, colour, commodity)
    unit = study.commodities[commodity]
    sums: dict[tuple[str, ...], tuple[int, int]] = {}
    for path in found.largest:
        names = [study.groups.group(traced.ledger.holder_names[h]) for h in path.holders]
        key = tuple(name for name, _ in groupby(names))
        count, quantity = sums.get(key, (0, 0))
        sums[key] = (count + 1, quantity + path.quantity)
    ordered = sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))
    return Routes(
        traced.claims[colour],
        tuple(Route(key, count, Amount(quantity, unit)) for key, (count, quantity) in ordered),
        Amount(found.rest_quantity, unit),
        found.rest_count,
    )


__all__ = ["COVERED_PERCENT", "Route", "Routes", "routes"]
