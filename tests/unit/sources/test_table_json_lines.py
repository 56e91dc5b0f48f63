from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.unit.sources.tables import amounts, column, read_text, reasons

from earmark.ledger.errors import EarmarkError
from earmark.sources.table.json_lines import KEYS_MAX

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


def test_more_names_than_a_table_has_are_refused(tmp_path: Path) -> None:
    lines = (
        "{" + ", ".join(f'"n{part}-{number}": 1' for number in range(KEYS_MAX // 2)) + "}\n"
        for part in range(3)
    )
    with pytest.raises(EarmarkError, match="different names") as caught:
        read_text(tmp_path, "".join(lines), "t.jsonl")
    assert caught.value.line == 3


@pytest.mark.parametrize("twice", [False, True], ids=["all different", "the last one twice"])
def test_an_object_of_too_many_names_is_refused_at_once(tmp_path: Path, *, twice: bool) -> None:
    names = [f"n{number}" for number in range(90_000)]
    line = "{" + ",".join(f'"{name}":1' for name in [*names, "n89999"][: 90_000 + twice]) + "}\n"
    assert len(line) > 900_000
    start_s = time.process_time()
    draft = read_text(tmp_path, ROW % "1" + line * 3, "t.jsonl")
    spent_s = time.process_time() - start_s
    assert reasons(draft) == [
        (f"line {number}", f"one object has more than {KEYS_MAX} names") for number in (2, 3, 4)
    ]
    assert spent_s < 5, "looking for a doubled name by counting took minutes"


def test_a_doubled_name_is_found_in_a_long_object(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(KEYS_MAX - 1)]
    line = "{" + ",".join(f'"{name}":1' for name in [*names, names[-1]]) + "}\n"
    draft = read_text(tmp_path, ROW % "1" + line, "t.jsonl")
    assert reasons(draft) == [("line 2", f"the name '{names[-1]}' stands twice in one object")]
