"""Hand-written names of legs, and the links that use them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from earmark.ledger import schema
from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.people import findings_table
from earmark.ledger.values import UNKNOWN_TIME, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.draft import Draft
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.values import Basis, LegName

LOST = "a transaction that this link names was refused, so it ties nothing"


def with_links(ledger: Ledger, drafts: Sequence[Draft]) -> Ledger:
    """Resolve the links' legs to positions.

    A link that two sources tell is one link (law 5). A link whose transaction was refused falls with it,
    and a finding says so; a link that names nothing at all is an error.
    """
    rows: list[dict[str, object]] = []
    links = dict.fromkeys(
        (link.name, link.basis, link.outs, link.ins, link.note)
        for draft in drafts
        for link in draft.links
    )
    told = {name.key for _, _, outs, ins, _ in links for name in (*outs, *ins)}
    refused = _refused(told - set(ledger.transaction_positions), drafts) if told else set()
    findings = []
    for number, link in enumerate(links):
        lost = sorted(refused & {one.key for one in (*link[2], *link[3])})
        if lost:
            findings.append(Finding("link_refused", "1", UNKNOWN_TIME, (link[0], *lost), (LOST,)))
        else:
            rows += _link_rows(ledger, number, link)
    table = pa.Table.from_pylist(rows, schema=schema.LINKS)
    tables = {**ledger.tables, "links": table}
    if findings:
        tables["findings"] = pa.concat_tables([tables["findings"], findings_table(findings)])
    return replace(ledger, tables=tables)


def _refused(missing: set[str], drafts: Sequence[Draft]) -> set[str]:
    """Return those of the missing keys that a source told: their rows were refused."""
    if not missing:
        return set()
    return {
        key
        for draft in drafts
        for key in draft.transactions.column("key").to_pylist()
        if key in missing
    }


def _link_rows(
    ledger: Ledger,
    number: int,
    link: tuple[str, Basis, tuple[LegName, ...], tuple[LegName, ...], str],
) -> list[dict[str, object]]:
    name, basis, outs, ins, note = link
    told = {"link": number, "name": name, "basis": basis, "note": note}
    return [
        {**told, "side": side, "leg": find_leg(ledger, one, side)}
        for side, names in ((schema.OUT, outs), (schema.IN, ins))
        for one in names
    ]


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
