"""`earmark shares`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from earmark.cases.terms import moment
from earmark.cli.opening import existing_folder, opened
from earmark.cli.output import print_json, print_table, tell
from earmark.ledger.values import Placement
from earmark.sources.names import known_holder, namer
from earmark.tracing.shares import shares as shared_out

if TYPE_CHECKING:
    from collections.abc import Callable


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
        A holder by alias, by address alone where one chain knows it, or as namespace:identifier.
    """
    built = opened(existing_folder(case))
    named = known_holder(built.ledger, holder)
    placement = openings or built.settings.openings
    tables = shared_out(built.tracer, named, placement, moment(at))
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
    name = namer(built.ledger)
    for table in tables:
        where = (name(table["holder"]), table["commodity"])
        tell(f"{where[0]}: {table['closing_balance']} {table['commodity']} left")
        rows = [
            [*where, _people(row["contributor"], name), *(row[one] for one in names[1:])]
            for row in table["shares"]
        ]
        print_table(("holder", "commodity", *names), rows)
        if table.get("unknown_legs"):
            tell(f"{table['unknown_legs']} legs have no known quantity: counted, never summed")
    return 0


def _people(contributor: str, name: Callable[[str], str]) -> str:
    """Return who paid in, as people write it: a claim, a holder, or several of whom nobody knows who."""
    return ", ".join(name(one) for one in contributor.split(", "))
