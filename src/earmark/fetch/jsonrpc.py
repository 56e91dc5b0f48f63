"""Questions to a node in JSON-RPC, kept as evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from earmark.fetch.asking import Keep, Line, Question, asked
from earmark.fetch.cache import question as digest_of
from earmark.fetch.client import Reply
from earmark.fetch.errors import FinalError, TryAgainError

METHOD_NOT_FOUND = -32601
_WARMING_UP = -28
_LIMITED = frozenset({_WARMING_UP, -32005, -32016, -32097, 429})
"""Error codes of nodes and providers that mean "not now": starting up, over a limit."""
_BUSY = re.compile(
    r"rate.?limit|too many requests|too many concurrent|busy|try again|overload|temporar"
    r"|over capacity|timed? ?out|queue depth|loading block index|compute units",
    re.IGNORECASE,
)
_FINAL = frozenset({-32700, -32600, METHOD_NOT_FOUND, -32602})

Check = Callable[[Any], None]


class _Fault(msgspec.Struct, frozen=True):
    code: int = 0
    message: str = ""


class _Envelope(msgspec.Struct, frozen=True):
    id: int | str | None = None
    result: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    error: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_envelopes = msgspec.json.Decoder(_Envelope)
_faults = msgspec.json.Decoder(_Fault)
_values = msgspec.json.Decoder(float_hook=Decimal)


def ask(
    line: Line,
    method: str,
    params: list[Any],
    *,
    fresh: bool = False,
    keep: Keep = "all",
    check: Check | None = None,
) -> Any:
    """Return the result of one call, from the cache or from the node; numbers with a point as Decimal.

    ``fresh`` asks again what changes, ``keep`` says what is written down. ``check`` gets the result and
    raises TryAgainError or FinalError for what is no answer to the question. Raises NoAnswerError or RefusedError.
    """
    number = int.from_bytes(digest_of(method, params)[:4])
    # The same question has the same id: a saved answer can still be told from somebody else's.
    content = msgspec.json.encode(
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    )

    def judge(reply: Reply) -> Any:
        value = _result(reply, number)
        if check:
            check(value)
        return value

    question = Question(method, params)
    return asked(line, question, lambda: line.client.post(content), judge, fresh=fresh, keep=keep)


def _result(reply: Reply, number: int) -> Any:
    envelope = _envelope(reply)
    if envelope is None:
        raise _no_answer(reply)
    fault = _fault(envelope.error)
    if fault is not None:
        raise _judged(fault, reply)
    if reply.status != 200 and isinstance(envelope.result, msgspec.UnsetType):
        raise _no_answer(reply)
    if envelope.id not in (number, str(number)):
        raise TryAgainError("the server answered another question")
    if reply.status != 200:
        raise TryAgainError(f"HTTP status {reply.status}", wait_s=reply.wait_s)
    if isinstance(envelope.result, msgspec.UnsetType):
        raise TryAgainError("the answer has neither a result nor an error")
    try:
        return _values.decode(envelope.result)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise TryAgainError("the answer is no whole JSON") from None


def _envelope(reply: Reply) -> _Envelope | None:
    try:
        return _envelopes.decode(reply.body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


def _fault(error: msgspec.Raw | msgspec.UnsetType) -> _Fault | None:
    """Return the error of a reply; JSON-RPC 1.0 nodes write ``null`` where there is none."""
    if isinstance(error, msgspec.UnsetType) or bytes(error) == b"null":
        return None
    try:
        return _faults.decode(error)
    except (msgspec.MsgspecError, ValueError):
        return _Fault(message=bytes(error)[:4000].decode("utf-8", "replace"))


def _judged(fault: _Fault, reply: Reply) -> TryAgainError | FinalError:
    message = "".join(char if char.isprintable() else "?" for char in fault.message[:4000])
    reason = f"the node says: {message} ({fault.code})"
    passes = fault.code in _LIMITED or reply.status == 429 or bool(_BUSY.search(fault.message))
    if passes and fault.code not in _FINAL:
        return TryAgainError(reason, wait_s=reply.wait_s)
    return FinalError(reason, code=fault.code)


def _no_answer(reply: Reply) -> TryAgainError | FinalError:
    if reply.status in _NO_METHODS:
        return FinalError(f"this is no JSON-RPC server (HTTP status {reply.status})")
    return unusable(reply) or TryAgainError("the answer is no whole JSON-RPC reply")


_NO_METHODS = frozenset({404, 405, 501})
_FINAL_STATUS = {
    401: "the server refuses us: user and password, or a key?",
    403: "the server refuses us: user and password, or a key?",
    404: "there is nothing to ask at this address",
    405: "there is nothing to ask at this address",
    407: "the proxy refuses us",
    501: "there is nothing to ask at this address",
}
_PASSING_STATUS = {408: "the server was too slow", 429: "too many requests"}


def unusable(reply: Reply) -> TryAgainError | FinalError | None:
    """Return why a reply cannot be an answer, whatever it holds: its status, or a web page."""
    status = reply.status
    if status in _PASSING_STATUS or (status >= 500 and status not in _FINAL_STATUS):
        reason = _PASSING_STATUS.get(status, "the server has a problem")
        return TryAgainError(f"{reason} (HTTP status {status})", wait_s=reply.wait_s)
    if status != 200:
        reason = _FINAL_STATUS.get(status, "no answer")
        return FinalError(f"{reason} (HTTP status {status})")
    if is_web_page(reply.body):
        return TryAgainError("the server answered a web page")
    return None


def is_web_page(body: str) -> bool:
    """Say whether a reply is HTML."""
    return (
        body[:2000].lstrip("\ufeff \t\r\n").lower().startswith(("<!doctype html", "<html", "<head"))
    )
