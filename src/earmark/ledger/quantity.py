"""Exact quantities: integers of the smallest unit, printed and read in the display unit."""

from __future__ import annotations

import re

LIMIT = 10**38
"""No quantity and no running balance reaches this (DESIGN §2.2: decimal(38, 0))."""

DIGITS_MAX = 400
"""Digits in one number: more than any quantity needs, few enough to read at once."""


class TooLargeError(ValueError):
    """The number is 10^38 smallest units or more."""


class TooFineError(ValueError):
    """The number has more decimals than its commodity."""


_NUMBER = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?", re.ASCII)


def parse_quantity(text: str, exponent: int) -> int:
    """Read a plain or scientific decimal of the display unit as smallest units, never through a float.

    ``parse_quantity("1e-05", 18) == 10**13``. Raises ValueError for anything else than a number, for
    more decimals than the exponent holds and for 10^38 or more.
    """
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise ValueError(f"{text[:60]!r} is not a number")
    digits = (match[2] or "") + (match[3] or "")
    shift = exponent - len(match[3] or "") + int(match[4] or 0)
    if len(digits) > DIGITS_MAX:
        raise ValueError(f"{text[:60]!r} has more than {DIGITS_MAX} digits")
    value = int(digits)
    if value and len(digits.lstrip("0")) + max(shift, 0) > 39 + max(-shift, 0):
        raise TooLargeError(f"{text[:60]!r} is 10^38 smallest units or more")
    value = value * 10**shift if shift >= 0 and value else _shorten(value, -shift, text, exponent)
    if value >= LIMIT:
        raise TooLargeError(f"{text[:60]!r} is 10^38 smallest units or more")
    return -value if match[1] == "-" else value


def _shorten(value: int, places: int, text: str, exponent: int) -> int:
    if value == 0:
        return 0
    if places > 500:
        raise TooFineError(f"{text[:60]!r} has more than the commodity's {exponent} decimals")
    unit: int = 10**places
    whole, lost = divmod(value, unit)
    if lost:
        raise TooFineError(f"{text[:60]!r} has more than the commodity's {exponent} decimals")
    return whole


def format_quantity(value: int, exponent: int) -> str:
    """Print smallest units in the display unit with every digit and no trailing zero."""
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(exponent + 1, "0")
    if not exponent:
        return sign + digits
    whole, fraction = digits[:-exponent], digits[-exponent:].rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else sign + whole


DOUBLE_BITS = 53
"""Binary digits that a double keeps of a whole number (IEEE 754)."""


def nearest_double(quantity: int) -> int:
    """Return the whole number that a double holds of one from zero to 10^38: ties go to the even digit."""
    lost = max(quantity.bit_length() - DOUBLE_BITS, 0)
    kept, rest = divmod(quantity, 1 << lost)
    half = (1 << lost) >> 1
    is_up = rest > half or (lost > 0 and rest == half and kept % 2 == 1)
    return (kept + is_up) << lost
