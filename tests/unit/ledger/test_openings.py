"""Openings of small ledgers, worked out by hand."""

from __future__ import annotations

import pytest
from tests.unit.ledger.texts import ledger_of, paid, rows

from earmark.ledger.errors import EarmarkError
from earmark.ledger.ledger import Ledger
from earmark.ledger.placing import rearranged
from earmark.ledger.values import Placement

ACCOUNT = (
    paid(1, "in", "bank:x -> bank:a 10 USD")
    + paid(2, "out", "bank:a -> bank:y 15 USD")
    + paid(3, "in2", "bank:x -> bank:a 4 USD")
    + paid(4, "out2", "bank:a -> bank:y 12 USD")
)


def story(ledger: Ledger, holder: str = "bank:a") -> list[tuple[str, int]]:
    """Return the keys of the transactions that touch a holder, with what came in or went out."""
    names = ledger.column("transactions", "key").to_pylist()
    return [
        (names[row["tx"]], int(row["quantity"]) * (1 if row["side"] else -1))
        for row in rows(ledger, "legs")
        if ledger.holder_names[row["holder"]] == holder
    ]


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        (
            "late",
            [
                ("in", 10),
                ("opening/bank:a/USD/1", 5),
                ("out", -15),
                ("in2", 4),
                ("opening/bank:a/USD/2", 8),
                ("out2", -12),
            ],
        ),
        (
            "early",
            [("opening/bank:a/USD/1", 13), ("in", 10), ("out", -15), ("in2", 4), ("out2", -12)],
        ),
    ],
)
def test_a_shortfall_is_filled_late_or_early(
    placement: Placement, expected: list[tuple[str, int]]
) -> None:
    assert story(ledger_of(ACCOUNT, placement=placement)) == expected
    assert story(rearranged(ledger_of(ACCOUNT), placement)) == expected


def test_an_opening_has_the_time_of_what_it_stands_before_and_is_inferred() -> None:
    ledger = ledger_of(ACCOUNT)
    made = {row["key"]: row for row in rows(ledger, "transactions")}
    opening, before = made["opening/bank:a/USD/2"], made["out2"]
    assert opening["order_time"] == before["order_time"]
    assert (opening["kind"], opening["basis"]) == ("opening", "inferred")


def test_a_payment_counts_before_a_receipt_of_the_same_transaction() -> None:
    change = paid(1, "swap", "+ bank:a 10 USD", "- bank:a 10 USD")
    assert story(ledger_of(change)) == [("opening/bank:a/USD/1", 10), ("swap", 10), ("swap", -10)]


@pytest.mark.parametrize("payer", ["usd:issued", "btc:unresolved"])
def test_who_may_go_below_zero_never_opens(payer: str) -> None:
    ledger = ledger_of(paid(1, "made", f"{payer} -> bank:a 10 USD"))
    assert story(ledger, payer) == [("made", -10)]


def test_named_lots_neither_fill_nor_empty_a_pool() -> None:
    text = paid(1, "lot", "bank:x -> bank:a 10 USD")
    text += paid(2, "named", "bank:a -> bank:y 4 USD spends lot")
    text += paid(3, "pool", "bank:a -> bank:y 6 USD")
    assert ("opening/bank:a/USD/1", 6) in story(ledger_of(text))


def test_unknown_quantities_open_nothing() -> None:
    ledger = ledger_of(paid(1, "unknown", "bank:a -> bank:b ? USD"))
    assert ledger.tables["transactions"].num_rows == 1


def test_each_scenario_has_its_own_openings() -> None:
    text = paid(1, "in", "x:issued -> bank:a 10 [8..12] USD")
    text += paid(2, "out", "bank:a -> bank:b 11 USD")
    ledger = ledger_of(text)
    opened = {
        bound: [q for key, q in story(rearranged(ledger, "late", bound)) if key.startswith("open")]
        for bound in ("low", "best", "high")
    }
    assert opened == {"low": [3], "best": [1], "high": []}


def test_a_scenario_that_would_open_with_too_much_is_told() -> None:
    most = 9 * 10**37
    text = "".join(
        paid(day, f"k{day}", f"bank:a -> bank:b{day} 1 [1..{most}] USD") for day in (1, 2)
    )
    with pytest.raises(EarmarkError, match="low or high quantities"):
        rearranged(ledger_of(text), "early", "high")
