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
    time and lanes and are drawn side by side.
    """

    time: int
    payer: str
    payee: str
    claim: str
    quantity: int | None
    conversion: bool = False
    detail: str = ""


class Words(msgspec.Struct, frozen=True):
    """The sentences of axis and legend; ``{hours}`` in ``merged`` becomes a whole number."""

    time: str
    months: tuple[str, ...]
    untraced: str
    scale: str
    conversion: str
    stop: str
    group: str
    ledge: str
    unknown: str
    minimum: str
    broken: str
    merged: str


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
