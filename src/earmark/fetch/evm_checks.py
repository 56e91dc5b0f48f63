"""What counts as an answer to a question about an EVM block; anything else is asked for again.

Each function returns a check for ``jsonrpc.ask``: it gets the result and raises TryAgainError or FinalError.
"""

from __future__ import annotations

import re
from typing import Any

from earmark.fetch.errors import FinalError, TryAgainError
from earmark.fetch.jsonrpc import Check

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")


def is_chain_id(value: Any) -> None:
    """Accept the id of a chain."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise TryAgainError("the answer is no chain id")


def is_block(height: int) -> Check:
    """Accept the block of a height with its whole transactions."""

    def check(block: Any) -> None:
        if block is None:
            # Providers with several nodes behind one address answer so when one of them lags.
            raise TryAgainError(f"the node has no block {height}")
        try:
            number = integer(block["number"])
            hashes = [block["hash"], block["parentHash"]]
            hashes += [one["hash"] for one in block["transactions"]]
        except (TypeError, KeyError, ValueError):
            raise TryAgainError("the answer is no block with its transactions") from None
        if number != height:
            raise TryAgainError("the answer is another block")
        if not all(isinstance(one, str) and _HASH.fullmatch(one) for one in hashes):
            raise TryAgainError("the block has hashes that are none")

    return check


def are_receipts(block_hash: str, hashes: list[str]) -> Check:
    """Accept one receipt for each transaction of a block, in order."""

    def check(receipts: Any) -> None:
        try:
            found = [(one["transactionHash"], one["blockHash"]) for one in receipts]
        except (TypeError, KeyError):
            raise TryAgainError("the answer is no list of receipts") from None
        if any(own != block_hash for _, own in found):
            raise TryAgainError("the receipts are of another block: the chain may have changed")
        if [transaction for transaction, _ in found] != hashes:
            raise FinalError("the receipts are not one for each transaction")

    return check


def is_receipt(block_hash: str, transaction: str) -> Check:
    """Accept the receipt of one transaction in one block."""

    def check(receipt: Any) -> None:
        try:
            found = receipt["transactionHash"], receipt["blockHash"]
        except (TypeError, KeyError):
            raise TryAgainError("the answer is no receipt") from None
        if found != (transaction, block_hash):
            raise TryAgainError("the receipt is of another block: the chain may have changed")

    return check


def are_debug_traces(count: int) -> Check:
    """Accept as many traces as a block has transactions."""

    def check(traces: Any) -> None:
        if not isinstance(traces, list):
            raise TryAgainError("the answer is no list of traces")
        if len(traces) != count:
            raise FinalError("the traces are not one for each transaction")

    return check


def are_parity_traces(block_hash: str) -> Check:
    """Accept a flat list of traces of one block."""

    def check(traces: Any) -> None:
        if not isinstance(traces, list) or not all(isinstance(one, dict) for one in traces):
            raise TryAgainError("the answer is no list of traces")
        if {one.get("blockHash", block_hash) for one in traces} - {block_hash}:
            raise TryAgainError("the traces are of another block: the chain may have changed")

    return check


def are_logs(contracts: tuple[str, ...], first: int, last: int) -> Check:
    """Accept logs of these contracts (lower case) in these blocks."""

    def check(logs: Any) -> None:
        try:
            places = {integer(one["blockNumber"]) for one in logs}
            addresses = {one["address"].lower() for one in logs}
        except (TypeError, KeyError, ValueError, AttributeError):
            raise TryAgainError("the answer is no list of logs") from None
        if not all(first <= one <= last for one in places) or addresses - set(contracts):
            raise TryAgainError("the answer has logs that were not asked for")

    return check


def integer(text: Any) -> int:
    """Return the integer of a hexadecimal quantity; raises ValueError or TypeError for anything else."""
    if not _QUANTITY.fullmatch(text):
        raise ValueError(text)
    return int(text, 16)
