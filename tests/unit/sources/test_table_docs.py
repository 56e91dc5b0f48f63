"""The page about formats is kept true: its example reads, and its bounds are the code's."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import msgspec
from tests.unit.sources.tables import COMMODITIES

from earmark.sources import document, files, table
from earmark.sources.settings import ColumnNames, Source
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
