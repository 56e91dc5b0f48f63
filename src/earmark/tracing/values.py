"""What a walk reads and what it returns, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

Holding = tuple[int, int]
"""(holder, commodity)."""

Span = tuple[int | None, int | None]
"""(first, last) microsecond; null where it is open."""
ALWAYS: Span = (None, None)


class Leg(NamedTuple):
    """One leg of the ledger; ``quantity`` is null when unknown, ``spends`` the in-leg consumed."""

    position: int
    holder: int
    commodity: int
    quantity: int | None
    is_in: bool
    spends: int | None = None


class Event(NamedTuple):
    """One transaction in ledger order.

    ``order_us`` is where its sequence puts it (null where that knows no time before it); ``span_us`` is
    when the record says that it happened, both ends null when it does not say.
    """

    tx: int
    order_us: int | None
    span_us: Span
    legs: tuple[Leg, ...]


class Trail(NamedTuple):
    """How a traced unit came here: the in-leg it last arrived in, and the trail before it."""

    leg: int
    before: Trail | None


class Fragment(NamedTuple):
    """Neighbouring units that share their colours: none when untraced, one claim, several under poison."""

    colours: tuple[int, ...]
    quantity: int
    trail: Trail | None = None


Pool = list[Fragment]


class ClaimedLeg(NamedTuple):
    """The first ``quantity`` units of an in-leg (all of them when null), for one colour."""

    colour: int
    leg: int
    quantity: int | None


class Conversion(msgspec.Struct, frozen=True):
    """A link's legs in order; ``problem`` says why the walk must stop at it, if it must."""

    name: str
    outs: tuple[int, ...]
    ins: tuple[int, ...]
    in_quantities: tuple[int, ...]
    problem: str = ""


class StopAt(msgspec.Struct, frozen=True):
    """A declared stop, resolved to holders or to one transaction of this build."""

    role: str
    label: str
    holders: frozenset[int] = frozenset()
    tx: int | None = None
    from_us: int | None = None
    to_us: int | None = None
    spans_us: dict[int, tuple[Span, ...]] = {}
    """When a holder is said to belong to the stopped entity; a holder that is absent always does."""


class Question(msgspec.Struct, frozen=True):
    """Everything that decides a walk besides the ledger; ``colours`` is how many claims there are."""

    rule: str
    colours: int
    claimed: tuple[ClaimedLeg, ...]
    conversions: tuple[Conversion, ...] = ()
    stops: tuple[StopAt, ...] = ()
    elected: frozenset[int] = frozenset()
    horizon_us: int | None = None
    dust: dict[int, int] = {}
    follow_fees: bool = False
    roles: Callable[[int], str] = lambda _: ""
    """The reserved role of a holder (``ledger.reserved``), ``unknown`` for an unknown one."""


class End(NamedTuple):
    """Where traced units came to an end: the stop's position, or null, and why a rest is not followed."""

    colour: int
    holder: int
    commodity: int
    role: str
    stop: int | None
    reason: str
    quantity: int
    trail: Trail | None


class Walk(msgspec.Struct):
    """The answer: ends, sums per (colour, commodity) and word, and the traced quantity on each leg."""

    ends: list[End]
    sums: dict[tuple[int, int], dict[str, int]]
    legs: dict[int, dict[int, int]]
    touched: set[Holding]
    unknown_out_legs: int = 0
