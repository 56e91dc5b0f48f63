"""Times of a table: a column of texts as instants or intervals in UTC, with the reason for each refusal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.schema import TIME
from earmark.sources.table.batches import DATE, NUMBER, Column, Mask
from earmark.sources.table.cells import plain_digits, to_mask
from earmark.sources.table.time_texts import (
    EPOCH_UNITS,
    TimeFormat,
    lacks_zone,
    parse_iso,
    parse_number,
    parse_pattern,
)

UNKNOWN = ("unknown", "?")
_PLAIN_ISO = (
    r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{1,6})?(?:Z|\+00:00| ?UTC)?$"
)
_NAIVE_ISO = r"^[^Z+U]*$"
_UTC_SUFFIX = r"(?:Z|\+00:00| ?UTC)$"
# 9999-12-31 in seconds has 12 digits; eleven are always a time before the year 5139.
_PLAIN_NUMBER = r"^[0-9]{{1,{digits}}}$"


@dataclass(frozen=True)
class Times:
    """One column read: ``start`` null is unknown, ``end`` null is an instant.

    ``cut`` counts the times that were finer than a microsecond and lost the rest, ``zoneless`` the clock
    times that carry no zone, where the case names none either.
    """

    start: pa.Array
    end: pa.Array
    faults: dict[int, str]
    cut: int
    zoneless: int = 0


def read_times(column: Column, form: TimeFormat) -> Times:
    """Read a column of times; cells that are not plainly written are read one by one."""
    plain, values = _plain(column, form)
    starts: list[int | None] = []
    ends: list[int | None] = []
    faults: dict[int, str] = {}
    cut = 0
    rows = np.flatnonzero(~plain).tolist()
    known: dict[tuple[str, int], tuple[int | None, int | None, bool]] = {}
    for row in rows:
        cell = (column.texts[row].as_py(), int(column.marks[row]))
        start, end = None, None
        try:
            if cell not in known:
                known[cell] = parse_cell(*cell, form)
            start, end, was_cut = known[cell]
            cut += was_cut
        except (ValueError, OverflowError) as error:
            faults[row] = str(error)
        starts.append(start)
        ends.append(end)
    merged = _merged(values, plain, starts, ends)
    return Times(*merged, faults, cut, _zoneless(column, form, plain, faults))


def _zoneless(column: Column, form: TimeFormat, plain: Mask, faults: dict[int, str]) -> int:
    """Count the clock times without a zone, unless the case names one."""
    if form.is_zone_said:
        return 0
    count = 0
    if form.kind not in EPOCH_UNITS:  # such a column is plain only where all of it is ISO
        naive = to_mask(pc.match_substring_regex(column.texts, _NAIVE_ISO))
        count = int((plain & naive).sum())
    for row in np.flatnonzero(~plain).tolist():
        text = column.texts[row].as_py()
        is_iso = form.kind == "iso" or bool(column.marks[row] & DATE)
        if row not in faults and text.casefold() not in UNKNOWN:
            count += lacks_zone(plain_digits(text), form, is_iso=is_iso)
    return count


def parse_cell(text: str, marks: int, form: TimeFormat) -> tuple[int | None, int | None, bool]:
    """Read one cell as (start, end, whether a fraction was cut) in microseconds since 1970 UTC.

    Raises ValueError with a reason for a person.
    """
    if text.casefold() in UNKNOWN:
        return None, None, False
    if not text:
        raise ValueError('the cell is empty: write unknown there, or constants.time = "unknown"')
    text = plain_digits(text)
    if marks & DATE or form.kind == "iso":
        return parse_iso(text, form.zone)
    if form.kind in EPOCH_UNITS:
        return parse_number(text, form.kind)
    if marks & NUMBER and text.endswith(".0"):
        text = text.removesuffix(".0")
    return parse_pattern(text, form)


def _plain(column: Column, form: TimeFormat) -> tuple[Mask, pa.Array]:
    nothing = np.zeros(len(column.texts), np.bool_), pa.nulls(len(column.texts), pa.int64())
    dated = column.marked(DATE)
    if form.kind in EPOCH_UNITS:
        return _plain_numbers(column, form.kind) if not dated.any() else nothing
    if form.kind != "iso" and not dated.all():
        return nothing
    return _plain_iso(column.texts, form)


def _plain_numbers(column: Column, kind: str) -> tuple[Mask, pa.Array]:
    unit = EPOCH_UNITS[kind]
    digits = 11 + len(str(1_000_000 // unit)) - 1
    plain = to_mask(pc.match_substring_regex(column.texts, _PLAIN_NUMBER.format(digits=digits)))
    safe = pc.if_else(pa.array(plain), column.texts, "0")
    return plain, pc.multiply(pc.cast(safe, pa.int64()), unit)


def _plain_iso(texts: pa.Array, form: TimeFormat) -> tuple[Mask, pa.Array]:
    plain = to_mask(pc.match_substring_regex(texts, _PLAIN_ISO))
    if form.offset_us is None:
        plain &= ~to_mask(pc.match_substring_regex(texts, _NAIVE_ISO))
    safe = pc.if_else(pa.array(plain), texts, "1970-01-01T00:00:00Z")
    local = pc.replace_substring_regex(safe, _UTC_SUFFIX, "")
    try:
        values = pc.cast(pc.cast(local, pa.timestamp("us")), pa.int64())
    except pa.ArrowInvalid:  # some date of the batch does not exist: read them one by one
        return np.zeros(len(texts), np.bool_), pa.nulls(len(texts), pa.int64())
    if form.offset_us:
        naive = pc.match_substring_regex(safe, _NAIVE_ISO)
        values = pc.subtract(values, pc.if_else(naive, form.offset_us, 0))
    return plain, values


def _merged(
    values: pa.Array, plain: Mask, starts: list[int | None], ends: list[int | None]
) -> tuple[pa.Array, pa.Array]:
    end = pa.nulls(len(values), pa.int64())
    if starts:
        slow = pa.array(~plain)
        values = pc.replace_with_mask(values, slow, pa.array(starts, pa.int64()))
        end = pc.replace_with_mask(end, slow, pa.array(ends, pa.int64()))
    return pc.cast(values, TIME), pc.cast(end, TIME)
