"""Law 5: one event, one transaction. A known key adds evidence; likeness alone is only a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.agreeing import say_the_same
from earmark.ledger.reserved import BROUGHT_FORWARD
from earmark.ledger.rows import Rows, kept_rows
from earmark.ledger.values import Finding, When

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.wide import Index

_TOLD = ("side", "holder", "commodity", "quantity", "low", "high", "spends_key", "spends_ordinal")
_HOW_EXACTLY = "inexact"

LIKELY_DUPLICATE = "likely_duplicate"
SAME_KEY = "another row of this source has the same key and says otherwise"


class United(NamedTuple):
    """One row a key: what stands, the sources of the rows that were duplicates, and where they disagree.

    What is brought forward is no transaction, so it is no duplicate of one either.
    ``clashes`` are the rows, before uniting, that their own source contradicts.
    """

    rows: Rows
    duplicates: Index
    findings: list[Finding]
    clashes: Index


def unite_same_keys(rows: Rows) -> United:
    """Let the first listed source stand for each key; the others become its evidence.

    Two sources may tell one event differently, which is a finding. One source that does so has given two
    events one key, and its later row is refused: it would be lost as evidence of another event.
    """
    encoded = rows.transactions.column("key").combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy()
    count = len(codes)
    if len(encoded.dictionary) == count:
        nothing = np.zeros(0, dtype=np.int64)
        return United(rows, nothing, [], nothing)
    source = rows.transactions.column("source").to_numpy().astype(np.int64)
    _, first = np.unique(codes, return_index=True)
    own = codes.astype(np.int64) * (int(source.max()) + 1) + source
    _, own_first, own_place = np.unique(own, return_index=True, return_inverse=True)
    again = np.setdiff1d(np.arange(count), first)
    told = _Told(rows)
    clashes = _clashing(told, own_first[own_place], again)
    again = np.setdiff1d(again, clashes)
    standing = first[codes[again]]
    findings = _disagreements(told, standing, again)
    kinds = rows.transactions.column("kind").take(pa.array(again))
    is_event = np.asarray(pc.not_equal(kinds, BROUGHT_FORWARD))
    duplicates = source[again[is_event]]
    return United(_merged(rows, standing, again, clashes), duplicates, findings, clashes)


def _merged(rows: Rows, standing: Index, again: Index, clashes: Index) -> Rows:
    """Drop some rows; those of ``again`` and their evidence become evidence of what stands for them."""
    count = rows.transactions.num_rows
    kept = np.setdiff1d(np.arange(count), np.concatenate([again, clashes]))
    new = np.full(count, -1, dtype=np.int64)
    new[kept] = np.arange(len(kept))
    new[again] = new[standing]
    others = rows.transactions.take(pa.array(again))
    more = pa.table(
        {
            "transaction": pa.array(new[again]),
            "source": others.column("source"),
            "locator": others.column("locator"),
            "role": pa.array(["supporting"] * len(again), pa.string()),
        }
    )
    result = kept_rows(rows, kept)
    cited = new[rows.evidence.column("transaction").to_numpy()]
    index = rows.evidence.schema.get_field_index("transaction")
    evidence = rows.evidence.set_column(index, "transaction", pa.array(cited))
    evidence = evidence.filter(pa.array(cited >= 0))
    evidence = pa.concat_tables([evidence, more]).sort_by("transaction")
    return Rows(result.transactions, result.legs, evidence)


class _Told:
    """What each row says about its event, to be compared row by row."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.legs = rows.legs.select([*_TOLD, _HOW_EXACTLY])
        tx = rows.legs.column("transaction").to_numpy()
        self.bounds = np.searchsorted(tx, np.arange(rows.transactions.num_rows + 1))

    def differences(self, stands: int, other: int) -> list[str]:
        """Return in what two rows differ; nothing when they say the same."""
        return _differences(self.rows, self.legs, self.bounds, stands, other)


def _clashing(told: _Told, own_first: Index, again: Index) -> Index:
    """Return the rows that say otherwise than the first row of their own source with their key."""
    found = [
        row
        for row in again.tolist()
        if own_first[row] != row and told.differences(int(own_first[row]), row)
    ]
    return np.array(found, dtype=np.int64)


def _disagreements(told: _Told, standing: Index, again: Index) -> list[Finding]:
    findings = []
    for stands, other in zip(standing.tolist(), again.tolist(), strict=True):
        reasons = told.differences(stands, other)
        if reasons:
            key = told.rows.transactions.column("key")[stands].as_py()
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
        told.slice(int(bounds[row]), int(bounds[row + 1] - bounds[row])) for row in (stands, other)
    )
    kinds = {rows.transactions.column("kind")[row].as_py() for row in (stands, other)}
    is_equal = here.drop_columns(_HOW_EXACTLY).equals(there.drop_columns(_HOW_EXACTLY))
    if not (
        is_equal or say_the_same(here.to_pylist(), there.to_pylist(), are_fees=kinds == {"fee"})
    ):
        reasons.append(f"legs: {_place(rows, stands)} and {_place(rows, other)} differ")
    return reasons


def _place(rows: Rows, row: int) -> str:
    table = rows.transactions
    return (
        f"source {table.column('source')[row].as_py() + 1} {table.column('locator')[row].as_py()}"
    )


def likely_duplicates(tables: dict[str, pa.Table], holder_names: Sequence[str]) -> list[Finding]:
    """Find two-leg transactions of different sources with the same time, holders and quantity.

    What is brought forward is named by the output that it was, and no two outputs are one.
    """
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
    )
    is_known = pc.and_(pc.is_valid(about.column("time")), pc.is_valid(out.column("quantity")))
    table = table.filter(pc.and_(is_known, pc.not_equal(about.column("kind"), BROUGHT_FORWARD)))
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
    return Finding(LIKELY_DUPLICATE, "1", When(), keys, (reason,))
