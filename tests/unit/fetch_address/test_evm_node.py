"""Histories from nodes with an index, through the verb and against a server that also misbehaves."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.unit.fetch_address.conftest import Fetch
from tests.unit.fetch_address.evm import (
    ANN,
    BOB,
    CARL,
    DORA,
    HISTORY,
    ROUTER,
    Moved,
    call,
    node,
)
from tests.unit.fetch_address.servers import Rpc, web

from earmark.cases import custody
from earmark.sources.evm.addresses import checksummed
from earmark.sources.replies import read_replies


def fetched(told: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(one["address"].lower(), one["depth"], one["transactions"]) for one in told["fetched"]]


def missing(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["address"].lower(), one["why"]) for one in told["missing"]]


def asked_in(case: Path) -> set[str]:
    path = case / "sources/fetched/a.replies.jsonl"
    lines = read_replies(path, "a")
    return {line.exchange.method for line in lines if line.exchange is not None}


def test_a_node_with_an_index_gives_whole_transactions_and_a_source(
    case: Path, fetch: Fetch
) -> None:
    with web(node()) as server:
        ran = fetch(server.url, ANN, "--by", "Ann")
    assert ran.code == 0, ran.err
    assert "method: trace_filter" in ran.err
    assert "chosen by asking the server" in ran.err
    assert (ran.json["method"], ran.json["reader"], ran.json["chain"]) == (
        "trace_filter",
        "evm-rpc",
        1,
    )
    assert fetched(ran.json) == [(ANN, 0, 5)]
    assert asked_in(case) == {
        "eth_blockNumber",
        "eth_call",
        "eth_chainId",
        "eth_getBlockByNumber",
        "eth_getLogs",
        "eth_getTransactionByHash",
        "eth_getTransactionReceipt",
        "trace_filter",
        "trace_transaction",
    }
    (source,) = tomllib.loads((case / "case.toml").read_text("utf-8"))["source"]
    assert source["reader"] == "evm-rpc"
    assert source["obtained_by"]
    assert "custody.log" in source["obtained_how"]
    (entry,) = custody.read_log(case)
    assert f"trace_filter, {checksummed(ANN)}, 0 steps outwards" in entry.obtained_how


def test_a_node_that_is_no_evm_node_is_said_and_nothing_is_left(case: Path, fetch: Fetch) -> None:
    with web(Rpc(getblockcount=lambda: 5)) as server:
        ran = fetch(server.url, ANN, "--from", 1, "--to", 2)
    assert (ran.code, "this is not an EVM node" in ran.err) == (2, True)
    assert not list((case / "sources").rglob("*.*"))
    assert not (case / "custody.log").exists()


def test_a_second_run_asks_nothing_that_is_answered(case: Path, fetch: Fetch) -> None:
    with web(node()) as server:
        first = fetch(server.url, ANN, "--depth", 1)
        before = len(server.questions)
        again = fetch(server.url, ANN, "--depth", 1)
        asked = server.methods()[before:]
    assert asked == [
        "trace_filter",
        "eth_chainId",
    ]  # which method, which chain: of the server itself
    assert again.json["replies_added"] == 0
    assert again.json["fetched"] == first.json["fetched"]
    assert again.json["missing"] == first.json["missing"]


def test_following_goes_to_whoever_was_paid_the_largest_first(fetch: Fetch) -> None:
    with web(node()) as server:
        ran = fetch(server.url, ANN, "--depth", 1)
    assert ran.code == 0
    # 70 to the router, 50 to Bob; Dora got only a token that the case does not declare; Eve's was reverted
    assert [one for one, _, _ in fetched(ran.json)] == [ANN, ROUTER, BOB, DORA]
    assert missing(ran.json) == [(CARL, "depth")]
    assert "0.000000000000000109 ETH" in (ran.err)


def test_stops_of_the_case_and_declared_tokens_are_heeded(case: Path, fetch: Fetch) -> None:
    (case / "case.toml").write_text(
        f"""title = "T"
[[stop]]
holder = "eth:{ROUTER.upper().replace("0X", "0x")}"
label = "A router"
[[commodity]]
symbol = "USDX"
exponent = 6
identity = "eip155:1/erc20:0x{0xA7:040x}"
""",
        "utf-8",
    )
    with web(node()) as server:
        ran = fetch(server.url, ANN, "--depth", 1)
    assert [one for one, _, _ in fetched(ran.json)] == [ANN, BOB, DORA]
    assert missing(ran.json) == [(ROUTER, "stop"), (CARL, "depth")]
    assert "stop: A router" in ran.err


def test_a_budget_of_requests_ends_the_run_and_the_next_goes_on(fetch: Fetch, case: Path) -> None:
    with web(node()) as server:
        short = fetch(server.url, ANN, "--depth", 1, "--budget", 30)
        assert short.code == 1
        assert len(server.questions) == 30
        assert {"budget"} <= {why for _, why in missing(short.json)}
        note = (case / "sources/fetched/a.missing.json").read_text("utf-8")
        assert "30 requests were allowed" in note
        rest = fetch(server.url, ANN, "--depth", 1)
    assert rest.code == 0
    assert len(fetched(rest.json)) == 4


def test_a_range_of_blocks_bounds_the_questions(fetch: Fetch) -> None:
    with web(node()) as server:
        ran = fetch(server.url, ANN, "--from", 4, "--to", 8)
    assert fetched(ran.json) == [(ANN, 0, 2)]


def test_too_many_transactions_leave_an_address_out(fetch: Fetch) -> None:
    with web(node()) as server:
        ran = fetch(server.url, ANN, "--most-transactions", 2)
    assert ran.code == 1
    assert missing(ran.json) == [(ANN, "too_many_transactions")]


def test_pages_go_on_until_one_is_short(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earmark.fetch.evm_history.PAGE_ROWS", 2)
    with web(node()) as server:
        ran = fetch(server.url, ANN)
    assert fetched(ran.json) == [(ANN, 0, 5)]


def test_a_server_that_repeats_a_page_is_found_out(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("earmark.fetch.evm_history.PAGE_ROWS", 2)
    with web(node(trace_filter=lambda _: HISTORY[1].calls)) as server:
        ran = fetch(server.url, ANN)
    assert missing(ran.json) == [(ANN, "failed")]
    assert "repeats a page" in ran.err


def test_a_narrow_node_is_asked_for_fewer_blocks_of_logs_at_once(fetch: Fetch) -> None:
    whole = node().methods["eth_getLogs"]

    def narrow(wanted: dict[str, Any]) -> Any:
        if int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) >= 10:
            raise LookupError("block range is too wide")
        return whole(wanted)

    with web(node(eth_getLogs=narrow)) as server:
        ran = fetch(server.url, ANN)
    assert fetched(ran.json) == [(ANN, 0, 5)]


def test_a_transaction_that_cannot_be_had_is_a_gap(fetch: Fetch) -> None:
    lost = HISTORY[0].hash
    with web(
        node(eth_getTransactionReceipt=lambda one: None if one == lost else by(one))
    ) as server:
        ran = fetch(server.url, ANN)
    assert ran.code == 1
    assert missing(ran.json) == [(ANN, "not_whole")]
    assert lost in ran.err


def by(transaction_hash: str) -> dict[str, Any]:
    return next(one.receipt for one in HISTORY if one.hash == transaction_hash)


def test_otterscan_pages_backwards_through_blocks(fetch: Fetch) -> None:
    def search(address: str, block: int, size: int) -> dict[str, Any]:
        found = [
            one
            for one in reversed(HISTORY)
            if (block == 0 or one.block < block)
            and any(address in (c["action"]["from"], c["action"]["to"]) for c in one.calls)
        ]
        page = found[:2]
        return {
            "txs": [one.transaction for one in page],
            "receipts": [],
            "lastPage": len(found) <= 2,
        }

    more: dict[str, Any] = {
        "trace_filter": None,
        "trace_transaction": None,
        "ots_getApiLevel": lambda: 8,
    }
    operations: dict[str, Any] = {"ots_getInternalOperations": lambda _: []}
    with web(node(**more, **operations, ots_searchTransactionsBefore=search)) as server:
        ran = fetch(server.url, ANN)
    assert ran.json["method"] == "ots"
    assert fetched(ran.json) == [(ANN, 0, 5)]


def test_otterscan_that_goes_in_circles_ends(fetch: Fetch) -> None:
    page = {"txs": [HISTORY[0].transaction], "lastPage": False}
    more: dict[str, Any] = {"trace_filter": None, "ots_getApiLevel": lambda: 8}
    with web(node(**more, ots_searchTransactionsBefore=lambda *_: page)) as server:
        ran = fetch(server.url, ANN)
    assert missing(ran.json) == [(ANN, "failed")]


def test_without_an_index_only_a_range_can_be_had(fetch: Fetch) -> None:
    with web(node(trace_filter=None)) as server:
        ran = fetch(server.url, ANN)
        assert "block range only" in ran.err
        assert "--from and --to" in ran.err
        assert ran.code == 2
        ran = fetch(server.url, ANN, "--from", 3, "--to", 3, "--depth", 1)
    assert "nothing can be followed" in ran.err


def test_traces_are_asked_for_in_every_way_only_once(fetch: Fetch) -> None:
    with web(node(trace_transaction=None)) as server:
        ran = fetch(server.url, ANN)
        assert ran.code == 0
        tried = [one for one in server.methods() if "race" in one or "ots_" in one]
    ways = ["trace_transaction", "debug_traceTransaction", "ots_getInternalOperations"]
    assert tried == ["trace_filter", "trace_filter", "trace_filter", *ways]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0x" + "ab" * 19, "mistyped|not an address|is no address"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", ""),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "ok"),
        ("0X5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", "ok"),
    ],
)
def test_addresses_are_taken_in_any_case_but_not_mistyped(
    fetch: Fetch, typed: str, expected: str
) -> None:
    with web(node()) as server:
        ran = fetch(server.url, typed)
    assert ran.code == (0 if expected == "ok" else 2), ran.err
    if expected == "":
        assert "capital letters are not its checksum" in ran.err


def test_a_node_that_goes_silent_is_left_alone(fetch: Fetch) -> None:
    class Mute(Rpc):
        def __call__(self, method: str, params: list[Any]) -> dict[str, Any]:
            if method == "eth_getTransactionByHash":
                return {"result": None, "error": {"code": -32005, "message": "busy"}}
            return super().__call__(method, params)

    many = [Moved(number, [call(ANN, BOB, 1)]) for number in range(1, 9)]
    with web(Mute(**node(many).methods)) as server:
        ran = fetch(server.url, ANN, BOB)
        assert server.methods().count("eth_getTransactionByHash") == 3
    assert ran.code == 1
    assert missing(ran.json) == [(ANN, "failed"), (BOB, "failed")]
