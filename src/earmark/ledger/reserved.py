"""Holders that stand for no one: issuance, fees, destruction and what the record does not say."""

from __future__ import annotations

OPENING = "opening:issued"
"""Pays what a holder must have had before the record: openings, and what a record brings forward."""
MARKET = "market:unknown"

BROUGHT_FORWARD = "brought_forward"
"""The kind of a lot that a record states without the transaction that made it (DESIGN §2.2, law 3).

Such as the output that a Bitcoin input spends, told by undo data. It is evidence, not a guess like the
builder's ``opening``: it stays when openings are placed otherwise, and it is no transaction of its own.
"""
BEFORE_THE_RECORD = ("opening", BROUGHT_FORWARD)
"""Kinds that are counted as openings, not as transactions."""


def may_go_below_zero(holder: str) -> bool:
    """Tell whether law 1 lets this holder pay out what it never received."""
    return holder.endswith(":issued") or holder == "btc:unresolved"


def end_role(holder: str) -> str:
    """Return the role in which a walk ends on arrival at a reserved holder, or an empty string.

    Fees end a walk unless the question says otherwise; ``unknown:…`` holders are walked through, and
    what is left with them is unresolved.
    """
    if holder.endswith(":fees"):
        return "fee"
    if holder.endswith((":burned", ":issued")) or holder == "cargo:lost":
        return "destroyed"
    return "unresolved" if holder in ("btc:unresolved", MARKET) else ""


def is_unknown(holder: str) -> bool:
    """Tell whether the record does not say who the holder is."""
    return holder.startswith("unknown:")
