"""Lines that say what happened: transactions with their legs, observations, evidence."""

from __future__ import annotations

from typing import NamedTuple, cast

from lark import Token

from earmark.ledger.notation.mistakes import Mistake, column_of, mistaken
from earmark.ledger.notation.names import (
    Branch,
    Scope,
    choice_of,
    clause_key,
    clause_text,
    clauses_of,
    commodity_of,
    holder_of,
    leg_of,
    number_of,
    optional_text,
    optional_token,
    text_of,
    time_of,
    token_at,
)
from earmark.ledger.notation.words import BASES
from earmark.ledger.values import (
    Basis,
    Commodity,
    Evidence,
    Leg,
    Observation,
    Transaction,
)


class _Amount(NamedTuple):
    commodity: str
    quantity: int | None
    low: int | None
    high: int | None


def read_transaction(tree: Branch, scope: Scope) -> Transaction:
    """Read ``TIME KIND BASIS`` and its clauses; legs and evidence stand on lines of their own."""
    clauses = clauses_of(tree)
    return Transaction(
        when=time_of(token_at(tree, 0)),
        kind=text_of(token_at(tree, 1)),
        basis=basis_of(token_at(tree, 2)),
        legs=(),
        key=clause_key(clauses, "key", scope),
        ref=clause_text(clauses, "ref"),
        supersedes=clause_key(clauses, "supersedes", scope),
        note=clause_text(clauses, "note"),
    )


def basis_of(token: Token) -> Basis:
    """Return the basis that a token names."""
    return cast("Basis", choice_of(token, BASES, "a basis"))


def read_legs(tree: Branch, scope: Scope) -> tuple[Leg, ...]:
    """Read ``- A  100 ETH``, ``+ B  60 ETH`` or ``A -> B  100 ETH``, which is one of each."""
    clauses = clauses_of(tree)
    amount = _amount_of(clauses["amount"], scope)
    inexact = "inexact" in clauses
    spends = leg_of(token_at(clauses["spends"], 0), scope) if "spends" in clauses else None
    first = holder_of(token_at(tree, 0), scope)
    if tree.data == "into":
        return (Leg("in", first, *amount, inexact=inexact),)
    out = Leg("out", first, *amount, spends=spends, inexact=inexact)
    if tree.data == "out":
        return (out,)
    return (out, Leg("in", holder_of(token_at(tree, 1), scope), *amount, inexact=inexact))


def _amount_of(tree: Branch, scope: Scope) -> _Amount:
    number, bounds, symbol = token_at(tree, 0), optional_token(tree, 1), token_at(tree, 2)
    commodity = commodity_of(symbol, scope)
    quantity = None if number.type == "UNKNOWN" else _amount_number(number, commodity)
    if bounds is None:
        return _Amount(commodity.symbol, quantity, None, None)
    low, high = _bounds_of(bounds, commodity)
    known = [part for part in (low, quantity, high) if part is not None]
    if known != sorted(known):
        raise mistaken(bounds, "the bounds are not in order", "low, best and high in rising order")
    return _Amount(commodity.symbol, quantity, low, high)


def _amount_number(token: Token, commodity: Commodity, text: str | None = None) -> int:
    quantity = number_of(token, commodity, text)
    if quantity < 0:
        raise mistaken(token, "a quantity below zero", "the two sides exchanged")
    return quantity


def _bounds_of(token: Token, commodity: Commodity) -> tuple[int | None, int | None]:
    low, dots, high = (part.strip() for part in token[1:-1].partition(".."))
    if not dots or not (low or high):
        raise mistaken(token, "bounds that bound nothing", "[90..110], [90..] or [..110]")
    return (
        _amount_number(token, commodity, low) if low else None,
        _amount_number(token, commodity, high) if high else None,
    )


def read_evidence(tree: Branch) -> Evidence:
    """Read ``evidence "source" "locator" contradicting``."""
    source, locator, against = token_at(tree, 0), optional_token(tree, 1), optional_token(tree, 2)
    return Evidence(
        source=text_of(source),
        locator=optional_text(locator),
        role="supporting" if against is None else "contradicting",
    )


def read_observation(tree: Branch, scope: Scope, evidence: tuple[Evidence, ...]) -> Observation:
    """Read ``observation TIME KIND holder H key K "text"``."""
    clauses = clauses_of(tree)
    if "note" not in clauses:
        column = column_of(token_at(tree, 1))
        raise Mistake("an observation without its text", column, "text in quotation marks")
    holder = clauses.get("at_holder")
    return Observation(
        when=time_of(token_at(tree, 0)),
        kind=text_of(token_at(tree, 1)),
        text=clause_text(clauses, "note"),
        holder=holder_of(token_at(holder, 0), scope) if holder else "",
        key=clause_key(clauses, "key", scope),
        evidence=evidence,
    )
