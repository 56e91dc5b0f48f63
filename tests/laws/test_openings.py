"""Law 3: a holding never goes below zero, and what is added for that is exactly what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from tests.laws.strategies import Story, built, examples, stories

from earmark.ledger.placing import rearranged, without_openings
from earmark.ledger.reserved import OPENING, may_go_below_zero
from earmark.tracing.events import events_of, named_lots

if TYPE_CHECKING:
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.values import Placement

PLACEMENTS: tuple[Placement, ...] = ("late", "early")
Holding = tuple[str, int]


def _lowest(ledger: Ledger) -> dict[Holding, int]:
    """Return the lowest balance of each pool, payments counted before receipts of one transaction."""
    named = named_lots(ledger)
    balance: dict[Holding, int] = {}
    lowest: dict[Holding, int] = {}
    for event in events_of(ledger):
        for is_in in (False, True):
            for leg in event.legs:
                if leg.is_in is not is_in or leg.spends is not None or leg.position in named:
                    continue
                key = (ledger.holder_names[leg.holder], leg.commodity)
                balance[key] = balance.get(key, 0) + (leg.quantity or 0) * (1 if is_in else -1)
                lowest[key] = min(lowest.get(key, 0), balance[key])
    return lowest


def _opened(ledger: Ledger) -> dict[Holding, int]:
    found: dict[Holding, int] = {}
    for event in events_of(ledger):
        if ledger.holder_names[event.legs[0].holder] == OPENING:
            out, into = event.legs
            assert out.quantity == into.quantity
            key = (ledger.holder_names[into.holder], into.commodity)
            found[key] = found.get(key, 0) + (into.quantity or 0)
    return found


@given(stories(12))
@examples(80)
def test_openings_are_exactly_what_is_missing_wherever_they_stand(story: Story) -> None:
    record = without_openings(built(story.document).ledger)
    missing = {
        key: -low
        for key, low in _lowest(record).items()
        if low < 0 and not may_go_below_zero(key[0])
    }
    for placement in PLACEMENTS:
        ledger = built(story.document, placement).ledger
        assert _opened(ledger) == missing
        assert all(may_go_below_zero(key[0]) or low >= 0 for key, low in _lowest(ledger).items())


@given(stories(12))
@examples(60)
def test_late_openings_stand_just_before_the_shortfall(story: Story) -> None:
    ledger = built(story.document).ledger
    events = list(events_of(ledger))
    balance: dict[Holding, int] = {}
    named = named_lots(ledger)
    for number, event in enumerate(events):
        for leg in event.legs:
            if leg.spends is None and leg.position not in named:
                key = (ledger.holder_names[leg.holder], leg.commodity)
                balance[key] = balance.get(key, 0) + (leg.quantity or 0) * (1 if leg.is_in else -1)
        if ledger.holder_names[event.legs[0].holder] == OPENING:
            _, into = event.legs
            following = next(
                one for one in events[number:] if ledger.holder_names[one.legs[0].holder] != OPENING
            )
            drawn = sum(
                leg.quantity or 0
                for leg in following.legs
                if not leg.is_in
                and leg.spends is None
                and (leg.holder, leg.commodity) == (into.holder, into.commodity)
            )
            key = (ledger.holder_names[into.holder], into.commodity)
            assert 0 < balance[key] <= drawn


@given(stories(12))
@examples(60)
def test_early_openings_are_the_first_lots_of_their_holdings(story: Story) -> None:
    ledger = built(story.document, "early").ledger
    seen: set[Holding] = set()
    named = named_lots(ledger)
    for event in events_of(ledger):
        if ledger.holder_names[event.legs[0].holder] == OPENING:
            into = event.legs[1]
            assert (ledger.holder_names[into.holder], into.commodity) not in seen
        seen |= {
            (ledger.holder_names[leg.holder], leg.commodity)
            for leg in event.legs
            if leg.spends is None and leg.position not in named
        }


@given(stories())
@examples(40)
def test_openings_moved_there_and_back_leave_the_same_ledger(story: Story) -> None:
    late = built(story.document).ledger
    early = built(story.document, "early").ledger
    assert rearranged(late, "early").digest() == early.digest()
    assert rearranged(early, "late").digest() == late.digest()
