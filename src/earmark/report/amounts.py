"""Amounts and ranges of amounts, as they are shown: every digit, thousands marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.quantity import format_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from earmark.ledger.values import Commodity


class Amount(NamedTuple):
    """A quantity in smallest units with the commodity it is of."""

    quantity: int
    commodity: Commodity

    @property
    def digits(self) -> str:
        """Every digit with thousands marked, without the symbol: ``182,163.95603``."""
        return grouped(format_quantity(self.quantity, self.commodity.exponent))

    @property
    def plain(self) -> str:
        """Every digit and nothing else, as tables carry it."""
        return format_quantity(self.quantity, self.commodity.exponent)


class Span(NamedTuple):
    """The least and the most that a question is answered with, in smallest units."""

    low: int
    high: int
    commodity: Commodity

    @property
    def ends(self) -> tuple[Amount, Amount]:
        """Both ends as amounts."""
        return Amount(self.low, self.commodity), Amount(self.high, self.commodity)

    @property
    def is_one(self) -> bool:
        """Tell whether every answer is the same."""
        return self.low == self.high


def span_of(quantities: Iterable[int], commodity: Commodity) -> Span:
    """Return the range of some quantities, none of them negative; of none at all, nothing."""
    found = list(quantities) or [0]
    return Span(min(found), max(found), commodity)


def grouped(number: str) -> str:
    """Mark the thousands of a plain decimal: ``8565.9`` becomes ``8,565.9``."""
    sign = "\u2212" if number.startswith("-") else ""
    whole, point, part = number.removeprefix("-").partition(".")
    return f"{sign}{int(whole):,}{point}{part}"
