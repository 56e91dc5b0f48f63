"""`earmark attach`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from earmark.cases import attaching
from earmark.cli.opening import existing_folder
from earmark.cli.output import print_json, tell


def attach(
    case: Path,
    file: Path,
    *,
    by: Annotated[str, Parameter(help="Who adds it; your login name without it.")] = "",
    obtained_from: Annotated[str, Parameter(name="--from", help="Where it comes from.")] = "",
    how: Annotated[str, Parameter(help="How it was obtained.")] = "",
    lacks: Annotated[list[str] | None, Parameter(help="What it cannot show.")] = None,
    json: Annotated[bool, Parameter(help="Print the path inside the case as JSON.")] = False,
) -> int:
    """Add evidence to a case and note it in the custody log.

    The file is copied into sources/ and never changed. A PDF or picture that no reader parses becomes a
    source with pages, which the notation can cite: evidence "sources/receipt.pdf" "page 3".

    Parameters
    ----------
    case
        The case folder.
    file
        The file to add.
    """
    inside, is_new = attaching.attach(
        existing_folder(case),
        file,
        by=by,
        obtained_from=obtained_from,
        obtained_how=how,
        lacks=lacks or [],
    )
    if json:
        print_json({"path": inside})
        return 0
    print(inside)
    if is_new:
        tell(
            'listed in case.toml as a document; if it is a table, give it reader = "table" and columns'
        )
    return 0
