"""Wrapping and unwrapping a chain's coin, as links; the order that a link needs inside a transaction.

A link is only followed where nothing was received before all was paid (docs/decisions/0005-links.md). So a
transaction's calls and logs are laid between each other: both keep their own order, and each linked pair
is out before in.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.values import UNKNOWN_TIME, Finding, LegName, Link
from earmark.sources.evm.chains import contract_of
from earmark.sources.evm.movements import Movement, Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.sources.evm.chains import Chain

TOLD_TWICE = "deposits and withdrawals that a Transfer tells too"


class Pair(NamedTuple):
    """The places of a payment and of a log in their own orders; ``wraps`` is +1 or -1."""

    payment: int
    log: int
    wraps: int


class Woven(NamedTuple):
    """One transaction's movements in order, its links, what stays unlinked, what was told twice."""

    movements: list[Movement]
    links: list[Link]
    findings: list[Finding]
    unmatched: int
    told_twice: int


def woven(movements: Sequence[Movement], chain: Chain) -> Woven:
    """Put one transaction's movements in order, ``movements`` being sorted by phase and position."""
    payments = [one for one in movements if one.phase < Phase.LOG]
    logs = [one for one in movements if one.phase == Phase.LOG]
    rest = [one for one in movements if one.phase > Phase.LOG]
    told_twice, logs = _without_told_twice(logs, chain)
    pairs, unmatched = _pairs(payments, logs, chain)
    kept, refused = _orderable(pairs)
    links = [_link(payments[one.payment], logs[one.log], one.wraps) for one in kept]
    findings = [_finding(payments[one.payment], logs[one.log]) for one in refused]
    return Woven(_merged(payments, logs, kept) + rest, links, findings, unmatched, told_twice)


def wraps_of(one: Movement, chain: Chain) -> int:
    """Return +1 for the minting of a wrapped coin, -1 for its burning, 0 for anything else."""
    if one.phase != Phase.LOG or contract_of(one.legs[0].identity) not in chain.wrapped:
        return 0
    if one.legs[0].holder == chain.issued:
        return 1
    return -1 if one.legs[-1].holder == chain.burned else 0


def _without_told_twice(logs: list[Movement], chain: Chain) -> tuple[int, list[Movement]]:
    """Drop Deposits and Withdrawals beside a Transfer that mints or burns the same: it tells them."""
    transfers = Counter(one.legs for one in logs if not one.wraps and wraps_of(one, chain))
    if not transfers:
        return 0, logs
    kept = []
    for one in logs:
        if one.wraps and transfers[one.legs]:
            transfers[one.legs] -= 1
        else:
            kept.append(one)
    return len(logs) - len(kept), kept


def _pairs(payments: list[Movement], logs: list[Movement], chain: Chain) -> tuple[list[Pair], int]:
    """Tie each wrap to the first free payment of the same sum between the same two."""
    free: dict[tuple[str, str, int], list[int]] = {}
    for place in reversed(range(len(payments))):
        payer, payee = payments[place].legs[0], payments[place].legs[-1]
        free.setdefault((payer.holder, payee.holder, payer.quantity), []).append(place)
    found, unmatched = [], 0
    for place, one in enumerate(logs):
        wraps = wraps_of(one, chain)
        if not wraps:
            continue
        fits = free.get(_payment_of(one, wraps, chain))
        if fits:
            found.append(Pair(fits.pop(), place, wraps))
        else:
            unmatched += 1
    return found, unmatched


def _payment_of(one: Movement, wraps: int, chain: Chain) -> tuple[str, str, int]:
    contract = chain.holder(contract_of(one.legs[0].identity))
    out, into = one.legs[0], one.legs[-1]
    if wraps > 0:
        return into.holder, contract, into.quantity
    return contract, out.holder, out.quantity


def _orderable(pairs: list[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Keep the pairs that can all be out before in; ``pairs`` are in the order of their logs.

    A payment that must follow its log cannot precede an earlier log's payment that must come before it.
    """
    kept, refused = [], []
    last_wrap = -1
    for one in pairs:
        if one.wraps > 0:
            last_wrap = max(last_wrap, one.payment)
        elif one.payment <= last_wrap:
            refused.append(one)
            continue
        kept.append(one)
    return kept, refused


def _merged(payments: list[Movement], logs: list[Movement], pairs: list[Pair]) -> list[Movement]:
    """Lay payments as early between the logs as the pairs allow."""
    after = {one.payment: one.log for one in pairs if one.wraps < 0}
    result: list[Movement] = []
    place = 0
    for number, log in enumerate(logs):
        while place < len(payments) and after.get(place, -1) < number:
            result.append(payments[place])
            place += 1
        result.append(log)
    return result + payments[place:]


def _link(payment: Movement, log: Movement, wraps: int) -> Link:
    paid, received = (payment, log) if wraps > 0 else (log, payment)
    return Link(
        f"{'wrap' if wraps > 0 else 'unwrap'}:{log.key}",
        "recorded",
        (LegName(paid.key, 1),),
        (LegName(received.key, 2),),
    )


def _finding(payment: Movement, log: Movement) -> Finding:
    reason = (
        "the calls and logs of this transaction cannot be ordered so that it is paid before got"
    )
    return Finding("wrap_not_linked", "1", UNKNOWN_TIME, (payment.key, log.key), (reason,))
