"""The page on `case.toml` lists every key, and says which are required."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from earmark.cases.config import (
    CaseSettings,
    ClaimSetting,
    CommoditySetting,
    Question,
    StopSetting,
)
from earmark.sources.settings import Source

PAGE = (Path(__file__).parents[3] / "docs" / "case.md").read_text("utf-8")
ROWS: dict[str, type[msgspec.Struct]] = {
    "commodity": CommoditySetting,
    "claim": ClaimSetting,
    "stop": StopSetting,
    "question": Question,
}


@pytest.mark.parametrize(
    ("title", "struct"), [("Top of the file", CaseSettings), ("`[[source]]`", Source)]
)
def test_a_section_lists_every_key(title: str, struct: type[msgspec.Struct]) -> None:
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*) \| (.*) \|$", section, re.MULTILINE)
    named = {key: said for keys, said in rows for key in re.findall(r"`(\w+)`", keys)}
    tables = re.findall(r"\[\[?source\.(\w+)\]", section)
    keys = {*named, *tables, *ROWS, "source"} if struct is CaseSettings else {*named, *tables}
    assert keys == set(struct.__struct_fields__)
    required = {one.name for one in msgspec.structs.fields(struct) if one.required}
    assert {key for key, said in named.items() if said.startswith("required")} == required


@pytest.mark.parametrize("table", ROWS)
def test_a_row_lists_every_key_and_the_required_ones_in_bold(table: str) -> None:
    (row,) = re.findall(rf"^\| `\[\[{table}\]\]` \| (.*) \|$", PAGE, re.MULTILINE)
    fields = msgspec.structs.fields(ROWS[table])
    assert {one.name for one in fields} <= set(re.findall(r"`(\w+)`", row))
    assert set(re.findall(r"\*\*`(\w+)`\*\*", row)) == {one.name for one in fields if one.required}
