"""What a record brings forward in a dossier: a row with its evidence, drawn with the openings, no transaction."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.unit.cases.cases import hand_written
from tests.unit.report.conftest import study_of

from earmark.cases.case import open_case
from earmark.report.drawing import picture
from earmark.report.endings import openings
from earmark.report.records import bases, counts
from earmark.report.study import Study
from earmark.report.wording import Wording
from earmark.report.writing import write_report

LEDGER = """commodity BTC exponent 8

2024-01-01T00:00:00Z theft recorded key theft
  victim:issued -> utxo:stolen  60 BTC

2024-01-02T00:00:00Z brought_forward recorded key before:output:0
  - opening:issued  40 BTC
  + utxo:stolen     40 BTC

2024-01-02T00:00:00Z payment recorded key spender
  - utxo:stolen  40 BTC spends before:output:0#2
  - utxo:stolen  60 BTC spends theft#2
  + utxo:next   100 BTC

2024-01-03T00:00:00Z payment recorded key on
  utxo:next -> utxo:last  100 BTC spends spender#3
"""
CLAIM = 'title = "T"\n[[claim]]\nname = "c"\ncommodity = "BTC"\nat = ["theft"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return hand_written(tmp_path, CLAIM, LEDGER)


@pytest.fixture
def study(folder: Path) -> Study:
    return study_of(open_case(folder))


def test_it_is_no_transaction_and_no_receipt_of_the_record(study: Study) -> None:
    assert counts(study).transactions == 3
    (row,) = bases(study)
    assert (row.transactions, row.amount.quantity) == (3, 260 * 10**8)


def test_it_is_no_opening_that_was_guessed(study: Study) -> None:
    found = openings(study)
    assert (found.traced, found.others) == ((), ())


def test_it_is_drawn_from_outside_of_the_record(study: Study) -> None:
    drawn = picture(study, Wording("en"))
    assert drawn is not None
    labels = [lane.label for lane in drawn.lanes]
    assert "not in this record (openings)" in labels
    assert "other payers" not in labels
    (stolen,) = (lane for lane in drawn.lanes if "utxo:stolen" in lane.identifier)
    assert (stolen.opened.quantity, stolen.received.quantity) == (40 * 10**8, 60 * 10**8)


@pytest.mark.parametrize(("lang", "word"), [("en", "brought forward"), ("ar", "مُرحَّل")])
def test_its_row_stands_in_the_table_with_its_place(folder: Path, lang: str, word: str) -> None:
    write_report(open_case(folder), lang=lang)
    with (folder / "report" / "tables" / "transactions.csv").open(newline="") as file:
        rows = {row["key"]: row for row in csv.DictReader(file)}
    row = rows["before:output:0"]
    assert (row["kind"], row["basis"], row["locator"]) == ("brought_forward", "recorded", "line 6")
    assert (Wording(lang).term("kind", "brought_forward") or "").startswith(word)
