"""JSON-RPC to a node of the tests, by a client of the tests' own, so that Earmark's is not its own witness."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_S = 60
_OPENER = build_opener(ProxyHandler({}))
"""The machine's proxy has no business on the loopback address."""


class RpcError(Exception):
    """The node answered with an error."""


def call(url: str, method: str, *params: object) -> Any:
    """Return a result, its fractions as Decimal; raises RpcError with what the node said."""
    told = json.loads(said(url, method, *params), parse_float=Decimal)
    if told.get("error"):
        raise RpcError(f"{method}: {told['error']}")
    return told["result"]


def said(url: str, method: str, *params: object) -> str:
    """Return the whole reply, not a letter of it changed."""
    asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = Request(url, asked, {"Content-Type": "application/json"})
    with _OPENER.open(request, timeout=TIMEOUT_S) as answer:
        body: bytes = answer.read()
    return body.decode()
