"""What a case declares must mean something in its ledger, and custody is asked anew at every opening."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark.cases import custody
from earmark.cases.attaching import attach
from earmark.cases.case import open_case
from earmark.cases.checking import check_case
from earmark.cases.starting import new_case
from earmark.ledger.errors import EarmarkError


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    new_case(folder, "Case")
    return folder


CLAIM = '[[claim]]\nname = "other"\ncommodity = "ETH"\n'


@pytest.mark.parametrize(
    ("added", "problem", "near_miss"),
    [
        ('[[stop]]\nholder = "theif"\n', "stop holder 'theif'", "thief"),
        ('[[stop]]\nentity = "Exmple"\n', "stop entity 'Exmple'", "Example"),
        (
            '[[question]]\ntext = "?"\nclaim = "theft"\nentity = "Exmple"\n',
            "question: entity 'Exmple'",
            "Example",
        ),
        (
            '[[question]]\ntext = "?"\nclaim = "thft"\nentity = "Example"\n',
            "question: claim 'thft'",
            "theft",
        ),
        (CLAIM + 'at = ["example:1", "example:1"]\n', "example:1 stands in it twice", ""),
        (CLAIM + "at = []\n", "claims nothing", ""),
        (CLAIM + 'at = ["example:1"]\nquantity = "0"\n', "claims nothing", ""),
        (CLAIM + 'at = ["example:11"]\n', "example:11", "example:1"),
    ],
)
def test_a_declaration_that_fits_nothing_is_a_problem(
    case: Path, added: str, problem: str, near_miss: str
) -> None:
    with (case / "case.toml").open("a") as settings:
        settings.write("\n" + added)
    with (case / "case.ledger").open("a") as text:
        text.write("entity Example firm\n")
    [found] = check_case(open_case(case)).problems
    assert problem in found
    assert near_miss in found
    with pytest.raises(EarmarkError):
        open_case(case).tracer.trace_all(["fifo"])


def test_a_holder_that_is_nowhere_in_the_ledger_may_be_a_stop(case: Path) -> None:
    with (case / "case.toml").open("a") as settings:
        settings.write('\n[[stop]]\nholder = "eth:0xelsewhere"\n')
    checked = check_case(open_case(case))
    assert not checked.problems
    assert any("eth:0xelsewhere is nowhere" in note for note in checked.notes)


def test_custody_is_asked_anew_whatever_was_built_before(case: Path) -> None:
    payments = case / "sources" / "payments.csv"
    attach(case, payments, by="Nora", obtained_from="", obtained_how="", lacks=[])
    assert not open_case(case).made.summary.warnings
    log = case / custody.NAME
    honest = log.read_bytes()
    log.write_bytes(honest.replace(b'"action"', b'"acton"'))
    assert any("custody" in warning for warning in open_case(case).made.summary.warnings)
    assert check_case(open_case(case)).problems
    log.write_bytes(honest)
    assert not open_case(case).made.summary.warnings
    assert not check_case(open_case(case)).problems
