"""`earmark shares`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from earmark.cases.terms import moment
from earmark.cli.opening import existing_folder, opened
from earmark.cli.output import print_json, print_table, tell
from earmark.ledger.values import Placement
from earmark.tracing.shares import shares as shared_out


def shares(
    case: Path,
    holder: str,
    *,
    at: Annotated[
        str | None, Parameter(help="The balance at this time; the end without it.")
    ] = None,
    openings: Annotated[Placement | None, Parameter(help="Where openings are placed.")] = None,
    json: Annotated[bool, Parameter(help="Print the shares as JSON.")] = False,
) -> int:
    """Share one holding pari passu, capped by each lowest intermediate balance.

    Closing balance times own contributions over all contributions (Barlow Clowes), whatever their order;
    nobody takes more than the lowest balance since paying in (Roscoe v Winder). Withdrawals are not followed.

    Parameters
    ----------
    case
        The case folder.
    holder
        A holder by name (namespace:identifier) or by alias.
    """
    built = opened(existing_folder(case))
    placement = openings or built.settings.openings
    tables = shared_out(built.tracer, holder, placement, moment(at))
    if json:
        print_json(tables)
        return 0
    names = (
        "contributor",
        "contributed",
        "pari_passu",
        "lowest_balance",
        "lowest_at",
        "share",
        "withdrawn",
    )
    for table in tables:
        tell(f"{table['holder']}: {table['closing_balance']} {table['commodity']} left")
        where = (table["holder"], table["commodity"])
        rows = [[*where, *(row[name] for name in names)] for row in table["shares"]]
        print_table(("holder", "commodity", *names), rows)
        if table.get("unknown_legs"):
            tell(f"{table['unknown_legs']} legs have no known quantity: counted, never summed")
    return 0
