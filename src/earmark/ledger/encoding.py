"""Names to positions: holders, commodities and named lots, and the tables that hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import schema
from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.reserved import OPENING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.draft import Draft
    from earmark.ledger.rows import Rows
    from earmark.ledger.values import Commodity
    from earmark.ledger.wide import Index


class Encoder:
    """Holders and commodities by position, in order of first appearance."""

    def __init__(self, drafts: Sequence[Draft], commodities: Sequence[Commodity]) -> None:
        """Learn the declared commodities; two exponents for one symbol are an error."""
        self.drafts = drafts
        self.holder_names: list[str] = []
        declared = [*commodities, *(c for draft in drafts for c in draft.commodities)]
        by_symbol: dict[str, Commodity] = {}
        for one in declared:
            other = by_symbol.setdefault(one.symbol, one)
            if other.exponent != one.exponent:
                raise EarmarkError(
                    f"commodity {one.symbol} is declared with exponents "
                    f"{other.exponent} and {one.exponent}"
                )
        self.commodities = list(by_symbol.values())

    def encode_holders(self, legs: pa.Table) -> pa.Array:
        """Return the legs' holder positions and learn the names."""
        declared = [holder.name for draft in self.drafts for holder in draft.holders]
        found = pc.unique(legs.column("holder")).to_pylist()
        self.holder_names = list(dict.fromkeys([OPENING, *found, *declared]))
        return pc.index_in(
            legs.column("holder"), value_set=pa.array(self.holder_names, pa.string())
        )

    def encode_commodities(self, legs: pa.Table) -> pa.Array:
        """Return the legs' commodity positions; an undeclared one is an error with a near miss."""
        symbols = [one.symbol for one in self.commodities]
        encoded = pc.index_in(legs.column("commodity"), value_set=pa.array(symbols, pa.string()))
        if encoded.null_count:
            missing = legs.column("commodity").filter(pc.is_null(encoded))[0].as_py()
            raise EarmarkError(
                f"commodity {missing!r} is not declared",
                expected="a [[commodity]] in case.toml or a commodity line in the notation",
                near_miss=near_miss(str(missing), symbols),
            )
        return encoded


def encoded_tables(rows: Rows, encoder: Encoder) -> dict[str, pa.Table]:
    """Return transactions (with the builder's own columns), legs and evidence by position."""
    transactions, legs = rows.transactions, rows.legs
    tx = legs.column("transaction").to_numpy()
    first = np.searchsorted(tx, np.arange(transactions.num_rows + 1))
    ordinal = np.arange(len(tx)) - first[tx] + 1
    kept = (*schema.TRANSACTIONS.names[1:-1], "row", "source", "locator")
    columns = {name: transactions.column(name) for name in kept}
    number = pa.array(np.arange(transactions.num_rows, dtype=np.int64))
    return {
        "transactions": pa.table(
            {"tx": number, **columns, "sequenced": pc.is_valid(transactions.column("sequence"))}
        ),
        "legs": pa.table(
            {
                "tx": pa.array(tx),
                "leg": pa.array(np.arange(len(tx), dtype=np.int64)),
                "ordinal": pa.array(ordinal),
                "holder": encoder.encode_holders(legs),
                "commodity": encoder.encode_commodities(legs),
                **{name: legs.column(name) for name in ("quantity", "low", "high", "side")},
                "spends": _spends(transactions, legs, first),
                "inexact": legs.column("inexact"),
            },
            schema=schema.LEGS,
        ),
        "evidence": _evidence(rows),
    }


def _spends(transactions: pa.Table, legs: pa.Table, first: Index) -> pa.Array:
    """Resolve named lots to in-legs; a name that fits nothing becomes -1, which law 2 rejects."""
    keys = legs.column("spends_key")
    if keys.null_count == legs.num_rows:
        return pa.nulls(legs.num_rows, pa.int64())
    named = np.flatnonzero(np.asarray(pc.is_valid(keys)))
    tx = pc.index_in(keys, value_set=transactions.column("key").combine_chunks())
    result = np.zeros(legs.num_rows, dtype=np.int64)
    ordinals = legs.column("spends_ordinal").to_pylist()
    holders, symbols = legs.column("holder"), legs.column("commodity")
    sides = legs.column("side").to_numpy()
    for leg in named:
        target = tx[leg].as_py()
        result[leg] = -1
        if target is None:
            continue
        span = range(int(first[target]), int(first[target + 1]))
        if ordinals[leg] is not None:
            fits = [span[ordinals[leg] - 1]] if 0 < ordinals[leg] <= len(span) else []
        else:
            fits = [
                one
                for one in span
                if sides[one] and holders[one] == holders[leg] and symbols[one] == symbols[leg]
            ]
        result[leg] = fits[0] if len(fits) == 1 else -1
    return pa.array(result, mask=np.asarray(pc.is_null(keys)))


def _evidence(rows: Rows) -> pa.Table:
    """List each transaction's own place first, then the evidence named beside it."""
    count = rows.transactions.num_rows
    own = pa.table(
        {
            "tx": pa.array(np.arange(count, dtype=np.int64)),
            "source": rows.transactions.column("source"),
            "locator": rows.transactions.column("locator"),
            "role": pa.array(["supporting"] * count, pa.string()),
        },
        schema=schema.EVIDENCE,
    )
    extra = rows.evidence.rename_columns({"transaction": "tx"}).cast(schema.EVIDENCE)
    return pa.concat_tables([own, extra])
