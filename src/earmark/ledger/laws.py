"""Laws 1 and 2 on columns: what every transaction must satisfy, and why one that does not is rejected."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import wide
from earmark.ledger.reserved import BROUGHT_FORWARD, OPENING
from earmark.ledger.schema import IN

if TYPE_CHECKING:
    from earmark.ledger.wide import Index, Mask

NOT_CONSERVED = "out and in differ"
ONE_SIDE_UNKNOWN = "quantity unknown on one side only: write the quantity that conservation gives"
NEGATIVE = "a quantity below zero"
BAD_BOUNDS = "bounds out of order: low <= quantity <= high"
NAMES_NOTHING = "spends an in-leg that is not in the ledger before it"
SPENT_TWICE = "spends more of a named lot than it holds"
RESERVED_KIND = "the kind `opening` is for what the builder adds: write another, such as balance"

RESERVED_HOLDER = f"{OPENING} is for what the builder adds: write another, such as market:unknown"
NOT_BROUGHT_FORWARD = (
    f"a `{BROUGHT_FORWARD}` has two legs of one known quantity: out of {OPENING}, into a holder"
)


def reserved_faults(
    transactions: pa.Table, legs: pa.Table, holder_names: list[str]
) -> dict[int, str]:
    """Return the transactions (by row) that take what is the builder's own, with the reason.

    The kind `opening` is; so is its holder, but for what a record brings forward.
    """
    payer = holder_names.index(OPENING)
    kinds = transactions.column("kind")
    brought = np.flatnonzero(np.asarray(pc.equal(kinds, BROUGHT_FORWARD)))
    pays = _tx_where(legs, pc.equal(legs.column("holder"), payer))
    taken = np.setdiff1d(pays, brought).tolist()
    opened = np.flatnonzero(np.asarray(pc.equal(kinds, "opening"))).tolist()
    odd = brought[~_is_brought_forward(legs, brought, payer)].tolist()
    reasons = ((odd, NOT_BROUGHT_FORWARD), (taken, RESERVED_HOLDER), (opened, RESERVED_KIND))
    return {tx: reason for rows, reason in reasons for tx in rows}


def _is_brought_forward(legs: pa.Table, rows: Index, payer: int) -> Mask:
    """Tell which transactions (by row) are one leg out of a holder and one into another, known and pooled."""
    tx = legs.column("tx").to_numpy()
    first, last = np.searchsorted(tx, rows), np.searchsorted(tx, rows, side="right")
    found = last - first == 2
    out, into = legs.take(pa.array(first[found])), legs.take(pa.array(first[found] + 1))
    fits = (out.column("holder").to_numpy() == payer) & (into.column("holder").to_numpy() != payer)
    fits &= (out.column("side").to_numpy() != IN) & (into.column("side").to_numpy() == IN)
    for leg in (out, into):
        fits &= np.asarray(pc.is_valid(leg.column("quantity")))
    found[found] = fits & np.asarray(pc.is_null(out.column("spends")))
    return found  # type: ignore[no-any-return]


def faults(legs: pa.Table) -> dict[int, str]:
    """Return the transactions that break law 1, with the reason; ``tx`` names them.

    Low and high bounds must conserve like the quantities. A transaction that leaves quantities of a
    commodity unknown on both sides has nothing to add up.
    """
    found: dict[int, str] = {}
    for tx in _negative(legs):
        found.setdefault(int(tx), NEGATIVE)
    for tx in _disordered(legs):
        found.setdefault(int(tx), BAD_BOUNDS)
    bounds = [name for name in ("low", "high") if legs.column(name).null_count < legs.num_rows]
    for column in ("quantity", *bounds):
        for tx, reason in _unbalanced(legs, column):
            found.setdefault(tx, reason)
    return found


def _negative(legs: pa.Table) -> Index:
    low = pc.min_element_wise(legs.column("quantity"), legs.column("low"), legs.column("high"))
    below = pc.less(low, pa.scalar(0, legs.schema.field("quantity").type))
    return _tx_where(legs, below)


def _disordered(legs: pa.Table) -> Index:
    quantity, low, high = (legs.column(name) for name in ("quantity", "low", "high"))
    bad = [pc.greater(low, high), pc.greater(low, quantity), pc.greater(quantity, high)]
    filled = [pc.fill_null(one, False) for one in bad]
    return _tx_where(legs, pc.or_(pc.or_(filled[0], filled[1]), filled[2]))


def _tx_where(legs: pa.Table, mask: pa.ChunkedArray) -> Index:
    chosen = legs.column("tx").filter(pc.fill_null(mask, False))
    return np.unique(chosen.to_numpy())


def _unbalanced(legs: pa.Table, column: str) -> list[tuple[int, str]]:
    tx = legs.column("tx").to_numpy()
    commodity = legs.column("commodity").to_numpy().astype(np.int64)
    order = np.lexsort((commodity, tx))
    starts = wide.run_starts(tx[order], commodity[order])
    if not len(starts):
        return []
    is_in = (legs.column("side").to_numpy() == IN)[order]
    values = legs.column(column)
    if column != "quantity":
        values = pc.coalesce(values, legs.column("quantity"))
    unknown = np.asarray(pc.is_null(values))[order]
    limbs = wide.read_limbs(values)[order] * np.where(is_in, 1, -1)[:, None]
    unequal = ~wide.is_zero(wide.sum_runs(limbs, starts))
    unknown_out = np.add.reduceat(unknown & ~is_in, starts) > 0
    unknown_in = np.add.reduceat(unknown & is_in, starts) > 0
    no_out = np.add.reduceat(~is_in, starts) == 0
    no_in = np.add.reduceat(is_in, starts) == 0
    one_side = unknown_out ^ unknown_in
    bad = (unequal & ~unknown_out & ~unknown_in) | one_side | no_out | no_in
    first = order[starts[bad]]
    reasons = np.where(one_side[bad] & ~no_out[bad] & ~no_in[bad], ONE_SIDE_UNKNOWN, NOT_CONSERVED)
    return [(int(tx[row]), str(why)) for row, why in zip(first, reasons, strict=True)]


def named_faults(legs: pa.Table) -> dict[int, str]:
    """Return the transactions that break law 2: a named lot must exist before and cover its spendings.

    It must cover them in the low and high scenarios too. The first that fit stand. What spends a lot of a
    refused transaction is refused with it; a lot of unknown quantity covers whatever is known of its
    spendings.
    """
    names = legs.filter(pc.is_valid(legs.column("spends")))
    if not names.num_rows:
        return {}
    lot = names.column("spends").to_numpy().astype(np.int64)
    lots = legs.take(pa.array(np.maximum(lot, 0)))
    fits = (lot >= 0) & (lots.column("side").to_numpy() == IN)
    for column in ("holder", "commodity"):
        fits &= lots.column(column).to_numpy() == names.column(column).to_numpy()
    fits &= lots.column("tx").to_numpy() < names.column("tx").to_numpy()
    if fits.all() and not any(_is_overspent(lot, names, lots, bound) for bound in _BOUNDS):
        return {}
    return _refused(lot, names, lots, fits)


_BOUNDS = ("quantity", "low", "high")


def _bound(legs: pa.Table, name: str) -> pa.ChunkedArray:
    """Return the quantities of one scenario; a leg without that bound has its quantity in it."""
    quantity = legs.column("quantity")
    return quantity if name == "quantity" else pc.coalesce(legs.column(name), quantity)


def _is_overspent(lot: Index, names: pa.Table, lots: pa.Table, bound: str) -> bool:
    spending, held = _bound(names, bound), _bound(lots, bound)
    order = np.argsort(lot, kind="stable")
    starts = wide.run_starts(lot[order])
    spent = wide.running_sums(wide.read_limbs(spending)[order], starts)
    left = wide.carried(wide.read_limbs(held)[order] - spent)
    is_known = np.asarray(pc.is_valid(held))[order]
    return bool((wide.is_negative(left) & is_known).any())


def _refused(lot: Index, names: pa.Table, lots: pa.Table, fits: Mask) -> dict[int, str]:
    """Go through the spendings in order; needed only where the columns show that some break the law."""
    found: dict[int, str] = {}
    left = dict(zip(lot.tolist(), _integers(lots), strict=True))
    rows = zip(
        names.column("tx").to_pylist(),
        lot.tolist(),
        _integers(names),
        lots.column("tx").to_pylist(),
        fits.tolist(),
        strict=True,
    )
    for tx, group in groupby(rows, key=itemgetter(0)):
        spendings = list(group)
        if any(not fit or lot_tx in found for *_, lot_tx, fit in spendings):
            found[tx] = NAMES_NOTHING
            continue
        after: dict[int, _Scenarios] = {}
        for _, one, quantities, _, _ in spendings:
            rests = after[one] if one in after else left[one]
            after[one] = _less(rests, quantities)
        short = [_short(rests) for rests in after.values()]
        if any(short):
            found[tx] = next(reason for reason in short if reason)
        else:
            left |= after
    return found


_Scenarios = tuple[int | None, ...]
"""One quantity for each of ``_BOUNDS``; null is unknown."""


def _integers(legs: pa.Table) -> list[_Scenarios]:
    columns = (_bound(legs, name).to_pylist() for name in _BOUNDS)
    return [
        tuple(None if one is None else int(one) for one in row)
        for row in zip(*columns, strict=True)
    ]


def _less(left: _Scenarios, quantities: _Scenarios) -> _Scenarios:
    return tuple(
        rest if rest is None or quantity is None else rest - quantity
        for rest, quantity in zip(left, quantities, strict=True)
    )


def _short(rests: _Scenarios) -> str:
    """Return why a lot does not cover its spendings, or an empty string when it does."""
    below = [
        name for name, rest in zip(_BOUNDS, rests, strict=True) if rest is not None and rest < 0
    ]
    if not below:
        return ""
    return SPENT_TWICE if below[0] == "quantity" else f"{SPENT_TWICE}, by the {below[0]} bounds"
