"""From drafts to a ledger: keys, corrections, counts, names, digests."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.unit.ledger.texts import USD, built_from, keys, ledger_of, paid, reasons, rows

from earmark.cases.building import sources_table
from earmark.ledger.builder import build
from earmark.ledger.errors import EarmarkError
from earmark.ledger.quantity import LIMIT

A = paid(1, "a", "bank:a -> bank:b 10 USD")


def test_no_source_makes_an_empty_ledger() -> None:
    ledger = build([], sources_table([], []), [], "late").ledger
    assert ledger.tables["transactions"].num_rows == 0


def test_an_empty_source_makes_an_empty_ledger() -> None:
    ledger = ledger_of("")
    assert ledger.tables["legs"].num_rows == 0
    assert rows(ledger, "sources")[0]["transactions"] == 0


def test_a_transaction_without_a_key_is_named_by_its_source_and_place() -> None:
    text = "2024-01-01T00:00:00Z payment recorded\n  bank:a -> bank:b 10 USD\n"
    again = ledger_of(text)
    (key,) = keys(again)
    assert key.startswith("0" * 16)
    assert keys(ledger_of(text)) == [key]
    assert keys(ledger_of("", text)) != [key]


def test_a_correction_replaces_and_the_old_row_is_listed() -> None:
    new = paid(1, "b", "bank:a -> bank:b 9 USD", extra="supersedes a")
    ledger = ledger_of(A, new)
    assert keys(ledger) == ["b"]
    (old,) = rows(ledger, "superseded")
    assert (old["key"], old["by"], old["source"]) == ("a", "b", 0)


def test_a_correction_of_a_correction_lists_both() -> None:
    ledger = ledger_of(
        A,
        paid(1, "b", "bank:a -> bank:b 9 USD", extra="supersedes a"),
        paid(1, "c", "bank:a -> bank:b 8 USD", extra="supersedes b"),
    )
    assert keys(ledger) == ["c"]
    assert [(row["key"], row["by"]) for row in rows(ledger, "superseded")] == [
        ("a", "b"),
        ("b", "c"),
    ]


def test_a_correction_under_the_same_key_stands() -> None:
    ledger = ledger_of(A, paid(1, "a", "bank:a -> bank:b 9 USD", extra="supersedes a"))
    assert keys(ledger) == ["a"]
    assert [int(row["quantity"]) for row in rows(ledger, "legs")] == [9, 9, 9, 9]


def test_a_correction_of_nothing_names_the_near_miss() -> None:
    with pytest.raises(EarmarkError, match="no transaction with that key; did you mean a:long"):
        ledger_of(
            paid(1, "a:long:key", "bank:a -> bank:b 10 USD"),
            paid(1, "b", "bank:a -> bank:b 9 USD", extra="supersedes a:long:kez"),
        )


WRONG = "- bank:a 9 USD", "+ bank:b 8 USD"


def test_a_correction_that_is_rejected_leaves_the_old_row() -> None:
    ledger = ledger_of(A, paid(1, "new", *WRONG, extra="supersedes a"))
    assert keys(ledger) == ["a"]
    assert reasons(ledger) == {"new": "out and in differ"}
    assert rows(ledger, "superseded") == []


def test_a_correction_that_is_too_large_leaves_the_old_row() -> None:
    text = paid(1, "most", f"bank:x -> bank:b {LIMIT - 1} USD")
    text += paid(2, "old", "bank:a -> bank:c 10 USD")
    ledger = ledger_of(text + paid(3, "new", "bank:a -> bank:b 10 USD", extra="supersedes old"))
    assert keys(ledger) == ["most", "old"]
    assert [row["key"] for row in rows(ledger, "observations")] == ["new"]
    assert rows(ledger, "superseded") == []


def test_a_correction_of_a_refused_correction_stands() -> None:
    wrong = paid(1, "wrong", *WRONG, extra="supersedes a")
    right = paid(1, "right", "bank:a -> bank:b 9 USD", extra="supersedes wrong")
    ledger = ledger_of(A + wrong + right)
    assert keys(ledger) == ["right"]
    assert reasons(ledger) == {}


def test_refused_corrections_of_corrections_bring_back_each_row_in_turn() -> None:
    second = paid(1, "second", "bank:a -> bank:b 9 USD", extra="supersedes a")
    third = paid(1, "third", *WRONG, extra="supersedes second")
    ledger = ledger_of(A + second + third)
    assert keys(ledger) == ["second"]
    assert [(row["key"], row["by"]) for row in rows(ledger, "superseded")] == [("a", "second")]
    assert set(reasons(ledger)) == {"third"}
    twice = ledger_of(A + second.replace("9 USD", "9 USD spends none") + third)
    assert keys(twice) == ["a"]
    assert set(reasons(twice)) == {"second", "third"}


def test_a_correction_that_its_own_source_contradicts_is_refused_and_the_first_stands() -> None:
    one = paid(1, "new", "bank:a -> bank:b 9 USD", extra="supersedes a")
    ledger = ledger_of(A + one + one.replace("9 USD", "8 USD"))
    assert keys(ledger) == ["new"]
    assert [row["locator"] for row in rows(ledger, "rejected")] == ["line 6"]
    assert [row["by"] for row in rows(ledger, "superseded")] == ["new"]


@pytest.mark.parametrize("length", [2, 3, 20])
def test_corrections_that_go_round_are_an_error_that_names_them(length: int) -> None:
    names = [f"k{number:02}" for number in range(length)]
    texts = [
        paid(1, name, "bank:a -> bank:b 9 USD", extra=f"supersedes {names[number - 1]}")
        for number, name in enumerate(names)
    ]
    with pytest.raises(EarmarkError, match="go round in a circle") as caught:
        ledger_of("".join(texts))
    told = [name for name in names if name in str(caught.value)]
    assert len(told) == min(length, 8)
    assert len(str(caught.value)) < 300


def test_what_repeats_a_refused_row_is_refused_too() -> None:
    bad = paid(2, "bad", "- bank:a 9 USD", "+ bank:b 8 USD")
    ledger = ledger_of(A + bad, bad)
    counts = [
        (row["rows"], row["transactions"], row["rejected"]) for row in rows(ledger, "sources")
    ]
    assert counts == [(2, 1, 1), (1, 0, 1)]


def test_a_sources_counts_are_its_own_and_without_openings() -> None:
    bad = paid(2, "bad", "- bank:a 9 USD", "+ bank:b 8 USD")
    ledger = ledger_of(A + bad, A + paid(3, "c", "bank:b -> bank:c 25 USD"))
    counts = [
        (row["rows"], row["transactions"], row["rejected"]) for row in rows(ledger, "sources")
    ]
    assert counts == [(2, 1, 1), (2, 2, 0)]
    assert ledger.tables["transactions"].num_rows == 4
    assert rows(ledger, "rejected")[0]["source"] == 0


def test_too_large_a_running_balance_is_an_observation_with_its_place() -> None:
    text = paid(1, "most", f"bank:x -> bank:a {LIMIT - 1} USD")
    text += paid(2, "one", "bank:y -> bank:a 1 USD") + paid(3, "out", "bank:a -> bank:z 5 USD")
    text += paid(4, "six", "bank:y -> bank:a 6 USD")
    ledger = ledger_of(text)
    assert keys(ledger) == ["most", "out"]
    seen = rows(ledger, "observations")
    assert [(row["kind"], row["key"]) for row in seen] == [
        ("too_large", "one"),
        ("too_large", "six"),
    ]
    assert seen[0]["text"] == "a running balance of 10^38 or more"
    assert reasons(ledger) == {}


def test_many_garbage_amounts_are_found_in_one_go() -> None:
    text = "".join(
        paid("2024-01-01T00:00:00Z", f"k{n}", f"bank:x{n} -> bank:a {LIMIT - 1} USD")
        for n in range(400)
    )
    ledger = ledger_of(text)
    assert keys(ledger) == ["k0"]
    assert ledger.tables["observations"].num_rows == 399


def test_an_opening_that_early_would_need_too_much_is_never_made() -> None:
    most = 9 * 10**37
    text = paid(1, "one", f"bank:a -> bank:b {most} USD")
    text += paid(2, "two", f"bank:a -> bank:c {most} USD")
    for placement in ("late", "early"):
        ledger = built_from(text, placement=placement).ledger
        assert keys(ledger) == ["one"]
        assert {int(row["quantity"]) for row in rows(ledger, "legs")} == {most}


def test_one_symbol_with_two_exponents_is_refused() -> None:
    with pytest.raises(EarmarkError, match="exponents 0 and 2"):
        ledger_of(
            "",
            A.replace("10 USD", "10 EUR").join(["commodity EUR exponent 0\n", ""]),
            "commodity EUR exponent 2\n",
        )


def test_an_alias_of_two_holders_is_refused() -> None:
    with pytest.raises(EarmarkError, match="alias me names both bank:a and bank:b"):
        ledger_of("holder me bank:a\n", "holder me bank:b\n")


def test_a_link_to_nothing_is_refused() -> None:
    link = "link swap reported: a#1 -> missing#2\n"
    with pytest.raises(EarmarkError, match="no transaction with the key missing"):
        ledger_of(A + link)


def test_a_link_to_two_legs_asks_for_the_ordinal() -> None:
    two = paid(2, "two", "bank:a -> bank:b 1 USD", "bank:a -> bank:c 1 USD")
    with pytest.raises(EarmarkError, match="two: 2 in-legs fit; expected one in-leg"):
        ledger_of(A + two + "link swap reported: a#1 -> two\n")


def test_statements_stay_when_they_are_superseded() -> None:
    ledger = ledger_of(
        'statement 2024 by "A" (press): case is "one" key s:1\n',
        'statement 2024 by "B" (press): case is "two" supersedes s:1\n',
    )
    assert [row["superseded"] for row in rows(ledger, "statements")] == [True, False]


def test_the_same_inputs_give_the_same_digest_and_others_another() -> None:
    assert ledger_of(A).digest() == ledger_of(A).digest()
    assert ledger_of(A).digest() != ledger_of(A.replace("10 USD", "11 USD")).digest()
    assert ledger_of(A).digest() != ledger_of(A, placement="early").digest()


PRINT_DIGEST = """
from tests.unit.ledger.texts import ledger_of, paid
text = "".join(
    paid(n, f"k{n}", f"bank:{n} -> bank:{n + 1} {n} USD", f"bank:x -> bank:y {n} USD")
    for n in range(1, 20)
)
print(ledger_of(text, text, paid(3, "z", "bank:3 -> bank:4 3 USD")).digest())
"""


def test_the_digest_does_not_depend_on_the_hash_seed() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", PRINT_DIGEST],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 64


def test_what_a_text_declares_comes_along() -> None:
    assert USD.startswith("commodity USD")
    (commodity,) = rows(ledger_of(""), "commodities")
    assert (commodity["symbol"], commodity["exponent"]) == ("USD", 0)
