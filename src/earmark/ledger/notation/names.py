"""From tokens to values: words and quoted texts, holders, commodities, legs, quantities and times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias, cast

from lark import Token, Tree

from earmark.ledger.errors import near_miss
from earmark.ledger.notation.mistakes import Mistake, column_of, mistaken, one_of, shorten
from earmark.ledger.notation.text import EscapeError, hidden_character, unquote
from earmark.ledger.notation.words import RESERVED_SUBJECTS
from earmark.ledger.quantity import parse_quantity
from earmark.ledger.times import parse_when
from earmark.ledger.values import Commodity, LegName, When

Branch: TypeAlias = Tree[Token]

_HOLDER_NAME = re.compile(r"[A-Za-z0-9_.+-]+:.+", re.DOTALL)
_SYMBOL = re.compile(r"[A-Za-z][A-Za-z0-9._:/-]*")
_ORDINAL = re.compile(r"(.+)#([0-9]+)", re.DOTALL)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")


def _as_it_stands(name: str) -> str:
    return name


class Spelling(NamedTuple):
    """How names that people write become names of the ledger, and back.

    ``holder`` and ``key`` raise ValueError for a mistyped name; ``shown`` is a holder as people write it.
    """

    holder: Callable[[str], str] = _as_it_stands
    key: Callable[[str], str] = _as_it_stands
    shown: Callable[[str], str] = _as_it_stands


AS_WRITTEN = Spelling()


@dataclass(frozen=True)
class Scope:
    """What the names of a text stand for: commodities by symbol, holders by alias, and other names."""

    commodities: Mapping[str, Commodity] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    entities: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    spelling: Spelling = AS_WRITTEN


def is_holder_name(text: str) -> bool:
    """Say whether a text is ``namespace:identifier``."""
    return bool(_HOLDER_NAME.fullmatch(text))


def is_symbol(text: str) -> bool:
    """Say whether a commodity's symbol can stand without quotation marks."""
    return bool(_SYMBOL.fullmatch(text))


def has_ordinal(key: str) -> bool:
    """Say whether a bare key would be read as ``KEY#ordinal``."""
    return bool(_ORDINAL.fullmatch(key))


def token_at(tree: Branch, index: int) -> Token:
    """Return a child that the grammar says is a token."""
    return cast("Token", tree.children[index])


def optional_token(tree: Branch, index: int) -> Token | None:
    """Return a child that the grammar says is a token or absent."""
    return cast("Token | None", tree.children[index])


def branch_at(tree: Branch, index: int) -> Branch:
    """Return a child that the grammar says is a branch."""
    return cast("Branch", tree.children[index])


def tokens_of(tree: Branch) -> tuple[Token, ...]:
    """Return the children that are tokens, in order."""
    return tuple(child for child in tree.children if isinstance(child, Token))


def clauses_of(tree: Branch) -> dict[str, Branch]:
    """Return the clauses of a line by name; raises Mistake where one is given twice."""
    found: dict[str, Branch] = {}
    for child in tree.children:
        if not isinstance(child, Tree):
            continue
        name = str(child.data).rstrip("_")
        if name in found:
            column = column_of(token_at(child, 0))
            raise Mistake(f"{_clause_name(name)} is given twice", column, "it at most once")
        found[name] = child
    return found


def _clause_name(name: str) -> str:
    return "the quoted text" if name == "note" else f"`{name}`"


def text_of(token: Token) -> str:
    """Return a word as it stands, or a quoted text without its marks and escapes."""
    if token.startswith('"'):
        return _unquoted(token, 0)
    hidden = hidden_character(token)
    if hidden:
        code = f"U+{ord(hidden):04X}"
        raise Mistake(
            f"the character {code} does not show",
            column_of(token) + token.index(hidden),
            "the word in quotation marks, with the character written out",
        )
    return str(token)


def _unquoted(token: Token, start: int) -> str:
    try:
        return unquote(token[start:])
    except EscapeError as error:
        column = column_of(token) + start + error.position
        expected = '\\", \\\\, \\n, \\uXXXX or \\UXXXXXXXX'
        raise Mistake("a backslash that says nothing", column, expected) from None


def optional_text(token: Token | None) -> str:
    """Return a text, or an empty string where there is none."""
    return "" if token is None else text_of(token)


def clause_text(clauses: Mapping[str, Branch], name: str) -> str:
    """Return the text of a clause, or an empty string where it is absent."""
    return text_of(token_at(clauses[name], 0)) if name in clauses else ""


def clause_time(clauses: Mapping[str, Branch], name: str) -> When:
    """Return the time of a clause, or the unknown time where it is absent."""
    return time_of(token_at(clauses[name], 0)) if name in clauses else When()


def _qualified(token: Token) -> str | None:
    """Return ``namespace:"…"`` with its quotation resolved, or None for any other token."""
    if token.startswith('"') or not token.endswith('"'):
        return None
    start = token.index('"')
    return token[:start] + _unquoted(token, start)


def clause_key(clauses: Mapping[str, Branch], name: str, scope: Scope) -> str:
    """Return the key of a clause, or an empty string where it is absent."""
    return key_of(token_at(clauses[name], 0), scope) if name in clauses else ""


def key_of(token: Token, scope: Scope) -> str:
    """Return a transaction's key as the ledger spells it."""
    return scope.spelling.key(text_of(token))


def _spelled(token: Token, name: str, scope: Scope) -> str:
    """Return a full name as the ledger spells it; raises Mistake for a mistyped address."""
    try:
        return scope.spelling.holder(name)
    except ValueError as error:
        shown = [scope.spelling.shown(one) for one in scope.aliases.values()]
        expected = "an address exactly as it was copied"
        raise mistaken(token, str(error), expected, near_miss(name, shown)) from None


def full_holder_of(token: Token, scope: Scope) -> str:
    """Return a holder's full name; raises Mistake for anything without a namespace."""
    name = _qualified(token) or text_of(token)
    if not is_holder_name(name):
        raise mistaken(
            token, f"{shorten(name)} is no full name of a holder", "namespace:identifier"
        )
    return _spelled(token, name, scope)


def holder_of(token: Token, scope: Scope) -> str:
    """Return the full name of the holder that an alias or a full name stands for."""
    name = _qualified(token) or text_of(token)
    if name in scope.aliases:
        return scope.aliases[name]
    if is_holder_name(name):
        return _spelled(token, name, scope)
    raise mistaken(
        token,
        f"no holder is called {shorten(name)}",
        "a declared alias or namespace:identifier",
        near_miss(name, sorted(scope.aliases)),
    )


def subject_of(token: Token, scope: Scope) -> str:
    """Return what a name in a sentence stands for; quoted text stands for itself.

    Raises Mistake for a bare word that nothing declares.
    """
    name = value_of(token, scope)
    known = scope.entities | scope.others | RESERVED_SUBJECTS
    if token.startswith('"') or ":" in name or name in known or _ordinal_base(name) in known:
        return name
    raise mistaken(
        token,
        f"nothing is called {shorten(name)}",
        "a declared alias or entity, a key, namespace:identifier or quoted text",
        near_miss(name, sorted({*scope.aliases, *known})),
    )


def _ordinal_base(name: str) -> str:
    match = _ORDINAL.fullmatch(name)
    return match[1] if match else name


def value_of(token: Token, scope: Scope) -> str:
    """Return the holder that a bare alias stands for, any other word or text as it stands."""
    if token.startswith('"'):
        return text_of(token)
    name = scope.aliases.get(token) or _qualified(token) or text_of(token)
    key = scope.spelling.key(name)
    return key if _ordinal_base(key) in scope.others else _spelled(token, name, scope)


def leg_of(token: Token, scope: Scope) -> LegName:
    """Return the leg that ``KEY``, ``KEY#2`` or ``"a key"#2`` names."""
    if not token.startswith('"'):
        match = _ORDINAL.fullmatch(text_of(token))
        if match is None:
            return LegName(key_of(token, scope))
        return _leg_name(token, scope.spelling.key(match[1]), match[2])
    if token.endswith('"'):
        return LegName(key_of(token, scope))
    end = token.rindex("#")
    quoted = Token(token.type, token[:end], column=token.column)
    return _leg_name(token, key_of(quoted, scope), token[end + 1 :])


def _leg_name(token: Token, key: str, ordinal: str) -> LegName:
    if len(ordinal) > 9 or int(ordinal) == 0 or ordinal.startswith("0"):
        raise mistaken(token, f"#{ordinal[:20]} numbers no leg", "legs numbered from #1")
    return LegName(key, int(ordinal))


def legs_of(tree: Branch, scope: Scope) -> tuple[LegName, ...]:
    """Return the legs that a list names."""
    return tuple(leg_of(token, scope) for token in tokens_of(tree))


def commodity_of(token: Token, scope: Scope) -> Commodity:
    """Return a declared commodity; raises Mistake with the nearest symbol."""
    symbol = text_of(token)
    if symbol not in scope.commodities:
        raise mistaken(
            token,
            f"no commodity is called {shorten(symbol)}",
            "a declared commodity",
            near_miss(symbol, sorted(scope.commodities)),
        )
    return scope.commodities[symbol]


def choice_of(token: Token, words: Iterable[str], what: str) -> str:
    """Return a word of a closed list; raises Mistake with the list and the nearest word."""
    word, known = text_of(token), tuple(words)
    if word in known:
        return word
    problem = f"{shorten(word)} is not {what}"
    raise mistaken(token, problem, one_of(known), near_miss(word, known))


def time_of(token: Token) -> When:
    """Return a time; raises Mistake with what is wrong about it."""
    return read_time(text_of(token), column_of(token))


def read_time(text: str, column: int) -> When:
    """Read the time that stands at a column of the line."""
    try:
        return parse_when(text)
    except ValueError as error:
        expected = "a time such as 2022-03-23T13:29:09Z, 2018-01, 2017-11..2018-02 or ?"
        raise Mistake(str(error), column, expected) from None


def number_of(token: Token, commodity: Commodity, text: str | None = None) -> int:
    """Return a number in the display unit as smallest units; raises Mistake for any other text."""
    number = str(token) if text is None else text
    try:
        return parse_quantity(number, commodity.exponent)
    except ValueError as error:
        near = _without_separators(number, commodity.exponent)
        expected = f"a number such as 173600 with at most {commodity.exponent} decimals"
        raise mistaken(token, str(error), expected, near) from None


def _without_separators(number: str, exponent: int) -> str:
    plain = re.sub(r"[_'’\u066c]", "", number).replace("\u066b", ".")
    readings = dict.fromkeys(text for text in _readings(plain) if _is_quantity(text, exponent))
    return " or ".join(readings)


def _readings(number: str) -> tuple[str, ...]:
    """Return what a number with commas may mean: commas group by three, or the last one is decimal."""
    grouped = number.replace(",", "")
    if _GROUPED.fullmatch(number) and (number.count(",") > 1 or "." in number):
        return (grouped,)
    whole, _, fraction = number.rpartition(",")
    decimal = f"{whole.replace('.', '')}.{fraction}"
    if _GROUPED.fullmatch(number):
        return (grouped, decimal)
    is_decimal = "," in number and (number.count(",") == 1) and "." not in fraction
    return (decimal,) if is_decimal else (number,)


def _is_quantity(text: str, exponent: int) -> bool:
    try:
        parse_quantity(text, exponent)
    except ValueError:
        return False
    return True
