"""The rolling charge against exact fractions."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.laws.strategies import Story, ends_of, examples, plain, stories, tracer_of, unlinked

from earmark.ledger.quantity import LIMIT
from earmark.ledger.values import Leg
from earmark.tracing.events import events_of, named_lots
from earmark.tracing.rules import largest_remainder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from earmark.tracing.trace import Traced
    from earmark.tracing.values import Event
    from earmark.tracing.values import Leg as WalkedLeg

Mix = dict[int, Fraction]
"""Units by colour; untraced is -1."""


class Exact(NamedTuple):
    """The exact answer, how many roundings the engine may make, and a factor that makes all whole."""

    ends: dict[tuple[str, str, str, str], Fraction]
    roundings: int
    factor: int


def _exact(traced: Traced) -> Exact:
    question, names = traced.question, traced.ledger.holder_names
    symbols = [one.symbol for one in traced.ledger.commodities]
    mixes: dict[tuple[int, int] | int, Mix] = {}
    ends: dict[tuple[str, str, str, str], Fraction] = {}
    roundings, factor = 0, 1

    def end(mix: Mix, holder: int, commodity: int, role: str) -> None:
        for colour, quantity in mix.items():
            if colour >= 0 and quantity:
                key = (traced.claims[colour], names[holder], symbols[commodity], role)
                ends[key] = ends.get(key, Fraction(0)) + quantity

    where: dict[tuple[int, int] | int, tuple[int, int]] = {}
    for event in events_of(traced.ledger):
        for leg, mix in _arrivals(event, mixes):
            roundings += 2
            for claim in question.claimed:
                if claim.leg == leg.position:
                    free = min(Fraction(claim.quantity or 0), mix.get(-1, Fraction(0)))
                    mix[-1] = mix.get(-1, Fraction(0)) - free
                    mix[claim.colour] = mix.get(claim.colour, Fraction(0)) + free
            factor = lcm(factor, *(part.denominator for part in mix.values()))
            role = question.roles(leg.holder)
            arrived = mix
            if role in ("destroyed", "unresolved") or (role == "fee" and not question.follow_fees):
                end(mix, leg.holder, leg.commodity, role)
                arrived = {-1: sum(mix.values(), Fraction(0))}
            named = leg.position in named_lots(traced.ledger)
            place = leg.position if named else (leg.holder, leg.commodity)
            where[place] = (leg.holder, leg.commodity)
            held = mixes.setdefault(place, {})
            for colour, quantity in arrived.items():
                held[colour] = held.get(colour, Fraction(0)) + quantity
    for place, (holder, commodity) in where.items():
        end(
            mixes[place],
            holder,
            commodity,
            "unresolved" if question.roles(holder) == "unknown" else "rests",
        )
        factor = lcm(factor, *(part.denominator for part in mixes[place].values()))
    return Exact(ends, roundings, factor)


def _arrivals(
    event: Event, mixes: dict[tuple[int, int] | int, Mix]
) -> Iterable[tuple[WalkedLeg, Mix]]:
    for commodity in dict.fromkeys(leg.commodity for leg in event.legs):
        drawn: Mix = {}
        legs = [leg for leg in event.legs if leg.commodity == commodity]
        for leg in (leg for leg in legs if not leg.is_in):
            place = leg.spends if leg.spends is not None else (leg.holder, leg.commodity)
            held = mixes.setdefault(place, {})
            whole = sum(held.values(), Fraction(0))
            missing = max(Fraction(0), (leg.quantity or 0) - whole)
            held[-1] = held.get(-1, Fraction(0)) + missing
            ratio = Fraction(leg.quantity or 0) / (whole + missing)
            for colour, quantity in held.items():
                drawn[colour] = drawn.get(colour, Fraction(0)) + quantity * ratio
                held[colour] = quantity - quantity * ratio
        whole = sum(drawn.values(), Fraction(0))
        for leg in (leg for leg in legs if leg.is_in):
            yield (
                leg,
                {colour: part * (leg.quantity or 0) / whole for colour, part in drawn.items()},
            )


@given(stories())
@examples(80)
def test_each_share_is_its_exact_fraction_but_for_the_roundings(story: Story) -> None:
    traced = tracer_of(unlinked(plain(story))).trace("pro_rata", "late")
    exact = _exact(traced)
    found = ends_of(traced)
    for key in {*found, *exact.ends}:
        gap = abs(found.get(key, 0) - exact.ends.get(key, Fraction(0)))
        assert gap < exact.roundings


@given(stories(7))
@examples(80)
def test_each_share_is_exact_where_everything_divides(story: Story) -> None:
    story = unlinked(plain(story))
    factor = _exact(tracer_of(story).trace("pro_rata", "late")).factor
    assume(factor * 1000 < LIMIT)
    traced = tracer_of(_scaled(story, factor)).trace("pro_rata", "late")
    assert ends_of(traced) == _exact(traced).ends


def _scaled(story: Story, factor: int) -> Story:
    def leg(one: Leg) -> Leg:
        return msgspec.structs.replace(one, quantity=(one.quantity or 0) * factor)

    made = tuple(
        msgspec.structs.replace(one, legs=tuple(leg(each) for each in one.legs))
        for one in story.document.transactions
    )
    claims = tuple(
        msgspec.structs.replace(one, quantity=one.quantity and one.quantity * factor)
        for one in story.terms.claims
    )
    return Story(
        msgspec.structs.replace(story.document, transactions=made),
        msgspec.structs.replace(story.terms, claims=claims),
    )


WEIGHTS = st.lists(st.integers(0, 10**40), min_size=1, max_size=6)


@given(WEIGHTS.flatmap(lambda ws: st.tuples(st.integers(0, sum(ws)), st.just(ws))))
def test_largest_remainder_gives_all_and_no_one_more_than_a_unit_beyond_his_share(
    given_out: tuple[int, list[int]],
) -> None:
    quantity, weights = given_out
    shares = largest_remainder(quantity, weights)
    whole = sum(weights)
    if not whole:
        assert shares == [0] * len(weights)
        return
    assert sum(shares) == quantity
    for share, weight in zip(shares, weights, strict=True):
        assert 0 <= share <= weight
        assert abs(share - Fraction(quantity * weight, whole)) < 1


def test_a_tie_goes_by_order_of_claim_with_the_untraced_last() -> None:
    assert largest_remainder(1, [1, 1, 1]) == [1, 0, 0]
    assert largest_remainder(2, [1, 1, 1]) == [1, 1, 0]
    assert largest_remainder(5, [0, 3, 3]) == [0, 3, 2]
