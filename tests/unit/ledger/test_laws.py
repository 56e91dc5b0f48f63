"""Laws 1 and 2: what is rejected, and why."""

from __future__ import annotations

import pytest
from tests.unit.ledger.texts import keys, ledger_of, paid, reasons

FIRST = paid(1, "lot", "bank:a -> bank:b  100 USD")
EUR = "commodity EUR exponent 0\n"


@pytest.mark.parametrize(
    ("legs", "reason"),
    [
        (("- bank:a 10 USD", "+ bank:b 9 USD"), "out and in differ"),
        (("- bank:a 10 USD", "+ bank:b 11 USD"), "out and in differ"),
        (("- bank:a 10 USD",), "out and in differ"),
        (("+ bank:a 10 USD",), "out and in differ"),
        (("- bank:a 10 USD", "+ bank:b 10 EUR"), "out and in differ"),
        (("- bank:a ? USD", "+ bank:b 10 USD"), "quantity unknown on one side only"),
        (("- bank:a 10 USD", "+ bank:b ? USD"), "quantity unknown on one side only"),
        (
            ("- bank:a 10 [9..12] USD", "+ bank:b 10 [9..11] USD"),
            "out and in differ",
        ),
        (("- bank:a 10 [5..] USD", "+ bank:b 10 USD"), "out and in differ"),
    ],
)
def test_what_does_not_conserve_is_rejected_with_its_reason(
    legs: tuple[str, ...], reason: str
) -> None:
    ledger = ledger_of(EUR + paid(1, "bad", *legs) + paid(2, "good", "bank:a -> bank:b 1 USD"))
    assert keys(ledger) == ["good"]
    assert reasons(ledger)["bad"].startswith(reason)


@pytest.mark.parametrize(
    "legs",
    [
        ("bank:a -> bank:b ? USD",),
        ("bank:a -> bank:b ? [9..11] USD",),
        ("- bank:a ? USD", "- bank:a 5 USD", "+ bank:b ? USD"),
        ("- bank:a 10 USD", "+ bank:b 4 USD", "+ bank:c 6 USD", "bank:a -> bank:b 3 EUR"),
        ("bank:a -> bank:b 10 [9..11] USD",),
    ],
)
def test_what_conserves_or_says_nothing_stands(legs: tuple[str, ...]) -> None:
    assert reasons(ledger_of(EUR + paid(1, "good", *legs))) == {}


def test_a_difference_of_one_beyond_128_bits_of_sums_is_seen() -> None:
    most = 10**38 - 1
    out = [f"- bank:{number} {most} USD" for number in range(5)]
    into = [f"+ bank:x{number} {most} USD" for number in range(5)]
    good = paid(1, "good", *out, *into)
    bad = paid(1, "bad", *out, *into[:-1], f"+ bank:x4 {most - 1} USD")
    assert set(reasons(ledger_of(good + bad))) == {"bad"}


def test_a_named_lot_is_spent_in_parts_up_to_what_it_holds() -> None:
    text = FIRST
    text += paid(2, "most", "bank:b -> bank:c  60 USD spends lot")
    text += paid(3, "more", "bank:b -> bank:c  60 USD spends lot")
    text += paid(4, "last", "bank:b -> bank:c  40 USD spends lot")
    ledger = ledger_of(text)
    assert keys(ledger) == ["lot", "most", "last"]
    assert reasons(ledger) == {"more": "spends more of a named lot than it holds"}


def test_two_legs_of_one_transaction_spend_the_same_lot() -> None:
    both = ("- bank:b 50 USD spends lot", "- bank:b {} USD spends lot", "+ bank:c {} USD")
    fits = FIRST + paid(2, "two", both[0], both[1].format(50), both[2].format(100))
    over = FIRST + paid(2, "two", both[0], both[1].format(51), both[2].format(101))
    assert reasons(ledger_of(fits)) == {}
    assert set(reasons(ledger_of(over))) == {"two"}


@pytest.mark.parametrize(
    ("held", "spent", "reason"),
    [
        ("100 [90..110]", "100 [90..110]", None),
        ("100 [90..110]", "90", None),
        ("100 [90..110]", "100", ", by the low bounds"),
        ("100", "100 [90..110]", ", by the high bounds"),
        ("100 [90..110]", "95 [85..111]", ", by the high bounds"),
        ("? [90..110]", "91", ", by the low bounds"),
        ("? [90..110]", "? [90..110]", None),
        ("? [90..110]", "? [90..]", None),
        ("? [..110]", "? [..111]", ", by the high bounds"),
        ("100 [90..110]", "101", ""),
    ],
)
def test_a_named_lot_covers_its_spendings_in_every_scenario(
    held: str, spent: str, reason: str | None
) -> None:
    text = paid(1, "lot", f"bank:a -> bank:b {held} USD")
    text += paid(2, "spent", f"bank:b -> bank:c {spent} USD spends lot")
    text += paid(3, "next", "bank:x -> bank:c 1 USD")
    told = reasons(ledger_of(text))
    whole = f"spends more of a named lot than it holds{reason}"
    assert told == ({} if reason is None else {"spent": whole})


def test_bounds_of_a_lot_are_spent_in_parts() -> None:
    text = paid(1, "lot", "bank:a -> bank:b 100 [90..110] USD")
    text += paid(2, "one", "bank:b -> bank:c 50 [45..55] USD spends lot")
    text += paid(3, "two", "bank:b -> bank:c 50 [46..55] USD spends lot")
    text += paid(4, "three", "bank:b -> bank:c 50 [45..55] USD spends lot")
    assert set(reasons(ledger_of(text))) == {"two"}


def test_exact_to_the_last_of_thirty_eight_digits() -> None:
    most = 10**38 - 1
    lot = paid(1, "lot", f"bank:a -> bank:b {most} USD")
    rest = paid(2, "one", "bank:b -> bank:c 1 USD spends lot")
    fits = paid(3, "two", f"bank:b -> bank:d {most - 1} USD spends lot")
    over = paid(3, "two", f"bank:b -> bank:d {most} USD spends lot")
    assert reasons(ledger_of(lot + rest + fits)) == {}
    assert set(reasons(ledger_of(lot + rest + over))) == {"two"}


@pytest.mark.parametrize(
    "leg",
    [
        "bank:b -> bank:c 60 USD spends nothing",
        "bank:b -> bank:c 60 USD spends lot#3",
        "bank:b -> bank:c 60 USD spends lot#1",
        "bank:z -> bank:c 60 USD spends lot#2",
        "bank:b -> bank:c 60 EUR spends lot#2",
        "bank:b -> bank:c 60 USD spends later",
        "bank:b -> bank:b 60 USD spends self#2",
    ],
)
def test_a_name_that_fits_no_earlier_lot_is_rejected(leg: str) -> None:
    later = paid(9, "later", "bank:a -> bank:b 60 USD")
    ledger = ledger_of(EUR + FIRST + paid(2, "self", leg) + later)
    assert reasons(ledger) == {"self": "spends an in-leg that is not in the ledger before it"}


def test_what_spends_a_rejected_lot_is_rejected_with_it_and_no_more() -> None:
    text = paid(1, "bad", "- bank:a 9 USD", "+ bank:b 10 USD")
    text += paid(2, "next", "bank:b -> bank:c 10 USD spends bad")
    text += paid(3, "after", "bank:c -> bank:d 10 USD spends next")
    text += paid(4, "other", "bank:x -> bank:d 10 USD")
    assert set(reasons(ledger_of(text))) == {"bad", "next", "after"}


def test_a_lot_of_unknown_quantity_can_be_spent() -> None:
    text = paid(1, "lot", "bank:a -> bank:b ? USD")
    text += paid(2, "spent", "bank:b -> bank:c 10 USD spends lot")
    assert reasons(ledger_of(text)) == {}


def test_the_kind_of_openings_is_the_builders_own() -> None:
    text = paid(1, "mine", "opening:issued -> bank:a 10 USD", kind="opening")
    assert reasons(ledger_of(text))["mine"].startswith("the kind `opening` is for")


@pytest.mark.parametrize(
    "legs", ["opening:issued -> bank:a 10 USD", "bank:a -> opening:issued 10 USD"]
)
def test_the_holder_of_openings_is_the_builders_own(legs: str) -> None:
    ledger = ledger_of(paid(1, "mine", legs) + paid(2, "other", "bank:a -> bank:b 4 USD"))
    assert keys(ledger) == ["other"]
    assert reasons(ledger)["mine"].startswith("opening:issued is for what the builder adds")
    assert ledger.transaction_positions["opening/bank:a/USD/1"] == 0
