"""`earmark report`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from earmark.cli.opening import existing_folder, opened
from earmark.cli.output import counted, print_json, tell
from earmark.report.writing import write_report


def report(
    case: Path,
    *,
    out: Annotated[Path | None, Parameter(help="Where to write; CASE/report without it.")] = None,
    lang: Annotated[Literal["en", "ar"], Parameter(help="The dossier's language.")] = "en",
    upto: Annotated[
        Literal["public", "restricted", "confidential"],
        Parameter(help="Withhold and count sources whose handling is above this."),
    ] = "confidential",
    json: Annotated[bool, Parameter(help="Print what was written as JSON.")] = False,
) -> int:
    """Write the dossier, its tables and its manifest.

    One self-contained HTML file that needs no network and prints on A4. Two runs over the same evidence
    write the same bytes.

    Parameters
    ----------
    case
        The case folder.
    """
    built = opened(existing_folder(case))
    with counted("tracing under every rule") as step:
        written = write_report(built, out, lang, upto, step)
    if json:
        print_json(written)
        return 0
    print(written.dossier)
    words = ["earmark", "verify", str(case), *([] if out is None else ["--report", str(out)])]
    tell(f"root digest {written.root}; check it with `{shlex.join(words)}`")
    return 0
