"""The page about the rules is kept true: its examples hold, its table is computed anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from earmark.cases.checking import check_text, tracer_of_text
from earmark.tracing.rules import RULES
from earmark.tracing.trace import end_rows

PAGE = (Path(__file__).parents[2] / "docs" / "tracing-rules.md").read_text("utf-8")
BLOCKS = re.findall(r"^```ledger\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
TABLE = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
SECTIONS_WITH_EXAMPLES = (
    "One case under every rule",
    *(f"{name}: " for name in RULES),
    "shares",
    "Openings",
    "Conversions",
    "Stops",
    "Several claims",
    "Named lots",
    "What nobody printed",
    "Asked backward",
    "What Earmark does not do",
)


def test_every_rule_and_every_subject_has_an_example() -> None:
    sections = PAGE.split("\n## ")[1:]
    for title in SECTIONS_WITH_EXAMPLES:
        found = [section for section in sections if section.startswith(title)]
        assert len(found) == 1, title
        assert "```ledger" in found[0], title
    assert len(BLOCKS) == len(SECTIONS_WITH_EXAMPLES)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_an_example_holds(block: str, tmp_path: Path) -> None:
    path = tmp_path / "example.ledger"
    path.write_text(block, "utf-8")
    checked = check_text(path)
    assert checked.expects
    assert [one for one in checked.expects if not one.holds] == []
    assert checked.holds


def test_the_table_is_what_the_rules_give(tmp_path: Path) -> None:
    path = tmp_path / "example.ledger"
    path.write_text(BLOCKS[0], "utf-8")
    tracer, _ = tracer_of_text(path)
    assert [row[0] for row in TABLE] == list(RULES)
    for rule, *cells in TABLE:
        found = {row["holder"]: row["quantity"] for row in end_rows(tracer.trace(rule, "late"))}
        ends = [int(found.get(name, "0")) for name in ("bank:a", "bank:b", "bank:account")]
        assert [int(cell) for cell in cells] == [*ends, sum(ends)], rule
