"""Cells and JSON texts of Ethereum exports: hashes, addresses, integers and times, read strictly."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from sys import intern

import msgspec

DIGITS_MAX = 80
"""Digits of an integer: 2^256 has 78."""
_HASH = re.compile(r"0x[0-9a-f]{64}\Z")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}\Z")
_INTEGER = re.compile(r"[0-9]{1,80}\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,64}\Z")
_DOUBLE = re.compile(r"([0-9]{1,80})(\.[0-9]{1,40})?(e[+]?[0-9]{1,3})?\Z", re.IGNORECASE)
_AMOUNT = re.compile(r"([0-9]{1,60}|[0-9]{1,3}(?:,[0-9]{3}){1,19})(?:\.([0-9]{1,80}))?\Z")
_MANGLED = re.compile(r"[0-9]+([.,][0-9]+)?e[+-]?[0-9]+\Z", re.IGNORECASE)
_BYTES = re.compile(r"0x(?:[0-9a-f]{2})*\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_MAX_S = 1 << 36


class CellError(ValueError):
    """Why a row cannot be read: the message names the field."""


def hash_of(text: str, field: str) -> str:
    """Return a 32-byte hash in lower case; raises CellError, also for what a spreadsheet made of one."""
    lower = text.lower()
    if _HASH.match(lower):
        return intern(lower)  # the same hash stands in every table
    raise CellError(_fault(text, field, "0x and 64 hexadecimal digits"))


def address_of(text: str, field: str) -> str:
    """Return an address in lower case; raises CellError."""
    lower = text.lower()
    if _ADDRESS.match(lower):
        return intern(lower)
    raise CellError(_fault(text, field, "0x and 40 hexadecimal digits"))


def address_or_none(text: str, field: str) -> str | None:
    """Return an address, or null for an empty cell; raises CellError."""
    return address_of(text, field) if text else None


def integer_of(text: str, field: str) -> int:
    """Return a whole number written in decimal or as 0x…; raises CellError for a negative or other one."""
    if _INTEGER.match(text):
        return int(text)
    if _HEXADECIMAL.match(text):
        return int(text, 16)
    raise CellError(_fault(text, field, "a whole number"))


def integer_or_none(text: str, field: str) -> int | None:
    """Return a whole number, or null for an empty cell; raises CellError."""
    return integer_of(text, field) if text else None


def double_of(text: str, field: str) -> tuple[int, bool]:
    """Return the whole number that a double holds, and whether others share that double.

    ``text`` is the shortest text that reads back as the double. Below 2^53 every whole number has a
    double of its own. Raises CellError for a negative, broken or infinite one.
    """
    if not _DOUBLE.match(text):
        raise CellError(_fault(text, field, "a whole number, stored as a double"))
    exact = Decimal(float(text))
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise CellError(_fault(text, field, "a whole number, stored as a double"))
    value = int(exact)
    return value, value >= 1 << 53


def amount_of(text: str, field: str, exponent: int) -> int:
    """Return a display amount in smallest units, ``,`` grouping thousands; raises CellError.

    An amount with more decimals than ``exponent`` is refused, never rounded.
    """
    found = _AMOUNT.match(text)
    if found is None:
        raise CellError(_fault(text, field, "an amount such as 1,234.5"))
    decimals = (found[2] or "").rstrip("0")
    if len(decimals) > exponent:
        raise CellError(f"{field}: {text[:60]!r} has more than {exponent} decimals")
    return int(found[1].replace(",", "") + decimals.ljust(exponent, "0"))


def seconds_of(text: str, field: str) -> int:
    """Return a time as seconds since 1970 UTC, from a number of seconds or an ISO date and time in UTC."""
    seconds = int(text) if _INTEGER.match(text) else _iso_seconds(text, field)
    if not 0 <= seconds < _TIME_MAX_S:
        raise CellError(_fault(text, field, "seconds since 1970"))
    return seconds


def _iso_seconds(text: str, field: str) -> int:
    plain = text.removesuffix("UTC").strip()
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        raise CellError(_fault(text, field, "seconds since 1970, or a date and time")) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (moment - _EPOCH) // timedelta(seconds=1)


def bytes_of(text: str, field: str) -> bytes:
    """Return bytes written as 0x…; raises CellError."""
    lower = text.lower()
    if not text or _BYTES.match(lower) is None:
        raise CellError(_fault(text, field, "0x and hexadecimal digits"))
    return bytes.fromhex(lower[2:])


def topics_of(text: str, field: str) -> tuple[str, ...]:
    """Return up to four topics from ``a,b`` or a JSON list; raises CellError."""
    if text.startswith("["):
        try:
            parts = msgspec.json.decode(text, type=list[str])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise CellError(_fault(text, field, "a list of topics")) from None
    else:
        parts = text.split(",") if text else []
    if len(parts) > 4:
        raise CellError(f"{field}: {len(parts)} topics where a log has four at most")
    return tuple(hash_of(part.strip(), field) for part in parts)


def path_of(text: str, field: str) -> tuple[int, ...]:
    """Return a trace address from ``0,1,2`` or ``0_1_2``; the root has an empty one; raises CellError."""
    parts = re.split(r"[,_]", text.strip("[]")) if text.strip("[]") else []
    if len(parts) > 1024:
        raise CellError(f"{field}: deeper than the 1024 calls that the machine allows")
    return tuple(integer_of(part.strip(), field) for part in parts)


def flag_of(text: str, field: str) -> bool | None:
    """Return a truth value from 1, 0, true or false, null for an empty cell; raises CellError."""
    found = {"": None, "1": True, "0": False, "true": True, "false": False}.get(text.lower(), text)
    if isinstance(found, str):
        raise CellError(_fault(text, field, "1, 0, true or false"))
    return found


def _fault(text: str, field: str, expected: str) -> str:
    if _MANGLED.match(text.strip()):
        return (
            f"{field}: {text[:60]!r} is in scientific notation, as spreadsheets leave numbers: digits "
            "may be lost; export it again and do not save it from a spreadsheet"
        )
    if not text:
        return f"{field} is empty"
    if text.startswith("-"):
        return f"{field}: {text[:60]!r} is negative"
    return f"{field}: {text[:60]!r} is not {expected}"
