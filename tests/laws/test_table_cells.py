"""Whole columns are read as their cells are, one by one: a fast path skips work and changes nothing."""

# ruff: noqa: PT017  (a refusal is one of the two right answers)

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sources.tables import HEADER, read_table

from earmark.ledger.quantity import TooLargeError
from earmark.ledger.values import Commodity
from earmark.sources.settings import TableFormat
from earmark.sources.table.batches import DATE, NUMBER, Column
from earmark.sources.table.cells import trimmed
from earmark.sources.table.holders import fold, read_holders
from earmark.sources.table.quantities import (
    NumberFormat,
    number_format,
    parse_cell,
    read_quantities,
)
from earmark.sources.table.sequences import parse_integer, ranks
from earmark.sources.table.time_texts import TimeFormat, time_format
from earmark.sources.table.times import parse_cell as parse_time
from earmark.sources.table.times import read_times

DIGITS = st.text("0123456789", min_size=1, max_size=42)
ODD = st.text("0123456789.,eE+-٠٣۴٫٬' \u00a0xXaf", max_size=12)
NUMBERS = st.one_of(
    DIGITS,
    st.builds("{}.{}".format, DIGITS, DIGITS),
    st.builds("{},{}".format, DIGITS, DIGITS),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.sampled_from(["unknown", "?", "", "0", "-0", "1.234", "1,234", "0x1F", "1" + "0" * 38]),
    ODD,
)
FORMATS = st.sampled_from(
    [
        {},
        {"decimal": ","},
        {"decimal": ",", "group": "."},
        {"decimal": ".", "group": ", '"},
        {"decimal": "٫"},
        {"unit": "smallest"},
        {"round": True},
    ]
).map(lambda settings: number_format(TableFormat(**settings)))  # type: ignore[arg-type]
NATIVE = {True: NUMBER, False: 0}


def _column(texts: list[str], marks: list[int]) -> Column:
    return Column(trimmed(pa.array(texts, pa.string())), np.array(marks, np.uint8))


@given(st.lists(st.tuples(NUMBERS, st.booleans()), max_size=8), FORMATS, st.integers(0, 38))
def test_a_column_of_quantities_is_its_cells(
    cells: list[tuple[str, bool]], numbers: NumberFormat, exponent: int
) -> None:
    commodity = Commodity("X", exponent)
    column = _column([text for text, _ in cells], [NATIVE[native] for _, native in cells])
    found = read_quantities(column, commodity, numbers)
    plain = NumberFormat(".", "", numbers.smallest, numbers.rounding)
    for row, (_, native) in enumerate(cells):
        text = column.texts[row].as_py()
        value = found.values[row].as_py()
        try:
            expected, rounded = parse_cell(text, commodity, plain if native else numbers)
        except TooLargeError:
            assert value is None
            assert row in found.too_large
        except ValueError as error:
            assert value is None
            assert found.faults[row] == str(error)
        else:
            assert row not in found.faults
            assert row not in found.too_large
            assert (None if value is None else int(value)) == expected
            assert found.inexact[row] == rounded


@given(st.integers(0, 10**38 - 1), st.integers(0, 38))
def test_every_quantity_that_is_written_is_read_again(value: int, exponent: int) -> None:
    text = (
        format(Decimal(value).scaleb(-exponent), "f") if value < 10**28 else f"{value}e-{exponent}"
    )
    column = _column([text, str(value)], [0, 0])
    found = read_quantities(column, Commodity("X", exponent), number_format(TableFormat()))
    assert int(found.values[0].as_py()) == value
    smallest = number_format(TableFormat(unit="smallest"))
    assert (
        int(read_quantities(column, Commodity("X", exponent), smallest).values[1].as_py()) == value
    )


MOMENTS = st.one_of(
    st.builds(
        "{}{}{}{}".format,
        st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds")),
        st.sampled_from(["", ".5", ".123456", ".1234567", ",25"]),
        st.sampled_from(["", " "]),
        st.sampled_from(["", "Z", "UTC", "+00:00", "-00:00", "+09:30", "-0800"]),
    ),
    st.datetimes().map(lambda moment: moment.isoformat(" ")),
    st.dates().map(str),
    st.integers(-(10**13), 10**17).map(str),
    st.decimals(-(10**10), 10**10, places=7).map(str),
    st.sampled_from(["unknown", "?", "", "2022-02-30T00:00:00Z", "2022-01-01T24:00:00", "1e9"]),
    st.text("0123456789-:T Z.+٠٢", max_size=25),
)
TIME_FORMATS = st.sampled_from(
    [
        *(time_format("iso", zone) for zone in ("UTC", "+09:00", "-03:30", "Europe/Berlin")),
        *(time_format(kind, "UTC") for kind in ("unix_s", "unix_ms", "unix_us")),
        time_format("%Y-%m-%d", "Asia/Seoul"),
    ]
)


@given(st.lists(st.tuples(MOMENTS, st.sampled_from([0, 0, 0, DATE])), max_size=8), TIME_FORMATS)
def test_a_column_of_times_is_its_cells(cells: list[tuple[str, int]], form: TimeFormat) -> None:
    column = _column([text for text, _ in cells], [marks for _, marks in cells])
    found = read_times(column, form)
    starts = found.start.cast(pa.int64()).to_pylist()
    ends = found.end.cast(pa.int64()).to_pylist()
    cut = 0
    for row, (_, marks) in enumerate(cells):
        try:
            start, end, was_cut = parse_time(column.texts[row].as_py(), marks, form)
        except (ValueError, OverflowError) as error:
            assert found.faults[row] == str(error)
            assert starts[row] is None
        else:
            assert row not in found.faults
            assert (starts[row], ends[row]) == (start, end)
            cut += was_cut
    assert found.cut == cut


HOLDERS = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["0x", "0X", "\\x"]), st.text("0aAbBfF9", max_size=8)),
    st.builds(
        "{}:{}".format, st.sampled_from(["eth", "btc", "Eth", ""]), st.text("0xAé ", max_size=5)
    ),
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp", "Cn"]), max_size=6
    ),
)


@given(st.lists(HOLDERS, max_size=8), st.sampled_from(["", "eth"]))
def test_a_column_of_holders_is_its_cells(cells: list[str], namespace: str) -> None:
    column = _column(cells, [0] * len(cells))
    names, faults = read_holders(column.texts, namespace, "payer")
    for row, text in enumerate(column.texts.to_pylist()):
        if not text:
            assert faults[row] == "payer: the cell is empty"
            continue
        try:
            expected = fold(text, namespace)
        except ValueError as error:
            assert faults[row] == f"payer: {error}"
        else:
            assert row not in faults
            assert names[row].as_py() == expected


@given(st.lists(st.tuples(*[st.integers(-(2**63), 2**63 - 1)] * 3), min_size=1, max_size=20))
def test_ranks_sort_as_the_parts_do(rows: list[tuple[int, int, int]]) -> None:
    parts = [np.array(part, np.int64) for part in zip(*rows, strict=True)]
    places = {row: place for place, row in enumerate(sorted(set(rows)))}
    assert ranks(parts).tolist() == [places[row] for row in rows]


@given(st.integers(-(2**70), 2**70))
def test_a_position_is_read_exactly_or_not_at_all(number: int) -> None:
    try:
        assert parse_integer(str(number)) == number
    except ValueError:
        assert not -(2**63) <= number < 2**63


@given(st.binary(max_size=300))
def test_no_bytes_end_a_run_without_a_reason(noise: bytes) -> None:
    from earmark.ledger.errors import EarmarkError

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        good = f"{HEADER}2022-01-01,a,b,5\n".encode()
        (folder / "t.csv").write_bytes(good + noise)
        try:
            draft = read_table(folder, "t.csv")
        except EarmarkError as error:
            assert error.file == "t.csv"
            assert error.expected
        else:
            counted = draft.transactions.num_rows + draft.observations.num_rows
            assert draft.rows == counted + draft.rejected.num_rows
            assert draft.transactions.num_rows >= 1
