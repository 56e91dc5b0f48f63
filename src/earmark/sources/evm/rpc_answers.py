"""Saved answers of an Ethereum node: exchanges, whole replies and bare results, failures told apart.

A failure whose question was answered later is no loss: it is ignored, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from earmark.ledger.errors import EarmarkError
from earmark.sources.evm.movements import TEXT_MAX, Pile
from earmark.sources.evm.rpc_shapes import Reply, RpcError
from earmark.sources.replies import LINE_MAX_BYTES, SUFFIX, Exchange, Line, read_replies

RETRIED = "failed replies whose question was answered later"
NO_METHOD = "questions that the node has no method for"
NO_METHOD_CODE = -32601
_LINES = (".jsonl", ".ndjson")
_WHOLE = msgspec.json.Decoder(Reply)
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PARTS = msgspec.json.Decoder(list[msgspec.Raw])


class Answer(NamedTuple):
    """A result: the method or an empty text, its parameters, and where it stands (``line 12 /result``)."""

    method: str
    params: list[object]
    result: bytes
    locator: str


@dataclass
class _Failures:
    """Failures by question (locator, reason, text); a later answer takes them out again."""

    open: dict[tuple[str, bytes], list[tuple[str, str, str]]] = field(default_factory=dict)


def answers(files: tuple[tuple[str, Path], ...], pile: Pile) -> Iterator[Answer]:
    """Yield what was answered, in order; everything else is rejected or ignored in ``pile``."""
    failures = _Failures()
    for name, path in files:
        prefix = f"{name} " if len(files) > 1 else ""
        if name.endswith(SUFFIX):
            yield from _of_exchanges(name, path, prefix, pile, failures)
        else:
            yield from _of_plain(name, path, prefix, pile)
    for rows in failures.open.values():
        for row in rows:
            pile.reject(*row)


def _of_exchanges(
    name: str, path: Path, prefix: str, pile: Pile, failures: _Failures
) -> Iterator[Answer]:
    for line in read_replies(path, name):
        place = f"{prefix}line {line.number}"
        if line.exchange is None:
            pile.reject(place, line.problem)
            continue
        yield from _of_exchange(line, line.exchange, place, pile, failures)


def _of_exchange(
    line: Line, exchange: Exchange, place: str, pile: Pile, failures: _Failures
) -> Iterator[Answer]:
    question = exchange.method, bytes(exchange.params)
    problem, code, result = _outcome(exchange.status, exchange.body.encode())
    if code == NO_METHOD_CODE:
        pile.ignored[NO_METHOD] += 1
    elif problem:
        row = (place, f"{exchange.method[:60]}: {problem}", exchange.body[:TEXT_MAX])
        failures.open.setdefault(question, []).append(row)
    else:
        mended = len(failures.open.pop(question, ()))
        if mended:
            pile.ignored[RETRIED] += mended
        try:
            params = msgspec.json.decode(exchange.params, type=list[object])
        except (msgspec.DecodeError, RecursionError):
            pile.reject(f"{prefix_of(place)}line {line.number} /params", "no list of parameters")
            return
        yield Answer(exchange.method, params, result, f"{place} /result")


def prefix_of(place: str) -> str:
    """Return what stands before ``line`` in a place."""
    return place[: place.rindex("line ")]


def _outcome(status: int, body: bytes) -> tuple[str, int, bytes]:
    """Return why a reply is none (empty when it is one), the node's own code, and the result."""
    if status != 200:
        return f"the server answered with status {status}", 0, b""
    if body.lstrip()[:1] == b"<":
        return "the server answered with a web page", 0, b""
    try:
        reply = _WHOLE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "the answer is no whole JSON-RPC reply", 0, b""
    if reply.error is not None:
        return _said(reply.error), reply.error.code, b""
    result = bytes(reply.result).strip()
    return ("the node knows nothing of it (null)" if result == b"null" else ""), 0, result


def _said(error: RpcError) -> str:
    return f"the node answered with error {error.code}: {error.message[:TEXT_MAX]}"


def _of_plain(name: str, path: Path, prefix: str, pile: Pile) -> Iterator[Answer]:
    """Read a file that holds one reply or result, or one in each line."""
    if path.stat().st_size > LINE_MAX_BYTES:
        raise EarmarkError(
            f"the file has more than {LINE_MAX_BYTES} bytes",
            file=name,
            expected=f"exchanges, one a line, in a file that ends in {SUFFIX}",
        )
    data = path.read_bytes()
    if not name.endswith(_LINES):
        yield from _of_text(data, prefix, pile)
        return
    for number, line in enumerate(data.splitlines(), start=1):
        if line.strip():
            yield from _of_text(line, f"{prefix}line {number} ", pile)


def _of_text(data: bytes, place: str, pile: Pile) -> Iterator[Answer]:
    """Read a bare result, a reply, or a list of replies."""
    start = data.lstrip()[:1]
    try:
        if start == b"{":
            keys = _KEYS.decode(data)
            yield from _of_object(data, keys, place, pile)
        elif start == b"[":
            parts = _PARTS.decode(data)
            yield from _of_list(data, parts, place, pile)
        else:
            reason = "a web page" if start == b"<" else "neither a reply nor a result in JSON"
            pile.reject(place.rstrip() or "byte 0", reason, _shown(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        pile.reject(place.rstrip() or "byte 0", f"not whole JSON: {error}", _shown(data))


def _of_object(
    data: bytes, keys: dict[str, msgspec.Raw], place: str, pile: Pile, pointer: str = ""
) -> Iterator[Answer]:
    if "jsonrpc" not in keys and "error" not in keys:
        yield Answer("", [], data, f"{place}{pointer}")
        return
    problem, code, result = _outcome(200, data)
    if code == NO_METHOD_CODE:
        pile.ignored[NO_METHOD] += 1
    elif problem:
        pile.reject(f"{place}{pointer}".rstrip() or "byte 0", problem, _shown(data))
    else:
        yield Answer("", [], result, f"{place}{pointer}/result")


def _of_list(data: bytes, parts: list[msgspec.Raw], place: str, pile: Pile) -> Iterator[Answer]:
    if not (parts and b'"jsonrpc"' in bytes(parts[0])[:TEXT_MAX]):
        yield Answer("", [], data, place)
        return
    for number, part in enumerate(parts):
        yield from _of_object(bytes(part), _KEYS.decode(part), place, pile, f"/{number}")


def _shown(data: bytes) -> str:
    return data[:TEXT_MAX].decode("utf-8", errors="replace")
