"""Answers of an index, one after the other: saved replies with their questions, or plain JSON as people save it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.json_values import not_json, parsed
from earmark.sources.bitcoin.stores import Damage, Ignored, prefix
from earmark.sources.bitcoin.wire import BlockError
from earmark.sources.replies import SUFFIX, Exchange, parse_line, read_lines

FILE_MAX_BYTES = 1 << 28
"""Bytes of a plain JSON file."""
PAGES_HELD = 64

Files = tuple[tuple[str, Path], ...]


class Answer(NamedTuple):
    """One good answer: where it lies, how its locator begins, what was asked (empty in a plain file)."""

    file: int
    offset: int
    start: str
    method: str
    params: object
    value: object

    def locator(self, pointer: str = "") -> str:
        """Return the locator of the answer, or of what a JSON pointer finds in it."""
        if self.start.endswith(" ") or not self.start:
            return f"{self.start}{pointer or '/'}"
        return f"{self.start} {pointer}".rstrip()


class _Reply(NamedTuple):
    """A line before it is judged; ``problem`` says why it is no answer."""

    answer: Answer
    problem: str
    text: str
    question: bytes


def answers(files: Files) -> Iterator[Answer | Damage | Ignored]:
    """Yield good answers in order; a failed one is damage, or ignored where a later one is good."""
    answered = {one.question for one in _replies(files) if one.question and not one.problem}
    for one in _replies(files):
        if not one.problem:
            yield one.answer
        elif one.question in answered:
            yield Ignored(1, "replies without an answer whose question was answered later")
        else:
            yield Damage(one.answer.locator(), one.problem, one.text)


def opener(files: Files) -> Callable[[int, int], object]:
    """Return what reads an answer again, by file and offset; the last few are held."""

    @lru_cache(maxsize=PAGES_HELD)
    def value_at(file: int, offset: int) -> object:
        name, path = files[file]
        if not name.endswith((SUFFIX, ".jsonl")):
            return parsed(_whole(name, path))
        with path.open("rb") as handle:
            handle.seek(offset)
            line = handle.readline()
        if not name.endswith(SUFFIX):
            return unwrapped(parsed(line))
        exchange = parse_line(0, line).exchange
        if exchange is None:
            raise BlockError("the line is no longer what it was")
        return _value(exchange)

    return value_at


def _replies(files: Files) -> Iterator[_Reply]:
    for number, (name, path) in enumerate(files):
        start = prefix(files, number)
        if name.endswith(SUFFIX):
            for row, offset, line in read_lines(path, name):
                yield _saved(
                    Answer(number, offset, f"{start}line {row}", "", None, None), row, line
                )
        elif name.endswith(".jsonl"):
            for row, offset, line in read_lines(path, name):
                yield _plain(Answer(number, offset, f"{start}line {row}", "", None, None), line)
        else:
            yield _plain(Answer(number, 0, start, "", None, None), _whole(name, path))


def _saved(answer: Answer, number: int, line: bytes) -> _Reply:
    read = parse_line(number, line)
    exchange = read.exchange
    if exchange is None:
        return _Reply(answer, read.problem, "", b"")
    params = msgspec.json.decode(exchange.params)
    question = msgspec.json.encode([exchange.method, params], order="deterministic")
    asked = answer._replace(method=exchange.method, params=params)
    try:
        return _Reply(asked._replace(value=_value(exchange)), "", "", question)
    except BlockError as error:
        return _Reply(asked, str(error), question.decode()[:200], question)


def _plain(answer: Answer, text: bytes) -> _Reply:
    try:
        return _Reply(answer._replace(value=unwrapped(parsed(text))), "", "", b"")
    except BlockError as error:
        return _Reply(answer, str(error), "", b"")


def _value(exchange: Exchange) -> object:
    """Return what a reply says; raises BlockError for a failure in the place of an answer."""
    if exchange.status != 200:
        raise BlockError(f"the server answered with HTTP status {exchange.status}")
    try:
        value = parsed(exchange.body)
    except BlockError:
        if exchange.method == "GET" and _is_plain_text(exchange.body):
            return exchange.body.strip()
        raise
    return value if exchange.method == "GET" else unwrapped(value)


def _is_plain_text(body: str) -> bool:
    """Tell whether a body is a word, as Esplora answers for a header or a hash."""
    return len(body) <= 1000 and body.strip().isalnum()


def unwrapped(value: object) -> object:
    """Return the result of a JSON-RPC reply, or a bare result; raises BlockError for an error."""
    if isinstance(value, dict) and value.get("error"):
        raise BlockError(f"the server answered with an error: {str(value['error'])[:200]}")
    if isinstance(value, dict) and "result" in value and value.keys() <= _ENVELOPE:
        return value["result"]
    return value


_ENVELOPE = frozenset({"jsonrpc", "id", "result", "error"})


def _whole(name: str, path: Path) -> bytes:
    with path.open("rb") as file:
        text = file.read(FILE_MAX_BYTES + 1)
    if len(text) > FILE_MAX_BYTES:
        raise EarmarkError(f"has more than {FILE_MAX_BYTES} bytes", file=name, expected="JSON")
    if text.lstrip()[:1] not in (b"{", b"["):
        raise EarmarkError(not_json(text, "it begins otherwise"), file=name, expected="JSON")
    return text
