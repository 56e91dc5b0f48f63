"""Lists from the API that Etherscan and Blockscout share: txlist, txlistinternal, tokentx, tokennfttx."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import msgspec

from earmark.ledger.errors import EarmarkError
from earmark.sources.evm.commodities import EXPONENT_MAX
from earmark.sources.evm.etherscan_rows import Listed, Listing
from earmark.sources.evm.texts import (
    CellError,
    address_of,
    address_or_none,
    hash_of,
    integer_of,
    integer_or_none,
    seconds_of,
)
from earmark.sources.replies import SUFFIX, Exchange, read_replies

FILE_MAX_BYTES = 1 << 28
"""Bytes of one saved answer; the API gives ten thousand rows at most, a few kilobytes each."""
API_ROWS_MAX = 10_000
"""Rows after which the API cuts a list off."""
LISTINGS: dict[str, Listing] = {
    "txlist": "native",
    "txlistinternal": "internal",
    "tokentx": "erc20",
    "tokennfttx": "erc721",
}
_MULTIPLE = "token1155tx"
Text = str | int | None


class _Reply(msgspec.Struct):
    result: msgspec.Raw
    status: str = ""
    message: str = ""


class _Item(msgspec.Struct, rename="camel"):
    """One row of any of the lists; what a list lacks is empty."""

    from_: Text = msgspec.field(name="from", default=None)
    to: Text = None
    hash: Text = None
    transaction_hash: Text = None
    block_number: Text = None
    time_stamp: Text = None
    transaction_index: Text = None
    value: Text = None
    gas_price: Text = None
    gas_used: Text = None
    is_error: Text = None
    receipt_status: Text = msgspec.field(name="txreceipt_status", default=None)
    contract_address: Text = None
    type: Text = None
    call_type: Text = None
    trace_id: Text = None
    token_decimal: Text = None
    token_symbol: Text = None
    token_name: Text = None
    token_id: Text = msgspec.field(name="tokenID", default=None)
    token_value: Text = None
    log_index: Text = None
    nonce: Text = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the API.

    ``list_name`` is the same for the pages of one list, ``question`` only for the same question asked
    again. ``problem`` says why there is no list. ``place`` begins the locators of its rows, ``pointer`` follows.
    """

    place: str
    list_name: str
    question: str
    listing: Listing | Literal["", "multiple"]
    transaction: str
    items: tuple[msgspec.Raw, ...]
    problem: str = ""
    text: str = ""
    chain: str = ""
    pointer: str = "/"

    def locator(self, number: int) -> str:
        """Return where a row stands: ``line 12 /result/3``."""
        return f"{self.place} {self.pointer}{number}".lstrip()


def answers(path: Path, name: str, prefix: str) -> Iterator[Answer]:
    """Yield the answers in one file: saved replies, one JSON answer, or one a line.

    Raises EarmarkError for a file that is too large.
    """
    if name.endswith(SUFFIX):
        for line in read_replies(path, name):
            place = f"{prefix}line {line.number}"
            if line.exchange is None:
                yield _failed(place, line.problem)
            else:
                yield _of_exchange(line.exchange, place)
        return
    if path.stat().st_size > FILE_MAX_BYTES:
        raise EarmarkError(
            f"the file has more than {FILE_MAX_BYTES} bytes",
            file=name,
            expected="one answer of the API",
        )
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if name.endswith((".jsonl", ".ndjson")):
        for number, text in enumerate(data.split(b"\n"), start=1):
            if text.strip():
                yield _of_body(text, f"{prefix}line {number}", f"{name} {number}")
    else:
        yield _of_body(data, prefix.rstrip(), name)


def _of_exchange(exchange: Exchange, place: str) -> Answer:
    query = _query(exchange)
    question = f"{exchange.url} {sorted(query.items())}"
    pages = {key: value for key, value in query.items() if key not in ("page", "offset")}
    if exchange.status != 200:
        return _failed(
            place, f"the server answered with status {exchange.status}", question, exchange.body
        )
    found = _of_body(
        exchange.body.encode(),
        place,
        f"{exchange.url} {sorted(pages.items())}",
        query.get("action", ""),
    )
    return replace(
        found,
        question=question,
        transaction=query.get("txhash", ""),
        chain=query.get("chainid", ""),
    )


class _Page(msgspec.Struct):
    query: dict[str, str | int] = {}


def _query(exchange: Exchange) -> dict[str, str]:
    try:
        page = msgspec.json.decode(exchange.params, type=_Page)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {key: str(value) for key, value in page.query.items()}


def _of_body(body: bytes, place: str, list_name: str, action: str = "") -> Answer:
    shown = body[:200].decode("utf-8", "replace")
    if body.lstrip()[:1] == b"<":
        return _failed(place, "a web page, not an answer of the API", list_name, shown)
    try:
        found = _list_in(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _failed(place, f"not an answer of the API: {error}", list_name, shown)
    except CellError as error:
        return _failed(place, str(error), list_name, shown)
    listing = _listing(action, found)
    pointer = "/result/" if body.lstrip()[:1] == b"{" else "/"
    return Answer(place, list_name, list_name, listing, "", found, pointer=pointer)


def _list_in(body: bytes) -> tuple[msgspec.Raw, ...]:
    if body.lstrip()[:1] == b"[":
        return tuple(msgspec.json.decode(body, type=list[msgspec.Raw]))
    reply = msgspec.json.decode(body, type=_Reply)
    result = bytes(reply.result).strip()
    if result[:1] == b"[" and (reply.status != "0" or reply.message.startswith("No ")):
        return tuple(msgspec.json.decode(result, type=list[msgspec.Raw]))
    if result == b"null" and reply.message.startswith("No "):
        return ()
    said = result.decode("utf-8", "replace").strip('"')
    raise CellError(f"the server refused: {reply.message} {said}"[:200].strip())


def _listing(action: str, items: tuple[msgspec.Raw, ...]) -> Listing | Literal["", "multiple"]:
    if action in LISTINGS:
        return LISTINGS[action]
    if action == _MULTIPLE:
        return "multiple"
    if action or not items:
        return ""
    try:
        first = msgspec.json.decode(items[0], type=_Item)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return _by_shape(first)


def _by_shape(first: _Item) -> Listing | Literal["", "multiple"]:
    if first.token_value is not None and first.token_id is not None:
        return "multiple"
    if first.token_id not in (None, ""):
        return "erc721"
    if first.token_decimal is not None or first.token_symbol is not None:
        return "erc20"
    if first.gas_price is not None and first.nonce is not None:
        return "native"
    return "internal" if first.value is not None and first.type is not None else ""


def _failed(place: str, problem: str, question: str = "", text: str = "") -> Answer:
    return Answer(place, question, question, "", "", (), problem or "no answer", text[:200])


def listed(answer: Answer, number: int, list_name: str) -> Listed:
    """Return one row of an answer; raises CellError with the reason why it cannot be read."""
    try:
        item = msgspec.json.decode(answer.items[number], type=_Item)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CellError(f"not a row of a list: {error}") from None
    listing = answer.listing
    if listing == "multiple":
        listing = "erc721"
    if listing == "erc20" and item.value is None and item.token_id is not None:
        listing = "erc721"  # older Blockscout lists both together
    if listing == "":
        raise CellError("this list is none of txlist, txlistinternal, tokentx, tokennfttx")
    is_token = listing in ("erc20", "erc721")
    made = None if is_token else address_or_none(_text(item.contract_address), "contractAddress")
    return Listed(
        listing,
        list_name,
        answer.locator(number),
        hash_of(_text(item.hash or item.transaction_hash) or answer.transaction, "hash"),
        seconds_of(_text(item.time_stamp), "timeStamp"),
        address_of(_text(item.from_), "from"),
        address_or_none(_text(item.to), "to") or made,
        "1" if listing == "erc721" else str(integer_of(_text(item.value), "value")),
        is_smallest=True,
        failed=_is_error(item, listing),
        block=integer_or_none(_text(item.block_number), "blockNumber"),
        index=integer_or_none(_text(item.transaction_index), "transactionIndex"),
        fee=_fee(item) if listing == "native" else None,
        contract=address_of(_text(item.contract_address), "contractAddress") if is_token else "",
        item=integer_of(_text(item.token_id), "tokenID") if listing == "erc721" else None,
        token_name=_text(item.token_name)[:200],
        token_symbol=_text(item.token_symbol)[:60],
        token_decimals=_decimals(item) if listing == "erc20" else None,
        log_index=integer_or_none(_text(item.log_index), "logIndex") if is_token else None,
        call=_text(item.call_type or item.type).lower(),
        multiple=answer.listing == "multiple",
    )


def _text(value: Text) -> str:
    return "" if value is None else str(value)


def _is_error(item: _Item, listing: Listing) -> bool:
    told = {_text(item.is_error), "1" if _text(item.receipt_status) == "0" else ""}
    if not told <= {"", "0", "1"}:
        raise CellError(f"isError: {_text(item.is_error)[:60]!r} is not 0 or 1")
    return listing in ("native", "internal") and "1" in told


def _fee(item: _Item) -> int | None:
    used, price = _text(item.gas_used), _text(item.gas_price)
    if not used or not price:
        return None
    return integer_of(used, "gasUsed") * integer_of(price, "gasPrice")


def _decimals(item: _Item) -> int | None:
    """Return decimals that a commodity can have; more say nothing, as none do."""
    found = integer_or_none(_text(item.token_decimal), "tokenDecimal")
    return None if found is None or found > EXPONENT_MAX else found
