"""Drafts to a ledger: keys, corrections, duplicates, order, the laws, openings.

Law 4: the case folder is the record and only grows; everything here is derived and rebuilt whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import schema
from earmark.ledger.duplicates import likely_duplicates, unite_same_keys
from earmark.ledger.encoding import Encoder, encoded_tables
from earmark.ledger.laws import faults, named_faults, reserved_kinds
from earmark.ledger.ledger import Ledger
from earmark.ledger.limits import beyond_limit
from earmark.ledger.naming import with_links
from earmark.ledger.order import (
    UNKNOWN_FIRST,
    UNKNOWN_LAST,
    merged,
    order_times,
    sequence_order,
    times_us,
)
from earmark.ledger.people import (
    commodities_table,
    entities_table,
    findings_table,
    holders_table,
    statements_table,
)
from earmark.ledger.placing import with_openings
from earmark.ledger.rows import Rows, concatenated, kept_rows, without_superseded
from earmark.ledger.values import Placement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.draft import Draft
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
    rows = concatenated(drafts, sources)
    rows, superseded = without_superseded(rows)
    rows, duplicates, findings = unite_same_keys(rows)
    rows = _in_order(rows)
    encoder = Encoder(drafts, commodities)
    rejected: list[tuple[int, str, str, str]] = []
    observed: list[tuple[int, str]] = []
    tables = _lawful(rows, encoder, rejected, observed)
    del rows  # the strings of a million legs are not held beside their positions
    names = encoder.holder_names
    findings = [*findings, *likely_duplicates(tables, names)]
    everything = [finding for draft in drafts for finding in draft.findings] + findings
    ledger = Ledger(
        {
            **tables,
            "holders": holders_table(names, drafts),
            "commodities": commodities_table(encoder.commodities),
            "entities": entities_table(drafts),
            "statements": statements_table(drafts),
            "findings": findings_table(everything),
            "observations": _observations(drafts, observed),
            "rejected": _rejected(drafts, rejected),
            "superseded": superseded,
            "links": schema.LINKS.empty_table(),
            "sources": sources,
        },
        placement,
    )
    ledger = _drop_internal(with_links(ledger, drafts))
    ledger = with_openings(_with_counts(ledger, drafts), placement)
    return Built(ledger, duplicates)


def _in_order(rows: Rows) -> Rows:
    source = rows.transactions.column("source").to_numpy().astype(np.int64)
    time = np.zeros(len(source), dtype=np.int64)
    rank = np.zeros(len(source), dtype=np.int64)
    for number in np.unique(source):
        mine = np.flatnonzero(source == number)
        table = rows.transactions.select(["sequence", "time"]).take(pa.array(mine))
        order = sequence_order(table)
        rank[mine[order]] = np.arange(len(order))
        time[mine[order]] = order_times(times_us(table.column("time"))[order])
        if (time[mine] == UNKNOWN_FIRST).all():
            time[mine] = UNKNOWN_LAST
    order = merged(time, source, rank)
    ordered = kept_rows(rows, order)
    is_unknown = np.isin(time[order], (UNKNOWN_FIRST, UNKNOWN_LAST))
    timed = pa.array(time[order], mask=is_unknown)
    return Rows(
        ordered.transactions.append_column("order_time", timed.cast(schema.TIME)),
        ordered.legs,
        ordered.evidence,
    )


def _lawful(
    rows: Rows,
    encoder: Encoder,
    rejected: list[tuple[int, str, str, str]],
    observed: list[tuple[int, str]],
) -> dict[str, pa.Table]:
    """Apply the laws until nothing breaks one; what does is rejected, or observed where too large."""
    while True:
        tables = encoded_tables(rows, encoder)
        legs = tables["legs"]
        broken = reserved_kinds(rows.transactions) | faults(legs) or named_faults(legs)
        too_large = [] if broken else beyond_limit(legs, encoder.holder_names)
        if not broken and not too_large:
            return tables
        rejected += [(*_place(rows, tx), reason, _text(rows, tx)) for tx, reason in broken.items()]
        observed += [
            (int(rows.transactions.column("row")[tx].as_py()), TOO_LARGE) for tx in too_large
        ]
        gone = np.array([*broken, *too_large], dtype=np.int64)
        rows = kept_rows(rows, np.setdiff1d(np.arange(rows.transactions.num_rows), gone))


def _place(rows: Rows, tx: int) -> tuple[int, str]:
    table = rows.transactions
    return int(table.column("source")[tx].as_py()), str(table.column("locator")[tx].as_py())


def _text(rows: Rows, tx: int) -> str:
    legs = rows.legs.filter(pc.equal(rows.legs.column("transaction"), tx)).to_pylist()
    said = [
        f"{'+' if leg['side'] else '-'} {leg['holder']} {leg['quantity']} {leg['commodity']}"
        for leg in legs[:6]
    ]
    return f"{rows.transactions.column('key')[tx].as_py()}: {', '.join(said)} (smallest units)"


def _observations(drafts: Sequence[Draft], observed: list[tuple[int, str]]) -> pa.Table:
    parts = [_sourced(draft.observations, number) for number, draft in enumerate(drafts)]
    firsts = np.cumsum([0, *(draft.transactions.num_rows for draft in drafts)])
    for row, reason in observed:
        number = int(np.searchsorted(firsts, row, side="right")) - 1
        one = drafts[number].transactions.slice(int(row - firsts[number]), 1)
        parts.append(
            pa.table(
                {
                    "time": one.column("time"),
                    "time_end": one.column("time_end"),
                    "kind": ["too_large"],
                    "holder": pa.nulls(1, pa.string()),
                    "text": [reason],
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


def _rejected(drafts: Sequence[Draft], rejected: list[tuple[int, str, str, str]]) -> pa.Table:
    parts = [_sourced(draft.rejected, number) for number, draft in enumerate(drafts)]
    names = ("source", "locator", "reason", "text")
    rows = [dict(zip(names, row, strict=True)) for row in rejected]
    parts.append(pa.Table.from_pylist(rows, schema=schema.REJECTED))
    return pa.concat_tables(parts)


def _with_counts(ledger: Ledger, drafts: Sequence[Draft]) -> Ledger:
    sources = ledger.tables["sources"]
    transactions = np.zeros(len(drafts), dtype=np.int64)
    own = ledger.tables["evidence"].slice(0, ledger.tables["transactions"].num_rows)
    np.add.at(transactions, own.column("source").to_numpy(), 1)
    counted = {
        "rows": [draft.rows for draft in drafts],
        "transactions": transactions.tolist(),
        "observations": _per_source(ledger.tables["observations"], len(drafts)),
        "rejected": _per_source(ledger.tables["rejected"], len(drafts)),
        "ignored": [draft.ignored for draft in drafts],
        "pages": [draft.pages for draft in drafts],
    }
    for name, values in counted.items():
        index = sources.schema.get_field_index(name)
        sources = sources.set_column(
            index, sources.schema.field(name), pa.array(values, pa.int64())
        )
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
