"""One question until it is answered: from the cache, else from the server, with growing waits.

``jsonrpc`` and ``pages`` say what a question looks like and what is an answer to it; this is what they share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeVar

import msgspec
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
)

from earmark.fetch.cache import Cache
from earmark.fetch.client import Client, Reply
from earmark.fetch.errors import FinalError, NoAnswerError, RefusedError, TryAgainError
from earmark.sources.replies import Exchange

TRIES_MAX = 6
WAIT_MAX_S = 30
RETRY_AFTER_MAX_S = 300
"""Seconds that a server may ask to wait; who asks for more is given up."""
FAILURE_MAX_CHARACTERS = 1 << 20
"""Characters of a failed reply that is kept: what the server said, not what it flooded us with."""

_REASON_MAX = 400
"""Characters of a reason that are shown; cut after secrets are taken out, or half of one would be left."""

Answer = TypeVar("Answer")
Keep = Literal["all", "answers", "nothing"]
"""What is written down: every reply, none that is a failure (where one only tries what a server can), nothing."""


def _silent(_: str) -> None:
    """Tell nobody."""


@dataclass
class Line:
    """A client, the cache of its replies, and who is told about retries.

    ``silences`` counts the questions in a row that got no answer, not even a node's no.
    """

    client: Client
    cache: Cache
    tell: Callable[[str], None] = field(default=_silent)
    tries_max: int = TRIES_MAX
    silences: int = 0


@dataclass(frozen=True)
class Question:
    """What is asked: the method and parameters under which the answer is kept, and its name in messages."""

    method: str
    params: object

    @property
    def name(self) -> str:
        """Return the question in a few words."""
        text = msgspec.json.encode(self.params).decode()
        return f"{self.method} {text if len(text) <= 120 else text[:119] + '…'}"


def asked(
    line: Line,
    question: Question,
    send: Callable[[], Reply],
    judge: Callable[[Reply], Answer],
    *,
    fresh: bool = False,
    keep: Keep = "all",
) -> Answer:
    """Return what ``judge`` makes of a kept reply, or else of the server's.

    ``fresh`` asks again although a reply is kept, for what changes; the same answer is then not kept twice.
    ``judge`` raises TryAgainError or FinalError for what is no answer. Raises NoAnswerError after
    ``tries_max`` tries, RefusedError for a final no; under ``keep="all"`` the last failed reply is then kept.
    """
    if not fresh:
        for exchange in line.cache.found(question.method, question.params):
            try:
                return judge(Reply(exchange.status, exchange.body))
            except (TryAgainError, FinalError):
                continue
    try:
        reply, answer = _from_server(line, question, send, judge, keep=keep)
    except NoAnswerError:
        line.silences += 1
        raise
    except RefusedError as error:
        line.silences = 0 if error.code is not None else line.silences + 1
        raise
    line.silences = 0
    if keep != "nothing" and not (fresh and _is_known(line.cache, question, reply)):
        line.cache.keep(_exchange(line, question, reply))
    return answer


def _from_server(
    line: Line,
    question: Question,
    send: Callable[[], Reply],
    judge: Callable[[Reply], Answer],
    *,
    keep: Keep,
) -> tuple[Reply, Answer]:
    failed: list[Reply] = []
    tries = 0

    def once() -> tuple[Reply, Answer]:
        nonlocal tries
        tries += 1
        reply = send()
        failed[:] = [reply]
        answer = judge(reply)
        if line.client.server.is_echoed(reply.body):
            raise FinalError("the answer repeats a password or key of ours; it is not written down")
        return reply, answer

    try:
        return _retrying(line, question)(once)
    except (TryAgainError, FinalError) as error:
        if keep == "all" and failed:
            _keep_failure(line, question, failed[0])
        raise _given_up(line, question, error, tries) from None


def _retrying(line: Line, question: Question) -> Retrying:
    return Retrying(
        retry=retry_if_exception_type(TryAgainError),
        stop=lambda state: (
            stop_after_attempt(line.tries_max)(state) or _asked_wait_s(state) > RETRY_AFTER_MAX_S
        ),
        wait=lambda state: max(_wait(state), _asked_wait_s(state)),
        sleep=line.client.sleep,
        before_sleep=lambda state: line.tell(_retry_note(line, question, state)),
        reraise=True,
    )


_wait = wait_exponential(multiplier=1, min=1, max=WAIT_MAX_S)


def _asked_wait_s(state: RetryCallState) -> int:
    error = state.outcome.exception() if state.outcome else None
    return (error.wait_s or 0) if isinstance(error, TryAgainError) else 0


def _retry_note(line: Line, question: Question, state: RetryCallState) -> str:
    error = state.outcome.exception() if state.outcome else None
    wait_s = state.next_action.sleep if state.next_action else 0
    reason = line.client.server.clean(str(error))[:_REASON_MAX]
    number = state.attempt_number + 1
    return f"{question.name}: {reason}; try {number} of {line.tries_max} in {wait_s:g} s"


def _given_up(
    line: Line, question: Question, error: TryAgainError | FinalError, tries: int
) -> NoAnswerError | RefusedError:
    server = line.client.server
    reason = server.clean(error.reason)[:_REASON_MAX]
    if isinstance(error, FinalError):
        return RefusedError(
            reason, question=question.name, server=server.shown, tries=tries, code=error.code
        )
    if error.wait_s and error.wait_s > RETRY_AFTER_MAX_S:
        reason += f", and asks to wait {error.wait_s} s"
    return NoAnswerError(reason, question=question.name, server=server.shown, tries=tries)


def _keep_failure(line: Line, question: Question, reply: Reply) -> None:
    """Keep what the server said instead of an answer, unless it repeats a secret or is a flood."""
    if len(reply.body) > FAILURE_MAX_CHARACTERS or line.client.server.is_told(reply.body):
        return
    if not _is_known(line.cache, question, reply):
        line.cache.keep(_exchange(line, question, reply))


def _is_known(cache: Cache, question: Question, reply: Reply) -> bool:
    last = next(cache.found(question.method, question.params), None)
    return last is not None and (last.status, last.body) == (reply.status, reply.body)


def _exchange(line: Line, question: Question, reply: Reply) -> Exchange:
    return Exchange(
        url=line.client.server.shown,
        method=question.method,
        params=msgspec.Raw(msgspec.json.encode(question.params)),
        asked=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        status=reply.status,
        body=reply.body,
    )
