"""The reference engine: plain Python, to be read aloud in court. It is the specification.

It goes through the events in order. Each out-leg draws from its holder's pool as the rule says; what was
drawn inside one transaction is laid against the in-legs; links and claims colour units that arrive; stops,
fees, destruction and dust end the walk; the rest goes into the receiver's pool (DESIGN §3.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.tracing.colouring import paint, recoloured
from earmark.tracing.conversion import Converter
from earmark.tracing.rules import RULES, Arrival, Rule, drawing_order, filling_order, joined, total
from earmark.tracing.values import (
    ALWAYS,
    ClaimedLeg,
    End,
    Event,
    Fragment,
    Holding,
    Leg,
    Pool,
    Question,
    Span,
    StopAt,
    Trail,
    Walk,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS = (
    "claimed",
    "converted_in",
    "rests",
    "stopped",
    "fees",
    "destroyed",
    "unresolved",
    "withdrawn",
    "overlap",
    "converted_out",
)
ROLE_WORDS = {
    "rests": "rests",
    "stopped": "stopped",
    "fee": "fees",
    "destroyed": "destroyed",
    "unresolved": "unresolved",
}


class ConservationError(AssertionError):
    """The law of the result does not hold: a fault of the program, never of the evidence."""


def walk(events: Iterable[Event], question: Question, named: frozenset[int] = frozenset()) -> Walk:
    """Follow every claim through the events and return where it ended.

    ``named`` are the in-legs that some out-leg spends by name: they never enter a pool. Raises
    ConservationError when the law of the result fails.
    """
    engine = _Engine(question, named)
    for event in events:
        if _is_beyond(event, question.horizon_us):
            engine.note_beyond_horizon(event)
        else:
            engine.take_event(event)
    engine.close()
    check_law(engine.result, RULES[question.rule])
    if engine.rule.conserves and question.horizon_us is None and engine.converter.left_over():
        raise ConservationError(f"links gave too little: {engine.converter.left_over()}")
    return engine.result


def check_law(result: Walk, rule: Rule) -> None:
    """Assert claimed + converted_in = all the ends, per claim and commodity, to the last unit."""
    for (colour, commodity), sums in result.sums.items():
        if rule.conserves and difference(sums):
            raise ConservationError(f"claim {colour}, commodity {commodity}: {sums}")


def difference(sums: dict[str, int]) -> int:
    """Return what the law of the result leaves over (zero when it holds)."""
    gone = sum(sums.get(word, 0) for word in WORDS[2:])
    return sums.get("claimed", 0) + sums.get("converted_in", 0) - gone


def _is_beyond(event: Event, horizon_us: int | None) -> bool:
    return horizon_us is not None and event.order_us is not None and event.order_us > horizon_us


class _Engine:
    """The state of one walk: pools by holding, named lots, links under way, and the answer so far."""

    def __init__(self, question: Question, named: frozenset[int]) -> None:
        self.question = question
        self.rule = RULES[question.rule]
        self.named = named
        self.pools: dict[Holding, Pool] = {}
        self.lots: dict[int, tuple[Holding, Pool]] = {}
        self.converter = Converter(question.conversions, self.rule)
        self.claimed: dict[int, list[ClaimedLeg]] = {}
        for claim in question.claimed:
            self.claimed.setdefault(claim.leg, []).append(claim)
        self.stops: dict[int, list[tuple[int, StopAt]]] = {}
        self.stopped_transactions: dict[int, list[int]] = {}
        for position, stop in enumerate(question.stops):
            for holder in stop.holders:
                self.stops.setdefault(holder, []).append((position, stop))
            if stop.tx is not None:
                self.stopped_transactions.setdefault(stop.tx, []).append(position)
        self.spent_beyond_horizon: set[Holding] = set()
        self.holders: dict[int, int] = {}
        self.result = Walk([], {}, {}, set())

    def take_event(self, event: Event) -> None:
        """Draw every commodity before any arrives: what a swap pays decides the colours it brings."""
        by_commodity: dict[int, list[Leg]] = {}
        for leg in event.legs:
            by_commodity.setdefault(leg.commodity, []).append(leg)
        drawn = {
            commodity: self.draw(event, [leg for leg in legs if not leg.is_in])
            for commodity, legs in by_commodity.items()
        }
        for commodity, legs in by_commodity.items():
            self.deliver(event, [leg for leg in legs if leg.is_in], legs, drawn[commodity])

    def draw(self, event: Event, outs: list[Leg]) -> Pool:
        known = [leg for leg in outs if leg.quantity is not None]
        unknown = [leg for leg in outs if leg.quantity is None]
        self.result.unknown_out_legs += sum(self.is_coloured(leg) for leg in unknown)
        taken = {
            leg.position: self.take_leg(leg, leg.quantity or 0)
            for leg in drawing_order(self.rule.name, known)
        }
        return joined(
            [piece for leg in known for piece in self.left(event, leg, taken[leg.position])]
        )

    def left(self, event: Event, leg: Leg, taken: Pool) -> Pool:
        """Note what one out-leg took; what a link or a stop takes goes on untraced."""
        self.note_leg(leg, taken)
        if self.converter.takes(leg.position):
            for piece in self.converter.take_out(leg.position, taken):
                self.count_converted(piece, leg)
            problem = self.converter.problem_of(leg.position)
            if problem:
                self.end_all(taken, leg, "stopped", None, problem)
            taken = recoloured(taken)
        for position in self.stopped_transactions.get(event.tx, ()):
            if _is_valid(self.question.stops[position], leg.holder, event.span_us):
                self.end_all(taken, leg, "stopped", position, "")
                return recoloured(taken)
        return taken

    def take_leg(self, leg: Leg, quantity: int) -> Pool:
        if leg.spends is not None:
            holding, lot = self.lots.get(leg.spends, ((leg.holder, leg.commodity), []))
            taken, left = self.take_from(lot, leg, quantity)
            self.lots[leg.spends] = (holding, left)
            return taken
        holding = (leg.holder, leg.commodity)
        taken, left = self.take_from(self.pools.get(holding, []), leg, quantity)
        self.pools[holding] = left
        return taken

    def take_from(self, pool: Pool, leg: Leg, quantity: int) -> tuple[Pool, Pool]:
        """Draw by the rule; a holder outside the known record pays in untraced units."""
        missing = quantity - total(pool)
        if missing > 0:
            pool = joined([*pool, Fragment((), missing)])
        return self.rule.take(pool, quantity, self.is_elected(leg.position))

    def is_elected(self, leg: int) -> bool:
        if self.rule.name != "oatway":
            return False
        return not self.question.elected or leg in self.question.elected

    def deliver(self, event: Event, ins: list[Leg], legs: list[Leg], drawn: Pool) -> None:
        payers = {leg.holder for leg in legs if not leg.is_in}
        known = [leg for leg in ins if leg.quantity is not None]
        arrivals = filling_order(self.rule.name, [self.arrival(leg, payers) for leg in known])
        sizes = [arrival.quantity for arrival in arrivals]
        drawn = self.evened(drawn, sum(sizes), legs)
        elected = any(self.is_elected(leg.position) for leg in legs if not leg.is_in)
        laid = self.rule.lay(drawn, sizes, elected)
        by_leg = {arrival.leg: pool for arrival, pool in zip(arrivals, laid, strict=True)}
        for leg in known:
            self.arrive(event, leg, by_leg[leg.position])

    def arrival(self, leg: Leg, payers: set[int]) -> Arrival:
        is_fee = self.question.roles(leg.holder) == "fee"
        return Arrival(leg.position, leg.quantity or 0, is_fee, leg.holder in payers)

    def evened(self, drawn: Pool, wanted: int, legs: list[Leg]) -> Pool:
        """Make the drawn units fit the known in-legs where the record leaves quantities unknown."""
        missing = wanted - total(drawn)
        if missing >= 0:
            return joined([*drawn, Fragment((), missing)])
        outs = [leg for leg in legs if not leg.is_in]
        elected = any(self.is_elected(leg.position) for leg in outs)
        over, kept = self.rule.take(drawn, -missing, elected)
        traced = [leg for leg in outs if self.result.legs.get(leg.position)]
        for piece in over:
            payer = next((leg for leg in traced if self.held(piece) == leg.holder), None)
            at = payer or (traced or outs)[0]
            self.end_all([piece], at, "unresolved", None, "the quantity received is unknown")
        return kept

    def held(self, piece: Fragment) -> int | None:
        """Return who held a traced piece before it was drawn."""
        return None if piece.trail is None else self.holders.get(piece.trail.leg)

    def arrive(self, event: Event, leg: Leg, pool: Pool) -> None:
        if self.converter.gives(leg.position):
            painted = self.converter.give_in(leg.position)
            for piece in painted:
                self.count(piece, leg, "converted_in")
            pool = self.paint(pool, painted, leg)
        for claim in self.claimed.get(leg.position, ()):
            part = total(pool) if claim.quantity is None else claim.quantity
            painted = [Fragment((claim.colour,), part)]
            self.count(painted[0], leg, "claimed")
            pool = self.paint(pool, painted, leg)
        self.note_leg(leg, pool)
        self.settle(event, leg, self.moved(pool, leg))

    def paint(self, pool: Pool, painted: Pool, leg: Leg) -> Pool:
        pool, overlap = paint(pool, painted, self.rule)
        for piece in overlap:
            self.count(piece, leg, "overlap")
        return pool

    def moved(self, pool: Pool, leg: Leg) -> Pool:
        self.holders[leg.position] = leg.holder
        """Lengthen the trails of traced units; those that came the same way go on sharing one."""
        trails: dict[int, Trail] = {}
        for piece in pool:
            trails.setdefault(id(piece.trail), Trail(leg.position, piece.trail))
        return [p._replace(trail=trails[id(p.trail)]) if p.colours else p for p in pool]

    def settle(self, event: Event, leg: Leg, pool: Pool) -> None:
        """End what must end on arrival and put everything into the receiver's pool."""
        if any(piece.colours for piece in pool):
            role, stop, reason = self.ending(event, leg, pool)
            if role:
                self.end_all(pool, leg, role, stop, reason)
                pool = recoloured(pool)
            else:
                self.result.touched.add((leg.holder, leg.commodity))
        if leg.position in self.named:
            self.lots[leg.position] = ((leg.holder, leg.commodity), joined(pool))
            return
        holding = (leg.holder, leg.commodity)
        self.pools[holding] = self.pooled([*self.pools.get(holding, []), *pool])

    def pooled(self, pool: Pool) -> Pool:
        """Keep an ordered pool; where order means nothing, one amount per colour (per trail)."""
        if self.rule.conserves:
            if not self.rule.is_positional:
                pool = sorted(pool, key=lambda p: (not p.colours, p.colours))
            return joined(pool)
        return self.rule.take(pool, total(pool), False)[0]

    def ending(self, event: Event, leg: Leg, pool: Pool) -> tuple[str, int | None, str]:
        for position, stop in self.stops.get(leg.holder, ()):
            if _is_valid(stop, leg.holder, event.span_us):
                return "stopped", position, ""
        role = self.question.roles(leg.holder)
        if role in ("fee", "destroyed", "unresolved"):
            return ("" if role == "fee" and self.question.follow_fees else role), None, ""
        traced = sum(piece.quantity for piece in pool if piece.colours)
        if traced < self.question.dust.get(leg.commodity, 0):
            return "rests", None, "dust"
        return "", None, ""

    def end_all(self, pool: Pool, leg: Leg, role: str, stop: int | None, reason: str) -> None:
        for piece in pool:
            for colour in piece.colours:
                end = End(
                    colour,
                    leg.holder,
                    leg.commodity,
                    role,
                    stop,
                    reason,
                    piece.quantity,
                    piece.trail,
                )
                self.result.ends.append(end)
                self.add(colour, leg.commodity, ROLE_WORDS[role], piece.quantity)

    def count(self, piece: Fragment, leg: Leg, word: str) -> None:
        for colour in piece.colours:
            self.add(colour, leg.commodity, word, piece.quantity)

    def count_converted(self, piece: Fragment, leg: Leg) -> None:
        self.count(piece, leg, "converted_out")

    def add(self, colour: int, commodity: int, word: str, quantity: int) -> None:
        sums = self.result.sums.setdefault((colour, commodity), {})
        sums[word] = sums.get(word, 0) + quantity

    def note_leg(self, leg: Leg, pool: Pool) -> None:
        for piece in pool:
            for colour in piece.colours:
                amounts = self.result.legs.setdefault(leg.position, {})
                amounts[colour] = amounts.get(colour, 0) + piece.quantity

    def is_coloured(self, leg: Leg) -> bool:
        pool = self.pools.get((leg.holder, leg.commodity), [])
        if leg.spends is not None:
            pool = self.lots[leg.spends][1] if leg.spends in self.lots else []
        return any(piece.colours for piece in pool)

    def note_beyond_horizon(self, event: Event) -> None:
        self.spent_beyond_horizon.update(
            (leg.holder, leg.commodity) for leg in event.legs if not leg.is_in
        )

    def close(self) -> None:
        """Turn what is still in pools and named lots into rests."""
        rests = [*self.pools.items(), *self.lots.values()]
        for holding, pool in sorted(rests, key=lambda rest: rest[0]):
            reason = "horizon" if holding in self.spent_beyond_horizon else ""
            role = "unresolved" if self.question.roles(holding[0]) == "unknown" else "rests"
            at = Leg(-1, holding[0], holding[1], None, True)
            self.end_all(pool, at, role, None, reason)


def _is_valid(stop: StopAt, holder: int, moved_us: Span) -> bool:
    """Tell whether a movement may have happened while the stop, and what ties the holder to it, held."""
    ties = stop.spans_us.get(holder, (ALWAYS,))
    return any(_may_coincide(moved_us, tie, (stop.from_us, stop.to_us)) for tie in ties)


def _may_coincide(*spans_us: Span) -> bool:
    """Tell whether some moment lies in every span; an open end excludes none."""
    firsts = [first for first, _ in spans_us if first is not None]
    lasts = [last for _, last in spans_us if last is not None]
    return not firsts or not lasts or max(firsts) <= min(lasts)
