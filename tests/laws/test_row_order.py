"""Shuffling the rows of a table, or splitting it into several files, changes no byte of an answer."""

from __future__ import annotations

import tempfile
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.strategies import examples

from earmark.cases.case import open_case
from earmark.cases.checking import check_case
from earmark.tracing.rules import RULES
from earmark.tracing.trace import trace_rows

SETTINGS = """title = "Shuffled"
[[commodity]]
symbol = "USD"
exponent = 2
[[source]]
reader = "table"
path = [{paths}]
[source.columns]
time = "time"
payer = "payer"
payee = "payee"
quantity = "quantity"
key = "key"
{sequence}
[source.constants]
commodity = "USD"
[[claim]]
name = "first"
commodity = "USD"
at = ["k0", "k1"]
[[claim]]
name = "second"
commodity = "USD"
at = ["k2"]
[[stop]]
holder = "bank:4"
role = "exchange"
label = "The stop"
"""


class Row(NamedTuple):
    time_hours: int
    sequence: int
    payer: int
    payee: int
    cents: int
    key: str


class Table(NamedTuple):
    rows: tuple[Row, ...]
    has_sequence: bool


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Return a table with a sequence column and any times, or without one and with no equal times."""
    count = draw(st.integers(3, 9))
    has_sequence = draw(st.booleans())
    gaps = st.lists(st.integers(1, 5), min_size=count, max_size=count)
    times = list(accumulate(draw(gaps)))
    if has_sequence:
        hours = st.lists(st.integers(0, 5), min_size=count, max_size=count)
        times = draw(hours)
    rows = [
        Row(
            times[number],
            number,
            draw(st.integers(0, 4)),
            draw(st.integers(0, 4)),
            draw(st.integers(1, 500)),
            f"k{number}",
        )
        for number in range(count)
    ]
    return Table(tuple(rows), has_sequence)


def _answer(folder: Path, table: Table, files: list[list[Row]]) -> bytes:
    names = [f"{number}.csv" for number in range(len(files))]
    sequence = 'sequence = "sequence"' if table.has_sequence else ""
    paths = ", ".join(f'"{name}"' for name in names)
    (folder / "case.toml").write_text(SETTINGS.format(paths=paths, sequence=sequence))
    for name, rows in zip(names, files, strict=True):
        lines = ["time,sequence,payer,payee,quantity,key"]
        lines += [
            f"2024-01-{1 + row.time_hours // 24:02}T{row.time_hours % 24:02}:00:00Z,{row.sequence},"
            f"bank:{row.payer},bank:{row.payee},{row.cents // 100}.{row.cents % 100:02},{row.key}"
            for row in rows
        ]
        (folder / name).write_text("\n".join(lines) + "\n")
    case = open_case(folder)
    assert not case.ledger.tables["rejected"].num_rows
    return msgspec.json.encode([trace_rows(one) for one in case.tracer.trace_all(list(RULES))])


@given(tables(), st.data())
@examples(25)
def test_shuffled_rows_and_split_files_change_no_byte(table: Table, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(table.rows))
    cuts = sorted(data.draw(st.lists(st.integers(1, len(shuffled) - 1), max_size=2, unique=True)))
    bounds = [0, *cuts, len(shuffled)]
    files = [shuffled[a:b] for a, b in pairwise(bounds)]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        expected = _answer(Path(one), table, [list(table.rows)])
        assert _answer(Path(other), table, files) == expected


def test_without_a_sequence_equal_times_keep_the_order_of_rows_and_check_tells(
    tmp_path: Path,
) -> None:
    rows = (
        Row(1, 0, 0, 1, 100, "k0"),
        Row(2, 1, 2, 1, 100, "k1"),
        Row(2, 2, 1, 3, 100, "k2"),
    )
    _answer(tmp_path, Table(rows, has_sequence=False), [list(rows)])
    notes = check_case(open_case(tmp_path)).notes
    assert any(note.startswith("2 transactions share a time") for note in notes)
