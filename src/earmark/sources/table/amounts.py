"""Quantities with their bounds over a batch, each row in its own commodity."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.errors import near_miss
from earmark.ledger.schema import QUANTITY
from earmark.ledger.values import Commodity
from earmark.sources.table.batches import Batch, Column, Mask
from earmark.sources.table.cells import to_mask, with_default
from earmark.sources.table.plan import Plan
from earmark.sources.table.quantities import Quantities, read_quantities

_ZERO = pa.scalar(Decimal(0), QUANTITY)


@dataclass(frozen=True)
class Amounts:
    """Per row: the commodity's symbol, the quantity and its bounds, and what became of odd ones."""

    symbols: pa.Array
    texts: pa.Array
    quantity: pa.Array
    low: pa.Array
    high: pa.Array
    inexact: Mask
    zero: Mask
    too_large: Mask
    faults: dict[int, str]


def read_amounts(batch: Batch, plan: Plan) -> Amounts:
    """Read commodity, quantity, low and high of every row."""
    symbols = _column(batch, plan, "commodity", "").texts
    commodities, codes, faults = _commodities(symbols, plan)
    bounded = plan.mapping.gives("low") or plan.mapping.gives("high")
    given = _column(batch, plan, "quantity", "unknown" if bounded else "")
    parts = {"quantity": given}
    parts |= {side: _column(batch, plan, side, "unknown") for side in ("low", "high")}
    read = {
        name: _by_commodity(column, commodities, codes, plan)
        for name, column in parts.items()
        if plan.mapping.gives(name) or name == "quantity"
    }
    too_large = np.zeros(batch.rows, np.bool_)
    inexact = np.zeros(batch.rows, np.bool_)
    for name, found in read.items():
        too_large[list(found.too_large)] = True
        inexact |= found.inexact
        faults = {row: f"{name}: {reason}" for row, reason in found.faults.items()} | faults
    unknown = pa.nulls(batch.rows, QUANTITY)
    values = {name: found.values for name, found in read.items()}
    quantity, low, high = (values.get(name, unknown) for name in ("quantity", "low", "high"))
    zero = to_mask(pc.equal(quantity, _ZERO))
    faults = _bound_faults(quantity, low, high, zero) | faults
    return Amounts(symbols, given.texts, quantity, low, high, inexact, zero, too_large, faults)


def _column(batch: Batch, plan: Plan, meaning: str, default: str) -> Column:
    name = plan.mapping.columns.get(meaning)
    column = batch.columns[name] if name is not None else None
    return with_default(column, plan.constant(meaning) or default, batch.rows)


def _commodities(
    symbols: pa.Array, plan: Plan
) -> tuple[list[Commodity], np.ndarray[tuple[int], np.dtype[np.int32]], dict[int, str]]:
    """Return the commodities in use, each row's place among them, and rows that name no known one."""
    encoded = pc.dictionary_encode(symbols)
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    found: list[Commodity] = []
    faults: dict[int, str] = {}
    for code, symbol in enumerate(encoded.dictionary.to_pylist()):
        if symbol in plan.commodities:
            found.append(plan.commodities[symbol])
            continue
        found.append(Commodity("?", 0))
        guess = near_miss(symbol, plan.commodities)
        reason = f"commodity: {symbol[:60]!r} is not a commodity of this case"
        reason += f"; the nearest is {guess}" if guess else ""
        faults |= dict.fromkeys(np.flatnonzero(codes == code).tolist(), reason)
    return found, codes, faults


def _by_commodity(
    column: Column,
    commodities: list[Commodity],
    codes: np.ndarray[tuple[int], np.dtype[np.int32]],
    plan: Plan,
) -> Quantities:
    if len(commodities) == 1:
        return read_quantities(column, commodities[0], plan.numbers)
    order: list[int] = []
    values = [pa.array([], QUANTITY)]
    inexact = np.zeros(len(codes), np.bool_)
    faults: dict[int, str] = {}
    too_large: list[int] = []
    for code, commodity in enumerate(commodities):
        rows = np.flatnonzero(codes == code)
        part = Column(column.texts.take(pa.array(rows)), column.marks[rows])
        found = read_quantities(part, commodity, plan.numbers)
        order += rows.tolist()
        values.append(found.values)
        inexact[rows] = found.inexact
        faults |= {int(rows[row]): reason for row, reason in found.faults.items()}
        too_large += [int(rows[row]) for row in found.too_large]
    back = np.argsort(np.array(order, np.int64), kind="stable")
    return Quantities(
        pa.concat_arrays(values).take(pa.array(back)), inexact, faults, tuple(too_large)
    )


def _bound_faults(quantity: pa.Array, low: pa.Array, high: pa.Array, zero: Mask) -> dict[int, str]:
    if low.null_count == len(low) and high.null_count == len(high):
        return {}
    checks = (
        (to_mask(pc.greater(low, high)), "low is above high"),
        (to_mask(pc.greater(low, quantity)), "low is above the quantity"),
        (zero & to_mask(pc.greater(high, _ZERO)), "zero with an upper bound: write unknown there"),
        (to_mask(pc.less(high, quantity)), "high is below the quantity"),
    )
    return {row: why for wrong, why in reversed(checks) for row in np.flatnonzero(wrong).tolist()}
