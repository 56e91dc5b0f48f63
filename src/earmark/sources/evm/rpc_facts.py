"""What a node's answers say, before they are put together: facts with their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from earmark.sources.evm.commodities import Token
from earmark.sources.evm.receipts import Cost
from earmark.sources.evm.traces import Call, Traced

COPIES = "copies of rows that stand elsewhere"
OTHERWISE = "the same was answered otherwise before"


class Sent(NamedTuple):
    """A transaction; addresses in small letters, quantities in wei and gas."""

    hash: str
    payer: str
    payee: str | None
    wei: int
    nonce: int
    gas: int | None
    price: int | None
    minted: int
    block: int | None
    block_hash: str | None
    place: int | None
    locator: str


class Uncle(NamedTuple):
    """A header that another block names as its uncle: its number and who mined it."""

    number: int
    miner: str
    locator: str


class Withdrawal(NamedTuple):
    """A withdrawal of stake in gwei."""

    number: int
    payee: str
    gwei: int
    locator: str


class BlockFact(NamedTuple):
    """A block; ``transactions`` are the hashes of all of them, in order. ``asked`` counts the answers."""

    number: int
    hash: str
    parent: str
    time_s: int
    miner: str
    base_price: int
    difficulty: int | None
    has_blobs: bool
    uncles: tuple[str, ...]
    withdrawals: tuple[Withdrawal, ...]
    transactions: tuple[str, ...]
    asked: int
    locator: str


class Received(NamedTuple):
    """A receipt; ``status`` is null before Byzantium, ``price`` where the node leaves it out."""

    hash: str
    payer: str
    block: int
    block_hash: str
    place: int
    status: bool | None
    cost: Cost
    has_price: bool
    contract: str | None
    locator: str


class Logged(NamedTuple):
    """A log that may move something."""

    block: int
    block_hash: str
    place: int
    hash: str
    number: int
    contract: str
    topics: tuple[str, ...]
    data: bytes
    time_s: int | None
    locator: str


class TraceFact(NamedTuple):
    """The calls of one transaction; geth's traces do not say in which block it stands."""

    hash: str
    block: int | None
    block_hash: str | None
    place: int | None
    traced: Traced
    locator: str


class Untied(NamedTuple):
    """A trace that names no transaction: its place ``among`` so many of a block, and its outermost call.

    The block is the one that was asked for, by number or by hash.
    """

    height: int | None
    block_hash: str | None
    place: int
    among: int
    payer: str
    payee: str | None
    wei: int
    traced: Traced
    locator: str


class Rewarded(NamedTuple):
    """A reward that a Parity trace tells, in wei."""

    block: int
    block_hash: str | None
    payee: str
    wei: int
    locator: str


class Operations(NamedTuple):
    """A transaction's moving calls as Otterscan lists them, without their trace addresses."""

    hash: str
    calls: tuple[Call, ...]
    locator: str


@dataclass
class Facts:
    """All facts of one source; the keys are hashes, with the block's where a branch could tell otherwise."""

    chains: list[tuple[int, str]] = field(default_factory=list)
    blocks: dict[str, BlockFact] = field(default_factory=dict)
    sent: dict[tuple[str, str | None], Sent] = field(default_factory=dict)
    received: dict[tuple[str, str], Received] = field(default_factory=dict)
    logged: dict[tuple[str, int], Logged] = field(default_factory=dict)
    traced: dict[str, list[TraceFact]] = field(default_factory=dict)
    untied: list[Untied] = field(default_factory=list)
    operations: dict[str, Operations] = field(default_factory=dict)
    rewarded: dict[tuple[int, str], list[Rewarded]] = field(default_factory=dict)
    uncles: dict[str, Uncle] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    asked: int = 0
