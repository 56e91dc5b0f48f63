"""What two sources may both tell: warned of by the build, and counted on page one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cases.cases import hand_written
from tests.unit.report.conftest import study_of

from earmark.cases.case import open_case
from earmark.cases.likeness import lookalikes
from earmark.report.records import counts
from earmark.report.writing import write_report

ROW = "2024-01-0{day}T00:00:00Z payment recorded key {key}\n  bank:a -> bank:b  10 USD\n\n"
CASE = """title = "T"
[[source]]
reader = "notation"
path = "one.ledger"
[[source]]
reader = "notation"
path = "two.ledger"
[[claim]]
name = "c"
commodity = "USD"
at = ["a1"]
"""


def text(*keys: str) -> str:
    rows = [ROW.format(day=key[1], key=key) for key in keys]
    return "commodity USD exponent 0\n\n" + "".join(rows)


def built(folder: Path, *keys: str) -> Path:
    case = hand_written(folder, CASE, "")
    (case / "one.ledger").write_text(text("a1", "a2"), "utf-8")
    (case / "two.ledger").write_text(text(*keys), "utf-8")
    return case


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "2 events may be counted twice"), ("ar", "حدثان يُحتمل")]
)
def test_they_are_warned_of_and_on_page_one(tmp_path: Path, lang: str, said: str) -> None:
    case = open_case(built(tmp_path, "b1", "b2", "b3"))
    assert lookalikes(case.ledger) == [["a1", "b1"], ["a2", "b2"]]
    (warning,) = case.made.summary.warnings
    assert warning.startswith("two.ledger: 2 transactions look like those")
    assert counts(study_of(case)).alike == 2
    write_report(case, tmp_path / "out", lang=lang)
    (dossier,) = (tmp_path / "out").glob("dossier*.html")
    page = dossier.read_text("utf-8")
    assert said in page[: page.index('id="said"')]


def test_where_nothing_looks_alike_nothing_is_said(tmp_path: Path) -> None:
    case = open_case(built(tmp_path, "a1", "b3"))
    assert (lookalikes(case.ledger), case.made.summary.warnings) == ([], ())
    assert counts(study_of(case)).alike == 0
