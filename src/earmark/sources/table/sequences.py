"""Positions in a source's own sequence, from one column of integers or from several."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.sources.table.batches import NUMBER, Batch, Column
from earmark.sources.table.cells import plain_digits, to_mask

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
_PLAIN = r"^-?[0-9]{1,18}$"
_LIMIT = 1 << 63
_EXACT_FLOATS = 1 << 53


def read_sequence(batch: Batch, names: tuple[str, ...]) -> tuple[list[Integers], dict[int, str]]:
    """Return one array of integers a column, and the rows refused with the reason."""
    parts: list[Integers] = []
    faults: dict[int, str] = {}
    for name in names:
        values, odd = _integers(batch.columns[name])
        parts.append(values)
        faults = {row: f"sequence: {reason}" for row, reason in odd.items()} | faults
    return parts, faults


def _integers(column: Column) -> tuple[Integers, dict[int, str]]:
    plain = to_mask(pc.match_substring_regex(column.texts, _PLAIN))
    safe = pc.if_else(pa.array(plain), column.texts, "0")
    values: Integers = pc.cast(safe, pa.int64()).to_numpy(zero_copy_only=False).copy()
    faults: dict[int, str] = {}
    for row in np.flatnonzero(~plain).tolist():
        try:
            values[row] = parse_integer(column.texts[row].as_py(), int(column.marks[row]))
        except ValueError as error:
            faults[row] = str(error)
    return values, faults


def parse_integer(text: str, marks: int = 0) -> int:
    """Read a whole number below 2^63; a number cell such as 1.5e+07 counts when it is exactly whole."""
    if not text:
        raise ValueError("the cell is empty")
    try:
        number = Decimal(plain_digits(text)) if len(text) <= 40 else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    written_whole = not set(text) & set(".eE")
    limit = _LIMIT if written_whole else _EXACT_FLOATS if marks & NUMBER else 0
    if (
        not number.is_finite()
        or not -limit <= number < limit
        or number != number.to_integral_value()
    ):
        raise ValueError(f"{text[:60]!r} is not a whole number below 2^63")
    return int(number)


def ranks(parts: list[Integers]) -> Integers:
    """Return one position a row: the single part itself, or dense ranks of several in order."""
    if len(parts) == 1:
        return parts[0]
    order = np.lexsort(parts[::-1])
    changed = np.zeros(len(order), np.bool_)
    for part in parts:
        changed[1:] |= part[order][1:] != part[order][:-1]
    found = np.empty(len(order), np.int64)
    found[order] = np.cumsum(changed)
    return found
