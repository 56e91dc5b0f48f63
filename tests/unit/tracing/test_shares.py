"""Pari passu on one holding, and the caps that bind there."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from tests.laws.strategies import Story, examples, plain, stories, tracer_of
from tests.unit.ledger.texts import paid
from tests.unit.tracing.texts import moment, tracer

from earmark.tracing.origins import origins
from earmark.tracing.shares import shares


def table(text: str, holder: str = "bank:a", at: str | None = None) -> dict[str, Any]:
    (found,) = shares(tracer(text), holder, "late", None if at is None else moment(at))
    return found


def column(found: dict[str, Any], name: str) -> dict[str, str]:
    return {row["contributor"]: row[name] for row in found["shares"]}


TWO = paid(1, "one", "bank:x -> bank:a 100 USD") + paid(2, "two", "bank:y -> bank:a 300 USD")


def test_what_is_left_is_shared_in_proportion() -> None:
    found = table(TWO + paid(3, "out", "bank:a -> bank:z 200 USD"))
    assert found["closing_balance"] == "200"
    assert column(found, "share") == {"bank:x": "50", "bank:y": "150"}
    assert column(found, "withdrawn") == {"bank:x": "50", "bank:y": "150"}


def test_the_lowest_balance_since_caps_a_share_and_the_others_take_what_it_frees() -> None:
    text = paid(1, "one", "bank:x -> bank:a 100 USD") + paid(2, "out", "bank:a -> bank:z 90 USD")
    found = table(text + paid(3, "two", "bank:y -> bank:a 100 USD"))
    assert column(found, "pari_passu") == {"bank:x": "55", "bank:y": "55"}
    assert column(found, "lowest_balance") == {"bank:x": "10", "bank:y": "110"}
    assert column(found, "share") == {"bank:x": "10", "bank:y": "100"}
    assert column(found, "lowest_at")["bank:x"] == "2024-01-02T00:00:00Z"


def test_a_contributors_own_later_payment_lifts_his_cap_alone() -> None:
    text = TWO + paid(3, "out", "bank:a -> bank:z 390 USD")
    found = table(text + paid(4, "more", "bank:x -> bank:a 90 USD"))
    assert column(found, "lowest_balance") == {"bank:x": "100", "bank:y": "10"}


def test_change_is_neither_a_withdrawal_nor_a_contribution() -> None:
    text = TWO + paid(3, "out", "- bank:a 400 USD", "+ bank:z 40 USD", "+ bank:a 360 USD")
    found = table(text)
    assert column(found, "contributed") == {"bank:x": "100", "bank:y": "300"}
    assert column(found, "lowest_balance") == {"bank:x": "100", "bank:y": "360"}
    assert column(found, "share") == {"bank:x": "90", "bank:y": "270"}


def test_a_payment_into_which_the_holder_pays_too_counts_what_is_new() -> None:
    text = TWO + paid(3, "pot", "- bank:a 50 USD", "- bank:x 100 USD", "+ bank:a 150 USD")
    assert column(table(text), "contributed") == {"bank:x": "200", "bank:y": "300"}


def test_a_receipt_whose_payers_are_unknown_in_quantity_is_in_the_balance() -> None:
    pot = "- bank:x ? USD", "- bank:y ? USD", "+ bank:a 60 USD", "+ bank:b ? USD"
    found = table(paid(1, "pot", *pot))
    assert found["closing_balance"] == "60"
    assert column(found, "share") == {"bank:x, bank:y": "60"}


def test_a_claim_contributes_under_its_own_name() -> None:
    found = table(TWO + "claim stolen 40 USD at one\n")
    assert column(found, "contributed") == {"stolen": "40", "bank:x": "60", "bank:y": "300"}


def test_a_time_closes_the_account_there() -> None:
    assert table(TWO, at="2024-01-01T12:00:00Z")["closing_balance"] == "100"


@given(stories(12))
@examples(60)
def test_shares_add_up_to_the_balance_and_nobody_gets_more_than_he_paid_in(story: Story) -> None:
    tracer = tracer_of(plain(story))
    for holder in tracer.ledger.holder_names:
        if holder.endswith(":issued"):
            continue
        for found in shares(tracer, holder, "late"):
            given_out = 0
            for row in found["shares"]:
                share, paid_in = int(row["share"]), int(row["contributed"])
                assert 0 <= share <= min(paid_in, int(row["lowest_balance"]))
                assert share + int(row["withdrawn"]) == paid_in
                given_out += share
            assert given_out == int(found["closing_balance"])


def test_a_cap_that_ones_own_payment_lifts_keeps_the_date_of_the_low() -> None:
    text = TWO + paid(3, "out", "bank:a -> bank:z 390 USD")
    found = table(text + paid(4, "more", "bank:x -> bank:a 90 USD"))
    assert column(found, "lowest_at") == dict.fromkeys(("bank:x", "bank:y"), "2024-01-03T00:00:00Z")


def test_unknown_quantities_of_the_holding_are_counted_up_to_the_time() -> None:
    text = TWO + paid(3, "some", "bank:a -> bank:z ? USD")
    text += paid(4, "others", "bank:x -> bank:z ? USD") + paid(5, "late", "bank:w -> bank:a ? USD")
    assert table(text)["unknown_legs"] == 2
    assert table(text, at="2024-01-03T00:00:00Z")["unknown_legs"] == 1
    assert table(text, at="2024-01-02T00:00:00Z")["unknown_legs"] == 0


def test_a_holding_of_which_nothing_but_unknown_quantities_is_known_is_told() -> None:
    found = table(paid(1, "some", "bank:x -> bank:a ? USD"))
    assert (found["closing_balance"], found["shares"], found["unknown_legs"]) == ("0", [], 1)


def test_origins_count_unknown_quantities_too() -> None:
    text = (
        TWO + paid(3, "some", "bank:a -> bank:z ? USD") + paid(4, "more", "bank:w -> bank:a ? EUR")
    )
    asked = tracer(text)
    assert origins(asked, "bank:a", "fifo", "late")["unknown_legs"] == 2
    at_us = moment("2024-01-03T00:00:00Z")
    assert origins(asked, "bank:a", "fifo", "late", at_us)["unknown_legs"] == 1
    assert origins(asked, "bank:x", "fifo", "late")["unknown_legs"] == 0
