"""A batch of rows becomes transactions with their legs, observations, and refusals with a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import schema
from earmark.ledger.values import Basis
from earmark.sources.table.amounts import Amounts, read_amounts
from earmark.sources.table.batches import ROWS_PER_BATCH, TEXT_MAX, Batch, Mask
from earmark.sources.table.cells import (
    NOTE_MAX,
    name_faults,
    null_if_empty,
    shown_texts,
    to_mask,
    with_default,
)
from earmark.sources.table.holders import read_holders, read_keys
from earmark.sources.table.moments import read_moments
from earmark.sources.table.plan import Plan, whole_cell
from earmark.sources.table.sequences import Integers, read_sequence
from earmark.sources.table.times import Times

KIND_MAX = 60
_BASES = get_args(Basis)


@dataclass(frozen=True)
class Chunk:
    """One batch converted; ``legs`` count transactions from 0 inside it.

    ``sequence`` has one array a part for the kept rows. ``labels`` are distinct (holder, label) pairs in
    order of appearance. ``ignored`` counts rows by the place of the rule.
    """

    rows: int
    transactions: pa.Table
    legs: pa.Table
    observations: pa.Table
    rejected: pa.Table
    sequence: tuple[Integers, ...]
    labels: tuple[tuple[str, str], ...]
    ignored: tuple[int, ...]
    cut: int
    zoneless: int
    changed: int
    inexact: int


@dataclass(frozen=True)
class _Parties:
    payer: pa.Array
    payee: pa.Array
    faults: dict[int, str]


@dataclass(frozen=True)
class _Words:
    columns: dict[str, pa.Array]
    faults: dict[int, str]
    changed: int


def convert(batch: Batch, plan: Plan) -> Chunk:
    """Convert a batch; no row raises: each is kept, observed, ignored or refused."""
    ignored = _ignored(batch, plan)
    times = read_moments(batch, plan)
    parties = _parties(batch, plan)
    amounts = read_amounts(batch, plan)
    words = _words(batch, plan)
    sequence, odd = read_sequence(batch, plan.mapping.sequence)
    faults: dict[int, str] = {}
    parts = (batch.faults, times.faults, parties.faults, amounts.faults, words.faults, odd)
    for found in reversed(parts):  # the first in this order is the reason that is told
        faults |= found
    refused = np.zeros(batch.rows, np.bool_)
    refused[list(faults)] = True
    refused &= ignored < 0
    usable = (ignored < 0) & ~refused
    observed = usable & (amounts.zero | amounts.too_large)
    kept = usable & ~observed
    labels, changed = _labels(batch, plan, parties, usable)
    return Chunk(
        batch.rows,
        _transactions(batch, times, words, kept),
        _legs(parties, amounts, kept),
        _observations(batch, times, parties, amounts, words, observed),
        _rejected(batch, faults, refused),
        tuple(part[kept] for part in sequence),
        labels,
        tuple(int((ignored == rule).sum()) for rule in range(len(plan.ignore))),
        times.cut,
        times.zoneless,
        words.changed + changed,
        int((amounts.inexact & kept).sum()),
    )


def _ignored(batch: Batch, plan: Plan) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the place of the first rule that leaves a row out, or -1."""
    found = np.full(batch.rows, -1, np.int64)
    for place, rule in reversed(list(enumerate(plan.ignore))):
        texts = batch.columns[rule.column].texts
        if rule.equals is not None:
            hit = pc.equal(texts, rule.equals.strip())
        else:
            hit = pc.match_substring_regex(texts, whole_cell(rule.matches or ""))
        found[to_mask(hit)] = place
    found[list(batch.faults)] = -1
    return found


def _texts(batch: Batch, plan: Plan, meaning: str, default: str = "") -> pa.Array:
    name = plan.mapping.columns.get(meaning)
    column = batch.columns[name] if name is not None else None
    return with_default(column, plan.constant(meaning) or default, batch.rows).texts


def _parties(batch: Batch, plan: Plan) -> _Parties:
    payer, odd_payer = read_holders(_texts(batch, plan, "payer"), plan.namespace, "payer")
    payee, odd_payee = read_holders(_texts(batch, plan, "payee"), plan.namespace, "payee")
    return _Parties(payer, payee, odd_payee | odd_payer)


def _words(batch: Batch, plan: Plan) -> _Words:
    keys, refs = _texts(batch, plan, "key"), _texts(batch, plan, "ref")
    faults = name_faults(refs, "ref") | name_faults(keys, "key")
    if plan.key_prefix:
        keys = pc.if_else(
            pc.equal(keys, ""), "", pc.binary_join_element_wise(plan.key_prefix, keys, "")
        )
    kinds, odd = _kinds(_texts(batch, plan, "kind", "payment"))
    faults = odd | faults
    bases = pc.utf8_lower(_texts(batch, plan, "basis", "recorded"))
    strange = pc.invert(pc.is_in(bases, pa.array(_BASES)))
    for row in np.flatnonzero(to_mask(strange)).tolist():
        text = bases[row].as_py()[:60]
        faults.setdefault(row, f"basis: {text!r} is none of {', '.join(_BASES)}")
    notes, changed = shown_texts(_texts(batch, plan, "note"), NOTE_MAX)
    columns = {
        "key": null_if_empty(read_keys(keys)),
        "ref": refs,
        "kind": kinds,
        "basis": bases,
        "note": notes,
    }
    return _Words(columns, faults, changed)


def _kinds(texts: pa.Array) -> tuple[pa.Array, dict[int, str]]:
    encoded = pc.dictionary_encode(texts)
    words = [
        re.sub(r"\W+", "_", text.lower()).strip("_") for text in encoded.dictionary.to_pylist()
    ]
    kinds = pa.array(words, pa.string()).take(encoded.indices)
    lengths = pc.utf8_length(kinds)
    odd = pc.or_(pc.equal(lengths, 0), pc.greater(lengths, KIND_MAX))
    reason = f"kind: no word of at most {KIND_MAX} letters"
    return kinds, dict.fromkeys(np.flatnonzero(to_mask(odd)).tolist(), reason)


def _labels(
    batch: Batch, plan: Plan, parties: _Parties, usable: Mask
) -> tuple[tuple[tuple[str, str], ...], int]:
    found: dict[tuple[str, str], None] = {}
    changed = 0
    for meaning, holders in (("payer_label", parties.payer), ("payee_label", parties.payee)):
        if not plan.mapping.gives(meaning):
            continue
        texts, count = shown_texts(_texts(batch, plan, meaning))
        changed += count
        named = pa.array(usable & ~to_mask(pc.equal(texts, "")))
        # No holder holds a tab: control characters are refused there.
        pairs = pc.binary_join_element_wise(holders.filter(named), texts.filter(named), "\t")
        for pair in pc.unique(pairs).to_pylist():
            holder, _, label = pair.partition("\t")
            found[holder, label] = None
    return tuple(found), changed


def _transactions(batch: Batch, times: Times, words: _Words, kept: Mask) -> pa.Table:
    count = int(kept.sum())
    columns = words.columns | {
        "time": times.start,
        "time_end": times.end,
        "sequence": _nulls(pa.int64(), batch.rows),
        "locator": batch.locators,
        "supersedes": pa.repeat(pa.scalar("", pa.string()), batch.rows),
    }
    if count == 0:
        return schema.DRAFT_TRANSACTIONS.empty_table()
    table = pa.table({name: columns[name] for name in schema.DRAFT_TRANSACTIONS.names})
    return table.filter(pa.array(kept)).cast(schema.DRAFT_TRANSACTIONS)


def _legs(parties: _Parties, amounts: Amounts, kept: Mask) -> pa.Table:
    rows = np.flatnonzero(kept)
    twice = pa.array(np.repeat(rows, 2))
    count = len(rows)
    # Payers stand first, payees after them; the places alternate between the two halves.
    places = np.stack([rows, rows + len(kept)], axis=1).reshape(-1)
    return pa.table(
        {
            "transaction": pa.array(np.repeat(np.arange(count, dtype=np.int64), 2)),
            "side": pa.array(np.tile(np.array([schema.OUT, schema.IN], np.int8), count)),
            "holder": pa.concat_arrays([parties.payer, parties.payee]).take(pa.array(places)),
            "commodity": amounts.symbols.take(twice),
            "quantity": amounts.quantity.take(twice),
            "low": _taken(amounts.low, twice),
            "high": _taken(amounts.high, twice),
            "spends_key": _nulls(pa.string(), 2 * count),
            "spends_ordinal": _nulls(pa.int64(), 2 * count),
            "inexact": pa.array(amounts.inexact).take(twice),
        },
        schema=schema.DRAFT_LEGS,
    )


def _taken(values: pa.Array, rows: pa.Array) -> pa.Array:
    if values.null_count == len(values):
        return _nulls(values.type, len(rows))
    return values.take(rows)


def _nulls(kind: pa.DataType, count: int) -> pa.Array:
    """Return nulls; the batches of a table share the memory of theirs."""
    if count > len(shared := _shared_nulls(kind)):
        return pa.nulls(count, kind)
    return shared.slice(0, count)


@cache
def _shared_nulls(kind: pa.DataType) -> pa.Array:
    return pa.nulls(2 * ROWS_PER_BATCH, kind)


def _observations(
    batch: Batch, times: Times, parties: _Parties, amounts: Amounts, words: _Words, observed: Mask
) -> pa.Table:
    rows = pa.array(np.flatnonzero(observed))
    amount = pc.utf8_slice_codeunits(amounts.texts.take(rows), 0, TEXT_MAX)
    payer, payee = parties.payer.take(rows), parties.payee.take(rows)
    moved = pc.binary_join_element_wise(amount, amounts.symbols.take(rows), " ")
    text = pc.binary_join_element_wise(payer, "->", payee, moved, " ")
    kinds = pc.if_else(pa.array(amounts.too_large).take(rows), "too_large", "zero_value")
    return pa.table(
        {
            "time": times.start.take(rows),
            "time_end": times.end.take(rows),
            "kind": kinds,
            "holder": payer,
            "text": text,
            "source": pa.nulls(len(rows), pa.int32()),
            "locator": batch.locators.take(rows),
            "key": words.columns["key"].take(rows),
        },
        schema=schema.OBSERVATIONS,
    )


def _rejected(batch: Batch, faults: dict[int, str], refused: Mask) -> pa.Table:
    rows = np.flatnonzero(refused).tolist()
    texts, _ = shown_texts(pa.array([batch.row_text(row) for row in rows], pa.string()), TEXT_MAX)
    return pa.table(
        {
            "source": pa.nulls(len(rows), pa.int32()),
            "locator": batch.locators.take(pa.array(rows, pa.int64())),
            "reason": pa.array([faults[row] for row in rows], pa.string()),
            "text": texts,
        },
        schema=schema.REJECTED,
    )
