"""Lines that say who and what there is: commodities, holders, entities, statements, stops."""

from __future__ import annotations

from typing import Literal

from lark import Token

from earmark.ledger.errors import near_miss
from earmark.ledger.notation.mistakes import Mistake, column_of, mistaken, shorten
from earmark.ledger.notation.names import (
    Branch,
    Scope,
    branch_at,
    clause_text,
    clause_time,
    clauses_of,
    full_holder_of,
    holder_of,
    is_symbol,
    key_of,
    optional_text,
    optional_token,
    read_time,
    subject_of,
    text_of,
    time_of,
    token_at,
    tokens_of,
    value_of,
)
from earmark.ledger.notation.words import RESERVED_SUBJECTS
from earmark.ledger.values import Commodity, Entity, Holder, Statement, Stop, When

LARGEST_EXPONENT = 38


def read_commodity(tree: Branch) -> Commodity:
    """Read ``commodity ETH exponent 18 "Ether" id "…"``."""
    symbol, exponent = token_at(tree, 0), token_at(tree, 1)
    if not symbol.startswith('"') and not is_symbol(symbol):
        raise mistaken(
            symbol,
            f"{shorten(symbol)} cannot stand as a symbol without quotation marks",
            "a letter, then letters, digits and . _ : / -",
        )
    if not (exponent.isascii() and exponent.isdecimal() and len(exponent) < 3):
        raise mistaken(exponent, f"{shorten(exponent)} is no exponent", _exponents())
    if int(exponent) > LARGEST_EXPONENT:
        raise mistaken(exponent, f"the exponent {exponent} is too large", _exponents())
    name, identity = optional_token(tree, 2), optional_token(tree, 3)
    return Commodity(text_of(symbol), int(exponent), optional_text(name), optional_text(identity))


def _exponents() -> str:
    return f"a whole number from 0 to {LARGEST_EXPONENT}"


def read_holder(tree: Branch, scope: Scope) -> Holder:
    """Read ``holder ALIAS namespace:identifier "Label"``, with or without the alias."""
    first, full, label = token_at(tree, 0), optional_token(tree, 1), optional_token(tree, 2)
    if full is None:
        return Holder(full_holder_of(first, scope), "", optional_text(label))
    return Holder(full_holder_of(full, scope), _alias_of(first), optional_text(label))


def _alias_of(token: Token) -> str:
    alias = text_of(token)
    if not alias or ":" in alias:
        raise mistaken(token, f"{shorten(alias)} is no alias", "a short name without a colon")
    if alias in RESERVED_SUBJECTS:
        raise mistaken(token, f"{shorten(alias)} has a meaning of its own", "another alias")
    return alias


def read_entity(tree: Branch) -> Entity:
    """Read ``entity NAME KIND "Label"``."""
    name, *rest = tokens_of(tree)
    texts = [text_of(token) for token in rest]
    if len(texts) == 1 and rest[0].type == "LABEL":
        return Entity(text_of(name), "", texts[0])
    return Entity(text_of(name), *texts)


def read_statement(tree: Branch, scope: Scope) -> Statement:
    """Read ``statement TIME by AUTHOR (KIND): SUBJECT PREDICATE VALUE`` and its clauses."""
    by_kind = optional_token(tree, 2)
    clauses = clauses_of(tree)
    valid_from, valid_to = _validity(clauses)
    return Statement(
        said=time_of(token_at(tree, 0)),
        by=text_of(token_at(tree, 1)),
        by_kind="" if by_kind is None else _bracketed(by_kind),
        subject=subject_of(token_at(tree, 3), scope),
        predicate=text_of(token_at(tree, 4)),
        value=value_of(token_at(tree, 5), scope),
        valid_from=valid_from,
        valid_to=valid_to,
        source=clause_text(clauses, "source"),
        contested_by=clause_text(clauses, "contested"),
        response=clause_text(clauses, "response"),
        key=clause_text(clauses, "key"),
        supersedes=clause_text(clauses, "supersedes"),
    )


def _bracketed(token: Token) -> str:
    return text_of(Token(token.type, token[1:-1], column=column_of(token) + 1))


def _validity(clauses: dict[str, Branch]) -> tuple[When, When]:
    """Read ``valid A..B``, or ``from A to B`` where A or B is itself a range."""
    if "valid" not in clauses:
        return clause_time(clauses, "from"), clause_time(clauses, "to")
    token = token_at(clauses["valid"], 0)
    if "from" in clauses or "to" in clauses:
        raise mistaken(token, "the validity is given twice", "either `valid` or `from` and `to`")
    before, dots, after = text_of(token).partition("..")
    if not before and not after:
        raise mistaken(token, f"{shorten(token)} is no span", "a span such as 2020..2021 or 2020..")
    start = _span_end(before, column_of(token))
    return start, _span_end(after, column_of(token) + len(before) + 2) if dots else start


def _span_end(text: str, column: int) -> When:
    if ".." in text:
        raise Mistake(f"{shorten(text)} has dots too many", column, "a span such as 2020..2021")
    return read_time(text, column) if text else When()


def read_stop(tree: Branch, scope: Scope) -> Stop:
    """Read ``stop holder H``, ``stop entity E`` or ``stop transaction KEY`` and its clauses."""
    clauses = clauses_of(tree)
    kind, name = _stopped(branch_at(tree, 0), scope)
    return Stop(
        kind=kind,
        name=name,
        role=clause_text(clauses, "role"),
        label=clause_text(clauses, "note"),
        valid_from=clause_time(clauses, "from"),
        valid_to=clause_time(clauses, "to"),
        jurisdiction=clause_text(clauses, "jurisdiction"),
        supervisor=clause_text(clauses, "supervisor"),
    )


def _stopped(tree: Branch, scope: Scope) -> tuple[Literal["holder", "entity", "transaction"], str]:
    token = token_at(tree, 0)
    if tree.data == "stopped_holder":
        return "holder", holder_of(token, scope)
    if tree.data == "stopped_transaction":
        return "transaction", key_of(token, scope)
    name = text_of(token)
    if token.startswith('"') or name in scope.entities:
        return "entity", name
    raise mistaken(
        token,
        f"no entity is called {shorten(name)}",
        "a declared entity or quoted text",
        near_miss(name, sorted(scope.entities)),
    )
