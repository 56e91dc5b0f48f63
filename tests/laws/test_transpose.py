"""What is asked forward can be asked backward: `origins` is the transpose of `trace`."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.strategies import (
    HOLDERS,
    Story,
    ends_of,
    examples,
    in_legs,
    plain,
    stories,
    tracer_of,
    unlinked,
)

from earmark.ledger.errors import EarmarkError
from earmark.ledger.reserved import end_role
from earmark.ledger.values import Claim, LegName
from earmark.tracing.origins import origins
from earmark.tracing.trace import Tracer

# Units that ended (as a fee, say) and are spent again enter the record anew, in the middle of a lot.
ENDED_FOR_GOOD = st.one_of(stories(with_named=False), stories(holders=(*HOLDERS, "unknown:u"))).map(
    lambda story: unlinked(plain(story))
)


def _rows(tracer: Tracer, holder: str, rule: str) -> dict[tuple[str, int, str], int]:
    found: dict[tuple[str, int, str], int] = {}
    for row in origins(tracer, holder, rule, "late")["origins"]:
        key = (row["key"], row["ordinal"], row["commodity"])
        assert key not in found
        found[key] = int(row["quantity"])
    return found


def _with_claims(story: Story, tracer: Tracer, names: list[LegName]) -> Tracer:
    """Ask again on the same ledger, one claim for each leg, in the order of the ledger."""
    ledger = tracer.ledger
    legs = ledger.tables["legs"].to_pylist()
    keys = ledger.column("transactions", "key").to_pylist()
    symbols = {
        (keys[row["tx"]], row["ordinal"]): ledger.commodities[row["commodity"]].symbol
        for row in legs
    }
    places = {name: place for place, name in enumerate(symbols)}
    ordered = sorted(names, key=lambda name: places[name.key, name.ordinal or 0])
    claims = tuple(
        Claim(f"{name.key}#{name.ordinal}", symbols[name.key, name.ordinal or 0], (name,))
        for name in ordered
    )
    return Tracer(ledger, msgspec.structs.replace(story.terms, claims=claims))


def _holders(story: Story) -> list[str]:
    return sorted({leg.holder for _, leg in in_legs(story.document.transactions)})


def _forward(
    tracer: Tracer, rule: str, holder: str, only: str | None
) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for (claim, name, commodity, _), quantity in ends_of(tracer.trace(rule, "late", only)).items():
        if name == holder:
            found[claim, commodity] = found.get((claim, commodity), 0) + quantity
    return found


@pytest.mark.parametrize("rule", ["fifo", "lifo"])
@given(story=ENDED_FOR_GOOD)
@examples(30)
def test_each_origin_claimed_alone_leads_to_the_holder_with_as_much(
    rule: str, story: Story
) -> None:
    tracer = tracer_of(story)
    for holder in _holders(story):
        rows = _rows(tracer, holder, rule)
        forward = _with_claims(story, tracer, list({LegName(key, n): 0 for key, n, _ in rows}))
        for key, ordinal in {(key, n) for key, n, _ in rows}:
            name = f"{key}#{ordinal}"
            back = {(name, c): q for (k, n, c), q in rows.items() if (k, n) == (key, ordinal)}
            assert _forward(forward, rule, holder, name) == back


@given(ENDED_FOR_GOOD)
@examples(30)
def test_all_origins_claimed_together_lead_to_the_holder_under_pro_rata(story: Story) -> None:
    tracer = tracer_of(story)
    everything = [
        LegName(key, ordinal)
        for holder in _holders(story)
        for key, ordinal, _ in _rows(tracer, holder, "pro_rata")
    ]
    forward = _with_claims(story, tracer, list(dict.fromkeys(everything)))
    for holder in _holders(story):
        back = {
            (f"{key}#{n}", c): q for (key, n, c), q in _rows(tracer, holder, "pro_rata").items()
        }
        assert _forward(forward, "pro_rata", holder, None) == back


@pytest.mark.parametrize("rule", ["fifo", "lifo", "pro_rata"])
@given(story=stories())
@examples(30)
def test_origins_add_up_to_what_the_holder_has(rule: str, story: Story) -> None:
    story = plain(story)
    tracer = tracer_of(story)
    for holder in _holders(story):
        found: dict[str, int] = {}
        for (_, _, commodity), quantity in _rows(tracer, holder, rule).items():
            found[commodity] = found.get(commodity, 0) + quantity
        assert found == {c: q for c, q in _had(tracer, holder).items() if q}


def _had(tracer: Tracer, holder: str) -> dict[str, int]:
    """Add up what a holder keeps; where a walk ends on arrival, all that ever arrived."""
    ledger = tracer.ledger
    role = end_role(holder)
    is_end = bool(role) and not (role == "fee" and tracer.terms.follow_fees)
    sums: dict[str, int] = {}
    for row in ledger.tables["legs"].to_pylist():
        if ledger.holder_names[row["holder"]] == holder and (row["side"] or not is_end):
            symbol = ledger.commodities[row["commodity"]].symbol
            sums[symbol] = sums.get(symbol, 0) + int(row["quantity"]) * (1 if row["side"] else -1)
    return sums


@pytest.mark.parametrize("rule", ["hallett", "oatway", "poison"])
@given(story=stories(3))
@examples(3)
def test_a_rule_without_a_transpose_is_refused(rule: str, story: Story) -> None:
    with pytest.raises(EarmarkError, match="name candidate origins as claims"):
        origins(tracer_of(story), "bank:a", rule, "late")
