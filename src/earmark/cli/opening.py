"""Opening the case that a verb works on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from earmark.cases.case import Case, open_case
from earmark.cli.output import progress, tell
from earmark.ledger.errors import EarmarkError

if TYPE_CHECKING:
    from pathlib import Path

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|[^/@]*:[^@]*@")
"""``http:/``, as a path writes it, or ``user:password@``."""


def opened(folder: Path, *, rebuild: bool = False, strict: bool = False) -> Case:
    """Return a built case and say what its build noticed; under ``strict`` a rejected row is an error."""
    with progress(f"reading {folder.name}") as report:
        case = open_case(folder, rebuild=rebuild, strict=strict, progress=report)
    if case.not_saved:
        tell(f"note: {case.not_saved}")
    for warning in case.made.summary.warnings:
        tell(f"note: {warning}")
    return case


def shown_rejects(case: Case, most: int = 10) -> None:
    """Tell the first rejected rows with file and place; all of them are in the ledger."""
    rejected = case.ledger.tables["rejected"]
    for row in rejected.slice(0, most).to_pylist():
        tell(f"rejected: {case.made.place(row['source'], row['locator'] or '')}: {row['reason']}")
    if rejected.num_rows > most:
        tell(f"rejected: and {rejected.num_rows - most} more; `earmark check` lists them all")


def existing_folder(path: Path) -> Path:
    """Return a case folder; raises EarmarkError when there is none."""
    if not path.is_dir():
        if _ADDRESS.match(str(path)):  # not repeated: it may hold a password
            raise EarmarkError(
                "an address of a server stands in place of the case folder",
                expected="CASE before URL: a folder first, then the address",
            )
        raise EarmarkError("is no folder", file=str(path), expected="a case folder")
    return path
