"""What people write by hand, as frozen values; bulk movements live in columns instead (``schema``).

Quantities are integers of the commodity's smallest unit, times are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Basis = Literal["recorded", "reported", "inferred"]
Side = Literal["out", "in"]
Placement = Literal["late", "early"]
"""Where openings stand: just before each shortfall, or before a holding's first leg."""


class When(msgspec.Struct, frozen=True):
    """An instant (``end`` null), an interval (last microsecond included), half of one, or unknown."""

    start: int | None = None
    end: int | None = None


UNKNOWN_TIME = When()


class Commodity(msgspec.Struct, frozen=True):
    """What moves; ``identity`` tells look-alikes apart (chain and contract, HS code, VIN)."""

    symbol: str
    exponent: int
    name: str = ""
    identity: str = ""


class Holder(msgspec.Struct, frozen=True):
    """The finest thing that can spend: ``namespace:identifier``; ``alias`` is a short name in one case."""

    name: str
    alias: str = ""
    label: str = ""


class Entity(msgspec.Struct, frozen=True):
    """A firm, person, unit, State body or cluster that statements tie holders to."""

    name: str
    kind: str = ""
    label: str = ""


class LegName(msgspec.Struct, frozen=True):
    """What outlives a build: a transaction's key and the leg's ordinal from 1, or null for the only fit."""

    key: str
    ordinal: int | None = None


class Leg(msgspec.Struct, frozen=True):
    """Out of a holder or into one; an unknown quantity is null, with or without bounds."""

    side: Side
    holder: str
    commodity: str
    quantity: int | None
    low: int | None = None
    high: int | None = None
    spends: LegName | None = None
    inexact: bool = False


class Evidence(msgspec.Struct, frozen=True):
    """Where it is written: a source's path or name, a locator inside it, and which way it points."""

    source: str
    locator: str = ""
    role: Literal["supporting", "contradicting"] = "supporting"


class Transaction(msgspec.Struct, frozen=True):
    """One event with its legs in order; ``line`` is where a text says it."""

    when: When
    kind: str
    basis: Basis
    legs: tuple[Leg, ...]
    key: str = ""
    ref: str = ""
    supersedes: str = ""
    note: str = ""
    evidence: tuple[Evidence, ...] = ()
    line: int = 0


class Observation(msgspec.Struct, frozen=True):
    """A raw record that moves nothing: a position, a mixer event, a zero-value transfer."""

    when: When
    kind: str
    text: str
    holder: str = ""
    key: str = ""
    evidence: tuple[Evidence, ...] = ()
    line: int = 0


class Statement(msgspec.Struct, frozen=True):
    """What somebody says, when it was said and when it is true of; nothing is overwritten."""

    said: When
    by: str
    by_kind: str
    subject: str
    predicate: str
    value: str
    valid_from: When = UNKNOWN_TIME
    valid_to: When = UNKNOWN_TIME
    source: str = ""
    contested_by: str = ""
    response: str = ""
    key: str = ""
    supersedes: str = ""


class Link(msgspec.Struct, frozen=True):
    """A conversion: out-legs of one holder and commodity tied to in-legs of another commodity."""

    name: str
    basis: Basis
    outs: tuple[LegName, ...]
    ins: tuple[LegName, ...]
    note: str = ""
    evidence: tuple[Evidence, ...] = ()


class Claim(msgspec.Struct, frozen=True):
    """What is traced: whole in-legs, or the first ``quantity`` units of them, for somebody."""

    name: str
    commodity: str
    legs: tuple[LegName, ...]
    quantity: int | None = None
    behalf: str = ""


class Stop(msgspec.Struct, frozen=True):
    """Where the walk ends: a holder, an entity's holders, or one transaction, while valid."""

    kind: Literal["holder", "entity", "transaction"]
    name: str
    role: str = ""
    label: str = ""
    valid_from: When = UNKNOWN_TIME
    valid_to: When = UNKNOWN_TIME
    jurisdiction: str = ""
    supervisor: str = ""


class Election(msgspec.Struct, frozen=True):
    """An out-leg that the claimant elects to follow under Re Oatway."""

    leg: LegName


class Finding(msgspec.Struct, frozen=True):
    """What a detector or the builder noticed; it changes nothing by itself."""

    kind: str
    version: str
    when: When
    subjects: tuple[str, ...]
    reasons: tuple[str, ...]
    score: str = ""
    evidence: tuple[Evidence, ...] = ()


class Expect(msgspec.Struct, frozen=True):
    """A line of a ``.ledger`` file that must hold: ``subject`` names the question, ``answer`` the row."""

    question: Literal["trace", "origins", "shares", "balance", "opening", "total", "rejected"]
    words: tuple[str, ...]
    role: str
    holder: str
    quantity: int | None
    commodity: str
    line: int = 0


class Document(msgspec.Struct, frozen=True):
    """Everything one notation text says, in the order it says it."""

    commodities: tuple[Commodity, ...] = ()
    holders: tuple[Holder, ...] = ()
    entities: tuple[Entity, ...] = ()
    statements: tuple[Statement, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    observations: tuple[Observation, ...] = ()
    links: tuple[Link, ...] = ()
    claims: tuple[Claim, ...] = ()
    stops: tuple[Stop, ...] = ()
    elections: tuple[Election, ...] = ()
    findings: tuple[Finding, ...] = ()
    expects: tuple[Expect, ...] = ()
