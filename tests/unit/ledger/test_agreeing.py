"""One event in other words: how a fee parts, and what a double holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.ledger.texts import built_from, keys, paid, rows

from earmark.ledger.agreeing import say_the_same

SPLIT = paid(1, "f", "- eth:a 10 USD", "+ eth:burned 7 USD", "+ eth:fees 3 USD", kind="fee")
WHOLE = paid(1, "f", "- eth:a 10 USD", "+ eth:fees 10 USD", kind="fee")
DOUBLE = 1_500_000_000_000_000_000


@pytest.mark.parametrize(("first", "second", "legs"), [(SPLIT, WHOLE, 3), (WHOLE, SPLIT, 2)])
def test_a_fee_told_whole_and_told_in_parts_is_one_fee(first: str, second: str, legs: int) -> None:
    made = built_from(first, second)
    assert (keys(made.ledger), made.duplicates) == (["f"], 1)
    assert rows(made.ledger, "findings") == []
    position = made.ledger.transaction_positions["f"]
    assert sum(leg["tx"] == position for leg in rows(made.ledger, "legs")) == legs


@pytest.mark.parametrize(
    "other",
    [
        paid(1, "f", "- eth:a 11 USD", "+ eth:fees 11 USD", kind="fee"),
        paid(1, "f", "- eth:b 10 USD", "+ eth:fees 10 USD", kind="fee"),
        paid(1, "f", "- eth:a 10 USD", "+ base:fees 10 USD", kind="fee"),
        paid(1, "f", "- eth:a 10 USD", "+ eth:c 10 USD", kind="fee"),
        paid(1, "f", "- eth:a 10 USD", "+ eth:fees 10 USD"),
    ],
)
def test_another_fee_is_a_disagreement(other: str) -> None:
    assert [one["kind"] for one in rows(built_from(SPLIT, other).ledger, "findings")] == [
        "disagreement"
    ]


def leg(quantity: int | None, *, inexact: bool) -> dict[str, Any]:
    number = None if quantity is None else Decimal(quantity)
    return {"side": 0, "holder": "eth:a", "quantity": number, "low": None, "inexact": inexact}


@pytest.mark.parametrize(
    ("exact", "inexact", "agree"),
    [
        (DOUBLE + 1, DOUBLE, True),
        (DOUBLE + 127, DOUBLE, True),
        (DOUBLE + 129, DOUBLE, False),
        (DOUBLE, DOUBLE + 1, False),
        (None, DOUBLE, False),
    ],
)
def test_an_exact_quantity_agrees_with_the_double_that_would_hold_it(
    exact: int | None,
    inexact: int,
    agree: bool,  # noqa: FBT001
) -> None:
    sides = [leg(exact, inexact=False)], [leg(inexact, inexact=True)]
    assert say_the_same(*sides, are_fees=False) is agree
    assert say_the_same(*reversed(sides), are_fees=False) is agree


def test_two_doubles_or_two_exact_quantities_agree_only_when_equal() -> None:
    for inexact in (True, False):
        one, other = [leg(DOUBLE, inexact=inexact)], [leg(DOUBLE + 1, inexact=inexact)]
        assert not say_the_same(one, other, are_fees=False)
        assert say_the_same(one, list(one), are_fees=False)
