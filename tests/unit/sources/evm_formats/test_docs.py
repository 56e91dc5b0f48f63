"""The page on formats names the columns that are read, and its cases are whole."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from earmark.sources.evm import cryo, ethereum_etl
from earmark.sources.evm.tabular import Sheet

PAGE = (Path(__file__).parents[4] / "docs" / "formats.md").read_text("utf-8")


def section(reader: str) -> str:
    return PAGE.partition(f"## `{reader}`\n")[2].partition("\n## ")[0]


def told(reader: str) -> dict[str, set[str]]:
    """Return the words of the second column of a section's tables, by the first."""
    rows = re.findall(r"^\| ([a-z_0-9]+) \| ([^|]+) \|", section(reader), re.MULTILINE)
    return {table: set(re.findall(r"[a-z_0-9]+", fields)) for table, fields in rows}


@pytest.mark.parametrize(
    ("reader", "sheets"), [("ethereum-etl", ethereum_etl.SHEETS), ("cryo", cryo.SHEETS)]
)
def test_every_table_is_told_and_every_column_told_is_read(
    reader: str, sheets: tuple[Sheet, ...]
) -> None:
    tables = told(reader)
    for one in sheets:
        if one.skipped:
            assert one.kind in section(reader)
            continue
        read = {name for spellings in one.columns.values() for name in spellings}
        words = {word for word in tables[one.kind] if "_" in word or word in read}
        assert words
        assert words <= read | set(one.columns), one.kind


@pytest.mark.parametrize("reader", ["ethereum-etl", "aws-ethereum", "cryo", "etherscan"])
def test_the_case_of_a_section_names_its_reader(reader: str) -> None:
    text = re.search(r"```toml\n(.+?)```", section(reader), re.DOTALL)
    assert text is not None
    assert tomllib.loads(text[1])["source"][0]["reader"] == reader
