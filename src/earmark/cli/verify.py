"""`earmark verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from earmark.cli.opening import existing_folder
from earmark.cli.output import print_json, tell
from earmark.report.verifying import verify as run_again


def verify(
    case: Path,
    *,
    report: Annotated[Path | None, Parameter(help="The report; CASE/report without it.")] = None,
    json: Annotated[bool, Parameter(help="Print every difference as JSON.")] = False,
) -> int:
    """Re-run a report from its evidence and name every row that differs.

    Exit code 1 when anything differs: an input's digest, a row of a table, the dossier's bytes.

    Parameters
    ----------
    case
        The case folder.
    """
    found = run_again(existing_folder(case), report)
    if json:
        print_json(found)
    else:
        for difference in found.differences:
            print(difference.text)
        tell(f"{len(found.differences)} differences; root digest {found.root}")
    return 0 if found.holds else 1
