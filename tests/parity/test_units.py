"""The reference engine against coins moved one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from tests.laws.strategies import Story, everything_claimed, examples, stories, tracer_of, unlinked
from tests.parity.units import End, simulate

from earmark.tracing.events import events_of, named_lots
from earmark.tracing.trace import ends_by_key

if TYPE_CHECKING:
    from earmark.tracing.trace import Traced, Tracer


def _ends(traced: Traced) -> dict[End, int]:
    found: dict[End, int] = {}
    positions = traced.ledger.holder_positions
    for (colour, holder, commodity, role, _, _), quantity in ends_by_key(
        traced.ledger, traced.walk
    ).items():
        key = (colour, positions[holder], commodity, role)
        found[key] = found.get(key, 0) + quantity
    return {key: quantity for key, quantity in found.items() if quantity}


def _compare(tracer: Tracer, rule: str) -> None:
    for placement in ("late", "early"):
        traced = tracer.trace(rule, placement)
        events = events_of(traced.ledger)
        assert _ends(traced) == simulate(events, traced.question, named_lots(traced.ledger))


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
@given(story=stories())
@examples(80)
def test_the_kth_unit_out_is_the_kth_unit_in_or_its_mirror(rule: str, story: Story) -> None:
    _compare(tracer_of(story), rule)
    _compare(tracer_of(everything_claimed(story)), rule)


@pytest.mark.parametrize("rule", ["hallett", "oatway"])
@given(story=stories())
@examples(60)
def test_traced_units_leave_last_or_first(rule: str, story: Story) -> None:
    _compare(tracer_of(unlinked(story)), rule)
