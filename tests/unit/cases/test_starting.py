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
