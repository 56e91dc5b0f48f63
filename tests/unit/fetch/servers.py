"""Servers of the tests on 127.0.0.1, which answer what a test wants, byte for byte."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from earmark.fetch.asking import Line
from earmark.fetch.cache import Cache
from earmark.fetch.client import Client, Limits
from earmark.fetch.server import Server, server_of

QUICK = Limits(silence_s=5, whole_s=5)


@dataclass(frozen=True)
class Asked:
    """One request as a server of the tests sees it."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def call(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


Answer = bytes | Iterable[bytes]


@dataclass
class Running:
    """A server: its address and what it was asked so far."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    def methods(self) -> list[str]:
        return [one.call["method"] for one in self.asked]


@contextmanager
def serving(answer: Callable[[Asked], Answer]) -> Iterator[Running]:
    """Run a server whose whole replies, head included, are what ``answer`` returns."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.path, headers, body)
            running.asked.append(asked)
            told = answer(asked)
            try:
                for piece in [told] if isinstance(told, bytes) else told:
                    self.wfile.write(piece)
                    self.wfile.flush()
            except OSError:
                pass  # the client had enough
            self.close_connection = True

        do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *words: object) -> None:  # noqa: A002
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        running = Running(f"http://127.0.0.1:{server.server_address[1]}/")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


def page(body: str | bytes, status: int = 200, **headers: str) -> bytes:
    """Return a whole HTTP reply."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(data)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


def result(asked: Asked, value: object) -> bytes:
    """Return the reply that a node gives to a call."""
    return page(json.dumps({"jsonrpc": "2.0", "id": asked.call["id"], "result": value}))


def error(asked: Asked, code: int, message: str, status: int = 200) -> bytes:
    """Return the reply of a node that will not."""
    told = {"jsonrpc": "2.0", "id": asked.call["id"], "error": {"code": code, "message": message}}
    return page(json.dumps(told), status)


class Waits(list[float]):
    """A clock that only sleeping moves: how long each sleep was."""

    def sleep(self, seconds: float) -> None:
        self.append(seconds)

    def clock(self) -> float:
        return sum(self)


@contextmanager
def line_to(
    url: str | Server,
    folder: Path,
    *,
    waits: Waits | None = None,
    limits: Limits = QUICK,
    rate: float | None = None,
    told: list[str] | None = None,
) -> Iterator[Line]:
    """Open a line whose waits take no time."""
    server = server_of(url, {}) if isinstance(url, str) else url
    waits = Waits() if waits is None else waits
    client = Client(server, rate=rate, limits=limits, sleep=waits.sleep)
    with Cache(folder, "test") as cache, client:
        yield Line(client, cache, (told if told is not None else []).append)


def saved(folder: Path) -> list[dict[str, Any]]:
    """Return what is kept on the disk."""
    path = folder / "sources/fetched/test.replies.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
