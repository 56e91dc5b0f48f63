"""One document to a text, always in the same form: ``parse(print_document(d)) == d``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from earmark.ledger.notation import spelling
from earmark.ledger.notation.parser import NO_COMMODITIES
from earmark.ledger.notation.spelling import (
    Names,
    clause,
    exact,
    leg_name,
    leg_names,
    note,
    quoted_clause,
    subject,
    word,
)
from earmark.ledger.notation.text import is_bare, quote
from earmark.ledger.times import format_when
from earmark.ledger.values import (
    Claim,
    Commodity,
    Document,
    Entity,
    Evidence,
    Expect,
    Finding,
    Holder,
    Leg,
    Link,
    Observation,
    Statement,
    Stop,
    Transaction,
)


def print_document(
    document: Document,
    commodities: Mapping[str, Commodity] = NO_COMMODITIES,
    holders: Iterable[Holder] = (),
) -> str:
    """Print a document so that ``parse`` with the same declarations from elsewhere gives it back.

    Kinds of line stand in one order, each in the order of the document; comments are not kept, and an
    ``Expect.line`` becomes the line of the printed text. Raises ValueError for what cannot be written: an
    undeclared commodity, a holder without a namespace, a time outside the years 1 to 9999.
    """
    names = _names_of(document, commodities, holders)
    paragraphs: list[str] = []
    for tight, lines in _sections(document, names):
        paragraphs += ["\n".join(lines)] if tight and lines else lines
    return "\n\n".join(paragraphs) + "\n" if paragraphs else ""


def without_lines(document: Document) -> Document:
    """Return the document with every ``line`` 0: two layouts of one text become equal."""
    placed = ("transactions", "observations", "expects")
    unplaced = {
        name: tuple(msgspec.structs.replace(one, line=0) for one in getattr(document, name))
        for name in placed
    }
    return msgspec.structs.replace(document, **unplaced)


def _names_of(
    document: Document, commodities: Mapping[str, Commodity], holders: Iterable[Holder]
) -> Names:
    declared = {**commodities, **{each.symbol: each for each in document.commodities}}
    return Names(
        exponents={symbol: each.exponent for symbol, each in declared.items()},
        aliases={
            holder.name: holder.alias
            for holder in (*holders, *document.holders)
            if is_bare(holder.alias)
        },
        entities=frozenset(each.name for each in document.entities if is_bare(each.name)),
    )


def _sections(document: Document, names: Names) -> Iterable[tuple[bool, list[str]]]:
    """Yield each kind of line: whether its lines stand without empty lines between them, and the lines."""
    yield True, [_commodity(each) for each in document.commodities]
    yield True, [_holder(each) for each in document.holders]
    yield True, [_entity(each) for each in document.entities]
    yield True, [_statement(each, names) for each in document.statements]
    yield False, [_transaction(each, names) for each in document.transactions]
    yield False, [_observation(each, names) for each in document.observations]
    yield False, [_link(each) for each in document.links]
    yield True, [_claim(each, names) for each in document.claims]
    yield True, [_stop(each, names) for each in document.stops]
    yield True, [f"election {leg_name(each.leg)}" for each in document.elections]
    yield False, [_finding(each, names) for each in document.findings]
    yield True, [_expect(each, names) for each in document.expects]


def _commodity(commodity: Commodity) -> str:
    head = f"commodity {spelling.symbol(commodity.symbol)} exponent {commodity.exponent}"
    return head + note(commodity.name) + quoted_clause("id", commodity.identity)


def _holder(holder: Holder) -> str:
    alias = f"{word(holder.alias)} " if holder.alias else ""
    return f"holder {alias}{spelling.full_holder(holder.name)}{note(holder.label)}"


def _entity(entity: Entity) -> str:
    head = f"entity {word(entity.name)}"
    if entity.kind and not is_bare(entity.kind):
        return f"{head} {quote(entity.kind)} {quote(entity.label)}"
    kind = f" {entity.kind}" if entity.kind else ""
    return head + kind + note(entity.label)


def _statement(statement: Statement, names: Names) -> str:
    kind = f" ({spelling.bracketed(statement.by_kind)})" if statement.by_kind else ""
    parts = (
        f"statement {format_when(statement.said)} by {quote(statement.by)}{kind}:",
        f" {subject(statement.subject, names)} {word(statement.predicate)}",
        f" {spelling.value(statement.value, names)}",
        spelling.validity(statement.valid_from, statement.valid_to),
        quoted_clause("source", statement.source),
        quoted_clause("contested by", statement.contested_by),
        quoted_clause("response", statement.response),
        clause("key", statement.key),
        clause("supersedes", statement.supersedes),
    )
    return "".join(parts)


def _transaction(transaction: Transaction, names: Names) -> str:
    head = f"{format_when(transaction.when)} {word(transaction.kind)} {transaction.basis}"
    head += clause("key", transaction.key) + quoted_clause("ref", transaction.ref)
    head += clause("supersedes", transaction.supersedes) + note(transaction.note)
    return "\n".join([head, *_legs(transaction.legs, names), *_evidence(transaction.evidence)])


def _legs(legs: tuple[Leg, ...], names: Names) -> list[str]:
    """Write arrows where each out-leg is followed by its twin, else one line a leg; amounts aligned."""
    if any(leg.side == "in" and leg.spends for leg in legs):
        raise ValueError("an in-leg spends nothing")
    if not legs:
        raise ValueError("a transaction without legs says nothing")
    rows = _arrows(legs, names) or [
        (f"{'-' if leg.side == 'out' else '+'} {spelling.holder(leg.holder, names)}", leg)
        for leg in legs
    ]
    amounts = [spelling.amount(leg, names) for _, leg in rows]
    left, right = max(len(text) for text, _ in rows), max(len(text) for text in amounts)
    return [
        f"  {text.ljust(left)}  {amount.rjust(right)}{_leg_suffix(leg)}"
        for (text, leg), amount in zip(rows, amounts, strict=True)
    ]


def _arrows(legs: tuple[Leg, ...], names: Names) -> list[tuple[str, Leg]]:
    pairs = list(zip(legs[::2], legs[1::2], strict=False))
    if len(legs) % 2 or not all(_are_twins(out, into) for out, into in pairs):
        return []
    return [
        (f"{spelling.holder(out.holder, names)} -> {spelling.holder(into.holder, names)}", out)
        for out, into in pairs
    ]


def _are_twins(out: Leg, into: Leg) -> bool:
    twin = msgspec.structs.replace(out, side="in", holder=into.holder, spends=None)
    return out.side == "out" and twin == into


def _leg_suffix(leg: Leg) -> str:
    spends = f" spends {leg_name(leg.spends)}" if leg.spends else ""
    return (" inexact" if leg.inexact else "") + spends


def _evidence(evidence: tuple[Evidence, ...]) -> list[str]:
    return [
        f"  evidence {quote(each.source)}{note(each.locator)}"
        + (" contradicting" if each.role == "contradicting" else "")
        for each in evidence
    ]


def _observation(observation: Observation, names: Names) -> str:
    head = f"observation {format_when(observation.when)} {word(observation.kind)}"
    if observation.holder:
        head += f" holder {spelling.holder(observation.holder, names)}"
    head += f"{clause('key', observation.key)} {quote(observation.text)}"
    return "\n".join([head, *_evidence(observation.evidence)])


def _link(link: Link) -> str:
    head = f"link {word(link.name)} {link.basis}{note(link.note)}:"
    head += f" {leg_names(link.outs)} -> {leg_names(link.ins)}"
    return "\n".join([head, *_evidence(link.evidence)])


def _claim(claim: Claim, names: Names) -> str:
    what = (
        spelling.symbol(claim.commodity)
        if claim.quantity is None
        else exact(claim.quantity, claim.commodity, names)
    )
    behalf = quoted_clause("for", claim.behalf)
    return f"claim {word(claim.name)}  {what} at {leg_names(claim.legs)}{behalf}"


def _stop(stop: Stop, names: Names) -> str:
    stopped = {
        "holder": lambda: spelling.holder(stop.name, names),
        "entity": lambda: spelling.entity(stop.name, names),
        "transaction": lambda: word(stop.name),
    }[stop.kind]()
    parts = (
        f"stop {stop.kind} {stopped}",
        clause("role", stop.role),
        note(stop.label),
        spelling.times(stop.valid_from, stop.valid_to),
        quoted_clause("jurisdiction", stop.jurisdiction),
        quoted_clause("supervisor", stop.supervisor),
    )
    return "".join(parts)


def _finding(finding: Finding, names: Names) -> str:
    head = f"finding {word(finding.kind)} {word(finding.version)} {format_when(finding.when)}"
    head += clause("score", finding.score)
    if finding.subjects:
        head += " subjects " + ", ".join(subject(each, names) for each in finding.subjects)
    if finding.reasons:
        head += " reasons " + ", ".join(quote(each) for each in finding.reasons)
    return "\n".join([head, *_evidence(finding.evidence)])


def _expect(expect: Expect, names: Names) -> str:
    asked = " ".join([expect.question, *_expect_words(expect, names)])
    if expect.question == "rejected":
        return f"expect {asked}"
    answer = exact(expect.quantity, expect.commodity, names)
    whom = {
        "trace": lambda: f"{expect.role} {spelling.holder(expect.holder, names)} ",
        "total": lambda: f"{expect.role} ",
        "origins": lambda: f"{subject(expect.holder, names)} ",
        "shares": lambda: f"{subject(expect.holder, names)} ",
    }.get(expect.question, str)()
    return f"expect {asked}: {whom}{answer}"


def _expect_words(expect: Expect, names: Names) -> list[str]:
    """Write the words of the question; a claim, a holder or a key among them may need marks."""
    position = {"trace": 1, "total": 2, "origins": 1}.get(expect.question, 0)
    named = expect.words[position]
    by_holder = expect.question in {"origins", "shares", "balance", "opening"}
    written = spelling.holder(named, names) if by_holder else word(named)
    return [*expect.words[:position], written, *expect.words[position + 1 :]]
