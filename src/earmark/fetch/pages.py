"""Questions by GET to an index server (Esplora, an Etherscan-like API), kept as evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from earmark.fetch.asking import Keep, Line, Question, asked
from earmark.fetch.client import Reply
from earmark.fetch.errors import TryAgainError
from earmark.fetch.jsonrpc import unusable

METHOD = "GET"


@dataclass(frozen=True)
class Page:
    """A page below the server's address; it is kept as ``GET`` of ``{"path": …, "query": …}``.

    ``secret_query`` is sent and never kept. ``is_json`` says that anything else is no answer.
    """

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    secret_query: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_json: bool = True


def get(
    line: Line,
    page: Page,
    *,
    fresh: bool = False,
    keep: Keep = "all",
    check: Callable[[str], None] | None = None,
) -> str:
    """Return the body of a page, from the cache or from the server.

    ``check`` gets the body and raises TryAgainError or FinalError for what is no answer. Raises
    NoAnswerError or RefusedError.
    """

    def judge(reply: Reply) -> str:
        if problem := unusable(reply):
            raise problem
        if page.is_json and not _is_whole_json(reply.body):
            raise TryAgainError("the answer is no whole JSON")
        if check:
            check(reply.body)
        return reply.body

    def send() -> Reply:
        return line.client.get(page.path, {**page.query, **page.secret_query})

    params = {"path": page.path, "query": dict(sorted(page.query.items()))}
    return asked(line, Question(METHOD, params), send, judge, fresh=fresh, keep=keep)


def _is_whole_json(body: str) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False
    return True
