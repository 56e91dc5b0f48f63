"""`earmark shares`: pari passu on one holding, capped by each lowest intermediate balance.

A separate question from tracing (Barlow Clowes v Vaughan [1992] 4 All ER 22): what is left is shared by
all contributions whatever their order; the rest of each contribution is ``withdrawn`` and not followed.
Nobody takes more than the lowest balance since paying in (Roscoe v Winder [1915] 1 Ch 62); what a cap
frees goes to the others in the same proportion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from earmark.ledger.quantity import format_quantity
from earmark.ledger.times import format_instant
from earmark.tracing.asking import question_of
from earmark.tracing.events import events_of
from earmark.tracing.origins import holder_position, unknown_legs
from earmark.tracing.rules import largest_remainder

if TYPE_CHECKING:
    from earmark.ledger.values import Placement
    from earmark.tracing.trace import Tracer
    from earmark.tracing.values import ClaimedLeg, Event, Leg


@dataclass
class Contribution:
    """What one contributor paid in, and the lowest balance since."""

    contributed: int = 0
    lowest: int | None = None
    lowest_us: int | None = None


@dataclass
class Account:
    """One holding: its running balance and its contributors in order of first payment."""

    balance: int
    contributions: dict[str, Contribution]

    def pay_in(self, name: str, quantity: int, time_us: int | None) -> None:
        """Add a contribution; a new one can lift the contributor's own lowest balance, no other's."""
        self.balance += quantity
        one = self.contributions.setdefault(name, Contribution())
        one.contributed += quantity
        if one.lowest is None:
            one.lowest, one.lowest_us = self.balance, time_us
        else:
            one.lowest += quantity  # the same moment stays the lowest

    def pay_out(self, quantity: int, time_us: int | None) -> None:
        """Take a payment off the balance, which may be the lowest so far."""
        self.balance -= quantity
        for one in self.contributions.values():
            if one.lowest is None or self.balance < one.lowest:
                one.lowest, one.lowest_us = self.balance, time_us


def shares(
    tracer: Tracer, holder: str, placement: Placement, at_us: int | None = None
) -> list[dict[str, Any]]:
    """Return one table per commodity of the holder: who may take how much of what is left.

    ``unknown_legs`` counts the holding's legs whose quantity nobody knows: they are in no sum.
    """
    ledger = tracer.placed(placement)
    position = holder_position(ledger, holder)
    question = question_of(ledger, tracer.terms, "fifo")
    names = [claim.name for claim in tracer.terms.claims]
    claimed: dict[int, list[ClaimedLeg]] = {}
    for claim in question.claimed:
        claimed.setdefault(claim.leg, []).append(claim)
    accounts: dict[int, Account] = {}
    for event in events_of(ledger):
        if at_us is None or event.order_us is None or event.order_us <= at_us:
            _enter(accounts, event, position, claimed, names, ledger.holder_names)
    unknown = unknown_legs(ledger, position, at_us)
    for commodity in unknown:
        accounts.setdefault(commodity, Account(0, {}))
    return [
        {
            "holder": ledger.holder_names[position],
            "at": None if at_us is None else format_instant(at_us),
            "openings_placed": placement,
            "commodity": ledger.commodities[commodity].symbol,
            "closing_balance": format_quantity(
                account.balance, ledger.commodities[commodity].exponent
            ),
            "unknown_legs": unknown.get(commodity, 0),
            "shares": _rows(account, ledger.commodities[commodity].exponent),
        }
        for commodity, account in sorted(accounts.items())
    ]


def _enter(
    accounts: dict[int, Account],
    event: Event,
    holder: int,
    claimed: dict[int, list[ClaimedLeg]],
    claim_names: list[str],
    holder_names: list[str],
) -> None:
    mine = [leg for leg in event.legs if leg.holder == holder and leg.quantity]
    for commodity in dict.fromkeys(leg.commodity for leg in mine):
        account = accounts.setdefault(commodity, Account(0, {}))
        paid, received = (
            [leg for leg in mine if (leg.commodity, leg.is_in) == (commodity, is_in)]
            for is_in in (False, True)
        )
        # Change that comes back is neither a withdrawal nor a contribution.
        out, change = _without_change(paid, received)
        if out:
            account.pay_out(out, event.span_us[0])
        for leg in received:
            back = min(change, leg.quantity or 0)
            change -= back
            new = leg._replace(quantity=(leg.quantity or 0) - back)
            for name, quantity in _contributors(event, new, claimed, claim_names, holder_names):
                account.pay_in(name, quantity, event.span_us[0])


def _without_change(paid: list[Leg], received: list[Leg]) -> tuple[int, int]:
    """Return what left one holding in a transaction, and how much of what arrived is its own change."""
    out, into = (sum(leg.quantity or 0 for leg in legs) for legs in (paid, received))
    return out - min(out, into), min(out, into)


def _contributors(
    event: Event,
    leg: Leg,
    claimed: dict[int, list[ClaimedLeg]],
    claim_names: list[str],
    holder_names: list[str],
) -> list[tuple[str, int]]:
    """Name who paid an in-leg: its claims first, then the payers in proportion to what they paid."""
    left = leg.quantity or 0
    found = []
    for claim in claimed.get(leg.position, ()):
        part = left if claim.quantity is None else min(left, claim.quantity)
        found.append((claim_names[claim.colour], part))
        left -= part
    payers = [
        one
        for one in event.legs
        if not one.is_in and one.commodity == leg.commodity and one.holder != leg.holder
    ]
    if not any(one.quantity for one in payers):  # nobody knows who of them paid how much
        who = dict.fromkeys(holder_names[one.holder] for one in payers or [leg])
        found.append((", ".join(who), left))
        return [(name, part) for name, part in found if part]
    parts = largest_remainder(left, [one.quantity or 0 for one in payers])
    found += [(holder_names[one.holder], part) for one, part in zip(payers, parts, strict=True)]
    return [(name, part) for name, part in found if part]


def _rows(account: Account, exponent: int) -> list[dict[str, Any]]:
    pari_passu, given = divided(account)
    rows = []
    for (name, one), even, share in zip(
        account.contributions.items(), pari_passu, given, strict=True
    ):
        rows.append(
            {
                "contributor": name,
                "contributed": format_quantity(one.contributed, exponent),
                "pari_passu": format_quantity(even, exponent),
                "lowest_balance": format_quantity(one.lowest or 0, exponent),
                "lowest_at": None if one.lowest_us is None else format_instant(one.lowest_us),
                "share": format_quantity(share, exponent),
                "withdrawn": format_quantity(one.contributed - share, exponent),
            }
        )
    return rows


def divided(account: Account) -> tuple[list[int], list[int]]:
    """Return the pari passu shares, and the shares after every cap that binds."""
    people = list(account.contributions.values())
    paid = [one.contributed for one in people]
    even = largest_remainder(account.balance, paid)
    caps = [one.lowest or 0 for one in people]
    given = [0] * len(people)
    is_free = [True] * len(people)
    left = account.balance
    while True:
        weights = [one if free else 0 for one, free in zip(paid, is_free, strict=True)]
        parts = largest_remainder(left, weights)
        over = [i for i, part in enumerate(parts) if is_free[i] and part > caps[i]]
        if not over:
            return even, [g or part for g, part in zip(given, parts, strict=True)]
        for index in over:
            given[index] = caps[index]
            is_free[index] = False
            left -= caps[index]
