"""The page about formats is kept true: its example reads, and its bounds are the code's."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import msgspec
from tests.unit.sources.tables import COMMODITIES

from earmark.cases.case import open_case
from earmark.cases.config import CaseSettings
from earmark.sources import document, files, table
from earmark.sources.settings import ColumnNames, Source, TableFormat
from earmark.sources.table import cells, delimited, encodings, reader, workbook_guard

PAGE = Path(__file__).parents[3] / "docs" / "formats.md"


def test_the_example_of_the_page_reads(tmp_path: Path) -> None:
    block = re.search(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert block
    source = msgspec.convert(tomllib.loads(block[1])["source"][0], Source)
    (tmp_path / "sources").mkdir()
    rows = (
        "2022-03-29T21:41:18+00:00,\\xAA,\\xbb,1e-05,1\n2022-03-29T21:41:18+00:00,\\xaa,\\xbb,2,0\n"
    )
    (tmp_path / "sources" / "hops.csv").write_text("block_time,from,to,total_eth,status\n" + rows)
    draft = table.read(tmp_path, source, COMMODITIES)
    assert (draft.rows, draft.transactions.num_rows, draft.ignored) == (2, 1, 1)
    assert draft.warnings == ("1 rows ignored: reverted on the chain",)


def test_the_bank_example_of_the_page_is_a_whole_case(tmp_path: Path) -> None:
    page = PAGE.read_text("utf-8")
    rows = re.search(r"```text\n(No;.*?)```", page, re.DOTALL)
    settings = re.search(r"```toml\n(title = \"A bank.*?)```", page, re.DOTALL)
    assert rows
    assert settings
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "statement.csv").write_text(rows[1])
    (tmp_path / "case.toml").write_text(settings[1])
    case = open_case(tmp_path)
    assert not case.made.summary.warnings
    assert not case.ledger.tables["rejected"].num_rows
    dollars = 100
    made = set(case.ledger.column("legs", "quantity").to_pylist())
    assert {1_250_000 * dollars + 50, 300_000 * dollars} <= made
    first = min(time for time in case.ledger.column("transactions", "time").to_pylist() if time)
    assert first.isoformat() == "2016-02-04T14:36:00+00:00"


def test_every_toml_block_of_the_page_is_a_whole_case() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 6
    for block in blocks:
        settings = msgspec.convert(tomllib.loads(block), CaseSettings)
        assert settings.title
        if settings.source[0].reader == "table":
            assert settings.source[0].constants["commodity"] == settings.commodity[0].symbol


def test_every_key_of_the_format_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    for name in TableFormat.__struct_fields__:
        assert f"| `format.{name}` |" in page, name


def test_every_meaning_and_every_ending_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    for name in (*ColumnNames.__struct_fields__, *reader.KINDS):
        assert f"`{name}`" in page, name


def test_the_bounds_on_the_page_are_those_of_the_code() -> None:
    page = PAGE.read_text("utf-8")
    for number in (
        encodings.LINE_MAX,
        delimited.RECORD_MAX,
        csv.field_size_limit(),
        cells.CELL_MAX,
        cells.NOTE_MAX,
        workbook_guard.MEMBERS_MAX,
        files.FILES_MAX,
        document.PAGES_MAX,
    ):
        assert f"{number:,}" in page, number
    assert f"{workbook_guard.RATIO_MAX} times" in page
    assert f"{document.PDF_BYTES_MAX >> 20} MiB" in page
