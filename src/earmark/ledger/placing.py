"""Putting openings into a ledger, taking them out again, and the low and high scenarios."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import wide
from earmark.ledger.openings import Openings, openings_of
from earmark.ledger.reserved import OPENING
from earmark.ledger.schema import IN, LEGS, LINKS, OUT, TRANSACTIONS
from earmark.ledger.values import Placement

if TYPE_CHECKING:
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.wide import Index

Bound = Literal["low", "best", "high"]


def rearranged(ledger: Ledger, placement: Placement, bound: Bound = "best") -> Ledger:
    """Return the same record with its openings placed otherwise, or under its low or high quantities.

    Each scenario has its own openings (DESIGN §3.1: bounds). Keys stay, positions change.
    """
    return with_openings(_scenario(without_openings(ledger), bound), placement)


def has_bounds(ledger: Ledger) -> bool:
    """Tell whether any leg states a low or a high quantity."""
    legs = ledger.tables["legs"]
    return any(legs.column(name).null_count < legs.num_rows for name in ("low", "high"))


def _scenario(ledger: Ledger, bound: Bound) -> Ledger:
    if bound == "best":
        return ledger
    legs = ledger.tables["legs"]
    chosen = pc.coalesce(legs.column(bound), legs.column("quantity"))
    index = legs.schema.get_field_index("quantity")
    legs = legs.set_column(index, legs.schema.field("quantity"), chosen)
    return replace(ledger, tables={**ledger.tables, "legs": legs})


def with_openings(ledger: Ledger, placement: Placement) -> Ledger:
    """Return a ledger that has no openings with the openings law 3 asks for."""
    legs = ledger.tables["legs"]
    openings = openings_of(legs, ledger.holder_names, placement)
    if not len(openings.before_tx):
        return replace(ledger, openings_placed=placement)
    payer = ledger.holder_positions[OPENING]
    transactions = _opening_transactions(ledger, openings)
    order = np.argsort(
        np.concatenate(
            [
                np.arange(ledger.tables["transactions"].num_rows) * 2 + 1,
                openings.before_tx * 2,
            ]
        ),
        kind="stable",
    ).astype(np.int64)
    merged = pa.concat_tables([ledger.tables["transactions"], transactions])
    new_legs = _opening_legs(openings, payer, len(ledger.tables["transactions"]), legs.num_rows)
    tables = reordered(merged, pa.concat_tables([legs, new_legs]), ledger, order)
    return replace(ledger, tables={**ledger.tables, **tables}, openings_placed=placement)


def _opening_transactions(ledger: Ledger, openings: Openings) -> pa.Table:
    count = len(openings.before_tx)
    after = ledger.tables["transactions"].take(pa.array(openings.before_tx))
    names = pa.array(ledger.holder_names).take(pa.array(openings.holder))
    symbols = pa.array([c.symbol for c in ledger.commodities]).take(pa.array(openings.commodity))
    pairs = np.stack([openings.holder, openings.commodity], axis=1)
    ordinal = _ordinals(pairs)
    keys = pc.binary_join_element_wise(
        "opening", names, symbols, pa.array(ordinal).cast(pa.string()), "/"
    )
    columns = {
        "tx": pa.array(np.zeros(count, dtype=np.int64)),
        "key": keys,
        "time": after.column("time"),
        "time_end": pa.nulls(count, TRANSACTIONS.field("time_end").type),
        "order_time": after.column("order_time"),
        "ref": pa.nulls(count, pa.string()),
        "kind": pa.array(["opening"] * count, pa.string()),
        "basis": pa.array(["inferred"] * count, pa.string()),
        "note": pa.nulls(count, pa.string()),
        "sequenced": pa.array([True] * count),
    }
    return pa.table(columns, schema=TRANSACTIONS)


def _ordinals(pairs: Index) -> Index:
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    starts = wide.run_starts(pairs[order, 0], pairs[order, 1])
    lengths = np.diff(np.append(starts, len(pairs)))
    result = np.empty(len(pairs), dtype=np.int64)
    result[order] = np.arange(len(pairs)) - np.repeat(starts, lengths) + 1
    return result


def _opening_legs(openings: Openings, payer: int, first_tx: int, first_leg: int) -> pa.Table:
    count = len(openings.before_tx)
    tx = np.repeat(np.arange(count, dtype=np.int64) + first_tx, 2)
    quantity = wide.write_limbs(np.repeat(openings.quantity, 2, axis=0))
    holder = np.empty(2 * count, dtype=np.int32)
    holder[0::2], holder[1::2] = payer, openings.holder
    side = np.tile(np.array([OUT, IN], dtype=np.int8), count)
    columns = {
        "tx": pa.array(tx),
        "leg": pa.array(np.arange(2 * count, dtype=np.int64) + first_leg),
        "ordinal": pa.array(np.tile(np.array([1, 2], dtype=np.int64), count)),
        "holder": pa.array(holder),
        "commodity": pa.array(np.repeat(openings.commodity, 2).astype(np.int32)),
        "quantity": quantity,
        "low": pa.nulls(2 * count, quantity.type),
        "high": pa.nulls(2 * count, quantity.type),
        "side": pa.array(side),
        "spends": pa.nulls(2 * count, pa.int64()),
        "inexact": pa.array([False] * (2 * count)),
    }
    return pa.table(columns, schema=LEGS)


def without_openings(ledger: Ledger) -> Ledger:
    """Return the record alone."""
    is_kept = pc.not_equal(ledger.column("transactions", "kind"), "opening")
    kept = np.flatnonzero(np.asarray(is_kept)).astype(np.int64)
    transactions, legs = ledger.tables["transactions"], ledger.tables["legs"]
    if len(kept) == transactions.num_rows:
        return ledger
    tables = reordered(transactions, legs, ledger, kept)
    return replace(ledger, tables={**ledger.tables, **tables})


def reordered(
    transactions: pa.Table, legs: pa.Table, ledger: Ledger, order: Index
) -> dict[str, pa.Table]:
    """Return the tables that name positions, with transactions in a new order (absent ones dropped).

    ``legs.tx`` names rows of ``transactions``, ``legs.leg`` rows of ``legs``.
    """
    new_tx = np.full(transactions.num_rows, -1, dtype=np.int64)
    new_tx[order] = np.arange(len(order))
    leg_tx = new_tx[legs.column("tx").to_numpy()]
    leg_order = np.lexsort((legs.column("ordinal").to_numpy(), leg_tx))
    leg_order = leg_order[leg_tx[leg_order] >= 0]
    new_leg = np.full(legs.num_rows, -1, dtype=np.int64)
    new_leg[leg_order] = np.arange(len(leg_order))
    moved = legs.take(pa.array(leg_order))
    moved = _put(moved, "tx", pa.array(leg_tx[leg_order]))
    moved = _put(moved, "leg", pa.array(np.arange(len(leg_order), dtype=np.int64)))
    moved = _put(moved, "spends", mapped(moved.column("spends"), new_leg))
    kept = transactions.take(pa.array(order))
    links, evidence = ledger.tables["links"], ledger.tables["evidence"]
    return {
        "transactions": _put(kept, "tx", pa.array(np.arange(len(order), dtype=np.int64))),
        "legs": moved,
        "links": _put(links, "leg", mapped(links.column("leg"), new_leg))
        if links.num_rows
        else LINKS.empty_table(),
        "evidence": _put(evidence, "tx", mapped(evidence.column("tx"), new_tx)),
    }


def mapped(positions: pa.ChunkedArray, new: Index) -> pa.Array:
    """Translate positions (null stays null)."""
    known = positions.fill_null(0).to_numpy().astype(np.int64)
    values = new[known] if len(new) else known
    is_null = np.asarray(pc.is_null(positions))
    return pa.array(values, mask=is_null)


def _put(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    index = table.schema.get_field_index(name)
    return table.set_column(index, table.schema.field(name), column)
