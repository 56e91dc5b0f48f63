"""What went wrong in a line, told in the words of the line and not of the grammar."""

from __future__ import annotations

import re

from lark import Token
from lark.exceptions import UnexpectedInput, UnexpectedToken

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.notation.text import hidden_character
from earmark.ledger.notation.words import BASES, COLUMNS, OPTIONS, ROLES, RULES


def one_of(words: tuple[str, ...]) -> str:
    """Join words as people do: ``a, b or c``."""
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


OPTION_WORDS = tuple(word for group in OPTIONS for word in group)

_SLOTS = {
    "AUTHOR": "who says it",
    "AUTHOR_KIND": "the kind of author in round brackets",
    "BASIS": one_of(BASES),
    "BOUNDS": "bounds such as [90..110]",
    "CLAIM_NAME": "the name of a claim",
    "COLON": "a colon followed by a space",
    "COLUMN": one_of(COLUMNS),
    "COMMA": "a comma",
    "ENTITY_KIND": "a kind such as firm",
    "ENTITY_NAME": "the name of an entity",
    "FIRST": "an alias or namespace:identifier",
    "FULL": "namespace:identifier",
    "HOLDER": "a holder (an alias or namespace:identifier)",
    "KEY": "a transaction's key",
    "KIND": "a kind such as payment",
    "LABEL": "text in quotation marks",
    "LEG": "a leg such as KEY or KEY#2",
    "LOCATOR": "a locator in quotation marks",
    "NAME": "a name",
    "NUMBER": "a number",
    "OPTION": one_of(OPTION_WORDS),
    "PREDICATE": "a predicate such as belongs_to",
    "ROLE": one_of(ROLES),
    "RULE": one_of(RULES),
    "SPAN": "a span such as 2020..2021",
    "SUBJECT": "a name (an alias, an entity, namespace:identifier or quoted text)",
    "SYMBOL": "a commodity",
    "TEXT": "a word or quoted text",
    "TIME": "a time such as 2022-03-23T13:29:09Z, 2018-01 or ?",
    "UNKNOWN": "`?`",
    "VALUE": "a value (a word or quoted text)",
    "VERSION": "a version",
    "$END": "the end of the line",
}
_SIGNS = {"_OUT": "-", "_IN": "+", "_TO": "->", "_UNTIL": "to"}
_IGNORED = frozenset({"COMMENT", "SPACE"})
_SHOWN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s",;:]+|.')
_SHOWN_CHARACTERS = 60
_CLOCK_APART = re.compile(
    r"(?:^|\s)([0-9]{4}-[0-9]{2}-[0-9]{2})[ \t]+([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?(?=[\s:]|$)"
)


class Mistake(Exception):  # noqa: N818  (it is a person's mistake, told in the person's words)
    """A mistake at a column of one line; the parser adds the file and the line."""

    def __init__(self, problem: str, column: int, expected: str = "", near: str = "") -> None:
        """Keep the parts; columns count from 1."""
        self.problem = problem
        self.column = column
        self.expected = expected
        self.near = near
        super().__init__(problem)

    def at(self, file: str, line: int) -> EarmarkError:
        """Return the error that a person sees."""
        return EarmarkError(
            self.problem,
            file=file,
            line=line,
            column=self.column,
            expected=self.expected,
            near_miss=self.near,
        )


def column_of(token: Token) -> int:
    """Return the column, from 1, at which a token of a line begins."""
    return token.column or 1


def mistaken(token: Token, problem: str, expected: str = "", near: str = "") -> Mistake:
    """Return a mistake that stands where a token stands."""
    return Mistake(problem, column_of(token), expected, near)


def shorten(text: str) -> str:
    """Return a text as an error shows it: in backticks, what hides written out, never long."""
    shown = "".join(
        f"\\u{ord(c):04X}" if hidden_character(c) else c for c in text[:_SHOWN_CHARACTERS]
    )
    return f"`{shown}`" if len(text) <= _SHOWN_CHARACTERS else f"`{shown}…`"


def explain(error: UnexpectedInput, line: str) -> Mistake:
    """Turn what the parser says about a line into a mistake that a person can mend."""
    allowed = _allowed(error)
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return Mistake("the line ends too early", error.token.end_column or 1, _expected(allowed))
    column = error.column
    rest = line[column - 1 :]
    apart = _clock_apart(line, column)
    if apart:
        return apart
    special = _special(rest)
    if special:
        return Mistake(special[0], column, special[1])
    word = _shown(rest)
    return Mistake(
        f"unexpected {shorten(word)}", column, _expected(allowed), _near(word, line, allowed)
    )


def _clock_apart(line: str, column: int) -> Mistake | None:
    """Return the mistake of a clock time that stands beside its day, if it stands before the column."""
    found = _CLOCK_APART.search(re.split('[";]', line, maxsplit=1)[0])
    if found is None or found.start(2) >= column:
        return None
    day, clock, zone = found.groups(default="")
    problem = f"the clock time {shorten(clock)} stands apart from its day"
    expected = "one word: the day, T, the clock time, then Z or an offset"
    return Mistake(problem, found.start(2) + 1, expected, f"{day}T{clock}{zone or 'Z'}")


def _shown(rest: str) -> str:
    match = _SHOWN.match(rest)
    return match[0] if match else ""


def _special(rest: str) -> tuple[str, str] | None:
    if rest.startswith('"') and len(_shown(rest)) == 1:
        return "the quotation mark is never closed", 'a closing " on the same line'
    if rest.startswith(";"):
        return (
            "a semicolon inside a word",
            "a space before a comment, or the word in quotation marks",
        )
    if hidden_character(rest[:1]):
        return f"the character U+{ord(rest[0]):04X} is no plain space", "a plain space"
    return None


def _allowed(error: UnexpectedInput) -> set[str]:
    accepted: set[str] = error.interactive_parser.accepts()  # type: ignore[no-untyped-call]
    return accepted - _IGNORED


def _keyword(terminal: str) -> str:
    return _SIGNS.get(terminal, terminal.lstrip("_").lower())


def _expected(allowed: set[str]) -> str:
    slots = [
        text for terminal, text in _SLOTS.items() if terminal in allowed and terminal != "$END"
    ]
    keywords = [f"`{_keyword(terminal)}`" for terminal in sorted(allowed) if terminal not in _SLOTS]
    end = [_SLOTS["$END"]] if "$END" in allowed else []
    return one_of((*slots, *keywords, *end))


def _near(word: str, line: str, allowed: set[str]) -> str:
    if "_TO" in allowed and "->" in line:
        return "`->` with a space on each side"
    if "_TO" in allowed and line.lstrip()[:1] in {"-", "+"}:
        return f"`{line.lstrip()[0]}` with a space after it"
    words = [_keyword(terminal) for terminal in sorted(allowed) if terminal not in _SLOTS]
    return near_miss(word, words)
