"""The Ronin case, copied, with its report written once in both languages; and small invented cases."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from earmark.cases.case import Case, open_case
from earmark.report.handling import shown_upto
from earmark.report.study import Study
from earmark.report.writing import write_report

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "ronin-2022"
NOT_EVIDENCE = shutil.ignore_patterns(".earmark", "report")


def copied(target: Path) -> Path:
    """Copy the example without what commands leave in it."""
    shutil.copytree(EXAMPLE, target, ignore=NOT_EVIDENCE)
    return target


@pytest.fixture(scope="session")
def ronin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example with its report in both languages; for tests that only read."""
    folder = copied(tmp_path_factory.mktemp("ronin") / "case")
    case = open_case(folder)
    for lang in ("en", "ar"):
        write_report(case, lang=lang)
    return folder


@pytest.fixture(scope="session")
def ronin_case(ronin: Path) -> Case:
    """Return the example, built."""
    return open_case(ronin)


@pytest.fixture(scope="session")
def ronin_study(ronin_case: Case) -> Study:
    """Return the example, traced."""
    return study_of(ronin_case)


@pytest.fixture
def fresh_ronin(tmp_path: Path) -> Path:
    """Return a copy of the example that a test may change."""
    return copied(tmp_path / "case")


@pytest.fixture
def invented(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of synthetic cases: notation, more of ``case.toml``, and further files by path."""

    def make(ledger: str, settings: str = "", files: dict[str, str] | None = None) -> Path:
        folder = tmp_path / "invented"
        folder.mkdir()
        (folder / "case.toml").write_text('title = "An invented case"\n' + settings)
        (folder / "case.ledger").write_text(ledger)
        for name, text in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return folder

    return make


def study_of(case: Case, upto: str = "confidential") -> Study:
    """Return a case's study for a reader's level."""
    return Study(case, shown_upto(case, upto))
