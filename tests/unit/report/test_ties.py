"""Tied rows, walked in the other order as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.unit.report.conftest import study_of

from earmark.cases.case import open_case
from earmark.report.answers import answers
from earmark.report.ties import Ties, tied_reversed, ties

HEAD = "commodity EUR exponent 2\n"
TIED = """
2020-01-01T00:00:00Z payment recorded key a
  x:victim -> x:mule  10 EUR
2020-01-01T00:00:01Z payment recorded key b
  x:other -> x:mule  10 EUR
2020-01-02T00:00:00Z payment recorded key c
  x:mule -> x:left  10 EUR
2020-01-02T00:00:00Z payment recorded key d
  x:mule -> x:right  10 EUR
claim loot  10 EUR at a
statement ? by "us" (ours): x:right belongs_to "Right" source "invented"
statement ? by "us" (ours): x:far belongs_to "Right" source "invented"
"""
ASKED = '[[question]]\ntext = "How much is right?"\nclaim = "loot"\nentity = "Right"\n'


def test_ties_that_share_a_holding_are_counted(invented: Callable[..., Path]) -> None:
    case = open_case(invented(HEAD + TIED))
    assert ties(case.ledger) == Ties(times=1, transactions=2)


def test_ties_of_strangers_cannot_matter(invented: Callable[..., Path]) -> None:
    apart = TIED.replace("x:mule -> x:right", "x:far -> x:right")
    assert ties(open_case(invented(HEAD + apart)).ledger) == Ties(0, 0)


def test_reversing_turns_each_tie_round_and_nothing_else(invented: Callable[..., Path]) -> None:
    ledger = open_case(invented(HEAD + TIED)).ledger
    turned = tied_reversed(ledger)

    def keys(one: object) -> list[str]:
        found = one.column("transactions", "key").to_pylist()  # type: ignore[attr-defined]
        return [key for key in found if not key.startswith("opening")]

    assert keys(ledger) == ["a", "b", "c", "d"]
    assert keys(turned) == ["a", "b", "d", "c"]
    assert tied_reversed(turned).digest() == ledger.digest()


def test_an_answer_that_a_tie_decides_is_a_range_that_says_so(
    invented: Callable[..., Path],
) -> None:
    study = study_of(open_case(invented(HEAD + TIED, ASKED)))
    (answer,) = answers(study)
    assert [end.plain for end in answer.by_rule["fifo"].ends] == ["0", "10"]
    assert "ties" in answer.depends


def test_a_lot_spent_by_name_inside_a_tie_keeps_its_order(invented: Callable[..., Path]) -> None:
    text = """
2020-01-01T00:00:00Z payment recorded key a
  - x:one  5 EUR
  + x:two  5 EUR
2020-01-01T00:00:00Z payment recorded key b
  - x:two  5 EUR spends a#2
  + x:three  5 EUR
"""
    ledger = open_case(invented(HEAD + text)).ledger
    turned = tied_reversed(ledger)
    assert (
        turned.column("transactions", "key").to_pylist()
        == ledger.column("transactions", "key").to_pylist()
    )
