"""What token contracts say of themselves: decimals and symbol, which a reader needs to show amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from earmark.fetch.asking import Line
from earmark.fetch.errors import FetchError
from earmark.fetch.jsonrpc import ask
from earmark.fetch.missing import Gaps

TOKENS_MAX = 1_000
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""Keccak-256 of ``Transfer(address,address,uint256)``."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
CALLS = {"decimals()": "0x313ce567", "symbol()": "0x95d89b41"}
"""Functions and the first four bytes of the Keccak-256 of their names."""


def token_contracts(logs: Any) -> Iterator[str]:
    """Yield the contracts that logged a transfer of a token with decimals: three topics."""
    for log in logs if isinstance(logs, list) else []:
        topics = log.get("topics") if isinstance(log, dict) else None
        address = log.get("address") if isinstance(log, dict) else None
        if not isinstance(topics, list) or len(topics) != 3 or topics[0] != TRANSFER:
            continue
        if isinstance(address, str) and _ADDRESS.fullmatch(address):
            yield address.lower()


def fetch_tokens(line: Line, contracts: list[str], gaps: Gaps) -> None:
    """Ask each contract for its decimals and symbol; a contract that has none is listed."""
    for contract in contracts[:TOKENS_MAX]:
        for function, data in CALLS.items():
            _call(line, contract, function, data, gaps)
    for contract in contracts[TOKENS_MAX:]:
        reason = f"more than {TOKENS_MAX} tokens"
        gaps.add(f"decimals() and symbol() of {contract}", reason, "left_out")
    line.cache.flush()


def _call(line: Line, contract: str, function: str, data: str, gaps: Gaps) -> None:
    params = [{"to": contract, "data": data}, "latest"]
    try:
        ask(line, "eth_call", params, keep="answers")
    except FetchError as error:
        gaps.add(f"{function} of {contract}", error.reason, "unavailable")
