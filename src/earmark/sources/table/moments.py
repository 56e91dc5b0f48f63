"""When each row of a batch happened: one time column, or one for each end of an interval."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.schema import TIME
from earmark.sources.table.batches import Batch
from earmark.sources.table.cells import to_mask, with_default
from earmark.sources.table.plan import Plan
from earmark.sources.table.times import Times, read_times


def read_moments(batch: Batch, plan: Plan) -> Times:
    """Read time and time_end of every row."""
    times = _read(batch, plan, "time", "")
    if not plan.mapping.gives("time_end"):
        return times
    later = _read(batch, plan, "time_end", "unknown")
    last = pc.coalesce(later.end, later.start, times.end)
    faults = later.faults | times.faults
    for row in np.flatnonzero(to_mask(pc.less(last, times.start))).tolist():
        faults.setdefault(row, "time_end: the end lies before the beginning")
    instant = pc.fill_null(pc.equal(last, times.start), fill_value=False)
    last = pc.if_else(instant, pa.scalar(None, TIME), last)
    zoneless = times.zoneless + later.zoneless
    return Times(times.start, last, faults, times.cut + later.cut, zoneless)


def _read(batch: Batch, plan: Plan, meaning: str, default: str) -> Times:
    name = plan.mapping.columns.get(meaning)
    column = batch.columns[name] if name is not None else None
    column = with_default(column, plan.constant(meaning) or default, batch.rows)
    found = read_times(column, plan.times)
    faults = {row: f"{meaning}: {reason}" for row, reason in found.faults.items()}
    return Times(found.start, found.end, faults, found.cut, found.zoneless)
