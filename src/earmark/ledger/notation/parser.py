"""A whole text of the notation to one document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TypeAlias, TypeVar

import msgspec
from lark import Token
from lark.exceptions import UnexpectedInput

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.notation.blocks import Block, Line, split_blocks
from earmark.ledger.notation.declarations import (
    read_commodity,
    read_entity,
    read_holder,
    read_statement,
    read_stop,
)
from earmark.ledger.notation.grammar import read_line
from earmark.ledger.notation.mistakes import Mistake, explain, mistaken, shorten
from earmark.ledger.notation.movements import (
    read_evidence,
    read_legs,
    read_observation,
    read_transaction,
)
from earmark.ledger.notation.names import AS_WRITTEN, Branch, Scope, Spelling, token_at
from earmark.ledger.notation.questions import (
    read_claim,
    read_election,
    read_expect,
    read_finding,
    read_link,
)
from earmark.ledger.values import (
    Claim,
    Commodity,
    Document,
    Entity,
    Evidence,
    Holder,
    Observation,
    Transaction,
)

_Value = TypeVar("_Value")
_Reader: TypeAlias = Callable[[Branch], _Value]
NO_COMMODITIES: Mapping[str, Commodity] = MappingProxyType({})


@dataclass(frozen=True)
class _Text:
    """A text split into blocks by the kind of their first line."""

    file: str
    blocks: Mapping[str, list[Block]]


def parse(
    text: str,
    file: str = "",
    commodities: Mapping[str, Commodity] = NO_COMMODITIES,
    holders: Iterable[Holder] = (),
    spelling: Spelling = AS_WRITTEN,
) -> Document:
    """Read a notation text; what a case declares elsewhere is passed in and is not part of the document.

    ``commodities`` are by symbol; ``holders`` lend their aliases; ``spelling`` turns names as people write
    them into names of the ledger. Declarations hold for the whole text, wherever they stand. Raises EarmarkError with file, line, column, what was expected and a near miss.
    """
    blocks: dict[str, list[Block]] = defaultdict(list)
    for block in split_blocks(text, file):
        blocks[block.head.kind].append(block)
    source = _Text(file, blocks)
    elsewhere = {holder.alias: holder.name for holder in holders if holder.alias}
    declared, scope = _read_declarations(source, Scope(commodities, elsewhere, spelling=spelling))
    happened = _read_movements(source, declared, scope)
    return _read_sayings(source, happened, replace(scope, others=_other_names(happened)))


def _read_declarations(source: _Text, given: Scope) -> tuple[Document, Scope]:
    commodities = _heads(source, "commodity", _commodity_reader(given.commodities))
    holders = _heads(source, "holder", _holder_reader(given))
    own_aliases = {holder.alias: holder.name for holder in holders if holder.alias}
    aliases = {**given.aliases, **own_aliases}
    entities = _heads(source, "entity", _entity_reader(aliases))
    scope = replace(
        given,
        commodities={**given.commodities, **{own.symbol: own for own in commodities}},
        aliases=aliases,
        entities=frozenset(entity.name for entity in entities),
    )
    return Document(commodities=commodities, holders=holders, entities=entities), scope


def _read_movements(source: _Text, declared: Document, scope: Scope) -> Document:
    return msgspec.structs.replace(
        declared,
        transactions=tuple(
            _transaction(block, source.file, scope)
            for block in source.blocks.get("transaction", ())
        ),
        observations=tuple(
            _observation(block, source.file, scope)
            for block in source.blocks.get("observation", ())
        ),
        links=_with_evidence(
            source, "link", lambda tree, evidence: read_link(tree, scope, evidence)
        ),
        claims=_heads(source, "claim", _claim_reader(scope)),
    )


def _read_sayings(source: _Text, happened: Document, scope: Scope) -> Document:
    return msgspec.structs.replace(
        happened,
        statements=_heads(source, "statement", lambda tree: read_statement(tree, scope)),
        stops=_heads(source, "stop", lambda tree: read_stop(tree, scope)),
        elections=_heads(source, "election", lambda tree: read_election(tree, scope)),
        findings=_with_evidence(
            source, "finding", lambda tree, evidence: read_finding(tree, scope, evidence)
        ),
        expects=tuple(
            _head(block, source.file, partial(read_expect, scope=scope, line=block.head.number))
            for block in source.blocks.get("expect", ())
        ),
    )


def _other_names(document: Document) -> frozenset[str]:
    names = {transaction.key for transaction in document.transactions}
    names |= {observation.key for observation in document.observations}
    names |= {claim.name for claim in document.claims} | {link.name for link in document.links}
    return frozenset(names - {""})


def _read(line: Line, file: str, reader: _Reader[_Value]) -> _Value:
    """Read one line; every mistake leaves here as an EarmarkError with its place."""
    try:
        return reader(read_line(line.text, line.kind))
    except UnexpectedInput as error:
        raise explain(error, line.text).at(file, line.number) from None
    except Mistake as mistake:
        raise mistake.at(file, line.number) from None


def _heads(source: _Text, kind: str, reader: _Reader[_Value]) -> tuple[_Value, ...]:
    return tuple(_head(block, source.file, reader) for block in source.blocks.get(kind, ()))


def _head(block: Block, file: str, reader: _Reader[_Value]) -> _Value:
    for line in block.body:
        raise _misplaced(line, block, file, "an unindented line")
    return _read(block.head, file, reader)


def _with_evidence(
    source: _Text, kind: str, reader: Callable[[Branch, tuple[Evidence, ...]], _Value]
) -> tuple[_Value, ...]:
    return tuple(
        _head_with_evidence(block, source.file, reader) for block in source.blocks.get(kind, ())
    )


def _head_with_evidence(
    block: Block, file: str, reader: Callable[[Branch, tuple[Evidence, ...]], _Value]
) -> _Value:
    evidence = _evidence(block, file)
    return _read(block.head, file, lambda tree: reader(tree, evidence))


def _evidence(block: Block, file: str) -> tuple[Evidence, ...]:
    for line in block.body:
        if line.kind != "evidence" and block.head.kind != "transaction":
            raise _misplaced(line, block, file, "evidence or an unindented line")
    return tuple(_read(line, file, read_evidence) for line in block.body if line.kind == "evidence")


def _misplaced(line: Line, block: Block, file: str, expected: str) -> EarmarkError:
    column = len(line.text) - len(line.text.lstrip(" \t")) + 1
    word = line.text.split()[0]
    return EarmarkError(
        f"{shorten(word)} under `{block.head.kind}`, to which it cannot belong",
        file=file,
        line=line.number,
        column=column,
        expected=expected,
        near_miss=near_miss(word, ("evidence",)) if "evidence" in expected else "",
    )


def _transaction(block: Block, file: str, scope: Scope) -> Transaction:
    transaction = _read(block.head, file, partial(read_transaction, scope=scope))
    evidence = _evidence(block, file)
    legs = tuple(
        leg
        for line in block.body
        if line.kind != "evidence"
        for leg in _read(line, file, partial(read_legs, scope=scope))
    )
    if not legs:
        raise _without_legs(block.head, file)
    return msgspec.structs.replace(
        transaction, legs=legs, evidence=evidence, line=block.head.number
    )


def _observation(block: Block, file: str, scope: Scope) -> Observation:
    seen = _head_with_evidence(
        block, file, lambda tree, evidence: read_observation(tree, scope, evidence)
    )
    return msgspec.structs.replace(seen, line=block.head.number)


def _without_legs(head: Line, file: str) -> EarmarkError:
    return EarmarkError(
        "a transaction without legs",
        file=file,
        line=head.number,
        column=1,
        expected="indented lines such as `A -> B  100 ETH`; what moves nothing is an observation",
    )


def _commodity_reader(given: Mapping[str, Commodity]) -> _Reader[Commodity]:
    seen: set[str] = set()

    def read(tree: Branch) -> Commodity:
        commodity = read_commodity(tree)
        symbol = commodity.symbol
        _refuse_second(token_at(tree, 0), "commodity", symbol, seen)
        if symbol in given and given[symbol].exponent != commodity.exponent:
            expected = f"exponent {given[symbol].exponent}, as the case declares it"
            raise mistaken(token_at(tree, 1), f"another exponent for {shorten(symbol)}", expected)
        return commodity

    return read


def _holder_reader(scope: Scope) -> _Reader[Holder]:
    given = scope.aliases
    names: set[str] = set()
    aliases: set[str] = set()

    def read(tree: Branch) -> Holder:
        holder = read_holder(tree, scope)
        token, alias = token_at(tree, 0), holder.alias
        if alias:
            _refuse_second(token, "alias", alias, aliases)
        _refuse_second(token, "holder", holder.name, names)
        if given.get(alias, holder.name) != holder.name:
            expected = f"{given[alias]}, as the case declares it"
            raise mistaken(token, f"another holder for the alias {shorten(alias)}", expected)
        return holder

    return read


def _entity_reader(aliases: Mapping[str, str]) -> _Reader[Entity]:
    seen = set(aliases)

    def read(tree: Branch) -> Entity:
        entity = read_entity(tree)
        _refuse_second(token_at(tree, 0), "name", entity.name, seen)
        return entity

    return read


def _claim_reader(scope: Scope) -> _Reader[Claim]:
    seen: set[str] = set()

    def read(tree: Branch) -> Claim:
        claim = read_claim(tree, scope)
        _refuse_second(token_at(tree, 0), "claim", claim.name, seen)
        return claim

    return read


def _refuse_second(token: Token, what: str, name: str, seen: set[str]) -> None:
    if name in seen:
        problem = f"the {what} {shorten(name)} is declared twice"
        raise mistaken(token, problem, "each name once")
    seen.add(name)
