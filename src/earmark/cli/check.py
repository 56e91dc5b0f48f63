"""`earmark check`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from earmark.cases.checking import Checked, check_case, check_text
from earmark.cli.opening import opened
from earmark.cli.output import print_json, tell
from earmark.ledger.errors import EarmarkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from earmark.cases.checking import Noticed

SHOWN_MAX = 10
"""Findings of one kind that are told one by one; JSON has all."""


def check(
    paths: Annotated[list[Path], Parameter(help="Case folders and .ledger files.")],
    *,
    json: Annotated[bool, Parameter(help="Print everything found as JSON.")] = False,
) -> int:
    """Check laws, custody, ties and expected answers of cases and .ledger files.

    Exit code 1 when an expected answer is not the one that comes out, or evidence is not what was
    attached. Ties, openings and rejected rows are told and do not fail.

    Parameters
    ----------
    paths
        Case folders and .ledger files.
    """
    results = [_checked(path) if len(paths) == 1 else _reported(path) for path in paths]
    if json:
        print_json(results)
    else:
        for path, one in zip(paths, results, strict=True):
            _tell(path, one)
    return 0 if all(one.holds for one in results) else 1


def _reported(path: Path) -> Checked:
    """Check one of several: what cannot be read is its problem, and the others are still checked."""
    try:
        return _checked(path)
    except EarmarkError as error:
        return Checked((str(error),), (), ())


def _checked(path: Path) -> Checked:
    if path.is_dir():
        return check_case(opened(path))
    if path.suffix == ".ledger" and path.is_file():
        return check_text(path)
    raise EarmarkError("is neither a case folder nor a .ledger file", file=str(path))


def _tell(path: Path, one: Checked) -> None:
    for problem in one.problems:
        tell(f"{path}: PROBLEM {problem}")
    text = path / "case.ledger" if path.is_dir() else path
    for outcome in one.expects:
        if not outcome.holds:
            tell(
                f"{text}:{outcome.line}: {outcome.asked}: expected {outcome.wanted}, found {outcome.found}"
            )
    for note in one.notes:
        tell(f"{path}: {note}")
    for line in _first_findings(one.findings):
        tell(f"{path}: {line}")
    held = sum(outcome.holds for outcome in one.expects)
    print(
        f"{path}: {held} of {len(one.expects)} expected answers hold, {len(one.problems)} problems"
    )


def _first_findings(findings: Sequence[Noticed]) -> Iterator[str]:
    """Yield the first findings of each kind, and how many more there are."""
    for kind, group in groupby(findings, key=lambda one: one.kind):
        rows = list(group)
        yield from (f"finding {one}" for one in rows[:SHOWN_MAX])
        if len(rows) > SHOWN_MAX:
            yield f"finding {kind}: and {len(rows) - SHOWN_MAX} more; `--json` lists them all"
