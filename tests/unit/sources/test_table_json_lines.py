from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.sources.tables import amounts, column, read_text, reasons

from earmark.ledger.errors import EarmarkError

ROW = '{"time": "2022-01-01T00:00:00Z", "from": "a", "to": "b", "amount": %s}\n'


def _read(folder: Path, *amount: str, **changes: object) -> object:
    return read_text(folder, "".join(ROW % text for text in amount), "t.jsonl", **changes)


def test_numbers_are_read_by_their_literal_text(tmp_path: Path) -> None:
    literal = "123456789012345678.123456789012345678"
    rows = "".join(ROW % text for text in (literal, '"2.5"', "1e-18", "10000000000000000000000"))
    draft = read_text(tmp_path, rows, "t.jsonl", constants={"commodity": "ETH"})
    assert amounts(draft)[:3] == [int(literal.replace(".", "")), 25 * 10**17, 1]
    assert draft.observations.column("kind").to_pylist() == ["too_large"]
    assert not any(draft.legs.column("inexact").to_pylist())
    assert column(draft, "locator") == ["line 1", "line 2", "line 3"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[1, 2]", "not a JSON object"),
        ("7", "not a JSON object"),
        ('{"a": 1', "not JSON: "),
        ("[" * 100_000, "nested too deeply"),
        ('{"amount": 1, "amount": 2}', "'amount' stands twice"),
        ((ROW % "[1]").strip(), "amount: a list or an object"),
        ((ROW % '{"value": 1}').strip(), "amount: a list or an object"),
        ((ROW % "NaN").strip(), "quantity: 'NaN' is not a number"),
        ((ROW % "true").strip(), "quantity: 'true' is not a number"),
        ((ROW % "null").strip(), "quantity: the cell is empty"),
        ((ROW % "1").replace('"a"', '"\\ud800"').strip(), "from: half of a surrogate pair"),
        (
            (ROW % "1").replace('"a"', '"\\u202e"').strip(),
            "payer: holds the invisible character U+202E",
        ),
    ],
)
def test_a_bad_line_is_refused_and_reading_goes_on(tmp_path: Path, line: str, told: str) -> None:
    draft = read_text(tmp_path, ROW % "1" + line + "\n\n" + ROW % "2", "t.jsonl")
    assert amounts(draft) == [100, 200]
    assert column(draft, "locator") == ["line 1", "line 4"]
    (locator, reason), *others = reasons(draft)
    assert (locator, others) == ("line 2", [])
    assert reason.startswith(told) or told in reason


def test_a_name_that_no_line_has_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EarmarkError) as caught:
        read_text(tmp_path, ROW % "1", "t.jsonl", columns={"quantity": "amunt"})
    assert caught.value.near_miss == "amount"
    with pytest.raises(EarmarkError, match="no line holds a JSON object"):
        read_text(tmp_path, "1\n2\n", "t.jsonl")


def test_a_name_that_some_lines_lack_is_an_empty_cell(tmp_path: Path) -> None:
    draft = read_text(tmp_path, ROW % "1" + '{"time": "2022-01-01", "from": "a"}\n', "t.ndjson")
    assert reasons(draft) == [("line 2", "payee: the cell is empty")]


def test_other_names_and_a_cut_end_are_told_of(tmp_path: Path) -> None:
    text = (ROW % "1").replace("}", ', "gas": 1}').strip()
    assert read_text(tmp_path, text, "t.jsonl").warnings == (
        "t.jsonl: columns not read: gas",
        "t.jsonl: no line end after line 1: the file may be cut off here",
    )


def test_a_million_different_names_are_refused(tmp_path: Path) -> None:
    names = ", ".join(f'"n{number}": 1' for number in range(20_000))
    with pytest.raises(EarmarkError, match="different names"):
        read_text(tmp_path, "{" + names + "}\n", "t.jsonl")
