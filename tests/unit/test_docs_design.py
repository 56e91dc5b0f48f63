"""A citation of the contract leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from earmark.cases.building import build_rows
from earmark.cases.case import open_case
from earmark.cases.starting import new_case
from earmark.tracing.trace import trace_rows

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "design.md").read_text("utf-8")
SECTIONS = frozenset(re.findall(r"^###? (\d(?:\.\d)?)\.? ", PAGE, re.MULTILINE))
CITED = re.compile(r"DESIGN §(\d(?:\.\d)?)")
CITING = [
    path
    for folder in ("src", "tests", "docs")
    for path in sorted((ROOT / folder).rglob("*.*"))
    if path.suffix in (".py", ".md", ".lark") and CITED.search(path.read_text("utf-8"))
]


def test_the_sections_are_numbered() -> None:
    assert len(CITING) > 10
    wanted = {"1", "2", "2.1", "2.2", "2.3", "3", "3.1", "3.2", "4", "5", "6"}
    assert wanted == SECTIONS


@pytest.mark.parametrize("path", CITING, ids=lambda path: path.name)
def test_every_cited_section_is_there(path: Path) -> None:
    assert set(CITED.findall(path.read_text("utf-8"))) <= SECTIONS


def keys_of(word: str) -> list[str]:
    """Return the keys that the page lists for a verb's JSON, or for a part of it."""
    found = re.search(rf"{word}[^`]*`([a-z_0-9]+,[^`]*)`", PAGE)
    assert found, word
    return found[1].replace("\n", " ").replace(" ", "").split(",")


def test_the_stable_json_has_the_keys_that_the_page_lists(tmp_path: Path) -> None:
    new_case(tmp_path / "case", "Synthetic")
    case = open_case(tmp_path / "case")
    built = build_rows(case.made)
    assert list(built) == keys_of("- `build`")
    assert list(built["sources"][0]) == keys_of("Each of the `sources`")
    traced = trace_rows(case.tracer.trace_all(("fifo",), None)[0])
    assert list(traced) == keys_of("- `trace`")
    assert list(traced["ends"][0]) == keys_of("An end")
