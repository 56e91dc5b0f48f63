"""Rows taken out of a draft that was read: what names them goes with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from earmark.ledger.draft import Draft


def without_transactions(draft: Draft, gone: pa.Array) -> Draft:
    """Return a draft without some transactions; ``gone`` is a flag for each row.

    Their legs, links and findings go too. The caller counts them as something else.
    """
    flags = np.asarray(gone.to_numpy(zero_copy_only=False), dtype=bool)
    keys = set(draft.transactions.filter(pa.array(flags)).column("key").to_pylist())
    places = draft.legs.column("transaction").to_numpy()
    numbers = np.cumsum(~flags) - 1
    kept = ~flags[places]
    legs = draft.legs.filter(pa.array(kept))
    legs = legs.set_column(0, legs.schema.field(0), pa.array(numbers[places[kept]], pa.int64()))
    return replace(
        draft,
        transactions=draft.transactions.filter(pa.array(~flags)),
        legs=legs,
        links=tuple(
            one for one in draft.links if not keys & {leg.key for leg in (*one.outs, *one.ins)}
        ),
        findings=tuple(one for one in draft.findings if keys.isdisjoint(one.subjects)),
    )


def rows_with(draft: Draft, column: str, values: pa.Array) -> pa.Array:
    """Return for each transaction whether its text in a column is one of some."""
    return pc.is_in(draft.transactions.column(column), value_set=values).combine_chunks()
