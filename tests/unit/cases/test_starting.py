"""The case that `earmark new` makes: it answers its question, and its commented settings are settings."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from tests.unit.cases.cases import example

from earmark.cases.case import open_case
from earmark.cases.checking import check_case
from earmark.cases.config import TableFormat
from earmark.cases.settings import parse_settings
from earmark.cases.starting import new_case
from earmark.sources.registry import READERS

_FORMAT_LINE = re.compile(r"^# (\w+) = \S+ +#", re.MULTILINE)


def test_the_example_answers_its_question_and_its_expected_answers(tmp_path: Path) -> None:
    case = open_case(example(tmp_path))
    checked = check_case(case)
    assert checked.holds
    assert len(checked.expects) == 2
    assert not checked.notes
    (question,) = case.settings.question
    assert question.claim in {claim.name for claim in case.terms.claims}
    members = {
        statement["subject"]
        for statement in case.ledger.tables["statements"].to_pylist()
        if statement["predicate"] == "belongs_to" and statement["value"] == question.entity
    }
    assert members == {stop.holder for stop in case.settings.stop}


@pytest.mark.parametrize("name", ["election", "horizon", "dust"])
def test_a_commented_setting_can_be_uncommented(tmp_path: Path, name: str) -> None:
    folder = example(tmp_path)
    before = open_case(folder).terms
    path = folder / "case.toml"
    text = path.read_text("utf-8")
    assert text.count(f"\n# {name} = ") == 1
    path.write_text(text.replace(f"\n# {name} = ", f"\n{name} = "), encoding="utf-8")
    assert open_case(folder).terms != before


def test_the_commented_keys_of_the_format_exist(tmp_path: Path) -> None:
    text = (example(tmp_path) / "case.toml").read_text("utf-8")
    section = text.partition("[source.format]")[2].partition("[[claim]]")[0]
    named = set(_FORMAT_LINE.findall(section))
    assert {"zone", "delimiter", "decimal", "group"} <= named
    assert named <= {field.name for field in msgspec.structs.fields(TableFormat)}


def test_an_empty_case_builds_and_holds_nothing_of_the_example(tmp_path: Path) -> None:
    new_case(tmp_path / "case", 'A "quoted" title', empty=True)
    case = open_case(tmp_path / "case")
    assert case.settings.title == 'A "quoted" title'
    assert case.ledger.tables["transactions"].num_rows == 0
    assert not case.ledger.commodities
    assert check_case(case).holds
    assert list((tmp_path / "case" / "sources").iterdir()) == []


def test_what_an_empty_case_has_in_comments_are_settings_when_uncommented(tmp_path: Path) -> None:
    new_case(tmp_path / "case", "Empty", empty=True)
    text = (tmp_path / "case" / "case.toml").read_text("utf-8")
    head, _, comments = text.partition("# To be uncommented and filled in.\n")
    whole = head + re.sub(r"^# ?", "", comments, flags=re.MULTILINE)
    settings = parse_settings(whole.encode(), "case.toml")
    assert (len(settings.source), len(settings.claim), len(settings.stop)) == (1, 1, 1)


@pytest.mark.parametrize("empty", [False, True])
def test_the_template_names_every_reader_of_a_chain(tmp_path: Path, *, empty: bool) -> None:
    new_case(tmp_path / "case", "T", empty=empty)
    text = (tmp_path / "case" / "case.toml").read_text("utf-8")
    assert set(READERS) - {"notation", "document"} <= set(re.findall(r"[a-z-]+", text))
