"""A pile of movements becomes a draft: in the order of the chain, named, as columns."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from earmark.ledger import schema
from earmark.ledger.draft import Blocks, Draft
from earmark.sources.evm.commodities import Named, Token, named
from earmark.sources.evm.movements import At, Movement, Observed, Phase, Pile
from earmark.sources.evm.places import places
from earmark.sources.evm.wraps import TOLD_TWICE, woven, wraps_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from earmark.ledger.values import Commodity, Link
    from earmark.ledger.wide import Index
    from earmark.sources.evm.chains import Chain

SECOND_US = 1_000_000


class Ordered(NamedTuple):
    """All movements in the order of the chain, and the links between them."""

    movements: list[Movement]
    links: list[Link]
    warnings: tuple[str, ...]


def draft_of(
    pile: Pile,
    chain: Chain,
    files: tuple[tuple[str, str], ...],
    commodities: Mapping[str, Commodity],
    tokens: Mapping[str, Token] | None = None,
    lacks: tuple[str, ...] = (),
) -> Draft:
    """Return the draft of one source; ``files`` are (path inside the case, SHA-256), as ``digests`` gives.

    ``commodities`` are those declared so far by symbol, ``tokens`` what contracts say, by contract. Adds
    to the pile what only the whole shows. Raises EarmarkError where a declared commodity contradicts.
    """
    order = ordered(pile, chain)
    identities = dict.fromkeys(leg.identity for one in order.movements for leg in one.legs)
    names = named(chain, identities, commodities, tokens or {})
    positions = places(order.movements)
    return Draft(
        files=files,
        rows=len(order.movements) + _others(pile),
        transactions=_transactions(order.movements, positions),
        legs=_legs(order.movements, names),
        observations=_observations(pile.observations),
        rejected=_rejected(pile.rejected),
        commodities=tuple(names.by_identity.values()),
        links=tuple(order.links),
        findings=tuple(pile.findings),
        ignored=pile.ignored.total(),
        warnings=(*pile.warnings, *order.warnings, *names.warnings, *_counted(pile, order)),
        lacks=lacks,
        series="" if positions is None else f"eip155:{chain.number}",
        blocks=_blocks(chain, pile, order.movements) if pile.blocks else None,
    )


def _blocks(chain: Chain, pile: Pile, movements: list[Movement]) -> Blocks:
    rows = pa.array([one.at.block for one in movements], pa.int64())
    others = pa.array([one.at.block if one.at else None for one in pile.observations], pa.int64())
    return Blocks(chain.namespace, pile.blocks, rows, others)


def ordered(pile: Pile, chain: Chain) -> Ordered:
    """Order movements: block, transaction, calls and logs as their links need, fee, block things last."""
    movements: list[Movement] = []
    links: list[Link] = []
    unmatched = 0
    for _, group in groupby(sorted(pile.movements, key=_place), key=_transaction):
        mine = list(group)
        if not any(wraps_of(one, chain) for one in mine):
            movements += mine
            continue
        one = woven(mine, chain)
        movements += one.movements
        links += one.links
        pile.findings += one.findings
        unmatched += one.unmatched
        pile.ignored[TOLD_TWICE] += one.told_twice
    pile.ignored += type(pile.ignored)()  # counts of nothing go
    said = (
        f"{unmatched} wraps or unwraps have no payment of the coin beside them and are not linked"
    )
    return Ordered(movements, links, (said,) if unmatched else ())


def _transaction(one: Movement) -> tuple[int, bool, int, str]:
    return one.at.block, one.phase == Phase.BLOCK, one.at.place, one.at.ref


def _place(one: Movement) -> tuple[int, bool, int, str, int, tuple[int, ...]]:
    return (*_transaction(one), one.phase, one.position)


def _others(pile: Pile) -> int:
    return len(pile.observations) + len(pile.rejected) + pile.ignored.total()


def _counted(pile: Pile, order: Ordered) -> tuple[str, ...]:
    inexact = sum(one.inexact for one in order.movements)
    said = [f"{count} ignored: {reason}" for reason, count in sorted(pile.ignored.items())]
    if inexact:
        said.append(f"{inexact} quantities are inexact: stored as floating-point numbers")
    return tuple(said)


def _time(at: At | None) -> int | None:
    return None if at is None or at.time_s is None else at.time_s * SECOND_US


def _times(places: Iterable[At | None]) -> pa.Array:
    return pa.array([_time(at) for at in places], pa.int64()).cast(schema.TIME)


def _transactions(movements: list[Movement], positions: Index | None) -> pa.Table:
    """Return the movements as rows; their own order is the sequence where the chain's is not known."""
    count = len(movements)
    texts = pa.nulls(count, pa.string())
    columns = {
        "key": pa.array([one.key for one in movements], pa.string()),
        "time": _times(one.at for one in movements),
        "time_end": pa.nulls(count, schema.TIME),
        "ref": pa.array([one.at.ref for one in movements], pa.string()),
        "kind": pa.array([one.kind for one in movements], pa.string()),
        "basis": pa.array(["recorded"] * count, pa.string()),
        "sequence": pa.array(np.arange(count) if positions is None else positions, pa.int64()),
        "locator": pa.array([one.locator for one in movements], pa.string()),
        "supersedes": texts,
        "note": texts,
    }
    return pa.table(columns, schema=schema.DRAFT_TRANSACTIONS)


def _legs(movements: list[Movement], names: Named) -> pa.Table:
    legs = [leg for one in movements for leg in one.legs]
    count = len(legs)
    rows = np.repeat(np.arange(len(movements)), [len(one.legs) for one in movements])
    symbols = {identity: one.symbol for identity, one in names.by_identity.items()}
    inexact = [one.inexact for one in movements for _ in one.legs]
    columns = {
        "transaction": pa.array(rows.astype(np.int64)),
        "side": pa.array([leg.side for leg in legs], pa.int8()),
        "holder": pa.array([leg.holder for leg in legs], pa.string()),
        "commodity": pa.array([symbols[leg.identity] for leg in legs], pa.string()),
        "quantity": pa.array([leg.quantity for leg in legs], schema.QUANTITY),
        "low": pa.nulls(count, schema.QUANTITY),
        "high": pa.nulls(count, schema.QUANTITY),
        "spends_key": pa.nulls(count, pa.string()),
        "spends_ordinal": pa.nulls(count, pa.int64()),
        "inexact": pa.array(inexact, pa.bool_()),
    }
    return pa.table(columns, schema=schema.DRAFT_LEGS)


def _observations(rows: list[Observed]) -> pa.Table:
    count = len(rows)
    columns = {
        "time": _times(one.at for one in rows),
        "time_end": pa.nulls(count, schema.TIME),
        "source": pa.nulls(count, pa.int32()),
    }
    for name in ("kind", "holder", "text", "locator", "key"):
        columns[name] = pa.array([getattr(one, name) for one in rows], pa.string())
    return pa.table(
        [columns[name] for name in schema.OBSERVATIONS.names], schema=schema.OBSERVATIONS
    )


def _rejected(rows: list[tuple[str, str, str]]) -> pa.Table:
    names = ("locator", "reason", "text")
    records = [dict(zip(names, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(records, schema=schema.REJECTED)
