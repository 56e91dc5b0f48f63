"""Histories of EVM addresses from an index like Etherscan's, or Blockscout's that speaks the same.

Four lists for each address: transactions, internal calls, ERC-20 and ERC-721 transfers. A list holds at most
10,000 rows, so the next one begins at the last block of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from earmark.fetch.errors import FinalError, TryAgainError
from earmark.fetch.evm_steps import steps_of_rows
from earmark.fetch.history import Asker, History, Span, Step, refuse_more
from earmark.ledger.errors import EarmarkError

LISTS = ("txlist", "txlistinternal", "tokentx", "tokennfttx")
ROWS_MAX = 10_000
BLOCK_MAX = 999_999_999
PAGES_MAX = 10_000
_LIMITED = ("rate limit", "too many", "try again", "timeout", "busy")


@dataclass(frozen=True)
class AccountApi:
    """An index; ``chain_id`` is sent where it is not null, ``rows_max`` is the size of a page."""

    asker: Asker
    span: Span
    most: int
    chain_id: int | None = None
    path: str = ""
    rows_max: int = ROWS_MAX


def account_history(api: AccountApi, address: str) -> History:
    """Fetch the lists of one address; raises TooManyError, BudgetError, or EarmarkError without an answer."""
    hashes: set[str] = set()
    steps: list[Step] = []
    gaps: list[str] = []
    for action in LISTS:
        rows = _rows(api, address, action, gaps, hashes)
        steps += steps_of_rows(rows, address)
    return History(len(hashes), tuple(steps), tuple(gaps), frozenset(hashes))


def _rows(
    api: AccountApi, address: str, action: str, gaps: list[str], hashes: set[str]
) -> list[dict[str, Any]]:
    """Return a whole list; rows of a block that stands on two pages are there once."""
    start, end = api.span.first or 0, BLOCK_MAX if api.span.last is None else api.span.last
    kept: dict[bytes, dict[str, Any]] = {}
    for _ in range(PAGES_MAX):
        page = _page(api, address, action, (start, end))
        for row in page:
            kept[msgspec.json.encode(row, order="deterministic")] = row
            hashes.add(str(row.get("hash") or row.get("transactionHash")))
        refuse_more(len(hashes), api.most)
        if len(page) < api.rows_max:
            return list(kept.values())
        last = max(_block(row) for row in page)
        if last < start:
            raise EarmarkError(f"the server repeats a page of {action}", expected="the next rows")
        if last == start:
            gaps.append(f"block {last} may have more rows of {action} than the server shows")
            last += 1
        start = last
    raise EarmarkError(f"{action} does not end after {PAGES_MAX} pages")


def _page(
    api: AccountApi, address: str, action: str, blocks: tuple[int, int]
) -> list[dict[str, Any]]:
    query = {
        "module": "account",
        "action": action,
        "address": address,
        "startblock": str(blocks[0]),
        "endblock": str(blocks[1]),
        "page": "1",
        "offset": str(api.rows_max),
        "sort": "asc",
    }
    if api.chain_id is not None:
        query["chainid"] = str(api.chain_id)
    answer = api.asker.get(api.path, query, check_answer)
    return [row for row in answer["result"] if isinstance(row, dict)]


def check_answer(body: str) -> None:
    """Raise TryAgainError for an index that is busy, FinalError for one that refuses or answers something else.

    "No transactions found" is an answer: the empty list.
    """
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        raise TryAgainError("the answer is no whole JSON") from None
    result = answer.get("result") if isinstance(answer, dict) else None
    if isinstance(result, list):
        return
    if not isinstance(answer, dict) or (result is None and "message" not in answer):
        raise FinalError("this is no account list of an index like Etherscan's")
    said = result if isinstance(result, str) else answer.get("message")
    shown = "".join(one if one.isprintable() else "?" for one in str(said)[:4000])
    if any(word in shown.lower() for word in _LIMITED):
        raise TryAgainError(f"the index says: {shown}")
    raise FinalError(f"the index says: {shown}")


def _block(row: dict[str, Any]) -> int:
    text = row.get("blockNumber")
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    raise EarmarkError("a row of the index has no block number")
