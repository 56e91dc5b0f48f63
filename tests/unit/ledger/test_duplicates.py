"""Law 5: one event, one transaction."""

from __future__ import annotations

import pytest
from tests.unit.ledger.texts import built_from, keys, ledger_of, paid, reasons, rows

A = paid(1, "a", "bank:a -> bank:b 10 USD")


def findings(*texts: str) -> dict[str, tuple[list[str], list[str]]]:
    return {
        row["kind"]: (row["subjects"], row["reasons"])
        for row in rows(ledger_of(*texts), "findings")
    }


def test_a_known_key_adds_evidence_and_no_transaction() -> None:
    made = built_from(A, A)
    assert keys(made.ledger) == ["a"]
    assert made.duplicates == 1
    tx = made.ledger.transaction_positions["a"]
    evidence = [row["source"] for row in rows(made.ledger, "evidence") if row["tx"] == tx]
    assert evidence == [0, 1]
    assert findings(A, A) == {}


def test_a_duplicate_brings_its_own_evidence_along() -> None:
    cited = A + '  evidence "exhibit.pdf" "page 3" contradicting\n'
    said = [
        (row["locator"], row["role"])
        for row in rows(ledger_of(A, cited), "evidence")
        if row["source"] is None
    ]
    assert said == [("exhibit.pdf page 3", "contradicting")]


def test_the_same_key_twice_in_one_source_is_one_transaction() -> None:
    made = built_from(A + A)
    assert (keys(made.ledger), made.duplicates) == (["a"], 1)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (paid(1, "a", "bank:a -> bank:b 11 USD"), "legs:"),
        (paid(1, "a", "bank:a -> bank:c 10 USD"), "legs:"),
        (paid(2, "a", "bank:a -> bank:b 10 USD"), "time:"),
    ],
)
def test_a_disagreement_is_a_finding_and_the_first_source_stands(other: str, reason: str) -> None:
    subjects, reasons = findings(A, other)["disagreement"]
    assert subjects == ["a"]
    assert reasons[0].startswith(reason)
    ledger = ledger_of(A, other)
    out = rows(ledger, "legs")[-2]
    assert (int(out["quantity"]), ledger.holder_names[out["holder"]]) == (10, "bank:a")


def test_a_likeness_without_a_common_key_is_a_finding_and_both_are_counted() -> None:
    like = A.replace("key a", "key b")
    assert keys(ledger_of(A, like)) == ["a", "b"]
    subjects, _ = findings(A, like)["likely_duplicate"]
    assert subjects == ["a", "b"]


@pytest.mark.parametrize(
    "texts",
    [
        (A + A.replace("key a", "key b"),),
        (A, paid(2, "b", "bank:a -> bank:b 10 USD")),
        (A, paid(1, "b", "bank:a -> bank:b 11 USD")),
        (A, paid(1, "b", "bank:b -> bank:a 10 USD")),
        (A, paid("?", "b", "bank:a -> bank:b 10 USD")),
        (paid("?", "a", "bank:a -> bank:b ? USD"), paid("?", "b", "bank:a -> bank:b ? USD")),
    ],
)
def test_likeness_is_looked_for_only_across_sources_and_where_time_and_quantity_are_known(
    texts: tuple[str, ...],
) -> None:
    assert findings(*texts) == {}


REFUSED = "another row of this source has the same key and says otherwise"


@pytest.mark.parametrize(
    "other",
    [
        paid(1, "a", "bank:a -> bank:b 11 USD"),
        paid(1, "a", "bank:a -> bank:c 10 USD"),
        paid(2, "a", "bank:a -> bank:b 10 USD"),
    ],
)
def test_one_source_that_says_two_things_under_one_key_has_the_later_refused(other: str) -> None:
    made = built_from(A + other + A)
    assert (keys(made.ledger), made.duplicates) == (["a"], 1)
    (refused,) = rows(made.ledger, "rejected")
    assert refused["reason"] == REFUSED
    assert refused["locator"] == "line 4"
    assert rows(made.ledger, "findings") == []
    assert [row["locator"] for row in rows(made.ledger, "evidence")] == ["line 2", "line 6"]


def test_what_a_refused_row_cites_is_no_evidence_of_what_stands() -> None:
    other = paid(1, "a", "bank:a -> bank:b 11 USD") + '  evidence "exhibit.pdf" "page 3"\n'
    ledger = ledger_of(A + other)
    assert reasons(ledger) == {"a": REFUSED}
    assert [row for row in rows(ledger, "evidence") if row["source"] is None] == []


def test_two_sources_of_which_one_contradicts_itself() -> None:
    again = paid(1, "a", "bank:a -> bank:b 11 USD")
    third = paid(1, "a", "bank:a -> bank:b 12 USD")
    made = built_from(A, again + third + again)
    assert (keys(made.ledger), made.duplicates) == (["a"], 2)
    assert [row["locator"] for row in rows(made.ledger, "rejected")] == ["line 4"]
    kinds = [row["kind"] for row in rows(made.ledger, "findings")]
    assert kinds == ["disagreement", "disagreement"]


def test_who_does_not_know_the_time_contradicts_nobody() -> None:
    timeless = paid("?", "a", "bank:a -> bank:b 10 USD")
    assert findings(A, timeless) == {}
    assert findings(timeless, A) == {}
    made = built_from(A + timeless)
    assert (keys(made.ledger), rows(made.ledger, "rejected")) == (["a"], [])


def test_a_disagreement_names_the_files() -> None:
    other = paid(1, "a", "bank:a -> bank:b 11 USD")
    assert findings(A, other)["disagreement"][1] == [
        "legs: 1.ledger line 2 and 2.ledger line 2 differ"
    ]
