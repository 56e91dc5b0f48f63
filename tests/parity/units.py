"""Tracing unit by unit: every coin a list item with at most one colour. Slow, and plain enough to be believed.

It shares no code with the engine. Lots are lists of coins; a payment takes coins out of a list and puts
them into others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from earmark.tracing.values import Event, Leg, Question

Coin = int | None
"""The colour of a coin; null is untraced."""

End = tuple[int, int, int, str]
"""(colour, holder, commodity, role)."""


@dataclass
class World:
    """Every purse and named lot, the links under way, and what has ended."""

    question: Question
    named: frozenset[int]
    purses: dict[tuple[int, int], list[Coin]] = field(default_factory=dict)
    lots: dict[int, tuple[tuple[int, int], list[Coin]]] = field(default_factory=dict)
    links: dict[int, list[Coin]] = field(default_factory=dict)
    received: dict[int, list[Coin]] = field(default_factory=dict)
    ends: dict[End, int] = field(default_factory=dict)

    def end(self, coin: Coin, leg: Leg, role: str) -> None:
        """Count one coin that ends here."""
        if coin is not None:
            key = (coin, leg.holder, leg.commodity, role)
            self.ends[key] = self.ends.get(key, 0) + 1


def simulate(events: Iterable[Event], question: Question, named: frozenset[int]) -> dict[End, int]:
    """Return the units that end, by colour, holder, commodity and role."""
    world = World(question, named)
    for event in events:
        if (
            question.horizon_us is None
            or event.order_us is None
            or event.order_us <= question.horizon_us
        ):
            _play(world, event)
    for (holder, commodity), coins in [*world.purses.items(), *world.lots.values()]:
        role = "unresolved" if question.roles(holder) == "unknown" else "rests"
        for coin in coins:
            if coin is not None:
                key = (coin, holder, commodity, role)
                world.ends[key] = world.ends.get(key, 0) + 1
    return world.ends


def _play(world: World, event: Event) -> None:
    drawn: dict[int, list[Coin]] = {}
    elected: dict[int, bool] = {}
    for commodity in {leg.commodity for leg in event.legs}:
        outs = [leg for leg in event.legs if not leg.is_in and leg.commodity == commodity]
        mirrored = outs[::-1] if world.question.rule == "lifo" else outs
        taken = {leg.position: _take(world, leg) for leg in mirrored}
        drawn[commodity] = [
            coin for leg in outs for coin in _leave(world, event, leg, taken[leg.position])
        ]
        elected[commodity] = any(_is_elected(world, leg) for leg in outs)
    for commodity, coins in drawn.items():
        legs = [leg for leg in event.legs if leg.commodity == commodity]
        for leg, part in _lay(world, legs, coins, is_elected=elected[commodity]).items():
            _arrive(world, event, leg, part)


def _is_elected(world: World, leg: Leg) -> bool:
    return world.question.rule == "oatway" and (
        not world.question.elected or leg.position in world.question.elected
    )


def _take(world: World, leg: Leg) -> list[Coin]:
    if leg.spends is None:
        coins = world.purses.setdefault((leg.holder, leg.commodity), [])
    else:
        coins = world.lots.setdefault(leg.spends, ((leg.holder, leg.commodity), []))[1]
    coins += [None] * ((leg.quantity or 0) - len(coins))
    chosen = sorted(_choice(world, leg, coins)[: leg.quantity or 0])
    taken = [coins[place] for place in chosen]
    if world.question.rule in ("hallett", "oatway"):
        first_traced = _is_elected(world, leg)
        taken.sort(key=lambda coin: (coin is not None) != first_traced)
    coins[:] = [coin for place, coin in enumerate(coins) if place not in set(chosen)]
    return taken


def _choice(world: World, leg: Leg, coins: list[Coin]) -> list[int]:
    """Return the places of the coins, those that leave first at the front."""
    places = list(range(len(coins)))
    if world.question.rule == "lifo":
        return places[::-1]
    if world.question.rule in ("hallett", "oatway"):
        first_traced = _is_elected(world, leg)
        return sorted(places, key=lambda place: (coins[place] is not None) != first_traced)
    return places


def _leave(world: World, event: Event, leg: Leg, coins: list[Coin]) -> list[Coin]:
    for link in world.question.conversions:
        if leg.position in link.outs:
            if link.problem:
                for coin in coins:
                    world.end(coin, leg, "stopped")
            else:
                world.links.setdefault(link.outs[0], []).extend(coins)
            return [None] * len(coins)
    if any(stop.tx == event.tx for stop in world.question.stops):
        for coin in coins:
            world.end(coin, leg, "stopped")
        return [None] * len(coins)
    return coins


def _lay(
    world: World, legs: list[Leg], coins: list[Coin], *, is_elected: bool
) -> dict[Leg, list[Coin]]:
    payers = {leg.holder for leg in legs if not leg.is_in}
    ins = [leg for leg in legs if leg.is_in]
    fees = [leg for leg in ins if world.question.roles(leg.holder) == "fee"]
    others = [leg for leg in ins if leg not in fees]
    rule = world.question.rule
    if rule in ("hallett", "oatway"):
        coins = sorted(coins, key=lambda coin: (coin is not None) != is_elected)
        change = [leg for leg in others if leg.holder in payers]
        fees_change = [leg for leg in fees if leg.holder in payers]
        order = [leg for leg in fees if leg not in fees_change] + fees_change
        order += [leg for leg in others if leg not in change] + change
    else:
        order = others + fees
    if rule == "lifo":
        order = order[::-1]
    laid = {}
    for leg in order:
        laid[leg], coins = coins[: leg.quantity], coins[leg.quantity :]
    return {leg: laid[leg] for leg in ins}


def _arrive(world: World, event: Event, leg: Leg, coins: list[Coin]) -> None:
    for link in world.question.conversions:
        if leg.position in link.ins and not link.problem:
            _paint(coins, _bought(world, link.outs[0], sum(link.in_quantities), len(coins)))
    for claim in world.question.claimed:
        if claim.leg == leg.position:
            part = len(coins) if claim.quantity is None else claim.quantity
            _paint(coins, [claim.colour] * part)
    role = _ending(world, event, leg, coins)
    if role:
        for coin in coins:
            world.end(coin, leg, role)
        coins = [None] * len(coins)
    if leg.position in world.named:
        world.lots[leg.position] = ((leg.holder, leg.commodity), coins)
    else:
        world.purses.setdefault((leg.holder, leg.commodity), []).extend(coins)


def _paint(coins: list[Coin], paint: list[Coin]) -> None:
    for place, colour in enumerate(paint):
        if coins[place] is None:
            coins[place] = colour


def _bought(world: World, link: int, received: int, size: int) -> list[Coin]:
    """Cut what was paid at every unit: the cut at x of Q falls at floor(x * R / Q)."""
    if link not in world.received:
        paid = world.links.get(link, [])
        coins: list[Coin] = []
        for place, coin in enumerate(paid):
            first, last = (end * received // len(paid) for end in (place, place + 1))
            coins += [coin] * (last - first)
        world.received[link] = coins
    line = world.received[link]
    given, world.received[link] = line[:size], line[size:]
    return given


def _ending(world: World, event: Event, leg: Leg, coins: list[Coin]) -> str:
    traced = sum(coin is not None for coin in coins)
    for stop in world.question.stops:
        first, last = event.span_us
        since = stop.from_us is None or last is None or last >= stop.from_us
        until = stop.to_us is None or first is None or first <= stop.to_us
        if leg.holder in stop.holders and since and until:
            return "stopped"
    role = world.question.roles(leg.holder)
    if role == "fee":
        return "" if world.question.follow_fees else "fee"
    if role in ("destroyed", "unresolved"):
        return role
    return "rests" if traced < world.question.dust.get(leg.commodity, 0) else ""
