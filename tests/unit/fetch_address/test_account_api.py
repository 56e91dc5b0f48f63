"""Account lists of Etherscan and Blockscout, through the verb, with an index that pages, limits and lies."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.fetch_address.conftest import Fetch
from tests.unit.fetch_address.evm import ANN, BOB, CARL, DORA, ROUTER, TOKEN
from tests.unit.fetch_address.servers import web
from tests.unit.fetch_address.test_evm_node import fetched, missing

from earmark.fetch.account_api import AccountApi, account_history, check_answer
from earmark.fetch.errors import FinalError, TryAgainError
from earmark.fetch.history import Check, History, Span, TooManyError
from earmark.ledger.errors import EarmarkError

KEY = "SECRETKEY123456"


def row(
    block: int, sender: str, to: str, value: int, number: int = 0, **more: str
) -> dict[str, str]:
    return {
        "blockNumber": str(block),
        "timeStamp": str(1_600_000_000 + block),
        "hash": f"0x{block:060x}{number:04x}",
        "from": sender,
        "to": to,
        "value": str(value),
        "isError": "0",
        "contractAddress": "",
    } | more


LISTS: dict[str, list[dict[str, str]]] = {
    "txlist": [
        row(3, ANN, BOB, 50),
        row(5, ANN, ROUTER, 70),
        row(5, CARL, ANN, 1, 1),
        row(7, ANN, CARL, 99, isError="1"),
        row(9, ANN, "", 4, contractAddress=DORA),
    ],
    "txlistinternal": [row(5, ROUTER, CARL, 69)],
    "tokentx": [row(11, ANN, DORA, 1000, contractAddress=TOKEN, tokenDecimal="6")],
    "tokennfttx": [row(12, ANN, CARL, 1, contractAddress=TOKEN, tokenID="5", tokenDecimal="0")],
}


def answer(query: dict[str, str], lists: dict[str, list[dict[str, str]]] = LISTS) -> dict[str, Any]:
    assert (query["module"], query["sort"], query["page"]) == ("account", "asc", "1")
    rows = [
        one
        for one in lists[query["action"]]
        if query["address"] in (one["from"], one["to"])
        and int(query["startblock"]) <= int(one["blockNumber"]) <= int(query["endblock"])
    ]
    if not rows:
        return {"status": "0", "message": "No transactions found", "result": []}
    return {"status": "1", "message": "OK", "result": rows[: int(query["offset"])]}


def page(path: str, query: dict[str, str]) -> tuple[int, str]:
    assert path.endswith("/api")
    return 200, json.dumps(answer(query))


class Index:
    """An index without a network, which remembers what it was asked."""

    def __init__(self, reply: Callable[[dict[str, str]], dict[str, Any]] = answer) -> None:
        self.reply = reply
        self.asked: list[dict[str, str]] = []

    def ask(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    def get(self, _path: str, query: dict[str, str], check: Check | None = None) -> Any:
        self.asked.append(query)
        found = self.reply(query)
        assert check is not None
        check(json.dumps(found))
        return found

    def history(self, rows: int = 10_000, most: int = 99, span: Span | None = None) -> History:
        api = AccountApi(self, span or Span(), most, 1, rows_max=rows)  # type: ignore[arg-type]
        return account_history(api, ANN)


def test_an_etherscan_index_is_known_by_its_address_and_told_the_chain_and_the_key(
    case: Path, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARMARK_API_KEY", KEY)
    with web(page=page) as server:
        ran = fetch(f"{server.url}/v2/api", ANN, "--chain", 10)
        queries = [query for _, query in server.questions]
    assert ran.code == 0, ran.err
    assert (ran.json["method"], ran.json["reader"], ran.json["chain"]) == (
        "etherscan",
        "etherscan",
        10,
    )
    assert [query["action"] for query in queries] == list(LISTS)
    assert {(query["chainid"], query["apikey"]) for query in queries} == {("10", KEY)}
    assert fetched(ran.json) == [(ANN, 0, 7)]
    written = "".join(path.read_text("utf-8") for path in case.rglob("*") if path.is_file())
    assert KEY not in written + ran.out + ran.err
    (source,) = tomllib.loads((case / "case.toml").read_text("utf-8"))["source"]
    assert (source["reader"], source["chain"]) == ("etherscan", 10)


def test_a_blockscout_index_has_one_chain_and_money_is_followed(fetch: Fetch) -> None:
    with web(page=page) as server:
        ran = fetch(f"{server.url}/api", ANN, "--depth", 1)
        assert not any("chainid" in query for _, query in server.questions)
    assert ran.json["method"] == "blockscout"
    # 70 to the router, 50 to Bob, 4 to a contract made; what failed and what is numbered is not followed
    assert [one for one, _, _ in fetched(ran.json)] == [ANN, ROUTER, BOB, DORA]
    assert missing(ran.json) == [(CARL, "depth")]


@pytest.mark.parametrize("rows", [3, 4])
def test_pages_begin_at_the_last_block_of_the_page_before(rows: int) -> None:
    index = Index()
    history = index.history(rows)
    assert history.transactions == 7
    assert history.gaps == ()
    paid = {(one.target, one.commodity): one.quantity for one in history.steps}
    assert paid == {(BOB, ""): 50, (ROUTER, ""): 70, (DORA, ""): 4, (DORA, TOKEN): 1000}
    starts = [query["startblock"] for query in index.asked if query["action"] == "txlist"]
    assert starts == sorted(starts, key=int)


def test_a_block_that_is_longer_than_a_page_is_a_gap() -> None:
    many = {**LISTS, "txlist": [row(3, ANN, BOB, 1, number) for number in range(5)]}
    history = Index(lambda query: answer(query, many)).history(3)
    assert history.gaps == ("block 3 may have more rows of txlist than the server shows",)


def test_an_index_that_repeats_its_pages_ends() -> None:
    pages: Iterator[int] = iter(range(10, 0, -1))

    def backwards(query: dict[str, str]) -> dict[str, Any]:
        rows = [row(next(pages), ANN, BOB, 1), row(1, ANN, BOB, 1)]
        return {"status": "1", "message": "OK", "result": rows}

    with pytest.raises(EarmarkError, match="repeats a page of txlist"):
        Index(backwards).history(2)


def test_too_many_transactions_and_a_span_of_blocks() -> None:
    with pytest.raises(TooManyError):
        Index().history(most=3)
    assert Index().history(span=Span(4, 8)).transactions == 3


@pytest.mark.parametrize(
    "body",
    [
        '{"status":"0","message":"NOTOK","result":"Max rate limit reached"}',
        '{"status":"0","message":"NOTOK","result":"Query Timeout occured"}',
        "<html>",
    ],
)
def test_a_busy_index_is_tried_again(body: str) -> None:
    with pytest.raises(TryAgainError):
        check_answer(body)


@pytest.mark.parametrize(
    "body",
    [
        '{"status":"0","message":"NOTOK","result":"Invalid API Key"}',
        '{"status":"0","message":"NOTOK","result":null}',
        '{"jsonrpc":"2.0"}',
        "[]",
        "5",
    ],
)
def test_an_index_that_refuses_is_final(body: str) -> None:
    with pytest.raises(FinalError):
        check_answer(body)


def test_no_transactions_is_an_answer() -> None:
    check_answer('{"status":"0","message":"No transactions found","result":[]}')
    assert Index().history(span=Span(100, 200)) == History(0)


def test_rows_without_a_block_fail_their_address(fetch: Fetch) -> None:
    def broken(_path: str, query: dict[str, str]) -> tuple[int, str]:
        rows = [{"hash": "x"}, 5] * int(query["offset"])
        return 200, json.dumps({"status": "1", "message": "OK", "result": rows})

    with web(page=broken) as server:
        ran = fetch(f"{server.url}/api", ANN)
    assert missing(ran.json) == [(ANN, "failed")]
