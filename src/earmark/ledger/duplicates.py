"""Law 5: one event, one transaction. A known key adds evidence; likeness alone is only a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.rows import Rows, kept_rows
from earmark.ledger.values import Finding, When

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.wide import Index

_TOLD = ("side", "holder", "commodity", "quantity", "low", "high", "spends_key", "spends_ordinal")


def unite_same_keys(rows: Rows) -> tuple[Rows, int, list[Finding]]:
    """Let the first listed source stand for each key; the others become its evidence.

    Returns the rows, how many were duplicates, and a finding for each disagreement.
    """
    encoded = rows.transactions.column("key").combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy()
    if len(encoded.dictionary) == len(codes):
        return rows, 0, []
    _, first = np.unique(codes, return_index=True)
    again = np.setdiff1d(np.arange(len(codes)), first)
    standing = first[codes[again]]
    findings = _disagreements(rows, standing, again)
    kept = np.sort(first)
    new = np.full(len(codes), -1, dtype=np.int64)
    new[kept] = np.arange(len(kept))
    others = rows.transactions.take(pa.array(again))
    more = pa.table(
        {
            "transaction": pa.array(new[standing]),
            "source": others.column("source"),
            "locator": others.column("locator"),
            "role": pa.array(["supporting"] * len(again), pa.string()),
        }
    )
    result = kept_rows(rows, kept)
    cited = new[first[codes[rows.evidence.column("transaction").to_numpy()]]]
    index = rows.evidence.schema.get_field_index("transaction")
    evidence = rows.evidence.set_column(index, "transaction", pa.array(cited))
    evidence = pa.concat_tables([evidence, more]).sort_by("transaction")
    return Rows(result.transactions, result.legs, evidence), len(again), findings


def _disagreements(rows: Rows, standing: Index, again: Index) -> list[Finding]:
    told = rows.legs.select(["transaction", *_TOLD])
    tx = told.column("transaction").to_numpy()
    bounds = np.searchsorted(tx, np.arange(rows.transactions.num_rows + 1))
    findings = []
    for stands, other in zip(standing.tolist(), again.tolist(), strict=True):
        reasons = _differences(rows, told, bounds, stands, other)
        if reasons:
            key = rows.transactions.column("key")[stands].as_py()
            findings.append(Finding("disagreement", "1", When(), (key,), tuple(reasons)))
    return findings


def _differences(rows: Rows, told: pa.Table, bounds: Index, stands: int, other: int) -> list[str]:
    reasons = []
    for name in ("time", "time_end"):
        here, there = (rows.transactions.column(name)[row].as_py() for row in (stands, other))
        if here != there:
            reasons.append(
                f"{name}: {_place(rows, stands)} says {here}, {_place(rows, other)} {there}"
            )
    here, there = (
        told.slice(int(bounds[row]), int(bounds[row + 1] - bounds[row])).drop_columns(
            ["transaction"]
        )
        for row in (stands, other)
    )
    if not here.equals(there):
        reasons.append(f"legs: {_place(rows, stands)} and {_place(rows, other)} differ")
    return reasons


def _place(rows: Rows, row: int) -> str:
    table = rows.transactions
    return (
        f"source {table.column('source')[row].as_py() + 1} {table.column('locator')[row].as_py()}"
    )


def likely_duplicates(tables: dict[str, pa.Table], holder_names: Sequence[str]) -> list[Finding]:
    """Find two-leg transactions of different sources with the same time, holders and quantity."""
    transactions, legs = tables["transactions"], tables["legs"]
    if len(pc.unique(transactions.column("source"))) < 2:
        return []
    tx = legs.column("tx").to_numpy()
    counts = np.bincount(tx, minlength=transactions.num_rows)
    pairs = np.flatnonzero((counts[tx] == 2) & (legs.column("ordinal").to_numpy() == 1))
    out, into = legs.take(pa.array(pairs)), legs.take(pa.array(pairs + 1))
    about = transactions.take(out.column("tx"))
    table = pa.table(
        {
            "time": about.column("time"),
            "payer": out.column("holder"),
            "payee": into.column("holder"),
            "commodity": out.column("commodity"),
            "quantity": out.column("quantity"),
            "source": about.column("source"),
            "key": about.column("key"),
        }
    ).filter(pc.and_(pc.is_valid(about.column("time")), pc.is_valid(out.column("quantity"))))
    same = ["time", "payer", "payee", "commodity", "quantity"]
    groups = table.group_by(same).aggregate([("source", "count_distinct"), ("key", "list")])
    groups = groups.filter(pc.greater(groups.column("source_count_distinct"), 1))
    findings = [_likely_duplicate(group, holder_names) for group in groups.to_pylist()]
    return sorted(findings, key=lambda one: one.subjects)


def _likely_duplicate(group: dict[str, Any], holder_names: Sequence[str]) -> Finding:
    payer, payee = holder_names[group["payer"]], holder_names[group["payee"]]
    reason = (
        f"same time, quantity and holders ({payer} to {payee}) but no common key: both are counted"
    )
    keys = tuple(sorted(group["key_list"]))
    return Finding("likely_duplicate", "1", When(), keys, (reason,))
