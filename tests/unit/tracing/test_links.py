"""Conversions: no quantity is added, and a link that cannot be followed says why."""

from __future__ import annotations

import pytest
from tests.laws.strategies import CONSERVING, RULE_NAMES
from tests.unit.ledger.texts import paid
from tests.unit.tracing.texts import balance, ends, moment, tracer

from earmark.tracing.linking import conversions_of
from earmark.tracing.origins import origins
from earmark.tracing.trace import trace_rows

STOLEN = paid(1, "theft", "x:issued -> bank:a 60 USD")
OWN = paid(2, "own", "x:issued -> bank:a 40 USD")
SOLD = paid(3, "sold", "bank:a -> bank:desk 100 USD")
GOT = paid(4, "got", "bank:desk -> bank:a 33 EUR")
LINK = "link swap reported: sold#1 -> got#2\n"
CLAIM = "claim c USD at theft\n"
WHOLE = STOLEN + OWN + SOLD + GOT + LINK + CLAIM


@pytest.mark.parametrize(
    ("rule", "traced"),
    [("fifo", 19), ("lifo", 19), ("pro_rata", 20), ("hallett", 20), ("oatway", 20)],
)
def test_the_walk_goes_on_in_the_other_commodity_and_nowhere_else(rule: str, traced: int) -> None:
    """60 of 100 fall at floor(60 x 33 / 100) = 19 in order; shares give the largest remainder 20."""
    assert ends(WHOLE, rule) == {"c rests bank:a EUR": traced}
    assert balance(WHOLE, rule) == {
        "c USD": {"claimed": 60, "converted_out": 60},
        "c EUR": {"converted_in": traced, "rests": traced},
    }


@pytest.mark.parametrize("rule", CONSERVING)
def test_a_claim_on_part_of_a_sale_in_several_parts_loses_no_unit(rule: str) -> None:
    text = STOLEN + OWN + CLAIM + "claim d USD at own\n"
    text += paid(3, "s1", "bank:a -> bank:desk 30 USD") + paid(
        4, "s2", "bank:a -> bank:desk 70 USD"
    )
    text += paid(5, "g1", "bank:desk -> bank:a 10 EUR")
    text += paid(6, "g2", "- bank:desk 23 EUR", "+ bank:b 20 EUR", "+ bank:d 3 EUR")
    text += "link swap reported: s1#1, s2#1 -> g1#2, g2#2, g2#3\n"
    found = balance(text, rule)
    assert found["c EUR"]["converted_in"] + found["d EUR"]["converted_in"] == 33


def test_a_swap_in_one_transaction_is_followed_whatever_stands_first() -> None:
    legs = ["bank:a -> bank:desk 100 USD", "bank:desk -> bank:a 33 EUR"]
    for number, order in enumerate((legs, legs[::-1])):
        text = STOLEN + OWN + CLAIM + paid(3, "both", *order)
        text += (
            "link swap reported: both#1 -> both#4\n"
            if not number
            else ("link swap reported: both#3 -> both#2\n")
        )
        assert ends(text) == {"c rests bank:a EUR": 19}


@pytest.mark.parametrize("rule", CONSERVING)
def test_units_that_arrive_coloured_keep_their_colour_and_count_as_overlap(rule: str) -> None:
    text = WHOLE + paid(1, "desk", "x:issued -> bank:desk 33 EUR") + "claim d EUR at desk\n"
    found = balance(text, rule)
    assert found["d EUR"] == {"claimed": 33, "rests": 33}
    bought = found["c EUR"]["converted_in"]
    assert found["c EUR"] == {"converted_in": bought, "overlap": bought}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (SOLD + GOT.replace("33 EUR", "33 USD") + LINK, "both sides are the same commodity"),
        (GOT.replace("01-04", "01-02") + SOLD + LINK, "received before all was paid"),
        (
            SOLD
            + GOT
            + paid(3, "s2", "bank:b -> bank:desk 1 USD")
            + "link swap reported: sold#1, s2#1 -> got#2\n",
            "belong to several holders",
        ),
        (
            SOLD
            + GOT
            + paid(5, "g2", "bank:desk -> bank:a 1 USD")
            + "link swap reported: sold#1 -> got#2, g2#2\n",
            "several commodities on one side",
        ),
        (SOLD + GOT.replace("33 EUR", "? EUR") + LINK, "a quantity received is unknown"),
        (
            SOLD
            + GOT
            + paid(3, "s2", "bank:a -> bank:desk ? USD")
            + "link swap reported: sold#1, s2#1 -> got#2\n",
            "a quantity paid is unknown",
        ),
        (SOLD + GOT + "link swap reported: sold#1 -> got#2, got#2\n", "linked twice"),
        (
            SOLD
            + GOT
            + paid(5, "g2", "bank:desk -> bank:a 1 EUR")
            + LINK
            + "link other reported: sold#1 -> g2#2\n",
            "linked twice",
        ),
    ],
)
def test_a_link_that_cannot_be_followed_stops_the_walk_and_says_why(
    text: str, problem: str
) -> None:
    traced = tracer(STOLEN + OWN + CLAIM + text)
    assert problem in conversions_of(traced.ledger)[0].problem
    (row,) = trace_rows(traced.trace("fifo", "late"))["ends"]
    assert (row["role"], row["holder"], row["quantity"]) == ("stopped", "bank:a", "60")
    assert problem in row["reason"]
    assert ends(STOLEN + OWN + CLAIM + text, "poison")


def test_two_links_of_one_name_stay_apart() -> None:
    text = STOLEN + OWN + CLAIM + "claim d USD at own\n"
    for number, (quantity, got) in enumerate(((60, 6), (40, 44))):
        text += paid(3, f"s{number}", f"bank:a -> bank:desk {quantity} USD")
        text += paid(4, f"g{number}", f"bank:desk -> bank:b{number} {got} EUR")
        text += f"link swap reported: s{number}#1 -> g{number}#2\n"
    assert ends(text) == {"c rests bank:b0 EUR": 6, "d rests bank:b1 EUR": 44}


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_a_horizon_between_the_two_sides_breaks_no_law(rule: str) -> None:
    found = balance(WHOLE, rule, horizon_us=moment("2024-01-03T00:00:00Z"))
    assert found["c USD"]["claimed"] == 60
    assert "c EUR" not in found


@pytest.mark.parametrize("rule", ["fifo", "lifo", "pro_rata"])
def test_origins_go_back_through_a_link(rule: str) -> None:
    rows = origins(tracer(WHOLE), "bank:a", rule, "late")["origins"]
    found = {row["key"]: row["quantity"] for row in rows if row["commodity"] == "EUR"}
    assert set(found) == {"theft", "own"}
    assert sum(int(quantity) for quantity in found.values()) == 33


@pytest.mark.parametrize("rule", ["fifo", "lifo", "pro_rata"])
def test_origins_of_one_of_two_buyers_walk_both(rule: str) -> None:
    text = STOLEN + OWN + SOLD
    text += paid(4, "got", "- bank:desk 33 EUR", "+ bank:b 20 EUR", "+ bank:d 13 EUR")
    text += "link swap reported: sold#1 -> got#2, got#3\n"
    for holder, quantity in (("bank:b", 20), ("bank:d", 13)):
        rows = origins(tracer(text), holder, rule, "late")["origins"]
        assert sum(int(row["quantity"]) for row in rows) == quantity
