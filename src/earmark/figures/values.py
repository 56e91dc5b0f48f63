"""What a figure is drawn from: frozen values that the report fills, every text already translated."""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["source", "through", "rests", "stopped", "fee", "destroyed", "unresolved"]
Direction = Literal["ltr", "rtl"]


class FlowClaim(msgspec.Struct, frozen=True):
    """A claim's name in the case and the words that stand beside its colour."""

    name: str
    label: str


class Point(msgspec.Struct, frozen=True):
    """A lane's balance from this moment on, in smallest units.

    ``time`` is in microseconds since 1970, UTC. ``traced`` holds one part per claim, in the order of
    ``Flow.claims``; the rest of ``balance`` is untraced.
    """

    time: int
    balance: int
    traced: tuple[int, ...] = ()


class Lane(msgspec.Struct, frozen=True):
    """One holder, or several drawn together (``holders`` above 1), with its balance over time.

    ``identifier`` is shown shortened and kept in full in the tooltip. ``end`` is what stands at the
    bar's right end, such as "rests 2 ETH". A lane without points is drawn as a ledge: its balance is
    not known, only what passed.
    """

    name: str
    label: str = ""
    identifier: str = ""
    role: Role = "through"
    holders: int = 1
    points: tuple[Point, ...] = ()
    end: str = ""


class Band(msgspec.Struct, frozen=True):
    """One movement, or one claim's part of it, in smallest units; null when the quantity is unknown.

    ``claim`` is a name of ``Flow.claims`` or empty for what is untraced. Parts of one movement share
    time, lanes and ``movement`` and are drawn side by side. ``until`` is the last moment of an interval.
    ``happened`` is when it was, once ``time`` is a place shared with others. ``party`` tells those apart
    whom one lane draws together; it is counted, never shown.
    """

    time: int
    payer: str
    payee: str
    claim: str
    quantity: int | None
    conversion: bool = False
    detail: str = ""
    movement: str = ""
    party: str = ""
    until: int | None = None
    happened: int | None = None

    @property
    def first(self) -> int:
        """The first moment at which it may have happened."""
        return self.time if self.happened is None else self.happened

    @property
    def last(self) -> int:
        """The last moment at which it may have happened."""
        return max(self.first, self.first if self.until is None else self.until)


class Words(msgspec.Struct, frozen=True):
    """The sentences of axis and legend.

    Their gaps: ``{hours}`` in ``merged``; ``{smallest}`` in ``hairline`` and ``minimum``; ``{amount}`` in
    ``peak``; ``{count}`` in ``movements``; ``{count}``, ``{payers}``, ``{sum}``, ``{first}``, ``{last}`` in
    ``dust``.
    """

    time: str
    months: tuple[str, ...]
    untraced: str
    scale: str
    conversion: str
    stop: str
    group: str
    ledge: str
    unknown: str
    hairline: str
    minimum: str
    broken: str
    merged: str
    movements: str
    dust: str
    peak: str


class Flow(msgspec.Struct, frozen=True):
    """Everything one flow figure shows: one commodity, one rule.

    ``subtitle`` carries the rule and what the sources lack, a line each. ``description`` is the text
    alternative. Lanes are drawn from top to bottom as they come; ``arranged`` finds a good order.
    """

    title: str
    subtitle: tuple[str, ...]
    description: str
    symbol: str
    exponent: int
    claims: tuple[FlowClaim, ...]
    lanes: tuple[Lane, ...]
    bands: tuple[Band, ...]
    words: Words
    direction: Direction = "ltr"
