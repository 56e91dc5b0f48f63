"""Values of a JSON record, each checked for its kind; amounts are exact, never floats.

Every function raises BlockError, which names the field.
"""

from __future__ import annotations

from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING

import msgspec

from earmark.sources.bitcoin.networks import COIN
from earmark.sources.bitcoin.wire import MONEY_MAX, BlockError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Record = Mapping[str, object]

HASH_BYTES = 32
SHOWN_MAX = 60
"""Characters of a foreign value or name that a message repeats."""
VALUES_MAX = 8_000_000
"""Values in one JSON text: a block of four million bytes shown in full holds fewer."""
_DIGITS_MAX = 40
_SMALL = 1 << 20
"""Characters of a text that cannot hold too many values."""

_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def parsed(text: str | bytes) -> object:
    """Return a JSON text as Python values, its fractions as Decimal; raises BlockError where it is none."""
    check_size(text)
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise BlockError("the JSON is nested too deeply") from error
    except (ValueError, DecimalException) as error:
        raise BlockError(not_json(text, str(error))) from error


def check_size(text: str | bytes) -> None:
    """Raise BlockError for a JSON text that may unpack to more values than memory should hold."""
    if len(text) <= _SMALL:
        return
    data = text.encode() if isinstance(text, str) else text
    if sum(data.count(one) for one in (b",", b"[", b"{")) > VALUES_MAX:
        raise BlockError(f"the JSON holds more than {VALUES_MAX} values")


def not_json(text: str | bytes, reason: str) -> str:
    """Return why a text is no JSON, in the words that help: a page of HTML, nothing, or the fault itself."""
    start = text[:SHOWN_MAX].encode() if isinstance(text, str) else bytes(text[:SHOWN_MAX])
    start = start.strip()
    if not start:
        return "the reply is empty"
    if start.startswith(b"<"):
        return "a web page instead of JSON: a proxy or a login may have answered"
    return f"not JSON: {reason[:200]}"


def shown_value(value: object) -> str:
    """Return a foreign value, short enough for a message."""
    return repr(value)[:SHOWN_MAX]


def record(value: object, name: str) -> dict[str, object]:
    """Return a JSON object."""
    if isinstance(value, dict):
        return value
    raise BlockError(f"{name} is no JSON object but {shown_value(value)}")


def items(value: object, name: str) -> list[object]:
    """Return a JSON array."""
    if isinstance(value, list):
        return value
    raise BlockError(f"{name} is no list but {shown_value(value)}")


def whole(found: Record, name: str, least: int = 0, most: int = 0xFFFFFFFF) -> int:
    """Return a whole number between two bounds."""
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BlockError(f"{name} is no whole number as it should be: {shown_value(value)}")
    return value


def version(found: Record) -> int:
    """Return a version as its four bytes: nodes show it with a sign or without."""
    return whole(found, "version", -(1 << 31)) & 0xFFFFFFFF


def hexadecimal(found: Record, name: str) -> bytes:
    """Return the bytes of a field."""
    value = found.get(name)
    try:
        if isinstance(value, str):
            return bytes.fromhex(value)
    except ValueError:
        pass
    raise BlockError(f"{name} is not hexadecimal: {shown_value(value)}")


def digest(found: Record, name: str) -> bytes:
    """Return a hash in the order of the wire."""
    value = hexadecimal(found, name)
    if len(value) != HASH_BYTES:
        raise BlockError(f"{name} has {len(value)} bytes, not the {HASH_BYTES} of a hash")
    return value[::-1]


def satoshi(value: object, name: str) -> int:
    """Return an amount that is written in bitcoin, in satoshi; refused with more than eight decimals."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BlockError(f"{name} is no amount: {shown_value(value)}")
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or max(abs(exponent), abs(number.adjusted())) > _DIGITS_MAX:
        raise BlockError(f"{name} is no amount: {shown_value(value)}")
    numerator, denominator = number.as_integer_ratio()
    total, rest = divmod(numerator * COIN, denominator)
    if rest:
        raise BlockError(f"{name} is finer than a satoshi: {shown_value(value)}")
    return possible(total, name)


def possible(total: int, name: str) -> int:
    """Return an amount in satoshi that can exist."""
    if not 0 <= total <= MONEY_MAX:
        raise BlockError(f"{name} is more than can exist, or less than nothing: {total}")
    return total
