"""Hand-written names of legs, and the links that use them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from earmark.ledger import schema
from earmark.ledger.errors import EarmarkError, near_miss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.draft import Draft
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.values import LegName


def with_links(ledger: Ledger, drafts: Sequence[Draft]) -> Ledger:
    """Resolve the links' legs to positions."""
    rows = []
    links = [link for draft in drafts for link in draft.links]
    for number, link in enumerate(links):
        for side, names in ((schema.OUT, link.outs), (schema.IN, link.ins)):
            rows += [
                {
                    "link": number,
                    "name": link.name,
                    "basis": link.basis,
                    "side": side,
                    "leg": find_leg(ledger, name, side),
                    "note": link.note,
                }
                for name in names
            ]
    table = pa.Table.from_pylist(rows, schema=schema.LINKS)
    return replace(ledger, tables={**ledger.tables, "links": table})


def find_leg(ledger: Ledger, name: LegName, side: int, commodity: str = "") -> int:
    """Return the position of the leg that a name means; without an ordinal the only one of its side.

    Raises EarmarkError, with a near miss, when no leg or several fit.
    """
    tx = ledger.transaction_positions.get(name.key)
    if tx is None:
        raise EarmarkError(
            f"there is no transaction with the key {name.key}",
            near_miss=near_miss(name.key, ledger.transaction_positions),
        )
    legs = ledger.tables["legs"].slice(
        int(ledger.first_legs[tx]), int(ledger.first_legs[tx + 1] - ledger.first_legs[tx])
    )
    fits = [
        leg
        for leg in legs.to_pylist()
        if leg["side"] == side
        and (name.ordinal is None or leg["ordinal"] == name.ordinal)
        and (not commodity or ledger.commodities[leg["commodity"]].symbol == commodity)
    ]
    if len(fits) != 1:
        what = "in-leg" if side == schema.IN else "out-leg"
        number = "" if name.ordinal is None else f"#{name.ordinal}"
        raise EarmarkError(
            f"{name.key}{number}: {len(fits)} {what}s fit",
            expected=f"one {what}; write KEY#ordinal, counting legs from 1",
        )
    return int(fits[0]["leg"])
