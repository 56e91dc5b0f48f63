"""Servers on this machine that answer what a test tells them to, and count who asks."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, str]


class Asked:
    """What a server was asked, in order, and its address."""

    def __init__(self) -> None:
        self.url = ""
        self.questions: list[tuple[str, Any]] = []

    def methods(self) -> list[str]:
        return [method for method, _ in self.questions]


class Rpc:
    """A node: methods by name; a method that raises LookupError or is not there answers an RPC error."""

    def __init__(self, **methods: Callable[..., Any]) -> None:
        self.methods = methods

    def __call__(self, method: str, params: list[Any]) -> dict[str, Any]:
        try:
            return {"result": self.methods[method](*params)}
        except KeyError:
            return {"error": {"code": -32601, "message": "the method does not exist"}}
        except LookupError as error:
            return {"error": {"code": -32000, "message": str(error)}}


@contextmanager
def web(
    rpc: Rpc | None = None, page: Callable[[str, dict[str, str]], Answer] | None = None
) -> Iterator[Asked]:
    asked = Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.questions.append((body["method"], body["params"]))
            if rpc is None:
                self._send(405, "no")
                return
            answer = {"jsonrpc": "2.0", "id": body["id"], **rpc(body["method"], body["params"])}
            self._send(200, json.dumps(answer))

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            asked.questions.append((parts.path, query))
            self._send(*(page(parts.path, query) if page else (405, "POST only")))

        def _send(self, status: int, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        asked.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def electrum(answer: Callable[[str, list[Any]], dict[str, Any] | bytes | None]) -> Iterator[Asked]:
    """A server of JSON lines; bytes are sent as they are and end the connection, null says nothing."""
    asked = Asked()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                question = json.loads(line)
                asked.questions.append((question["method"], question["params"]))
                found = answer(question["method"], question["params"])
                if found is None:
                    continue
                if isinstance(found, bytes):
                    self.wfile.write(found)
                    return
                reply = {"jsonrpc": "2.0", "id": question["id"], **found}
                self.wfile.write(json.dumps(reply).encode() + b"\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        asked.url = f"tcp://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()
