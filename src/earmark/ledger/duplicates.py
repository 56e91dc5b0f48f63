"""Law 5: one event, one transaction. A known key adds evidence."""

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
_TIMES = ("time", "time_end")
_ABOUT = (*_TIMES, "kind", "source", "locator")

SAME_KEY = "another row of this source has the same key and says otherwise"


class United(NamedTuple):
    """One row a key: what stands, the rows that were duplicates of it, and where they disagree.

    What is brought forward is no transaction, so it is no duplicate of one either.
    ``clashes`` are the rows, before uniting, that their own source contradicts.
    """

    rows: Rows
    duplicates: pa.Table | None
    findings: list[Finding]
    clashes: Index


def unite_same_keys(rows: Rows, paths: Sequence[str]) -> United:
    """Let the first listed source stand for each key; the others become its evidence.

    ``paths`` name the sources in reasons; an empty one, of a source of several files, leaves that to the locator.

    Two sources may tell one event differently, which is a finding. One source that does so has given two
    events one key, and its later row is refused: it would be lost as evidence of another event.
    """
    encoded = rows.transactions.column("key").combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy()
    count = len(codes)
    if len(encoded.dictionary) == count:
        nothing = np.zeros(0, dtype=np.int64)
        return United(rows, None, [], nothing)
    source = rows.transactions.column("source").to_numpy().astype(np.int64)
    _, first = np.unique(codes, return_index=True)
    own = codes.astype(np.int64) * (int(source.max()) + 1) + source
    _, own_first, own_place = np.unique(own, return_index=True, return_inverse=True)
    again = np.setdiff1d(np.arange(count), first)
    told = _Told(rows, paths)
    clashes = _clashing(told, own_first[own_place], again)
    again = np.setdiff1d(again, clashes)
    standing = first[codes[again]]
    findings = _disagreements(told, standing, again)
    kinds = rows.transactions.column("kind").take(pa.array(again))
    is_event = np.asarray(pc.not_equal(kinds, BROUGHT_FORWARD))
    columns = ["key", "row", "source", "kind", "locator"]
    duplicates = rows.transactions.select(columns).take(pa.array(again[is_event]))
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

    def __init__(self, rows: Rows, paths: Sequence[str]) -> None:
        self.rows = rows
        self.paths = paths
        self.legs = rows.legs.select([*_TOLD, _HOW_EXACTLY])
        tx = rows.legs.column("transaction").to_numpy()
        self.bounds = np.searchsorted(tx, np.arange(rows.transactions.num_rows + 1))

    def differences(self, stands: int, other: int) -> list[str]:
        """Return in what two rows differ; nothing when they say the same."""
        table = self.rows.transactions.select(list(_ABOUT)).take(pa.array([stands, other]))
        here, there = table.to_pylist()
        reasons = [
            f"{name}: {self._place(here)} says {here[name]}, {self._place(there)} {there[name]}"
            for name in _differing_times(here, there)
        ]
        if not self._have_same_legs(stands, other, are_fees=here["kind"] == there["kind"] == "fee"):
            reasons.append(f"legs: {self._place(here)} and {self._place(there)} differ")
        return reasons

    def _have_same_legs(self, stands: int, other: int, *, are_fees: bool) -> bool:
        here, there = (
            self.legs.slice(int(self.bounds[row]), int(self.bounds[row + 1] - self.bounds[row]))
            for row in (stands, other)
        )
        is_equal = here.drop_columns(_HOW_EXACTLY).equals(there.drop_columns(_HOW_EXACTLY))
        return is_equal or say_the_same(here.to_pylist(), there.to_pylist(), are_fees=are_fees)

    def _place(self, row: dict[str, Any]) -> str:
        return f"{self.paths[row['source']]} {row['locator']}".strip()


def _differing_times(here: dict[str, Any], there: dict[str, Any]) -> list[str]:
    """Return which times differ; a row that does not know its time contradicts nobody."""
    if here["time"] is None or there["time"] is None:
        return []
    return [name for name in _TIMES if here[name] != there[name]]


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
