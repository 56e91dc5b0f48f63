"""The transactions and legs of all sources in one table each, before they are put in order."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import schema
from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError, near_miss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.wide import Index

NAMES_MAX = 8
"""Keys of a circle that an error names."""


@dataclass(frozen=True)
class Rows:
    """All sources together: the draft's columns, with ``source`` and ``row`` (before any dropping) added.

    ``legs.transaction`` and ``evidence.transaction`` name rows of ``transactions``; ``evidence.source`` is
    the number of a source, or null where the locator cites something outside the case.
    """

    transactions: pa.Table
    legs: pa.Table
    evidence: pa.Table


def concatenated(drafts: Sequence[Draft], sources: pa.Table) -> Rows:
    """Put the drafts below each other and give a key to every row that has none."""
    transactions, legs, evidence = [], [], []
    first = 0
    digests = sources.column("sha256").to_pylist()
    numbers = {path: index for index, path in enumerate(sources.column("path").to_pylist())}
    nothing = Draft(files=(), rows=0)
    for number, draft in enumerate(drafts or [nothing]):
        table = _keyed(draft.transactions, digests[number] if drafts else "")
        count = table.num_rows
        source = pa.array(np.full(count, number, dtype=np.int32))
        table = table.append_column("source", source)
        transactions.append(table.append_column("row", pa.array(np.arange(count) + first)))
        legs.append(_shifted(draft.legs, first))
        evidence.append(_cited(_shifted(draft.evidence, first), numbers))
        first += count
    return Rows(pa.concat_tables(transactions), pa.concat_tables(legs), pa.concat_tables(evidence))


def _keyed(transactions: pa.Table, digest: str) -> pa.Table:
    """Name rows without a key by source digest and locator (law 4); empty texts count as absent."""
    for name in ("key", "ref", "supersedes", "note"):
        column = transactions.column(name)
        is_empty = pc.equal(column, "")
        if pc.any(is_empty).as_py():
            index = transactions.schema.get_field_index(name)
            transactions = transactions.set_column(index, name, pc.if_else(is_empty, None, column))
    keys = transactions.column("key")
    if not keys.null_count:
        return transactions
    locators = pc.replace_substring(transactions.column("locator"), " ", "-")
    made = pc.binary_join_element_wise(digest[:16], locators, ":")
    index = transactions.schema.get_field_index("key")
    return transactions.set_column(index, "key", pc.coalesce(keys, made))


def _cited(evidence: pa.Table, numbers: dict[str, int]) -> pa.Table:
    """Turn the cited names into source numbers; what is no source of the case is kept as text."""
    names = evidence.column("source").to_pylist()
    found = [numbers.get(name) for name in names]
    said = [
        locator if number is not None else f"{name} {locator}".strip()
        for name, locator, number in zip(
            names, evidence.column("locator").to_pylist(), found, strict=True
        )
    ]
    columns = {
        "transaction": evidence.column("transaction"),
        "source": pa.array(found, pa.int32()),
        "locator": pa.array(said, pa.string()),
        "role": evidence.column("role"),
    }
    return pa.table(columns)


def _shifted(table: pa.Table, first: int) -> pa.Table:
    column = pc.add(table.column("transaction"), first)
    return table.set_column(table.schema.get_field_index("transaction"), "transaction", column)


def without_superseded(rows: Rows) -> tuple[Rows, pa.Table]:
    """Take out the transactions that a correction names, and list them.

    Raises EarmarkError where a correction names no row, or corrections name each other in a circle.
    """
    corrections = rows.transactions.filter(pc.is_valid(rows.transactions.column("supersedes")))
    if not corrections.num_rows:
        return rows, schema.SUPERSEDED.empty_table()
    keys = rows.transactions.column("key")
    gone = corrections.column("supersedes")
    for name in gone.filter(pc.invert(pc.is_in(gone, value_set=keys.combine_chunks()))).to_pylist():
        raise EarmarkError(
            f"supersedes {name}: there is no transaction with that key",
            near_miss=near_miss(name, keys.to_pylist()),
        )
    _refuse_circles(corrections)
    is_gone = pc.is_in(keys, value_set=gone.combine_chunks())
    own = pc.fill_null(rows.transactions.column("supersedes"), "")
    is_gone = pc.and_(is_gone, pc.not_equal(own, keys))
    old = rows.transactions.filter(is_gone)
    by = dict(zip(gone.to_pylist(), corrections.column("key").to_pylist(), strict=True))
    table = pa.table(
        {
            "key": old.column("key"),
            "by": pa.array([by[key] for key in old.column("key").to_pylist()], pa.string()),
            "source": old.column("source"),
            "locator": old.column("locator"),
        },
        schema=schema.SUPERSEDED,
    )
    return kept_rows(rows, np.flatnonzero(~np.asarray(is_gone))), table


def _refuse_circles(corrections: pa.Table) -> None:
    named: dict[str, list[str]] = {}
    pairs = zip(
        *(corrections.column(one).to_pylist() for one in ("key", "supersedes")), strict=True
    )
    for key, old in pairs:
        if key != old:
            named.setdefault(key, []).append(old)
    try:
        TopologicalSorter(named).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]
        shown = [*circle[:NAMES_MAX], "…"] if len(circle) > NAMES_MAX else circle
        raise EarmarkError(
            f"corrections go round in a circle: {' supersedes '.join(shown)}",
            expected="a correction of what no later correction leads back to",
        ) from error


def kept_rows(rows: Rows, kept: Index) -> Rows:
    """Keep some transactions (by row) in the given order and renumber what names them."""
    new = np.full(rows.transactions.num_rows, -1, dtype=np.int64)
    new[kept] = np.arange(len(kept))

    def follow(table: pa.Table) -> pa.Table:
        moved = new[table.column("transaction").to_numpy()]
        order = np.argsort(moved, kind="stable")
        order = order[moved[order] >= 0]
        index = table.schema.get_field_index("transaction")
        return _taken(table, order).set_column(index, "transaction", pa.array(moved[order]))

    return Rows(_taken(rows.transactions, kept), follow(rows.legs), follow(rows.evidence))


def _taken(table: pa.Table, order: Index) -> pa.Table:
    """Return rows in another order; a table that is in that order already is not copied."""
    if len(order) == table.num_rows and (order[1:] > order[:-1]).all():
        return table
    return table.take(pa.array(order))
