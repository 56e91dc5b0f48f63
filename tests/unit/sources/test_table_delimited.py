from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.sources.tables import HEADER, amounts, column, read_cells, read_text, reasons

from earmark.ledger.errors import EarmarkError

GOOD = "2022-01-01,a,b,5"


def test_a_row_is_one_transaction_with_an_out_leg_and_an_in_leg(tmp_path: Path) -> None:
    draft = read_cells(tmp_path, "2022-01-01T00:00:01Z,a,b,5.25")
    transaction = draft.transactions.to_pylist()[0]
    assert transaction["time"].isoformat() == "2022-01-01T00:00:01+00:00"
    assert transaction["time_end"] is None
    shape = {name: transaction[name] for name in ("key", "kind", "basis", "sequence", "locator")}
    assert shape == {
        "key": None,
        "kind": "payment",
        "basis": "recorded",
        "sequence": None,
        "locator": "line 2",
    }
    legs = draft.legs.select(["transaction", "side", "holder", "commodity", "quantity"]).to_pylist()
    assert [tuple(leg.values())[:4] for leg in legs] == [(0, 0, "x:a", "USD"), (0, 1, "x:b", "USD")]
    assert [int(leg["quantity"]) for leg in legs] == [525, 525]
    assert draft.legs.column("inexact").to_pylist() == [False, False]


def test_a_locator_is_the_line_where_the_record_begins(tmp_path: Path) -> None:
    text = (
        "memo,time,from,to,amount\r\n"
        '"two\r\nlines",2022-01-01,a,b,1\r\n'
        "\r\n"
        '"three\n\nlines",2022-01-02,a,b,2\r\n'
        "one\u2028line\x85still,2022-01-03,a,b,3\r\n"
    )
    draft = read_text(tmp_path, text, columns={"note": "memo"})
    assert column(draft, "locator") == ["line 2", "line 5", "line 8"]
    assert column(draft, "note")[:2] == ["two lines", "three lines"]
    assert draft.warnings == (
        "1 notes or labels held control characters, shown as U+FFFD, or were cut",
    )


def test_lone_carriage_returns_end_lines_too(tmp_path: Path) -> None:
    draft = read_text(tmp_path, f"{HEADER}{GOOD}\n{GOOD}\n".replace("\n", "\r"))
    assert column(draft, "locator") == ["line 2", "line 3"]


def test_rows_with_too_few_or_too_many_cells_are_refused(tmp_path: Path) -> None:
    draft = read_cells(tmp_path, GOOD, "2022-01-01,a,b", GOOD, "2022-01-01,a,b,1,000")
    assert draft.rows == 4
    assert amounts(draft) == [500, 500]
    assert reasons(draft) == [
        ("line 3", "3 cells where the first line has 4"),
        ("line 5", "5 cells where the first line has 4"),
    ]
    assert draft.rejected.column("text").to_pylist() == ["2022-01-01,a,b", "2022-01-01,a,b,1,000"]
    assert draft.rejected.column("source").null_count == 2


def test_a_short_last_row_without_line_end_tells_of_a_cut_file(tmp_path: Path) -> None:
    draft = read_text(tmp_path, f"{HEADER}{GOOD}\n2022-01-01,a")
    assert "the file may be cut off here" in reasons(draft)[0][1]
    assert draft.warnings == ("t.csv: no line end after line 3: the file may be cut off here",)
    whole = read_text(tmp_path, f"{HEADER}{GOOD}\n{GOOD}")
    assert (whole.transactions.num_rows, len(whole.warnings)) == (2, 1)


def test_a_quote_that_never_closes_is_refused_with_its_lines(tmp_path: Path) -> None:
    draft = read_cells(tmp_path, GOOD, '"2022-01-01,a,b,5', GOOD)
    (locator, reason), *others = reasons(draft)
    assert (locator, others) == ("line 3", [])
    assert "never closed" in reason
    assert "lines 3 to 4" in reason


def test_broken_quotes_refuse_their_own_row_only(tmp_path: Path) -> None:
    draft = read_cells(tmp_path, GOOD, '"2022"-01-01,a,b,5', GOOD)
    assert [locator for locator, _ in reasons(draft)] == ["line 3"]
    assert column(draft, "locator") == ["line 2", "line 4"]


def test_a_cell_beyond_the_limit_is_refused_and_reading_goes_on(tmp_path: Path) -> None:
    draft = read_cells(tmp_path, GOOD, f"2022-01-01,{'a' * 200_000},b,5", GOOD)
    assert [locator for locator, _ in reasons(draft)] == ["line 3"]
    assert "131072 characters" in reasons(draft)[0][1]
    assert len(draft.rejected.column("text")[0].as_py()) <= 200


def test_a_missing_column_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(EarmarkError) as caught:
        read_cells(tmp_path, GOOD, columns={"quantity": "ammount"})
    error = caught.value
    assert (error.file, error.line, error.near_miss) == ("t.csv", 1, "amount")
    assert error.expected == "one of: time, from, to, amount"


def test_a_doubled_column_is_an_error_only_where_it_is_asked_for(tmp_path: Path) -> None:
    text = "time,from,to,amount,memo,memo\n2022-01-01,a,b,5,p,q\n"
    assert amounts(read_text(tmp_path, text)) == [500]
    with pytest.raises(EarmarkError, match="two columns are called 'memo'"):
        read_text(tmp_path, text, columns={"note": "memo"})


def test_columns_nobody_asked_for_are_named_once(tmp_path: Path) -> None:
    text = "time,from,to,amount,gas,\n2022-01-01,a,b,5,1,2\n"
    assert read_text(tmp_path, text).warnings == ("t.csv: columns not read: gas, (no name)",)


def test_another_delimiter_can_be_set_and_is_hinted_at(tmp_path: Path) -> None:
    text = "time;from;to;amount\n2022-01-01;a;b;5,5\n"
    form = {"delimiter": ";", "decimal": ","}
    assert amounts(read_text(tmp_path, text, format=form)) == [550]
    with pytest.raises(EarmarkError, match=r"set format\.delimiter"):
        read_text(tmp_path, text)
    with pytest.raises(EarmarkError, match=r"format\.delimiter is '::'"):
        read_text(tmp_path, text, format={"delimiter": "::"})


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    draft = read_text(
        tmp_path,
        f"{GOOD}\n{GOOD}\n",
        columns={"time": "1", "payer": "2", "payee": "3", "quantity": "4"},
        format={"header": False},
    )
    assert amounts(draft) == [500, 500]
    assert column(draft, "locator") == ["line 1", "line 2"]


def test_many_batches_are_one_draft(tmp_path: Path) -> None:
    count = 70_000
    text = HEADER + "".join(f"2022-01-01,a,b,{n}\n" for n in range(1, count + 1))
    draft = read_text(tmp_path, text)
    assert amounts(draft) == [100 * n for n in range(1, count + 1)]
    assert draft.legs.column("transaction").to_pylist() == [n // 2 for n in range(2 * count)]
    assert column(draft, "locator")[-1] == f"line {count + 1}"
