"""Rows that know no place in their transaction take the key of the one event that they tell.

An explorer lists calls without trace addresses and most token rows without log indexes. Where another
source tells the same transaction, a row with the same payer, payee, commodity and quantity is the same
event: it takes that event's key and becomes evidence of it (law 5). Equal events of one transaction are
interchangeable, so they are matched in order; what is left over keeps its own key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.draft import Draft
from earmark.ledger.lookalikes import LIKELY_DUPLICATE
from earmark.ledger.values import UNKNOWN_TIME, Finding, LegName, Link
from earmark.sources.evm.branches import on_one_branch
from earmark.sources.evm.commodities import DISPLAY
from earmark.sources.evm.overruling import without_failed

_EVENT = r"^[^:]+:0x[0-9a-f]{64}:"
PLACED = _EVENT + r"(call|log):[0-9.]+$"
NUMBERED = _EVENT + r"ots:[0-9]+$"
PLACELESS = _EVENT + r"(etherscan-(internal|erc20|erc721)|ots):"
IN_DISPLAYED_AMOUNTS = (
    "same transaction, token and holders, but no common key: both are counted, in two commodities, "
    "for nothing says how many decimals the token has"
)

_Event = tuple[str, tuple[tuple[object, ...], ...]]
"""What makes two rows one event: namespace and transaction, and the legs."""
_Keys = dict[_Event, list[str]]


def matched(drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts of a case's EVM sources, placeless rows under the keys of the events they tell.

    What a source knows to have failed moves in none of them, and of two blocks at one height one counts.
    """
    drafts = on_one_branch(drafts)
    placeless = [_chosen(draft, PLACELESS) for draft in drafts]
    if any(rows.num_rows for rows in placeless):
        refs = pc.unique(pa.concat_tables(placeless).column("ref"))
        known = _keys_of_events(drafts, NUMBERED, refs) | _keys_of_events(drafts, PLACED, refs)
        drafts = [_rekeyed(*pair, known) for pair in zip(drafts, placeless, strict=True)]
    return _with_exact_told(without_failed(drafts))


def _keys_of_events(drafts: Sequence[Draft], pattern: str, refs: pa.Array) -> _Keys:
    """Return the keys of each event of some transactions, without repetition, as the sources list them."""
    found: dict[_Event, dict[str, None]] = {}
    for draft in drafts:
        for key, event in _events(draft, _chosen(draft, pattern, refs)):
            found.setdefault(event, {})[key] = None
    return {event: list(keys) for event, keys in found.items()}


def _chosen(draft: Draft, pattern: str, refs: pa.Array | None = None) -> pa.Table:
    """Return row, key and ref of the transactions whose keys are of a form, of some hashes only."""
    table = draft.transactions.select(["key", "ref"])
    table = table.append_column("row", pa.array(np.arange(table.num_rows)))
    if refs is not None:
        table = table.filter(pc.is_in(table.column("ref"), value_set=refs))
    return table.filter(pc.match_substring_regex(table.column("key"), pattern))


def _events(draft: Draft, chosen: pa.Table) -> Iterator[tuple[str, _Event]]:
    """Yield the key and the event of each chosen row."""
    numbers = chosen.column("row")
    names = ["transaction", "side", "holder", "commodity", "quantity"]
    legs = draft.legs.select(names)
    legs = legs.filter(pc.is_in(legs.column("transaction"), value_set=numbers.combine_chunks()))
    told: dict[int, list[tuple[object, ...]]] = {}
    for leg in legs.to_pylist():
        told.setdefault(leg["transaction"], []).append(tuple(leg[name] for name in names[1:]))
    for row in chosen.to_pylist():
        transaction = ":".join(row["key"].split(":")[:2])
        yield row["key"], (transaction, tuple(told[row["row"]]))


def _rekeyed(draft: Draft, placeless: pa.Table, known: _Keys) -> Draft:
    """Give each placeless row the next key of its event, and let what names the row follow."""
    taken: Counter[_Event] = Counter()
    new: dict[str, str] = {}
    displayed: list[tuple[str, _Event]] = []
    for key, event in _events(draft, placeless):
        keys = known.get(event, [])
        if taken[event] < len(keys):
            new[key] = keys[taken[event]]
            taken[event] += 1
        elif str(event[1][0][2]).endswith(DISPLAY):
            displayed.append((key, event))
    findings = [_followed(one, new) for one in draft.findings]
    return replace(
        draft,
        transactions=_with_keys(draft.transactions, new),
        links=tuple(_linked(one, new) for one in draft.links),
        findings=(*findings, *_lookalikes(displayed, known)),
    )


def _with_keys(transactions: pa.Table, new: dict[str, str]) -> pa.Table:
    if not new:
        return transactions
    keys = [new.get(key, key) for key in transactions.column("key").to_pylist()]
    place = transactions.schema.get_field_index("key")
    return transactions.set_column(place, transactions.schema.field(place), pa.array(keys))


def _followed(one: Finding, new: dict[str, str]) -> Finding:
    subjects = tuple(new.get(key, key) for key in one.subjects)
    return Finding(one.kind, one.version, one.when, subjects, one.reasons, one.score, one.evidence)


def _linked(one: Link, new: dict[str, str]) -> Link:
    def names(legs: tuple[LegName, ...]) -> tuple[LegName, ...]:
        return tuple(LegName(new.get(leg.key, leg.key), leg.ordinal) for leg in legs)

    what, _, key = one.name.partition(":")
    name = f"{what}:{new.get(key, key)}"
    return Link(name, one.basis, names(one.outs), names(one.ins), one.note, one.evidence)


def _lookalikes(displayed: list[tuple[str, _Event]], known: _Keys) -> Iterator[Finding]:
    """Yield a finding for each group of amounts as displayed that another source tells in smallest units."""
    units: dict[_Event, list[str]] = {}
    for event, keys in known.items():
        units.setdefault(_without_amounts(event), []).extend(keys)
    groups: dict[_Event, list[str]] = {}
    for key, event in displayed:
        groups.setdefault(_without_amounts(event), []).append(key)
    for event, keys in groups.items():
        if event in units:
            subjects = tuple(sorted([*keys, *units[event]]))
            yield Finding(LIKELY_DUPLICATE, "1", UNKNOWN_TIME, subjects, (IN_DISPLAYED_AMOUNTS,))


def _without_amounts(event: _Event) -> _Event:
    transaction, legs = event
    return transaction, tuple((*leg[:2], str(leg[2]).removesuffix(DISPLAY)) for leg in legs)


def _with_exact_told(drafts: Sequence[Draft]) -> list[Draft]:
    """Warn of inexact quantities that stand though a source listed later has them exactly."""
    found = list(drafts)
    for place, draft in enumerate(drafts):
        inexact = _keys_by_exactness(draft, is_inexact=True)
        for later in drafts[place + 1 :] if len(inexact) else ():
            exact = _keys_by_exactness(later, is_inexact=False)
            count = pc.sum(pc.is_in(inexact, value_set=exact)).as_py() or 0
            if count:
                said = (
                    f"{count} inexact quantities stand though {later.files[0][0]} tells them exactly: "
                    "list that source first"
                )
                found[place] = replace(found[place], warnings=(*found[place].warnings, said))
    return found


def _keys_by_exactness(draft: Draft, *, is_inexact: bool) -> pa.Array:
    legs = draft.legs
    chosen = legs.filter(pc.equal(legs.column("inexact"), is_inexact)).column("transaction")
    return pc.unique(draft.transactions.column("key").take(pc.unique(chosen)))
