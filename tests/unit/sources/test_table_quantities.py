from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.sources.tables import amounts, read_cells, read_text, reasons

from earmark.ledger.errors import EarmarkError
from earmark.ledger.quantity import TooLargeError
from earmark.ledger.values import Commodity
from earmark.sources.settings import TableFormat
from earmark.sources.table.batches import Column
from earmark.sources.table.quantities import number_format, parse_cell, read_quantities

DOLLAR = Commodity("USD", 2)
ETHER = Commodity("ETH", 18)
NBSP, NARROW = "\u00a0", "\u202f"


def _read(text: str, commodity: Commodity = DOLLAR, **settings: Any) -> int | None:
    return parse_cell(text, commodity, number_format(TableFormat(**settings)))[0]


@pytest.mark.parametrize(
    ("text", "settings", "cents"),
    [
        ("12", {}, 1200),
        ("+12.5", {}, 1250),
        (".5", {}, 50),
        ("5.", {}, 500),
        ("12.500000", {}, 1250),
        ("1e-02", {}, 1),
        ("1.25E+3", {}, 125000),
        ("-0.00", {}, 0),
        ("٢٥٠٫٧٥", {}, 25075),
        ("١٬٢٣٤٬٥٦٧٫٨٩", {}, 123456789),
        ("۱۲۳", {}, 12300),
        ("１２．５", {}, 1250),
        ("\u200f١٢\u200f", {}, 1200),
        ("١٢,٥", {"decimal": ","}, 1250),
        ("1.234.567,89", {"decimal": ",", "group": "."}, 123456789),
        ("1.234", {"decimal": ",", "group": "."}, 123400),
        ("1,234", {"group": ","}, 123400),
        ("12,34,567.8", {"group": ","}, 123456780),
        (f"1{NBSP}234,5", {"decimal": ",", "group": " "}, 123450),
        (f"1{NARROW}234", {"group": " "}, 123400),
        ("1'234'567.05", {"group": "'"}, 123456705),
        ("1’234", {"group": "'"}, 123400),
        ("1234567", {"group": ","}, 123456700),
        ("250", {"unit": "smallest"}, 250),
        ("0xFf", {"unit": "smallest"}, 255),
        ("2.5e2", {"unit": "smallest"}, 250),
        ("unknown", {}, None),
        ("?", {}, None),
        ("0.125", {"round": True}, 12),
        ("0.135", {"round": True}, 14),
        ("1e-9", {"round": True}, 0),
    ],
)
def test_numbers_that_are_read(text: str, settings: dict[str, Any], cents: int | None) -> None:
    assert _read(text, **settings) == cents


@pytest.mark.parametrize(
    ("text", "settings", "told"),
    [
        ("1.234", {"decimal": ","}, "'.' is neither format.decimal nor format.group"),
        ("1,234", {}, "',' is neither format.decimal nor format.group"),
        ("1,23", {"group": ","}, "is not a number"),
        ("1,2345", {"group": ","}, "is not a number"),
        ("1234,567", {"group": ","}, "is not a number"),
        (",123", {"group": ","}, "is not a number"),
        ("1.234,567.8", {"decimal": ",", "group": "."}, "is not a number"),
        ("1.234'567", {"decimal": ",", "group": ".'"}, "is not a number"),
        ("1.2.3", {}, "is not a number"),
        ("1 000", {}, "' ' is neither"),
        ("1٢", {}, "mixes ASCII and Arabic-Indic digits"),
        ("١۲", {}, "mixes Arabic-Indic and Extended Arabic-Indic digits"),
        ("²", {}, "is not a number"),
        ("१२", {}, "is not a number"),
        ("1\u202e2", {}, "is not a number"),
        ("0x10", {}, "is not a number"),
        ("1_000", {}, "is not a number"),
        ("nan", {}, "is not a number"),
        ("inf", {}, "is not a number"),
        ("--1", {}, "is not a number"),
        ("1e", {}, "is not a number"),
        ("e5", {}, "is not a number"),
        (".", {}, "is not a number"),
        ("(5)", {}, "is not a number"),
        ("$5", {}, "is not a number"),
        ("", {}, "the cell is empty"),
        ("−5", {}, "is negative"),
        ("0.001", {}, "has more decimals than USD (2)"),
        ("1.5", {"unit": "smallest"}, "not a whole number of the smallest unit of USD"),
        ("9" * 500, {}, "more than 400 digits"),
    ],
)
def test_numbers_that_are_refused(text: str, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        _read(text, **settings)
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["1e36", "1e37", "1" + "0" * 36, "1e9999"])
def test_ten_to_the_thirty_eighth_is_told_apart(text: str) -> None:
    with pytest.raises(TooLargeError):
        _read(text)
    assert _read("9" * 36 + ".99") == 10**38 - 1


def test_the_largest_word_of_a_chain_is_too_large() -> None:
    with pytest.raises(TooLargeError):
        _read("0x" + "f" * 64, ETHER, unit="smallest")
    assert _read(hex(10**38 - 1), ETHER, unit="smallest") == 10**38 - 1


def test_rounding_up_to_the_limit_is_too_large() -> None:
    with pytest.raises(TooLargeError):
        _read("9" * 36 + ".995", round=True)


def test_every_wei_above_64_bits_is_kept(tmp_path: Path) -> None:
    text = "182163.956030000000000001"
    draft = read_cells(tmp_path, f"2022-01-01,a,b,{text}", constants={"commodity": "ETH"})
    assert amounts(draft) == [182163956030000000000001]


@pytest.mark.parametrize(
    "settings", [{"decimal": ";"}, {"decimal": ""}, {"group": "."}, {"group": "3"}, {"group": "-"}]
)
def test_ambiguous_settings_are_errors(settings: dict[str, Any]) -> None:
    with pytest.raises(EarmarkError) as caught:
        number_format(TableFormat(**settings))
    assert caught.value.expected


def test_a_full_stop_that_groups_is_never_a_decimal_character(tmp_path: Path) -> None:
    rows = ['2022-01-01,a,b,"1.234"', '2022-01-01,a,b,"1,23"', '2022-01-01,a,b,"1.23"']
    draft = read_cells(tmp_path, *rows, format={"decimal": ",", "group": "."})
    assert amounts(draft) == [123400, 123]
    assert [locator for locator, _ in reasons(draft)] == ["line 4"]


def test_numbers_that_a_format_types_keep_their_full_stop(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"amount": 1.234}, {"amount": "1.234"}, {"amount": 7}]
    text = "".join(
        json.dumps({"time": "2022-01-01", "from": "a", "to": "b"} | r) + "\n" for r in rows
    )
    draft = read_text(
        tmp_path,
        text,
        "t.jsonl",
        constants={"commodity": "ETH"},
        format={"decimal": ",", "group": "."},
    )
    assert amounts(draft) == [1234 * 10**15, 1234 * 10**18, 7 * 10**18]


def test_an_empty_quantity_is_refused_unless_something_stands_for_it(tmp_path: Path) -> None:
    row = "2022-01-01,a,b,"
    assert reasons(read_cells(tmp_path, row))[0][1].startswith("quantity: the cell is empty")
    assert amounts(read_cells(tmp_path, row, constants={"quantity": "unknown"})) == [None]
    bounded = read_cells(tmp_path, row, constants={"low": "5"})
    assert amounts(bounded) == [None]
    assert [int(value) for value in bounded.legs.column("low").to_pylist()] == [500, 500]
    assert bounded.legs.column("high").null_count == 2


def test_bounds_have_to_hold_the_quantity(tmp_path: Path) -> None:
    text = "time,from,to,amount,lo,hi\n" + "".join(
        f"2022-01-01,a,b,{cells}\n"
        for cells in ("5,4,6", "5,6,", "5,,4", ",6,5", "0,0,1", ",1,", ",,")
    )
    draft = read_text(tmp_path, text, columns={"low": "lo", "high": "hi"})
    assert amounts(draft) == [500, None, None]
    assert [reason for _, reason in reasons(draft)] == [
        "low is above the quantity",
        "high is below the quantity",
        "low is above high",
        "zero with an upper bound: write unknown there",
    ]


def test_rounded_cells_are_marked_inexact(tmp_path: Path) -> None:
    rows = ["2022-01-01,a,b,1.239", "2022-01-01,a,b,1.23"]
    draft = read_cells(tmp_path, *rows, format={"round": True})
    assert amounts(draft) == [124, 123]
    assert draft.legs.column("inexact").to_pylist() == [True, True, False, False]
    assert draft.warnings[-1].startswith("1 quantities are inexact")


def test_rows_of_several_commodities_keep_their_own_exponents(tmp_path: Path) -> None:
    text = "time,from,to,amount,what\n" + "".join(
        f"2022-01-01,a,b,{cells}\n"
        for cells in ("1.5,ETH", "2.25,USD", "3,CAR", "0.5,CAR", "4,ETH", "1e40,USD")
    )
    draft = read_text(tmp_path, text, columns={"commodity": "what"})
    assert amounts(draft) == [15 * 10**17, 225, 3, 4 * 10**18]
    assert draft.legs.column("commodity").to_pylist()[::2] == ["ETH", "USD", "CAR", "ETH"]
    assert [locator for locator, _ in reasons(draft)] == ["line 5"]
    assert draft.observations.column("kind").to_pylist() == ["too_large"]


def test_an_exponent_of_38_leaves_no_whole_digits() -> None:
    column = Column(pa.array(["0.5", "1"]), np.zeros(2, np.uint8))
    found = read_quantities(column, Commodity("TINY", 38), number_format(TableFormat()))
    assert found.values.to_pylist() == [5 * 10**37, None]
    assert found.too_large == (1,)
