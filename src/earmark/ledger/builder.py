"""Drafts to a ledger: keys, corrections, duplicates, order, the laws, openings.

Law 4: the case folder is the record and only grows; everything here is derived and rebuilt whole.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import schema
from earmark.ledger.encoding import Encoder
from earmark.ledger.ledger import Ledger
from earmark.ledger.lookalikes import likely_duplicates
from earmark.ledger.naming import with_links
from earmark.ledger.people import (
    commodities_table,
    entities_table,
    findings_table,
    holders_table,
    statements_table,
)
from earmark.ledger.placing import with_openings
from earmark.ledger.reserved import BROUGHT_FORWARD
from earmark.ledger.rows import concatenated
from earmark.ledger.settling import settle
from earmark.ledger.values import Placement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.draft import Draft
    from earmark.ledger.settling import Rejection, Settled
    from earmark.ledger.values import Commodity

TOO_LARGE = "a running balance of 10^38 or more"


@dataclass(frozen=True)
class Built:
    """A ledger and the counts of its build that no table holds."""

    ledger: Ledger
    duplicates: int


def build(
    drafts: Sequence[Draft],
    sources: pa.Table,
    commodities: Sequence[Commodity],
    placement: Placement,
) -> Built:
    """Build a ledger from what the readers drew up, in the order the case lists its sources.

    ``sources`` has the columns of ``schema.SOURCES``; its counts are filled in here. Raises EarmarkError
    where a hand-written name (a correction, a link's leg) fits nothing.
    """
    encoder = Encoder(drafts, commodities)
    settled = settle(concatenated(drafts, sources), encoder)
    tables, names = settled.tables, encoder.holder_names
    series = [draft.series for draft in drafts]
    findings = [*settled.findings, *likely_duplicates(tables, names, series)]
    everything = [finding for draft in drafts for finding in draft.findings] + findings
    ledger = Ledger(
        {
            **tables,
            "holders": holders_table(names, drafts),
            "commodities": commodities_table(encoder.commodities),
            "entities": entities_table(drafts),
            "statements": statements_table(drafts),
            "findings": findings_table(everything),
            "observations": _observations(drafts, settled.too_large),
            "rejected": _rejected(drafts, settled.rejected),
            "superseded": settled.superseded,
            "links": schema.LINKS.empty_table(),
            "sources": sources,
        },
        placement,
    )
    ledger = _drop_internal(with_links(ledger, drafts))
    ledger = with_openings(_with_counts(ledger, drafts, settled), placement)
    return Built(ledger, len(settled.duplicates))


def _observations(drafts: Sequence[Draft], too_large: Sequence[int]) -> pa.Table:
    parts = [_sourced(draft.observations, number) for number, draft in enumerate(drafts)]
    firsts = np.cumsum([0, *(draft.transactions.num_rows for draft in drafts)])
    for row in too_large:
        number = int(np.searchsorted(firsts, row, side="right")) - 1
        one = drafts[number].transactions.slice(int(row - firsts[number]), 1)
        parts.append(
            pa.table(
                {
                    "time": one.column("time"),
                    "time_end": one.column("time_end"),
                    "kind": ["too_large"],
                    "holder": pa.nulls(1, pa.string()),
                    "text": [TOO_LARGE],
                    "source": pa.array([number], pa.int32()),
                    "locator": one.column("locator"),
                    "key": one.column("key"),
                },
                schema=schema.OBSERVATIONS,
            )
        )
    return pa.concat_tables(parts) if parts else schema.OBSERVATIONS.empty_table()


def _sourced(table: pa.Table, number: int) -> pa.Table:
    column = pa.array(np.full(table.num_rows, number, dtype=np.int32))
    return table.set_column(table.schema.get_field_index("source"), "source", column)


def _rejected(drafts: Sequence[Draft], rejected: Sequence[Rejection]) -> pa.Table:
    parts = [_sourced(draft.rejected, number) for number, draft in enumerate(drafts)]
    rows = [
        {name: getattr(one, name) for name in ("source", "locator", "reason", "text")}
        for one in rejected
    ]
    parts.append(pa.Table.from_pylist(rows, schema=schema.REJECTED))
    return pa.concat_tables(parts)


def _with_counts(ledger: Ledger, drafts: Sequence[Draft], settled: Settled) -> Ledger:
    """Fill in each source's counts: what it brings forward is no row of it, unless it is refused.

    An event that another row told before is one of this source's transactions too: it is evidence of it.
    """
    sources = ledger.tables["sources"]
    transactions = np.zeros(len(drafts), dtype=np.int64)
    own = ledger.tables["evidence"].slice(0, ledger.tables["transactions"].num_rows)
    is_own = pc.not_equal(ledger.column("transactions", "kind"), BROUGHT_FORWARD)
    np.add.at(transactions, own.column("source").filter(is_own).to_numpy(), 1)
    np.add.at(transactions, settled.duplicates, 1)
    refused = Counter(one.source for one in settled.rejected if one.kind == BROUGHT_FORWARD)
    counted = {
        "rows": [draft.rows + refused[number] for number, draft in enumerate(drafts)],
        "transactions": transactions.tolist(),
        "observations": _per_source(ledger.tables["observations"], len(drafts)),
        "rejected": _per_source(ledger.tables["rejected"], len(drafts)),
        "ignored": [draft.ignored for draft in drafts],
        "pages": [draft.pages for draft in drafts],
        "series": [draft.series for draft in drafts],
        "heights": [draft.heights for draft in drafts],
    }
    for name, values in counted.items():
        field = sources.schema.field(name)
        index = sources.schema.get_field_index(name)
        sources = sources.set_column(index, field, pa.array(values, field.type))
    return Ledger({**ledger.tables, "sources": sources}, ledger.openings_placed)


def _per_source(table: pa.Table, count: int) -> list[int]:
    found = np.bincount(table.column("source").to_numpy(), minlength=count)
    return [int(number) for number in found]


def _drop_internal(ledger: Ledger) -> Ledger:
    """Drop the columns that only the builder needs."""
    transactions = ledger.tables["transactions"].select(schema.TRANSACTIONS.names)
    return Ledger(
        {**ledger.tables, "transactions": transactions.cast(schema.TRANSACTIONS)},
        ledger.openings_placed,
    )
