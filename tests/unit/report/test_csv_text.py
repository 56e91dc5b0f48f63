"""Tables that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.report.csv_text import FORMULA_STARTS, csv_text, read_csv_text

cells = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


@given(st.lists(st.tuples(cells, cells), max_size=8))
def test_a_table_reads_back_as_it_was(rows: list[tuple[str, str]]) -> None:
    assert read_csv_text(csv_text(("a", "b"), rows))[1:] == [list(row) for row in rows]


@given(cells)
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    text = csv_text(("a",), [(cell,)])
    written = list(csv.reader(io.StringIO(text, newline="")))[1]
    assert not "".join(written).startswith(FORMULA_STARTS)


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_an_apostrophe_stands_before_every_formula_start(start: str) -> None:
    assert f"'{start}1" in csv_text(("a",), [(start + "1",)])


def test_lines_end_as_rfc_4180_says() -> None:
    assert csv_text(("a", "b"), [("1", "x,y")]) == 'a,b\r\n1,"x,y"\r\n'
