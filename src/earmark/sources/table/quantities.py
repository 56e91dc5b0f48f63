"""Quantities of a table: exact integers of the smallest unit, a whole column at once where it is plain."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.errors import EarmarkError
from earmark.ledger.quantity import LIMIT, TooFineError, TooLargeError, parse_quantity
from earmark.ledger.schema import QUANTITY
from earmark.ledger.values import Commodity
from earmark.sources.settings import TableFormat
from earmark.sources.table.batches import DATE, INEXACT, NUMBER, Column, Mask
from earmark.sources.table.cells import plain_digits, to_mask

DIGITS_MAX = 38
UNKNOWN = ("unknown", "?")
_ALWAYS_GROUP = "٬"
_ALWAYS_DECIMAL = "٫"
_KINDS_OF_SPACE = "\u00a0\u2009\u202f"
_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,64}")
_SHAPE = re.compile(r"([+-]?)([^eE]*?)(?:[eE]([+-]?[0-9]{1,4}))?")
_EXACTLY = Context(prec=1_000, Emax=999_999, Emin=-999_999)


@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written: the decimal character, grouping characters, the unit, and rounding."""

    decimal: str
    groups: str
    smallest: bool
    rounding: bool


@dataclass(frozen=True)
class Quantities:
    """One column read: ``values`` is decimal(38, 0), null where unknown, refused or too large.

    ``too_large`` rows hold 10^38 smallest units or more; ``faults`` are rows refused, with the reason.
    """

    values: pa.Array
    inexact: Mask
    faults: dict[int, str]
    too_large: tuple[int, ...]


def number_format(settings: TableFormat) -> NumberFormat:
    """Check the settings; raises EarmarkError for characters that would leave a number ambiguous."""
    if settings.decimal not in (".", ",", _ALWAYS_DECIMAL):
        raise EarmarkError(
            f"format.decimal is {settings.decimal!r}", file="case.toml", expected="'.', ',' or '٫'"
        )
    for character in settings.group:
        if character.isalnum() or character in "+-" or character == settings.decimal:
            raise EarmarkError(
                f"format.group holds {character!r}",
                file="case.toml",
                expected="characters that are no digit, letter or sign and not format.decimal",
            )
    groups = settings.group + _ALWAYS_GROUP
    groups += _KINDS_OF_SPACE if " " in groups else ""
    groups += "\u2019" if "'" in groups else ""
    return NumberFormat(settings.decimal, groups, settings.unit == "smallest", settings.round)


def read_quantities(column: Column, commodity: Commodity, numbers: NumberFormat) -> Quantities:
    """Read a column of one commodity; cells that are not plainly written are read one by one."""
    exponent = 0 if numbers.smallest else commodity.exponent
    candidates = _with_full_stop(column, numbers)
    plain = _plain(candidates, exponent) & ~column.marked(DATE)
    values = _cast_plain(candidates, plain, exponent)
    plain |= to_mask(pc.equal(candidates, UNKNOWN[0]))  # these are null already
    inexact = column.marked(INEXACT)
    faults: dict[int, str] = {}
    too_large: list[int] = []
    slow: list[int | None] = []
    for row in np.flatnonzero(~plain).tolist():
        value, rounded = None, False
        try:
            value, rounded = _read_one(column, row, commodity, numbers)
        except TooLargeError:
            too_large.append(row)
        except ValueError as error:
            faults[row] = str(error)
        slow.append(value)
        inexact[row] |= rounded
    if slow:
        values = pc.replace_with_mask(values, pa.array(~plain), pa.array(slow, QUANTITY))
    return Quantities(values, inexact, faults, tuple(too_large))


def _read_one(
    column: Column, row: int, commodity: Commodity, numbers: NumberFormat
) -> tuple[int | None, bool]:
    text = column.texts[row].as_py()
    if column.marks[row] & DATE:
        raise ValueError(f"{text!r} is a date, not a number")
    if column.marks[row] & NUMBER:
        numbers = NumberFormat(".", "", numbers.smallest, numbers.rounding)
    return parse_cell(text, commodity, numbers)


def _with_full_stop(column: Column, numbers: NumberFormat) -> pa.Array:
    """Return texts in which a full stop is the decimal character, or no plain number at all."""
    if numbers.decimal == ".":
        return column.texts
    swapped = pc.replace_substring(column.texts, ".", "!")
    swapped = pc.replace_substring(swapped, numbers.decimal, ".")
    return pc.if_else(pa.array(column.marked(NUMBER)), column.texts, swapped)


def _plain(texts: pa.Array, exponent: int) -> Mask:
    whole = DIGITS_MAX - exponent
    if whole < 1:
        return np.zeros(len(texts), np.bool_)
    fraction = rf"(?:\.[0-9]{{1,{exponent}}})?" if exponent else ""
    return to_mask(pc.match_substring_regex(texts, rf"^[0-9]{{1,{whole}}}{fraction}$"))


def _cast_plain(texts: pa.Array, plain: Mask, exponent: int) -> pa.Array:
    if not plain.any():
        return pa.nulls(len(texts), QUANTITY)
    safe = pc.if_else(pa.array(plain), texts, pa.scalar(None, pa.string()))
    scaled = pc.cast(safe, pa.decimal128(DIGITS_MAX, exponent))
    # The same 128 bits count smallest units once the scale is dropped.
    return pa.Array.from_buffers(QUANTITY, len(scaled), scaled.buffers(), offset=scaled.offset)


def parse_cell(text: str, commodity: Commodity, numbers: NumberFormat) -> tuple[int | None, bool]:
    """Read one cell as (smallest units or None for unknown, whether it was rounded).

    Raises ValueError with a reason for a person, TooLargeError for 10^38 or more.
    """
    if text.casefold() in UNKNOWN:
        return None, False
    if not text:
        raise ValueError(
            'the cell is empty: write unknown there, or constants.quantity = "unknown"'
        )
    if numbers.smallest and _HEX.fullmatch(text):
        return _below_limit(int(text, 16), text), False
    exponent = 0 if numbers.smallest else commodity.exponent
    written = _standard(text, numbers)
    try:
        value, rounded = parse_quantity(written, exponent), False
    except TooFineError as error:
        if not numbers.rounding:
            raise ValueError(_too_fine(text, commodity, numbers)) from error
        value, rounded = _round(written, exponent), True
    if value < 0:
        raise ValueError(f"{text[:60]!r} is negative: swap payer and payee, or ignore such rows")
    return value, rounded


def _below_limit(value: int, text: str) -> int:
    if value >= LIMIT:
        raise TooLargeError(f"{text[:60]!r} is 10^38 smallest units or more")
    return value


def _too_fine(text: str, commodity: Commodity, numbers: NumberFormat) -> str:
    if numbers.smallest:
        return f"{text[:60]!r} is not a whole number of the smallest unit of {commodity.symbol}"
    return (
        f"{text[:60]!r} has more decimals than {commodity.symbol} ({commodity.exponent}): "
        "declare a larger exponent, or set format.round"
    )


def _round(written: str, exponent: int) -> int:
    scaled = Decimal(written).scaleb(exponent, _EXACTLY)
    rounded = scaled.quantize(Decimal(1), ROUND_HALF_EVEN, _EXACTLY)
    return _below_limit(int(rounded), written)


def _standard(text: str, numbers: NumberFormat) -> str:
    """Return the number with ``.`` for the decimal character and without grouping."""
    ascii_text = plain_digits(text)
    match = _SHAPE.fullmatch(ascii_text)
    if match is None or not ascii_text:
        raise ValueError(f"{text[:60]!r} is not a number")
    decimal = _ALWAYS_DECIMAL if _ALWAYS_DECIMAL in match[2] else numbers.decimal
    whole, point, fraction = match[2].partition(decimal)
    digits = _ungroup(whole, numbers)
    if not re.fullmatch("[0-9]*", digits + fraction) or not digits + fraction:
        raise ValueError(_not_a_number(text, numbers))
    return f"{match[1]}{digits}{'.' if point else ''}{fraction}" + (
        f"e{match[3]}" if match[3] else ""
    )


def _ungroup(whole: str, numbers: NumberFormat) -> str:
    used = {character for character in whole if character in numbers.groups}
    if len(used) != 1:
        return whole
    first, *middle, last = whole.split(used.pop())
    lengths = {len(part) for part in middle}
    by_three = lengths <= {3} and 1 <= len(first) <= 3
    by_two = lengths == {2} and 1 <= len(first) <= 2  # lakh and crore
    return "".join([first, *middle, last]) if len(last) == 3 and (by_three or by_two) else whole


def _not_a_number(text: str, numbers: NumberFormat) -> str:
    odd = [c for c in ".,' \u00a0\u202f" if c in text and c not in numbers.groups + numbers.decimal]
    hint = f": {odd[0]!r} is neither format.decimal nor format.group" if odd else ""
    return f"{text[:60]!r} is not a number{hint}"
