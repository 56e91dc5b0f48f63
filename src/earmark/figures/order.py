"""An order of lanes in which money runs down the page and few bands pass under a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from earmark.figures.bands import pipes_of
from earmark.figures.dust import simplified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.figures.bands import Pipe
    from earmark.figures.values import Flow, Lane

ROUNDS = 12
UPWARD = 60
Costs = dict[tuple[str, str], tuple[int, dict[str, int]]]


def arranged(flow: Flow) -> Flow:
    """Return the flow with its lanes in a good order; equal orders keep the given one.

    A simple descent: each round moves the one lane that helps most. The same flow always gives the
    same order.
    """
    pipes = pipes_of(simplified(flow).flow)
    costs = _costs(flow.lanes, pipes)
    names = tuple(lane.name for lane in flow.lanes)
    for _ in range(ROUNDS):
        better = min(_moves(names), key=lambda order: _cost(order, costs))
        if _cost(better, costs) >= _cost(names, costs):
            break
        names = better
    lanes = {lane.name: lane for lane in flow.lanes}
    return msgspec.structs.replace(flow, lanes=tuple(lanes[name] for name in names))


def _moves(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    moved = [names]
    for i, name in enumerate(names):
        rest = names[:i] + names[i + 1 :]
        moved += [(*rest[:j], name, *rest[j:]) for j in range(len(names)) if j != i]
    return moved


def _costs(lanes: Sequence[Lane], pipes: Sequence[Pipe]) -> Costs:
    """Weigh each pair of lanes, and what each third lane adds when it stands in between."""
    total = max(1, sum(pipe.quantity for pipe in pipes))
    active = {lane.name: _active(lane, pipes) for lane in lanes}
    costs: Costs = {}
    for pipe in pipes:
        weight = 10 + 1000 * pipe.quantity // total
        known, between = costs.get((pipe.payer, pipe.payee), (0, {}))
        for name, span in active.items():
            if span and span[0] < pipe.time < span[1]:
                between[name] = between.get(name, 0) + weight
        costs[pipe.payer, pipe.payee] = (known + weight, between)
    return costs


def _active(lane: Lane, pipes: Sequence[Pipe]) -> tuple[int, int] | None:
    times = [pipe.time for pipe in pipes if lane.name in (pipe.payer, pipe.payee)]
    times += [point.time for point in lane.points]
    if not times or not lane.points:
        return None
    goes_on = lane.role != "stopped" and max(lane.points, key=lambda p: p.time).balance > 0
    return min(times), max(times) + (10**20 if goes_on else 0)


def _cost(order: tuple[str, ...], costs: Costs) -> int:
    places = {name: place for place, name in enumerate(order)}
    total = 0
    for (payer, payee), (weight, between) in costs.items():
        low, high = sorted((places[payer], places[payee]))
        total += weight * (high - low) + (weight * UPWARD if places[payer] > low else 0)
        total += 4 * sum(more for name, more in between.items() if low < places[name] < high)
    return total
