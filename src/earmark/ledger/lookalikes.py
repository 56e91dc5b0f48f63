"""Law 5: likeness without a common key is only a finding, and only where the two may be one event."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.reserved import BROUGHT_FORWARD
from earmark.ledger.values import Finding, When

if TYPE_CHECKING:
    from collections.abc import Sequence

LIKELY_DUPLICATE = "likely_duplicate"
_TOLD = ("source", "key", "hash")
_TRANSACTION_HASH = "^0x[0-9a-f]{64}$"

_Teller = tuple[str, int]
"""A series, or a source by itself."""


def likely_duplicates(
    tables: dict[str, pa.Table], holder_names: Sequence[str], series: Sequence[str]
) -> list[Finding]:
    """Find two-leg transactions of different sources with the same time, holders and quantity.

    ``series`` is that of each source. What is brought forward is named by the output that it was, and no two
    outputs are one. Neither are two transactions of one chain: rows with different transaction hashes, and
    rows at two places of one series, unless one transaction hash holds both.
    """
    if len(pc.unique(tables["transactions"].column("source"))) < 2:
        return []
    table = _two_legged(tables)
    same = ["time", "payer", "payee", "commodity", "quantity"]
    wanted = [("source", "count_distinct"), *((name, "list") for name in _TOLD)]
    groups = table.group_by(same).aggregate(wanted)
    groups = groups.filter(pc.greater(groups.column("source_count_distinct"), 1))
    found = ((group, _alike(group, series)) for group in groups.to_pylist())
    findings = [_likely_duplicate(group, keys, holder_names) for group, keys in found if keys]
    return sorted(findings, key=lambda one: one.subjects)


def _two_legged(tables: dict[str, pa.Table]) -> pa.Table:
    transactions, legs = tables["transactions"], tables["legs"]
    tx = legs.column("tx").to_numpy()
    counts = np.bincount(tx, minlength=transactions.num_rows)
    pairs = np.flatnonzero((counts[tx] == 2) & (legs.column("ordinal").to_numpy() == 1))
    out, into = legs.take(pa.array(pairs)), legs.take(pa.array(pairs + 1))
    about = transactions.take(out.column("tx"))
    ref = about.column("ref")
    is_hash = pc.match_substring_regex(pc.fill_null(ref, ""), _TRANSACTION_HASH)
    table = pa.table(
        {
            "time": about.column("time"),
            "payer": out.column("holder"),
            "payee": into.column("holder"),
            "commodity": out.column("commodity"),
            "quantity": out.column("quantity"),
            "source": about.column("source"),
            "key": about.column("key"),
            "hash": pc.if_else(is_hash, ref, pa.scalar(None, ref.type)),
        }
    )
    is_known = pc.and_(pc.is_valid(about.column("time")), pc.is_valid(out.column("quantity")))
    return table.filter(pc.and_(is_known, pc.not_equal(about.column("kind"), BROUGHT_FORWARD)))


def _alike(group: dict[str, Any], series: Sequence[str]) -> list[str]:
    """Return the keys of those rows of a group that may be one event with another row of it.

    Counted and not compared in pairs: a group may hold every row of a record.
    """
    rows = list(zip(*(group[f"{name}_list"] for name in _TOLD), strict=True))
    tellers = [_teller(source, series) for source, _, _ in rows]
    by_hash = Counter(one for _, _, one in rows)
    by_teller = Counter((one, teller) for (_, _, one), teller in zip(rows, tellers, strict=True))
    by_source = Counter((one, source) for source, _, one in rows)
    whole = Counter(tellers)
    found = []
    for (source, key, one), teller in zip(rows, tellers, strict=True):
        if one is None:
            others = len(rows) - whole[teller]
        else:
            others = by_hash[one] - by_source[one, source]
            others += by_hash[None] - by_teller[None, teller]
        if others:
            found.append(key)
    return sorted(found)


def _teller(source: int, series: Sequence[str]) -> _Teller:
    return (series[source], -1) if series[source] else ("", source)


def _likely_duplicate(
    group: dict[str, Any], keys: list[str], holder_names: Sequence[str]
) -> Finding:
    payer, payee = holder_names[group["payer"]], holder_names[group["payee"]]
    reason = (
        f"same time, quantity and holders ({payer} to {payee}) but no common key: both are counted"
    )
    return Finding(LIKELY_DUPLICATE, "1", When(), tuple(keys), (reason,))
