"""`earmark verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from earmark.cli.opening import existing_folder
from earmark.cli.output import counted, print_json, tell
from earmark.report.verifying import Difference, Verification
from earmark.report.verifying import verify as run_again


def verify(
    case: Path,
    *,
    report: Annotated[Path | None, Parameter(help="The report; CASE/report without it.")] = None,
    most: Annotated[int, Parameter(help="Print at most this many differences.")] = 20,
    json: Annotated[bool, Parameter(help="Print every difference as JSON.")] = False,
) -> int:
    """Re-run a report from its evidence and name every row that differs.

    Exit code 1 when anything differs: an input's digest, a row of a table, the dossier's bytes.

    Parameters
    ----------
    case
        The case folder.
    """
    with counted("running the report again") as step:
        found = run_again(existing_folder(case), report, step)
    if json:
        print_json(found)
    else:
        show(found, most)
    return 0 if found.agrees else 1


def show(found: Verification, most: int) -> None:
    """Print the differences, evidence before what follows from it."""
    ordered = sorted(found.differences, key=lambda one: (one.kind != "input", not one.source))
    for difference in ordered[:most]:
        print(sentence(difference))
    if len(ordered) > most:
        tell(f"and {len(ordered) - most} more that follow; --json prints all of them")
    if found.agrees:
        tell(f"everything agrees; root digest {found.root_now}")
    else:
        count = f"{len(ordered)} difference{'' if len(ordered) == 1 else 's'}"
        tell(f"{count}; the report's root digest is {found.root_was}")


def sentence(one: Difference) -> str:
    """Return a difference as one line: where, what the report says, what the evidence gives."""
    is_named = bool(one.source) and one.locator.startswith(f"{one.source.rstrip('/')}/")
    place = one.locator if is_named else f"{one.source} {one.locator}".strip()
    row = " ".join(part for part in (one.name, one.key) if part)
    where = f"{place} ({row})" if place else row
    column = f" {one.column}" if one.column else ""
    said = f"the report says {_said(one.was)}, the evidence gives {_said(one.now)}"
    return f"{one.kind}: {where}:{column} {said}"


def _said(value: str | None) -> str:
    return "absent" if value is None else value or "empty"
