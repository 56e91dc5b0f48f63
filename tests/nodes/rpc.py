"""JSON-RPC to a node of the tests, by a client of the tests' own, so that Earmark's is not its own witness."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx

TIMEOUT_S = 60


class RpcError(Exception):
    """The node answered with an error."""


def call(url: str, method: str, *params: object) -> Any:
    """Return a result, its fractions as Decimal; raises RpcError with what the node said."""
    asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    # The machine's proxy has no business on the loopback address.
    answer = httpx.post(url, json=asked, timeout=TIMEOUT_S, trust_env=False)
    told = json.loads(answer.text, parse_float=Decimal)
    if told.get("error"):
        raise RpcError(f"{method}: {told['error']}")
    return told["result"]
