"""Lines that ask, tie and test: links, claims, elections, findings, expected answers."""

from __future__ import annotations

from lark import Token

from earmark.ledger.notation.mistakes import OPTION_WORDS, mistaken
from earmark.ledger.notation.movements import basis_of
from earmark.ledger.notation.names import (
    Branch,
    Scope,
    branch_at,
    choice_of,
    clause_text,
    clauses_of,
    commodity_of,
    holder_of,
    key_of,
    leg_of,
    legs_of,
    number_of,
    optional_text,
    optional_token,
    subject_of,
    text_of,
    time_of,
    token_at,
    tokens_of,
)
from earmark.ledger.notation.words import COLUMNS, OPTIONS, ROLES, RULES
from earmark.ledger.times import format_when
from earmark.ledger.values import Claim, Election, Evidence, Expect, Finding, Link


def read_link(tree: Branch, scope: Scope, evidence: tuple[Evidence, ...]) -> Link:
    """Read ``link NAME BASIS "note": KEY#1 -> KEY#2``."""
    return Link(
        name=text_of(token_at(tree, 0)),
        basis=basis_of(token_at(tree, 1)),
        outs=legs_of(branch_at(tree, 3), scope),
        ins=legs_of(branch_at(tree, 4), scope),
        note=optional_text(optional_token(tree, 2)),
        evidence=evidence,
    )


def read_claim(tree: Branch, scope: Scope) -> Claim:
    """Read ``claim NAME QUANTITY SYMBOL at KEY#1, KEY for "…"``."""
    number = optional_token(tree, 1)
    commodity = commodity_of(token_at(tree, 2), scope)
    quantity = None if number is None else number_of(number, commodity)
    if number is not None and quantity is not None and quantity <= 0:
        raise mistaken(number, "a claim to nothing", "a quantity above zero")
    return Claim(
        name=text_of(token_at(tree, 0)),
        commodity=commodity.symbol,
        legs=legs_of(branch_at(tree, 3), scope),
        quantity=quantity,
        behalf=optional_text(optional_token(tree, 4)),
    )


def read_election(tree: Branch, scope: Scope) -> Election:
    """Read ``election KEY#1``."""
    return Election(leg_of(token_at(tree, 0), scope))


def read_finding(tree: Branch, scope: Scope, evidence: tuple[Evidence, ...]) -> Finding:
    """Read ``finding KIND VERSION TIME score S subjects a, b reasons "…", "…"``."""
    clauses = clauses_of(tree)
    subjects = tokens_of(clauses["subjects"]) if "subjects" in clauses else ()
    reasons = tokens_of(clauses["reasons"]) if "reasons" in clauses else ()
    return Finding(
        kind=text_of(token_at(tree, 0)),
        version=text_of(token_at(tree, 1)),
        when=time_of(token_at(tree, 2)),
        subjects=tuple(subject_of(token, scope) for token in subjects),
        reasons=tuple(text_of(token) for token in reasons),
        score=clause_text(clauses, "score"),
        evidence=evidence,
    )


def read_expect(tree: Branch, scope: Scope, line: int) -> Expect:
    """Read an ``expect`` line; ``words`` keeps what stands between the question and the colon.

    Holders among the words are full names and times are as they would be printed. ``role`` is the role of
    a ``trace`` row or the column of a ``total``; ``holder`` is whom the answer is about.
    """
    asked = branch_at(tree, 0)
    readers = {
        "trace": _trace,
        "total": _total,
        "origins": _origins,
        "shares": _shares,
        "balance": _balance,
        "opening": _balance,
    }
    if asked.data == "rejected":
        return Expect("rejected", (key_of(token_at(asked, 0), scope),), "", "", None, "", line)
    return readers[asked.data](asked, scope, line)


def _trace(tree: Branch, scope: Scope, line: int) -> Expect:
    *words, role, holder = tokens_of(tree)
    quantity, symbol = _exact_of(branch_at(tree, -1), scope)
    return Expect(
        question="trace",
        words=_trace_words(words),
        role=choice_of(role, ROLES, "a role"),
        holder=holder_of(holder, scope),
        quantity=quantity,
        commodity=symbol,
        line=line,
    )


def _total(tree: Branch, scope: Scope, line: int) -> Expect:
    *words, column = tokens_of(tree)
    quantity, symbol = _exact_of(branch_at(tree, -1), scope)
    role = choice_of(column, COLUMNS, "a column of the balance")
    return Expect("total", ("trace", *_trace_words(words)), role, "", quantity, symbol, line)


def _trace_words(tokens: list[Token]) -> tuple[str, ...]:
    rule, claim, *options = tokens
    chosen: dict[tuple[str, ...], str] = {}
    for token in options:
        word = choice_of(token, OPTION_WORDS, "an option")
        group = next(group for group in OPTIONS if word in group)
        if group in chosen:
            raise mistaken(token, f"`{word}` after `{chosen[group]}`", "one of them")
        chosen[group] = word
    ordered = (chosen[group] for group in OPTIONS if group in chosen)
    return (choice_of(rule, RULES, "a rule"), text_of(claim), *ordered)


def _origins(tree: Branch, scope: Scope, line: int) -> Expect:
    rule = choice_of(token_at(tree, 0), RULES, "a rule")
    holder = holder_of(token_at(tree, 1), scope)
    quantity, symbol = _exact_of(branch_at(tree, 4), scope)
    return Expect(
        question="origins",
        words=(rule, holder, *_time_words(optional_token(tree, 2))),
        role="",
        holder=subject_of(token_at(tree, 3), scope),
        quantity=quantity,
        commodity=symbol,
        line=line,
    )


def _shares(tree: Branch, scope: Scope, line: int) -> Expect:
    words = (holder_of(token_at(tree, 0), scope), *_time_words(optional_token(tree, 1)))
    whom = subject_of(token_at(tree, 2), scope)
    quantity, symbol = _exact_of(branch_at(tree, 3), scope)
    return Expect("shares", words, "", whom, quantity, symbol, line)


def _balance(tree: Branch, scope: Scope, line: int) -> Expect:
    holder = holder_of(token_at(tree, 0), scope)
    quantity, symbol = _exact_of(branch_at(tree, -1), scope)
    if tree.data == "opening":
        return Expect("opening", (holder,), "", "", quantity, symbol, line)
    words = (holder, *_time_words(optional_token(tree, 1)))
    return Expect("balance", words, "", "", quantity, symbol, line)


def _time_words(token: Token | None) -> tuple[str, ...]:
    return () if token is None else ("at", format_when(time_of(token)))


def _exact_of(tree: Branch, scope: Scope) -> tuple[int | None, str]:
    number, symbol = token_at(tree, 0), token_at(tree, 1)
    commodity = commodity_of(symbol, scope)
    quantity = None if number.type == "UNKNOWN" else number_of(number, commodity)
    return quantity, commodity.symbol
