"""The explanation as paths: the largest until 99 % is covered, the rest summed and counted."""

from __future__ import annotations

from hypothesis import given
from tests.laws.strategies import CONSERVING, Story, examples, stories, tracer_of
from tests.unit.ledger.texts import paid
from tests.unit.tracing.texts import tracer

from earmark.tracing.paths import paths


def test_the_largest_paths_are_named_and_the_others_counted() -> None:
    text = paid(1, "theft", "x:issued -> bank:a 1000 USD")
    parts = [600, 300, 90, 6, 4]
    ins = [f"+ bank:p{number} {part} USD" for number, part in enumerate(parts)]
    text += paid(2, "out", "- bank:a 1000 USD", *ins) + "claim c USD at theft\n"
    traced = tracer(text).trace("fifo", "late")
    found = paths(traced, 0, 0)
    names = traced.ledger.holder_names
    assert [(p.quantity, [names[h] for h in p.holders]) for p in found.largest] == [
        (600, ["bank:a", "bank:p0"]),
        (300, ["bank:a", "bank:p1"]),
        (90, ["bank:a", "bank:p2"]),
    ]
    assert (found.rest_quantity, found.rest_count) == (10, 2)


@given(stories())
@examples(40)
def test_paths_cover_ninety_nine_percent_and_all_ends_together(story: Story) -> None:
    tracer = tracer_of(story)
    for rule in CONSERVING:
        traced = tracer.trace(rule, "late")
        for colour, commodity in traced.walk.sums:
            whole = sum(
                end.quantity
                for end in traced.walk.ends
                if (end.colour, end.commodity) == (colour, commodity)
            )
            found = paths(traced, colour, commodity)
            covered = sum(path.quantity for path in found.largest)
            assert covered + found.rest_quantity == whole
            assert covered * 100 >= whole * 99
