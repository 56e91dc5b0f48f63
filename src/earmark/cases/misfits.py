"""What does not fit in ``case.toml``, said in the words of whoever wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, get_origin

import msgspec

from earmark.cases import config
from earmark.ledger.errors import near_miss

if TYPE_CHECKING:
    from collections.abc import Sequence

Path = list[tuple[str, str]]
"""Keys from the top down, each with the number of its table or entry from 0, or an empty text."""

TABLES: dict[str, type[msgspec.Struct]] = {
    "source": config.Source,
    "columns": config.ColumnNames,
    "format": config.TableFormat,
    "ignore": config.Ignore,
    "commodity": config.CommoditySetting,
    "claim": config.ClaimSetting,
    "stop": config.StopSetting,
    "question": config.Question,
}
_KINDS = {
    "str": "text in quotation marks",
    "int": "a whole number",
    "float": "a number with decimals",
    "bool": "true or false without quotation marks",
    "array": "a list in brackets",
    "object": "a table",
    "date": "a date without quotation marks",
    "datetime": "a time without quotation marks",
    "time": "a time of day without quotation marks",
}


class Misfit(NamedTuple):
    """A problem, what was expected, and the word that may have been meant."""

    problem: str
    expected: str = ""
    near_miss: str = ""


def misfit(problem: str, path: Path, *, is_in_table: bool = False) -> Misfit:
    """Return a problem of msgspec (1.x) in plain words; ``is_in_table`` says it is a value under a free key."""
    unknown = re.fullmatch(r"Object contains unknown field `([^`]*)`", problem)
    if unknown:
        return _unknown(unknown[1], path)
    missing = re.fullmatch(r"Object missing required field `([^`]*)`", problem)
    if missing:
        return _missing(missing[1], path)
    what = f"a value in {path[-1][0]}" if is_in_table else _what(path)
    choice = re.fullmatch(r"Invalid enum value '(.*)'", problem, re.DOTALL)
    if choice:
        return _choice(choice[1], what, path)
    bound = re.fullmatch(r"Expected `int` (>=|<=) (-?\d+)", problem)
    if bound:
        limit = "at least" if bound[1] == ">=" else "at most"
        return Misfit(f"{what} is out of range", f"a whole number of {limit} {bound[2]}")
    kinds = re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", problem)
    if kinds:
        return Misfit(f"{what} is {_KINDS.get(kinds[2], kinds[2])}", _kinds(kinds[1], path))
    return Misfit(f"{what}: {problem}")


def _unknown(key: str, path: Path) -> Misfit:
    keys = _table(path).__struct_fields__
    return Misfit(f"unknown key {key!r}", f"one of {', '.join(keys)}", near_miss(key, keys))


def _missing(key: str, path: Path) -> Misfit:
    required = [one.name for one in msgspec.structs.fields(_table(path)) if one.required]
    header = _header(path)
    if not header:
        return Misfit(f"the case has no {key!r}", f"{_both(required)} before the first table")
    return Misfit(f"{header} has no {key!r}", f"{header} with {_both(required)}")


def _choice(word: str, what: str, path: Path) -> Misfit:
    known = _choices(_table(path[:-1]), path[-1][0]) if path else []
    return Misfit(f"{what} is {word[:60]!r}", _either(known), near_miss(word, known))


def _kinds(kinds: str, path: Path) -> str:
    name = path[-1][0] if path else ""
    if name in TABLES and path[-1][1] == "" and kinds == "array":
        return f"tables that begin with {_header([*path[:-1], (name, '0')])}"
    return " or ".join(_KINDS.get(kind, kind) for kind in kinds.split(" | ") if kind != "null")


def _table(path: Path) -> type[msgspec.Struct]:
    return TABLES.get(path[-1][0], config.CaseSettings) if path else config.CaseSettings


def _header(path: Path) -> str:
    """Return ``[[source.ignore]]`` or ``[source.columns]``; nothing at the top."""
    names = ".".join(name for name, _ in path)
    if not names:
        return ""
    return f"[[{names}]]" if path[-1][1] else f"[{names}]"


def _what(path: Path) -> str:
    if not path:
        return "the case"
    name, index = path[-1]
    return f"entry {int(index) + 1} of {name}" if index else name


def _choices(struct: type[msgspec.Struct], name: str) -> list[str]:
    """Return the words that a key may be, in the order of its type."""
    found = (one.type for one in msgspec.structs.fields(struct) if one.name == name)
    return [word for kind in found for word in _words(kind)]


def _words(kind: Any) -> list[str]:
    if get_origin(kind) is Literal:
        return [str(word) for word in get_args(kind)]
    return [word for part in get_args(kind) for word in _words(part)]


def _either(words: Sequence[str]) -> str:
    return _joined([f"`{word}`" for word in words], "or")


def _both(words: Sequence[str]) -> str:
    return _joined([f"`{word}`" for word in words], "and")


def _joined(words: Sequence[str], last: str) -> str:
    return (
        f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
    )
