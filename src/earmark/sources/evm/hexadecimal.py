"""Numbers as JSON-RPC writes them: hexadecimal, behind 0x, and nothing else."""

from __future__ import annotations

import re

from earmark.sources.evm.texts import CellError

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}\Z")
TIME_MAX_S = 1 << 36


def hexadecimal_of(text: str, field: str) -> int:
    """Return a number below 2^256 written as 0x and digits; raises CellError."""
    if _QUANTITY.match(text):
        return int(text, 16)
    raise CellError(f"{field}: {text[:60]!r} is not 0x and 1 to 64 hexadecimal digits")


def hexadecimal_or_none(text: str | None, field: str) -> int | None:
    """Return a number, or null where the field is absent; raises CellError."""
    return None if text is None else hexadecimal_of(text, field)


def count_of(text: str, field: str) -> int:
    """Return a number below 2^63, as heights, indexes and gas are; raises CellError."""
    number = hexadecimal_of(text, field)
    if number >> 63:
        raise CellError(f"{field}: {text[:60]!r} is 2^63 or more")
    return number


def time_of(text: str, field: str) -> int:
    """Return seconds since 1970; raises CellError for a time after the year 4147."""
    seconds = hexadecimal_of(text, field)
    if seconds >= TIME_MAX_S:
        raise CellError(f"{field}: {text[:60]!r} is no time in seconds since 1970")
    return seconds
