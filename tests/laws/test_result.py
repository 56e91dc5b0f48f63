"""What every rule must satisfy on every ledger (DESIGN §3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.strategies import (
    COMMODITIES,
    CONSERVING,
    HOLDERS,
    RULE_NAMES,
    Story,
    ends_of,
    everything_claimed,
    examples,
    payment,
    plain,
    stories,
    tracer_of,
    unlinked,
)

from earmark.ledger.values import Claim, Document, LegName, Placement, Transaction
from earmark.tracing.asking import Terms
from earmark.tracing.events import events_of
from earmark.tracing.reference import difference
from earmark.tracing.trace import balance_rows

if TYPE_CHECKING:
    from earmark.tracing.trace import Traced

PLACEMENTS: tuple[Placement, ...] = ("late", "early")


@given(stories())
@examples(120)
def test_the_law_of_the_result(story: Story) -> None:
    tracer = tracer_of(story)
    for rule in CONSERVING:
        for placement in PLACEMENTS:
            traced = tracer.trace(rule, placement)
            assert all(difference(sums) == 0 for sums in traced.walk.sums.values())
            _claimed_is_what_the_claims_say(traced, story)


@given(stories())
@examples(60)
def test_the_law_of_the_result_where_every_unit_is_traced(story: Story) -> None:
    tracer = tracer_of(everything_claimed(story))
    for rule in CONSERVING:
        traced = tracer.trace(rule, "late")
        assert all(difference(sums) == 0 for sums in traced.walk.sums.values())


def _claimed_is_what_the_claims_say(traced: Traced, story: Story) -> None:
    if story.terms.horizon_us is not None:
        return
    quantities = {
        (one.key, ordinal): leg.quantity or 0
        for one in story.document.transactions
        for ordinal, leg in enumerate(one.legs, 1)
    }
    found = {(r["claim"], r["commodity"]): int(r["claimed"]) for r in balance_rows(traced)}
    for claim in story.terms.claims:
        whole = sum(quantities[leg.key, leg.ordinal or 0] for leg in claim.legs)
        wanted = whole if claim.quantity is None else claim.quantity
        assert found[claim.name, claim.commodity] == wanted


@given(stories())
@examples(80)
def test_poison_is_never_less_than_another_rule_at_any_holder(story: Story) -> None:
    tracer = tracer_of(story._replace(terms=plain(story).terms))
    most = ends_of(tracer.trace("poison", "late"))
    for rule in CONSERVING:
        for key, quantity in ends_of(tracer.trace(rule, "late")).items():
            assert quantity <= most.get(key, 0), (rule, key)


@given(stories())
@examples(60)
def test_nothing_is_traced_that_does_not_exist(story: Story) -> None:
    """Claims laid on each other never trace more units at a holder than came there."""
    tracer = tracer_of(everything_claimed(story))
    for rule in CONSERVING:
        traced = tracer.trace(rule, "late")
        quantities = traced.ledger.column("legs", "quantity").to_pylist()
        for leg, amounts in traced.walk.legs.items():
            assert sum(amounts.values()) <= quantities[leg]


@given(stories())
@examples(60)
def test_the_graph_of_legs_adds_up_at_every_holding(story: Story) -> None:
    tracer = tracer_of(story)
    for rule in CONSERVING:
        traced = tracer.trace(rule, "late")
        held: dict[tuple[int, int, int], int] = {}
        legs = traced.ledger.tables["legs"].to_pylist()
        for leg, amounts in traced.walk.legs.items():
            row = legs[leg]
            for colour, quantity in amounts.items():
                key = (row["holder"], row["commodity"], colour)
                held[key] = held.get(key, 0) + (quantity if row["side"] else -quantity)
        for end in traced.walk.ends:
            if not _ends_with_the_payer(traced, end.stop, end.reason, end.role):
                held[end.holder, end.commodity, end.colour] -= end.quantity
        assert not any(held.values())


def _ends_with_the_payer(traced: Traced, stop: int | None, reason: str, role: str) -> bool:
    """Units that a stopped transaction or a faulty link takes have left their holding already."""
    if stop is not None:
        return traced.question.stops[stop].tx is not None
    return role == "stopped" and bool(reason)


@given(stories())
@examples(60)
def test_the_graph_of_legs_adds_up_in_every_transaction(story: Story) -> None:
    story = unlinked(plain(story))
    tracer = tracer_of(story)
    claimed = {leg.key for claim in story.terms.claims for leg in claim.legs}
    for rule in CONSERVING:
        traced = tracer.trace(rule, "late")
        keys = traced.ledger.column("transactions", "key").to_pylist()
        for event in events_of(traced.ledger):
            if keys[event.tx] in claimed:
                continue
            sums: dict[tuple[int, int], int] = {}
            for leg in event.legs:
                for colour, quantity in traced.walk.legs.get(leg.position, {}).items():
                    key = (leg.commodity, colour)
                    sums[key] = sums.get(key, 0) + (quantity if leg.is_in else -quantity)
            assert not any(sums.values())


@given(stories(12))
@examples(80)
def test_the_lowest_intermediate_balance_never_binds(story: Story) -> None:
    """Roscoe v Winder: what is traced in a holding never exceeds the lowest balance since, plus what came after."""
    story = plain(story)
    tracer = tracer_of(story)
    for rule in CONSERVING:
        traced = tracer.trace(rule, "late")
        for holding, colour in _traced_holdings(traced):
            steps = _steps(traced, holding, colour)
            for now, (_, held, _) in enumerate(steps):
                came_after = 0
                for balance, _, came in reversed(steps[: now + 1]):
                    assert held <= balance + came_after
                    came_after += came


def _traced_holdings(traced: Traced) -> set[tuple[tuple[int, int], int]]:
    legs = traced.ledger.tables["legs"].to_pylist()
    named = {row["spends"] for row in legs}
    return {
        ((legs[leg]["holder"], legs[leg]["commodity"]), colour)
        for leg, amounts in traced.walk.legs.items()
        for colour in amounts
        if traced.ledger.holder_names[legs[leg]["holder"]] in HOLDERS and leg not in named
    }


def _steps(traced: Traced, holding: tuple[int, int], colour: int) -> list[tuple[int, int, int]]:
    """Return (balance, traced, traced units that came just now) after each half of each transaction."""
    balance = held = 0
    steps = []
    for event in events_of(traced.ledger):
        for is_in in (False, True):
            came = 0
            for leg in event.legs:
                if leg.is_in is is_in and (leg.holder, leg.commodity) == holding:
                    sign = 1 if is_in else -1
                    balance += sign * (leg.quantity or 0)
                    part = traced.walk.legs.get(leg.position, {}).get(colour, 0)
                    held += sign * part
                    came += part if is_in else 0
            steps.append((balance, held, came))
    return steps


@st.composite
def unmixed(draw: st.DrawFn) -> Story:
    """Money that never meets other money: every payment goes to holders that hold nothing else."""
    made: list[Transaction] = []
    claims = []
    purses: list[tuple[str, int]] = []
    for number in range(draw(st.integers(1, 12))):
        if not purses or draw(st.integers(0, 3)) == 0:
            quantity = draw(st.integers(1, 10**20))
            made.append(payment(number, [("x:issued", quantity)], [(f"bank:{number}", quantity)]))
            claims.append(Claim(f"c{number}", "AAA", (LegName(f"t{number}", 2),)))
            purses.append((f"bank:{number}", quantity))
            continue
        payer, held = purses.pop(draw(st.integers(0, len(purses) - 1)))
        paid = draw(st.integers(1, held))
        first = draw(st.integers(0, paid))
        ins = [
            (f"bank:{number}.{place}", part)
            for place, part in enumerate((first, paid - first))
            if part
        ]
        made.append(payment(number, [(payer, paid)], ins))
        purses += [(payer, held - paid)] if held > paid else []
        purses += ins
    return Story(Document(COMMODITIES, transactions=tuple(made)), Terms(tuple(claims)))


@given(unmixed())
@examples(60)
def test_all_rules_agree_when_nothing_is_mixed(story: Story) -> None:
    tracer = tracer_of(story)
    answers = [ends_of(tracer.trace(rule, "late")) for rule in RULE_NAMES]
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("rule", CONSERVING)
def test_the_law_of_the_result_is_asserted_at_run_time(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from earmark.tracing import reference

    story = Story(
        Document(
            COMMODITIES,
            transactions=(
                payment(0, [("x:issued", 9)], [("bank:a", 9)]),
                payment(1, [("bank:a", 5)], [("bank:b", 5)]),
            ),
        ),
        Terms((Claim("c", "AAA", (LegName("t0", 2),)),)),
    )
    ended = reference._Engine.end_all
    monkeypatch.setattr(
        reference._Engine, "end_all", lambda self, pool, *rest: ended(self, pool[1:], *rest)
    )
    with pytest.raises(reference.ConservationError):
        tracer_of(story).trace(rule, "late")
