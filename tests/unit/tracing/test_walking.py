"""The sentences of DESIGN §3.1, each on a ledger small enough to work out by hand."""

from __future__ import annotations

import msgspec
import pytest
from tests.laws.strategies import CONSERVING, RULE_NAMES
from tests.unit.ledger.texts import paid
from tests.unit.tracing.texts import balance, ends, moment, tracer

from earmark.tracing.trace import trace_rows

STOLEN = paid(1, "theft", "x:issued -> bank:a 60 USD")
OWN = paid(2, "own", "x:issued -> bank:a 40 USD")
CLAIM = "claim c USD at theft\n"


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_one_payment_says_the_same_as_one_out_leg_or_as_several(rule: str) -> None:
    start = STOLEN + OWN + CLAIM
    one = paid(3, "out", "- bank:a 50 USD", "+ bank:b 20 USD", "+ bank:d 30 USD")
    two = one.replace("  - bank:a 50 USD\n", "  - bank:a 15 USD\n  - bank:a 35 USD\n")
    assert ends(start + one, rule) == ends(start + two, rule)


def test_lifo_gives_the_newest_to_the_first_in_leg_and_the_deepest_to_the_fee() -> None:
    out = "- bank:a 50 USD", "+ bank:b 20 USD", "+ x:fees 15 USD", "+ bank:d 15 USD"
    assert ends(STOLEN + OWN + CLAIM + paid(3, "out", *out), "lifo") == {
        "c rests bank:a USD": 50,
        "c fee x:fees USD": 10,
    }


def test_fees_end_a_walk_unless_the_question_follows_them() -> None:
    text = STOLEN + paid(2, "out", "- bank:a 60 USD", "+ bank:b 50 USD", "+ x:fees 10 USD")
    text += paid(3, "block", "x:fees -> bank:miner 10 USD") + CLAIM
    assert ends(text) == {"c rests bank:b USD": 50, "c fee x:fees USD": 10}
    assert ends(text, follow_fees=True) == {"c rests bank:b USD": 50, "c rests bank:miner USD": 10}


@pytest.mark.parametrize(
    ("holder", "role"),
    [
        ("x:burned", "destroyed"),
        ("cargo:lost", "destroyed"),
        ("x:issued", "destroyed"),
        ("market:unknown", "unresolved"),
        ("unknown:somebody", "unresolved"),
        ("bank:b", "rests"),
    ],
)
def test_a_reserved_holder_has_its_role(holder: str, role: str) -> None:
    text = STOLEN + paid(2, "out", f"bank:a -> {holder} 60 USD") + CLAIM
    assert ends(text) == {f"c {role} {holder} USD": 60}


def test_an_unknown_holder_is_walked_through_and_a_market_is_not() -> None:
    for holder, end in (
        ("unknown:u", "c rests bank:b USD"),
        ("market:unknown", "c unresolved market:unknown USD"),
    ):
        text = STOLEN + paid(2, "in", f"bank:a -> {holder} 60 USD")
        text += paid(3, "out", f"{holder} -> bank:b 60 USD") + CLAIM
        assert ends(text) == {end: 60}


STOP = STOLEN + paid(2, "in", "bank:a -> bank:mixer 60 USD")
STOP += paid(4, "out", "bank:mixer -> bank:b 60 USD") + CLAIM


@pytest.mark.parametrize(
    ("stop", "stopped"),
    [
        ("stop holder bank:mixer role mixer", True),
        ("stop holder bank:mixer role mixer from 2024-01-02 to 2024-01-02", True),
        ("stop holder bank:mixer role mixer from 2024-01-03", False),
        ("stop holder bank:mixer role mixer to 2024-01-01", False),
        ("stop holder bank:other role mixer", False),
        ("stop transaction in role coinjoin", True),
        ("stop transaction in role coinjoin from 2024-01-03", False),
        ("stop transaction in role coinjoin to 2024-01-02", True),
        (
            'entity firm\nstatement 2024 by "A" (press): bank:mixer belongs_to firm\nstop entity firm',
            True,
        ),
        (
            'entity firm\nstatement 2024 by "A" (press): firm controls bank:mixer\nstop entity firm',
            True,
        ),
        (
            'entity firm\nstatement 2024 by "A" (press): bank:mixer belongs_to firm valid 2020..2023\nstop entity firm',
            False,
        ),
        (
            'entity firm\nstatement 2024 by "A" (press): bank:mixer belongs_to firm valid 2024-01-02..\nstop entity firm',
            True,
        ),
        (
            'entity firm\nstatement 2024 by "A" (press): bank:mixer belongs_to firm\nstop entity firm from 2025',
            False,
        ),
    ],
)
def test_a_stop_ends_the_walk_while_it_is_valid(stop: str, stopped: bool) -> None:  # noqa: FBT001
    found = ends(STOP + stop + "\n")
    if not stopped:
        assert found == {"c rests bank:b USD": 60}
        return
    holder = "bank:a" if "transaction" in stop else "bank:mixer"
    assert found == {f"c stopped {holder} USD": 60}


def test_a_stop_meets_a_movement_of_unknown_time() -> None:
    text = "? payment recorded key theft\n  x:issued -> bank:a 60 USD\n"
    text += "? payment recorded key in\n  bank:a -> bank:mixer 60 USD\n"
    text += CLAIM + "stop holder bank:mixer from 2024-01-03\n"
    assert ends(text) == {"c stopped bank:mixer USD": 60}


def test_the_label_and_role_of_the_first_fitting_stop_are_told() -> None:
    text = (
        STOP + 'stop holder bank:mixer role mixer "The pool"\nstop holder bank:mixer role other\n'
    )
    (row,) = trace_rows(tracer(text).trace("fifo", "late"))["ends"]
    assert (row["label"], row["stop_role"], row["role"]) == ("The pool", "mixer", "stopped")


def test_behind_a_stop_units_are_strangers() -> None:
    text = STOP + "claim d USD at out\nstop holder bank:mixer role mixer\n"
    assert ends(text) == {"c stopped bank:mixer USD": 60, "d rests bank:b USD": 60}


def test_a_horizon_leaves_units_where_they_were_and_says_so() -> None:
    horizon = moment("2024-01-03T00:00:00Z")
    traced = tracer(STOP, horizon_us=horizon).trace("fifo", "late")
    (row,) = trace_rows(traced)["ends"]
    assert (row["holder"], row["quantity"], row["reason"]) == ("bank:mixer", "60", "horizon")
    early = tracer(STOP, horizon_us=moment("2024-01-02T00:00:00Z")).trace("fifo", "late")
    assert [row["holder"] for row in trace_rows(early)["ends"]] == ["bank:mixer"]


def test_dust_ends_a_whole_in_leg() -> None:
    text = STOLEN + paid(2, "out", "- bank:a 60 USD", "+ bank:b 4 USD", "+ bank:d 56 USD")
    text += paid(3, "on", "bank:b -> bank:e 4 USD") + CLAIM
    assert ends(text, dust={"USD": 5}) == {
        "c rests bank:b USD": 4,
        "c rests bank:d USD": 56,
    }
    assert ends(text, dust={"USD": 4})["c rests bank:e USD"] == 4
    reasons = {
        row["holder"]: row["reason"]
        for row in trace_rows(tracer(text, dust={"USD": 5}).trace("fifo", "late"))["ends"]
    }
    assert reasons == {"bank:b": "dust", "bank:d": None}


@pytest.mark.parametrize("rule", CONSERVING)
def test_a_claim_colours_only_what_is_untraced_and_the_rest_is_overlap(rule: str) -> None:
    text = STOLEN + paid(2, "on", "bank:a -> bank:b 60 USD") + CLAIM + "claim d USD at on\n"
    found = balance(text, rule)
    assert found["c USD"] == {"claimed": 60, "rests": 60}
    assert found["d USD"] == {"claimed": 60, "overlap": 60}


@pytest.mark.parametrize("rule", CONSERVING)
def test_only_walks_one_claim_and_leaves_the_others_untraced(rule: str) -> None:
    text = STOLEN + paid(2, "on", "bank:a -> bank:b 60 USD") + CLAIM + "claim d USD at on\n"
    assert ends(text, rule, only="d") == {"d rests bank:b USD": 60}


def test_a_part_of_a_lot_is_its_first_units() -> None:
    text = STOLEN + paid(2, "on", "bank:a -> bank:b 25 USD") + "claim c 20 USD at theft\n"
    assert ends(text, "fifo") == {"c rests bank:b USD": 20}
    assert ends(text, "lifo") == {"c rests bank:a USD": 20}


def test_two_claims_on_the_same_first_units_overlap() -> None:
    text = STOLEN + "claim c 40 USD at theft\nclaim d 30 USD at theft\n"
    assert balance(text)["d USD"] == {"claimed": 30, "overlap": 30}
    assert balance(text, "pro_rata")["d USD"] == {"claimed": 30, "rests": 20, "overlap": 10}


@pytest.mark.parametrize("rule", CONSERVING)
def test_a_named_lot_decides_whatever_the_rule(rule: str) -> None:
    text = STOLEN + OWN + CLAIM
    text += paid(3, "a", "bank:a -> bank:b 10 USD spends own")
    text += paid(4, "b", "bank:a -> bank:d 20 USD spends theft")
    assert ends(text, rule) == {"c rests bank:d USD": 20, "c rests bank:a USD": 40}


def test_an_election_draws_traced_units_first_and_others_wait() -> None:
    text = OWN + STOLEN.replace("2024-01-01", "2024-01-03") + CLAIM
    text += paid(4, "bought", "bank:a -> bank:shop 50 USD")
    text += paid(5, "wasted", "bank:a -> bank:casino 50 USD")
    assert ends(text, "oatway") == {"c rests bank:shop USD": 50, "c rests bank:casino USD": 10}
    assert ends(text + "election wasted#1\n", "oatway") == {
        "c rests bank:shop USD": 10,
        "c rests bank:casino USD": 50,
    }


def test_unknown_out_legs_of_a_coloured_holding_are_counted() -> None:
    text = STOLEN + paid(2, "u", "bank:a -> bank:b ? USD") + CLAIM
    text += paid(3, "v", "bank:z -> bank:b ? USD")
    assert tracer(text).trace("fifo", "late").walk.unknown_out_legs == 1
    named = STOLEN + paid(2, "u", "bank:a -> bank:b ? USD spends theft") + CLAIM
    assert tracer(named).trace("fifo", "late").walk.unknown_out_legs == 1


def test_what_is_known_to_leave_but_not_to_arrive_is_unresolved() -> None:
    out = "- bank:a 50 USD", "- bank:z ? USD", "+ bank:b 20 USD", "+ bank:d ? USD"
    text = STOLEN + paid(2, "out", *out) + CLAIM
    found = balance(text)["c USD"]
    assert found == {"claimed": 60, "rests": 30, "unresolved": 30}


def test_early_is_walked_only_where_a_traced_holding_has_openings() -> None:
    mixed = STOLEN + paid(2, "out", "bank:a -> bank:b 70 USD") + CLAIM
    apart = STOLEN + paid(2, "out", "bank:z -> bank:b 70 USD") + CLAIM
    assert [one.placement for one in tracer(mixed).trace_all(["fifo"])] == ["late", "early"]
    assert [one.placement for one in tracer(apart).trace_all(["fifo"])] == ["late"]


def test_bounds_are_three_scenarios() -> None:
    text = paid(1, "theft", "x:issued -> bank:a 60 [50..70] USD")
    text += paid(2, "out", "bank:a -> bank:b 55 USD") + CLAIM
    rows = {row["holder"]: row for row in trace_rows(tracer(text).trace("fifo", "late"))["ends"]}
    assert [rows["bank:a"][name] for name in ("quantity", "low", "high")] == ["5", "0", "15"]
    assert [rows["bank:b"][name] for name in ("quantity", "low", "high")] == ["55", "50", "55"]


def test_a_long_chain_is_followed_to_its_end() -> None:
    """Units that came the same long way are compared without going back over it."""
    text = paid(1, "theft", "x:issued -> bank:0 60 USD")
    text += paid(2, "own", "x:issued -> bank:0 40 USD") + "claim c USD at theft, own\n"
    count = 1500
    text += "".join(
        paid("2024-02-01T00:00:00Z", f"k{n}", f"bank:{n} -> bank:{n + 1} 100 USD")
        for n in range(count)
    )
    for rule in ("fifo", "pro_rata", "hallett", "poison"):
        assert set(ends(text, rule)) == {f"c rests bank:{count} USD"}


def test_the_question_carries_no_state_from_one_rule_to_the_next() -> None:
    one = tracer(STOP)
    first = msgspec.json.encode([trace_rows(each) for each in one.trace_all(list(RULE_NAMES))])
    again = msgspec.json.encode([trace_rows(each) for each in one.trace_all(list(RULE_NAMES))])
    assert first == again
