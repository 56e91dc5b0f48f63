"""One movement of an EVM transaction, as every format tells it, and the pile a reader makes of them.

DESIGN §2.2: an EVM transaction is no mixture. It becomes one ledger transaction per movement.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.quantity import LIMIT
from earmark.ledger.schema import IN, OUT

if TYPE_CHECKING:
    from earmark.ledger.values import Finding
    from earmark.sources.evm.chains import Chain

TEXT_MAX = 200
"""Characters of a broken row that are kept with it."""


class Phase(IntEnum):
    """Where a movement stands in its transaction, and block things after all transactions."""

    MINT = 0
    VALUE = 1
    CALL = 2
    LOG = 3
    FEE = 4
    BLOCK = 5


class At(NamedTuple):
    """Where and when: block number, seconds since 1970 or null, the transaction's index and hash.

    ``ref`` is the transaction hash; for block things the block's hash, or empty. ``place`` is the
    transaction's index in its block; a format that knows none gives their order otherwise.
    """

    block: int
    time_s: int | None
    place: int
    ref: str


class Leg(NamedTuple):
    """Out of a holder or into one: side, holder, the commodity's identity, smallest units."""

    side: int
    holder: str
    identity: str
    quantity: int


class Payment(NamedTuple):
    """Who pays whom how many smallest units; addresses in small letters. Inexact: out of a double."""

    payer: str
    payee: str
    quantity: int
    inexact: bool = False


class Movement(NamedTuple):
    """One ledger transaction to be.

    ``position`` is a call's trace address, a log's index, or an order of block things. ``wraps`` is +1 for
    a Deposit and -1 for a Withdrawal of a wrapped coin, 0 for all else.
    """

    at: At
    phase: Phase
    position: tuple[int, ...]
    kind: str
    legs: tuple[Leg, ...]
    key: str
    locator: str
    inexact: bool = False
    wraps: int = 0


class Observed(NamedTuple):
    """A row that moves nothing."""

    at: At | None
    kind: str
    holder: str
    text: str
    locator: str
    key: str = ""


@dataclass
class Pile:
    """What a reader has found: ``rejected`` are (locator, reason, text), ``ignored`` counts by reason.

    ``blocks`` are those that the rows stand in: height, hash, the parent's hash or empty.
    """

    movements: list[Movement] = field(default_factory=list)
    observations: list[Observed] = field(default_factory=list)
    rejected: list[tuple[str, str, str]] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    blocks: tuple[tuple[int, str, str], ...] = ()

    def add(self, movement: Movement) -> None:
        """Add a movement; one of nothing, or of 10^38 units and more, is an observation."""
        total = sum(leg.quantity for leg in movement.legs if leg.side == OUT)
        if 0 < total < LIMIT:
            self.movements.append(movement)
            return
        kind = "too_large" if total else "zero_value"
        legs = movement.legs
        text = f"{total} smallest units of {legs[0].identity} from {legs[0].holder} to {legs[-1].holder}"
        self.observe(movement.at, kind, legs[-1].holder, text, movement.locator, movement.key)

    def observe(
        self, at: At | None, kind: str, holder: str, text: str, locator: str, key: str = ""
    ) -> None:
        """Add an observation."""
        self.observations.append(Observed(at, kind, holder, text[:TEXT_MAX], locator, key))

    def reject(self, locator: str, reason: str, text: str = "") -> None:
        """Add a rejected row."""
        self.rejected.append((locator, reason, text[:TEXT_MAX]))

    @property
    def rows(self) -> int:
        """Return the rows: movements, observations, rejected and ignored."""
        kept = len(self.movements) + len(self.observations) + len(self.rejected)
        return kept + self.ignored.total()


def paid(payer: str, payee: str, identity: str, quantity: int) -> tuple[Leg, Leg]:
    """Return the two legs of a payment between holders."""
    return Leg(OUT, payer, identity, quantity), Leg(IN, payee, identity, quantity)


def native_value(chain: Chain, at: At, payment: Payment, locator: str) -> Movement:
    """Return the value that a transaction itself carries, in wei."""
    legs = _native_legs(chain, payment)
    key = f"{chain.namespace}:{at.ref}:value"
    return Movement(at, Phase.VALUE, (), "payment", legs, key, locator, payment.inexact)


def internal_call(
    chain: Chain, at: At, path: tuple[int, ...], payment: Payment, locator: str
) -> Movement:
    """Return the value of a call inside a transaction; ``path`` is its trace address, never empty."""
    legs = _native_legs(chain, payment)
    key = f"{chain.namespace}:{at.ref}:call:{'.'.join(map(str, path))}"
    return Movement(at, Phase.CALL, path, "payment", legs, key, locator, payment.inexact)


def _native_legs(chain: Chain, payment: Payment) -> tuple[Leg, Leg]:
    payer, payee = chain.holder(payment.payer), chain.holder(payment.payee)
    return paid(payer, payee, chain.native, payment.quantity)


def fee(chain: Chain, at: At, payer: str, burned_wei: int, tip_wei: int, locator: str) -> Movement:
    """Return a transaction's fee: what is destroyed and what goes to the fees, in wei."""
    parts = ((chain.burned, burned_wei), (chain.fees, tip_wei))
    legs = [Leg(OUT, chain.holder(payer), chain.native, burned_wei + tip_wei)]
    legs += [Leg(IN, holder, chain.native, wei) for holder, wei in parts if wei]
    key = f"{chain.namespace}:{at.ref}:fee"
    return Movement(at, Phase.FEE, (), "fee", tuple(legs), key, locator)


def tips(chain: Chain, at: At, payee: str, wei: int, locator: str) -> Movement:
    """Return what a block's fee recipient gets of its fees; ``at.ref`` may be the block's hash."""
    legs = paid(chain.fees, chain.holder(payee), chain.native, wei)
    key = f"{chain.namespace}:block:{at.block}:tips"
    return Movement(at, Phase.BLOCK, (0,), "fee", legs, key, locator)


def reward(chain: Chain, at: At, payee: str, wei: int, locator: str, order: int = 0) -> Movement:
    """Return all that a block's rewards give to one address, in wei.

    ``order`` is 0 for the block's miner and 1 for those of its uncles, who stand by their addresses.
    """
    legs = paid(chain.issued, chain.holder(payee), chain.native, wei)
    key = f"{chain.namespace}:block:{at.block}:reward:{payee}"
    return Movement(at, Phase.BLOCK, (1, order, int(payee, 16)), "issuance", legs, key, locator)


GWEI = 10**9


def withdrawal(chain: Chain, at: At, number: int, payee: str, gwei: int, locator: str) -> Movement:
    """Return a withdrawal of stake, by its number over the whole chain."""
    legs = paid(chain.issued, chain.holder(payee), chain.native, gwei * GWEI)
    key = f"{chain.namespace}:withdrawal:{number}"
    return Movement(at, Phase.BLOCK, (2, number), "issuance", legs, key, locator)
