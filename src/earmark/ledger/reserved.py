"""Holders that stand for no one: issuance, fees, destruction and what the record does not say."""

from __future__ import annotations

OPENING = "opening:issued"
MARKET = "market:unknown"


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
