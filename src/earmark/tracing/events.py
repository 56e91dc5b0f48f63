"""From columns to the plain events that the reference engine reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from earmark.ledger.reserved import end_role, is_unknown
from earmark.ledger.schema import IN
from earmark.tracing.values import Event, Leg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from earmark.ledger.ledger import Ledger
    from earmark.ledger.wide import Index

CHUNK = 65536


def events_of(ledger: Ledger, transactions: Index | None = None) -> Iterator[Event]:
    """Yield transactions in ledger order: all, or those at the given positions (sorted)."""
    count = ledger.tables["transactions"].num_rows
    chosen = np.arange(count) if transactions is None else transactions
    for first in range(0, len(chosen), CHUNK):
        yield from _events(ledger, chosen[first : first + CHUNK])


def _events(ledger: Ledger, chosen: Index) -> Iterator[Event]:
    firsts, lasts = ledger.first_legs[chosen], ledger.first_legs[chosen + 1]
    lengths = lasts - firsts
    rows = np.repeat(firsts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    legs = ledger.tables["legs"].take(pa.array(rows))
    told = ledger.tables["transactions"].select(_TIME_COLUMNS).take(pa.array(chosen))
    order, first, last = (one.cast(pa.int64()).to_pylist() for one in told.columns)
    plain = [
        Leg(
            position,
            holder,
            commodity,
            None if quantity is None else int(quantity),
            side == IN,
            spends,
        )
        for position, holder, commodity, quantity, side, spends in zip(
            *(legs.column(name).to_pylist() for name in _LEG_COLUMNS), strict=True
        )
    ]
    start = 0
    for tx, order_us, first_us, last_us, length in zip(
        chosen.tolist(), order, first, last, lengths.tolist(), strict=True
    ):
        span_us = (first_us, first_us if last_us is None else last_us)
        yield Event(tx, order_us, span_us, tuple(plain[start : start + length]))
        start += length


_TIME_COLUMNS = ["order_time", "time", "time_end"]
_LEG_COLUMNS = ("leg", "holder", "commodity", "quantity", "side", "spends")


def named_lots(ledger: Ledger) -> frozenset[int]:
    """Return the in-legs that some out-leg spends by name."""
    return frozenset(ledger.column("legs", "spends").drop_null().to_pylist())


def reserved_roles(ledger: Ledger) -> Callable[[int], str]:
    """Return the reserved role of a holder by position; ``unknown`` where the record does not say."""
    roles = [
        end_role(name) or ("unknown" if is_unknown(name) else "") for name in ledger.holder_names
    ]
    return roles.__getitem__
