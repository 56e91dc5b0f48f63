"""When two rows of one event say the same in other words: how a fee parts, and what a double can hold."""

from __future__ import annotations

from typing import Any

from earmark.ledger.quantity import nearest_double

Told = dict[str, Any]
"""A leg as a row of the draft's columns."""

_PARTS_OF_A_FEE = (":fees", ":burned")


def say_the_same(here: list[Told], there: list[Told], *, are_fees: bool) -> bool:
    """Tell whether two rows' legs agree.

    A record that does not know how a fee parts gives all of it to the fees. An inexact quantity agrees with
    every exact one that its double would hold.
    """
    if are_fees:
        here, there = _undivided(here), _undivided(there)
    return len(here) == len(there) and all(map(_agree, here, there))


def _agree(one: Told, other: Told) -> bool:
    columns = (name for name in one if name not in ("quantity", "inexact"))
    if any(one[name] != other[name] for name in columns):
        return False
    if one["quantity"] == other["quantity"]:
        return True
    exact, inexact = (one, other) if other["inexact"] else (other, one)
    if exact["inexact"] or not inexact["inexact"] or None in (one["quantity"], other["quantity"]):
        return False
    return nearest_double(int(exact["quantity"])) == int(inexact["quantity"])


def _undivided(legs: list[Told]) -> list[Told]:
    """Add up what goes to the fees and what is destroyed of one commodity in one namespace."""
    found: list[Told] = []
    sums: dict[tuple[str, str], Told] = {}
    for leg in legs:
        namespace = leg["holder"].partition(":")[0]
        is_part = leg["side"] and leg["holder"] in [namespace + end for end in _PARTS_OF_A_FEE]
        if not is_part or leg["quantity"] is None:
            found.append(leg)
            continue
        whole = sums.get((namespace, leg["commodity"]))
        if whole is None:
            mine = {"holder": f"{namespace}:fees", "quantity": int(leg["quantity"])}
            whole = sums[namespace, leg["commodity"]] = leg | mine
            found.append(whole)
        else:
            whole["quantity"] += int(leg["quantity"])
    return found
