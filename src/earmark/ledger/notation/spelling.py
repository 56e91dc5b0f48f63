"""How the parts of a line are written: words and quoted texts, holders, legs, amounts, times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from earmark.ledger.notation.names import has_ordinal, is_holder_name, is_symbol
from earmark.ledger.notation.text import is_bare, quote
from earmark.ledger.notation.words import RESERVED_SUBJECTS
from earmark.ledger.quantity import format_quantity
from earmark.ledger.times import format_when
from earmark.ledger.values import UNKNOWN_TIME, Leg, LegName, When


@dataclass(frozen=True)
class Names:
    """What a document calls things: exponents by symbol, aliases by full name, entities without marks."""

    exponents: Mapping[str, int]
    aliases: Mapping[str, str]
    entities: frozenset[str]


def word(text: str) -> str:
    """Write a name bare where that is safe, else between quotation marks."""
    return text if is_bare(text) else quote(text)


def clause(keyword: str, text: str) -> str:
    """Write a clause whose value is a name, or nothing for an empty one."""
    return f" {keyword} {word(text)}" if text else ""


def quoted_clause(keyword: str, text: str) -> str:
    """Write a clause whose value is a text, or nothing for an empty one."""
    return f" {keyword} {quote(text)}" if text else ""


def note(text: str) -> str:
    """Write a quoted text behind a line, or nothing for an empty one."""
    return f" {quote(text)}" if text else ""


def bracketed(text: str) -> str:
    """Write what stands inside round brackets, which a bare word may not hold itself."""
    return text if is_bare(text) and not {"(", ")"} & set(text) else quote(text)


def entity(name: str, names: Names) -> str:
    """Write an entity bare where it is declared."""
    return name if name in names.entities else quote(name)


def full_holder(name: str) -> str:
    """Write ``namespace:identifier``; raises ValueError for a name without a namespace."""
    if not is_holder_name(name):
        raise ValueError(f"{name[:60]!r} is not namespace:identifier")
    if is_bare(name):
        return name
    namespace, _, identifier = name.partition(":")
    return f"{namespace}:{quote(identifier)}"


def holder(name: str, names: Names) -> str:
    """Write a holder by its alias where it has one."""
    return names.aliases.get(name) or full_holder(name)


def subject(text: str, names: Names) -> str:
    """Write what a sentence is about, so that it is read back as exactly this."""
    if text in RESERVED_SUBJECTS or (":" in text and is_bare(text)):
        return names.aliases.get(text, text)
    return value(text, names)


def value(text: str, names: Names) -> str:
    """Write what a statement says: an alias or entity bare, any other text between marks."""
    return names.aliases.get(text) or (text if text in names.entities else quote(text))


def leg_name(leg: LegName) -> str:
    """Write ``KEY#2``, or ``KEY`` where the ordinal is left open."""
    key = quote(leg.key) if has_ordinal(leg.key) else word(leg.key)
    return key if leg.ordinal is None else f"{key}#{leg.ordinal}"


def leg_names(legs: tuple[LegName, ...]) -> str:
    """Write a list of legs."""
    return ", ".join(leg_name(leg) for leg in legs)


def symbol(text: str) -> str:
    """Write a commodity's symbol."""
    return text if is_symbol(text) and is_bare(text) else quote(text)


def exact(quantity: int | None, commodity: str, names: Names) -> str:
    """Write a quantity in the display unit with its commodity; an unknown one is ``?``.

    Raises ValueError for a commodity that nothing declares: without an exponent there is no number.
    """
    if commodity not in names.exponents:
        raise ValueError(f"commodity {commodity[:60]!r} is not declared")
    number = "?" if quantity is None else format_quantity(quantity, names.exponents[commodity])
    return f"{number} {symbol(commodity)}"


def amount(leg: Leg, names: Names) -> str:
    """Write a leg's quantity with its bounds: ``100 [90..110] OIL``."""
    text = exact(leg.quantity, leg.commodity, names)
    if leg.low is None and leg.high is None:
        return text
    exponent = names.exponents[leg.commodity]
    low, high = (
        "" if part is None else format_quantity(part, exponent) for part in (leg.low, leg.high)
    )
    number, _, unit = text.partition(" ")
    return f"{number} [{low}..{high}] {unit}"


def validity(valid_from: When, valid_to: When) -> str:
    """Write ``valid A..B``; where A or B is itself a range, ``from A to B``."""
    start, end = format_when(valid_from), format_when(valid_to)
    if ".." in start + " " + end:
        return times(valid_from, valid_to)
    if start == end:
        return "" if start == "?" else f" valid {start}"
    return f" valid {start.replace('?', '')}..{end.replace('?', '')}"


def times(valid_from: When, valid_to: When) -> str:
    """Write ``from A to B``, leaving out what is unknown."""
    start = "" if valid_from == UNKNOWN_TIME else f" from {format_when(valid_from)}"
    return start + ("" if valid_to == UNKNOWN_TIME else f" to {format_when(valid_to)}")
