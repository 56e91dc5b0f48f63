"""`earmark origins`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from earmark.cases.terms import moment
from earmark.cli.opening import existing_folder, opened
from earmark.cli.output import print_json, print_table, tell
from earmark.ledger.values import Placement
from earmark.sources.names import known_holder, namer
from earmark.tracing.origins import origins as asked_backward

BackwardRule = Literal["fifo", "lifo", "pro_rata", "hallett", "oatway", "poison"]


def origins(
    case: Path,
    holder: str,
    *,
    rule: Annotated[BackwardRule, Parameter(help="fifo, lifo or pro_rata.")] = "fifo",
    openings: Annotated[Placement | None, Parameter(help="Where openings are placed.")] = None,
    at: Annotated[str | None, Parameter(help="What rests with the holder at this time.")] = None,
    json: Annotated[bool, Parameter(help="Print the origins as JSON.")] = False,
) -> int:
    """Ask backward where a holder's units entered the record.

    The transpose of the forward assignment. Under hallett and oatway there is none, so they are refused.

    Parameters
    ----------
    case
        The case folder.
    holder
        A holder by alias, by address alone where one chain knows it, or as namespace:identifier.
    """
    built = opened(existing_folder(case))
    named = known_holder(built.ledger, holder)
    placement = openings or built.settings.openings
    found = asked_backward(built.tracer, named, rule, placement, moment(at))
    if json:
        print_json(found)
        return 0
    names = ("quantity", "commodity", "kind", "holder", "from", "key")
    name = namer(built.ledger)
    rows = [
        {**row, "holder": name(row["holder"]), "from": ", ".join(map(name, row["from"]))}
        for row in found["origins"]
    ]
    print_table(names, [[row[name] for name in names] for row in rows])
    tell(f"{rule}, openings {placement}: {len(rows)} origins")
    return 0
