"""A walk over what claims can reach is the walk over everything (DESIGN §3.2: a fast path skips work)."""

from __future__ import annotations

import msgspec
from hypothesis import given
from tests.laws.strategies import (
    COMMODITIES,
    RULE_NAMES,
    Story,
    examples,
    payment,
    stories,
    tracer_of,
)

from earmark.ledger.ledger import Ledger
from earmark.ledger.values import Claim, Document, LegName
from earmark.tracing.asking import Terms
from earmark.tracing.events import events_of, named_lots
from earmark.tracing.reach import reachable
from earmark.tracing.reference import walk
from earmark.tracing.values import Question, Walk


def _both(ledger: Ledger, question: Question) -> tuple[Walk, Walk]:
    named = named_lots(ledger)
    short = walk(events_of(ledger, reachable(ledger, question)), question, named)
    return short, walk(events_of(ledger), question, named)


@given(stories(12))
@examples(80)
def test_a_walk_over_the_reachable_is_the_walk_over_all(story: Story) -> None:
    tracer = tracer_of(story)
    for rule in RULE_NAMES:
        for placement in ("late", "early"):
            ledger = tracer.placed(placement)
            question = tracer.trace(rule, placement).question
            short, whole = _both(ledger, question)
            assert short == whole


@given(stories(12))
@examples(30)
def test_nothing_claimed_reaches_nothing(story: Story) -> None:
    tracer = tracer_of(story._replace(terms=msgspec.structs.replace(story.terms, claims=())))
    question = tracer.trace("fifo", "late").question
    short, whole = _both(tracer.ledger, question)
    assert not len(reachable(tracer.ledger, question))
    assert short.ends == whole.ends == []


def test_what_no_claim_reaches_is_left_out() -> None:
    story = _separate()
    tracer = tracer_of(story)
    chosen = reachable(tracer.ledger, tracer.trace("fifo", "late").question)
    keys = tracer.ledger.column("transactions", "key").to_pylist()
    assert [keys[one] for one in chosen] == ["t0", "t2"]


def _separate() -> Story:
    made = (
        payment(0, [("x:issued", 5)], [("bank:a", 5)]),
        payment(1, [("x:issued", 5)], [("bank:b", 5)]),
        payment(2, [("bank:a", 5)], [("bank:c", 5)]),
        payment(3, [("bank:b", 5)], [("bank:d", 5)]),
    )
    terms = Terms((Claim("c", "AAA", (LegName("t0", 2),)),))
    return Story(Document(COMMODITIES, transactions=made), terms)
