"""From a text to blocks: a line at the margin and the indented lines that belong to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.notation.mistakes import one_of, shorten
from earmark.ledger.notation.text import (
    LINE_LIMIT_CHARACTERS,
    TEXT_LIMIT_BYTES,
    refuse_forbidden,
)
from earmark.ledger.notation.words import DIRECTIVES

_FIRST_WORD = re.compile(r'[^\s";]+')
_TIME_START = re.compile(r"[0-9?]|\.\.", re.ASCII)


@dataclass(frozen=True)
class Line:
    """One line of the text: its number from 1, the kind that its first word makes it, its characters."""

    number: int
    kind: str
    text: str


@dataclass(frozen=True)
class Block:
    """A line at the margin and the indented lines under it."""

    head: Line
    body: list[Line] = field(default_factory=list)


def split_blocks(text: str, file: str) -> list[Block]:
    """Split a text into blocks in order; comments and empty lines fall away.

    Raises EarmarkError for a text or line beyond its limit, for characters that may not stand raw, for an
    unknown first word and for an indented line that belongs to nothing.
    """
    _refuse_large(text, file)
    text = text.removeprefix("\ufeff")
    refuse_forbidden(text, file)
    blocks: list[Block] = []
    for number, line in _meaningful_lines(text, file):
        if line[0] not in " \t":
            blocks.append(Block(Line(number, _kind_at_margin(line, number, file), line)))
        elif blocks:
            blocks[-1].body.append(Line(number, _kind_of_indented(line), line))
        else:
            raise _stray(line, number, file)
    return blocks


def _refuse_large(text: str, file: str) -> None:
    if len(text) > TEXT_LIMIT_BYTES:
        raise EarmarkError(
            f"the text has {len(text)} characters",
            file=file,
            expected=f"at most {TEXT_LIMIT_BYTES}; split it into several sources",
        )


def _meaningful_lines(text: str, file: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r \t")
        if len(line) > LINE_LIMIT_CHARACTERS:
            raise EarmarkError(
                f"the line has {len(line)} characters",
                file=file,
                line=number,
                column=LINE_LIMIT_CHARACTERS + 1,
                expected=f"at most {LINE_LIMIT_CHARACTERS} characters in a line",
            )
        content = line.lstrip(" \t")
        if content and not content.startswith(";"):
            yield number, line


def _first_word(line: str) -> str:
    match = _FIRST_WORD.match(line.lstrip(" \t"))
    return match[0] if match else ""


def _kind_at_margin(line: str, number: int, file: str) -> str:
    word = _first_word(line)
    if word in DIRECTIVES:
        return word
    if _TIME_START.match(line):
        return "transaction"
    raise EarmarkError(
        f"no line begins with {shorten(word or line[:1])}",
        file=file,
        line=number,
        column=1,
        expected=f"a time, which begins a transaction, or {one_of(DIRECTIVES)}; legs and evidence are indented",
        near_miss=near_miss(word, DIRECTIVES),
    )


def _kind_of_indented(line: str) -> str:
    return {"-": "out", "+": "into", "evidence": "evidence"}.get(_first_word(line), "move")


def _stray(line: str, number: int, file: str) -> EarmarkError:
    return EarmarkError(
        "an indented line that belongs to nothing",
        file=file,
        line=number,
        column=len(line) - len(line.lstrip(" \t")) + 1,
        expected="a transaction, observation, link or finding above it",
    )
