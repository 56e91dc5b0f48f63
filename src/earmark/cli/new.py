"""`earmark new`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from earmark.cases.starting import new_case
from earmark.cli.output import print_json, tell


def new(
    folder: Path,
    *,
    title: Annotated[
        str | None, Parameter(help="The case's title; the folder's name without it.")
    ] = None,
    empty: Annotated[
        bool, Parameter(help="Without the example: for evidence of your own.")
    ] = False,
    json: Annotated[bool, Parameter(help="Print the folder as JSON.")] = False,
) -> int:
    """Make a commented case that builds: a synthetic example, or nothing but comments.

    Parameters
    ----------
    folder
        A folder that does not exist yet, or is empty.
    """
    new_case(folder, title or folder.resolve().name, empty=empty)
    if json:
        print_json({"folder": str(folder)})
        return 0
    print(folder)
    name = shlex.quote(str(folder))
    tell(f"made {name}: read case.toml, then run `earmark build {name}` and `earmark check {name}`")
    return 0
