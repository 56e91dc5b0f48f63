"""Tampering with the log or with the evidence shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cases.cases import PNG, add_comment, example

from earmark.cases import custody
from earmark.cases.attaching import attach
from earmark.cases.case import open_case
from earmark.cases.checking import check_case
from earmark.ledger.errors import EarmarkError


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = example(tmp_path)
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_bytes(PNG + name.encode())
        attach(folder, tmp_path / name, by="A", obtained_from="", obtained_how="", lacks=[])
    return folder


def lines(case: Path) -> list[bytes]:
    return (case / "custody.log").read_bytes().splitlines(keepends=True)


def rewrite(case: Path, changed: list[bytes]) -> None:
    (case / "custody.log").write_bytes(b"".join(changed))


def test_an_untouched_log_holds(case: Path) -> None:
    assert [entry.path for entry in custody.read_log(case)] == [
        f"sources/{name}.png" for name in "abc"
    ]
    assert check_case(open_case(case)).problems == ()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda log: [log[0].replace(b'"by":"A"', b'"by":"B"'), *log[1:]], 2),
        (lambda log: [log[0], log[1].replace(b'"by":"A"', b'"by":"B"'), log[2]], 3),
        (lambda log: log[1:], 1),
        (lambda log: [log[0], log[2]], 2),
        (lambda log: [log[1], log[0], log[2]], 1),
        (lambda log: [log[0], log[0], *log[1:]], 2),
        (lambda log: [*log, b"\xff\xfe\n"], 4),
        (lambda log: [*log[:2], log[2][:40]], 3),
        (lambda log: [log[0], b"\n", *log[1:]], 2),
    ],
)
def test_a_changed_log_is_told_with_its_line(case: Path, change: object, line: int) -> None:
    assert callable(change)
    open_case(case)
    rewrite(case, change(lines(case)))
    with pytest.raises(EarmarkError, match=rf"custody.log:{line}: "):
        custody.read_log(case)
    (problem,) = check_case(open_case(case)).problems
    assert f"custody.log:{line}: " in problem
    add_comment(case)
    assert any(f"custody.log:{line}: " in note for note in open_case(case).made.summary.warnings)


def test_changed_evidence_is_a_problem_with_and_without_a_cache(case: Path) -> None:
    (case / "sources" / "b.png").write_bytes(PNG + b"forged")
    for _ in range(2):
        (problem,) = check_case(open_case(case)).problems
        assert problem.startswith("sources/b.png is not the file that was attached")


def test_evidence_that_is_gone_is_a_problem_though_nothing_lists_it(case: Path) -> None:
    settings = (case / "case.toml").read_text(encoding="utf-8")
    (case / "case.toml").write_text(settings.partition('\n[[source]]\nreader = "document"')[0])
    (case / "sources" / "c.png").unlink()
    assert check_case(open_case(case)).problems == ("sources/c.png was attached and is gone",)


def test_a_log_rewritten_whole_to_fit_forged_evidence_still_needs_the_old_bytes(
    case: Path,
) -> None:
    open_case(case)
    rewrite(case, [line.replace(b'"path":"sources/c.png"', b'"path":"x"') for line in lines(case)])
    problems = check_case(open_case(case)).problems
    assert problems == ("x was attached and is gone",)


def test_a_last_line_without_its_end_is_not_glued_to_the_next(case: Path, tmp_path: Path) -> None:
    rewrite(case, [b"".join(lines(case)).rstrip(b"\n")])
    (tmp_path / "d.png").write_bytes(PNG)
    attach(case, tmp_path / "d.png", by="A", obtained_from="", obtained_how="", lacks=[])
    assert len(custody.read_log(case)) == 4
