"""`earmark build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from earmark.cases.building import build_rows
from earmark.cli.opening import existing_folder, opened, shown_rejects
from earmark.cli.output import print_json, print_table, tell


def build(
    case: Path,
    *,
    strict: Annotated[bool, Parameter(help="A rejected row is an error (exit 3).")] = False,
    json: Annotated[bool, Parameter(help="Print the counts as JSON.")] = False,
) -> int:
    """Read a case's sources into its ledger.

    Bad rows are rejected, counted and shown; they never end the run unless --strict. The build is
    written whole or not at all.

    Parameters
    ----------
    case
        The case folder.
    """
    built = opened(existing_folder(case), rebuild=True, strict=strict)
    rows = build_rows(built.made)
    shown_rejects(built)
    if json:
        print_json(rows)
        return 0
    names = ("path", "reader", "rows", "transactions", "observations", "rejected", "ignored")
    print_table(names, [[source[name] for name in names] for source in rows["sources"]])
    brought = f" ({rows['brought_forward']} brought forward)" if rows["brought_forward"] else ""
    tell(
        f"{rows['transactions']} transactions, {rows['openings']} openings{brought}, "
        f"{rows['observations']} observations, {rows['rejected']} rejected, "
        f"{rows['duplicates']} duplicates, {rows['findings']} findings"
    )
    return 0
