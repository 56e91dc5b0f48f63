"""Values that one source tells as moved, and another knows to have failed: they did not move.

A source without receipts and traces takes every transaction to have gone through. One that knows better
wins, whichever is listed first. Where both say that they know, it is a disagreement for people to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import schema
from earmark.ledger.draft import Draft
from earmark.ledger.quantity import format_quantity
from earmark.ledger.schema import IN, OUT
from earmark.ledger.values import UNKNOWN_TIME, Finding
from earmark.sources.evm.removing import rows_with, without_transactions

UNSURE = frozenset({"failed transactions", "internal transfers"})
"""What a source lacks that cannot know of every transaction whether it failed."""
_MOVED = r"^[^:]+:0x[0-9a-f]{64}:(value$|call:|ots:|etherscan-internal:)"
_ONLY_VALUE = r":value$"


def without_failed(drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts, values and calls of failed transactions told as observations in all of them."""
    found = list(drafts)
    for teller in drafts:
        observed = teller.observations
        failed = observed.filter(pc.equal(observed.column("kind"), "failed")).column("key")
        values = failed.filter(pc.match_substring_regex(failed, _ONLY_VALUE))
        if not len(values):
            continue
        for place, draft in enumerate(found):
            if draft.files != teller.files:
                found[place] = _overruled(draft, values, teller.files[0][0])
    return found


def _overruled(draft: Draft, values: pa.ChunkedArray, teller: str) -> Draft:
    if not UNSURE & set(draft.lacks):
        return _contradicted(draft, values, teller)
    keys = draft.transactions.column("key")
    events = pc.replace_substring_regex(keys, r"^([^:]+:0x[0-9a-f]{64}:).*$", r"\1value")
    failed = pc.is_in(events, value_set=values.combine_chunks())
    gone = pc.and_(failed, pc.match_substring_regex(keys, _MOVED)).combine_chunks()
    count = pc.sum(gone).as_py() or 0
    if not count:
        return draft
    said = (
        f"{count} movements of failed transactions are not counted: {teller} says that they failed"
    )
    rest = without_transactions(draft, gone)
    return replace(
        rest,
        observations=pa.concat_tables([rest.observations, _observed(draft, gone)]),
        warnings=(*rest.warnings, said),
    )


def _contradicted(draft: Draft, values: pa.ChunkedArray, teller: str) -> Draft:
    gone = rows_with(draft, "key", values.combine_chunks())
    reason = f"{draft.files[0][0]} says that it moved, {teller} that it failed"
    keys = draft.transactions.filter(gone).column("key").to_pylist()
    more = (Finding("disagreement", "1", UNKNOWN_TIME, (key,), (reason,)) for key in keys)
    return replace(draft, findings=(*draft.findings, *more))


def _observed(draft: Draft, gone: pa.Array) -> pa.Table:
    """Return the observations that stand for transactions that did not move what they say."""
    exponents = {one.symbol: one.exponent for one in draft.commodities}
    numbers = pc.indices_nonzero(gone).cast(pa.int64())
    legs = draft.legs.filter(pc.is_in(draft.legs.column("transaction"), value_set=numbers))
    sides = {(leg["transaction"], leg["side"]): leg for leg in legs.to_pylist()}
    rows = (
        draft.transactions.filter(gone).select(["time", "time_end", "locator", "key"]).to_pylist()
    )
    for number, row in zip(numbers.to_pylist(), rows, strict=True):
        out, into = sides[number, OUT], sides[number, IN]
        amount = format_quantity(int(out["quantity"]), exponents.get(out["commodity"], 0))
        text = f"failed: {amount} {out['commodity']} to {into['holder']} did not move"
        row |= {"kind": "failed", "holder": out["holder"], "text": text}
    return pa.Table.from_pylist(rows, schema=schema.OBSERVATIONS)
