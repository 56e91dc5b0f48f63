"""Bitcoin histories: Esplora, Electrum and a node's filters, through the verb, against servers that misbehave."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.fetch_address.conftest import Fetch
from tests.unit.fetch_address.servers import Rpc, electrum, web
from tests.unit.sources.bitcoin.blocks import NOWHERE
from tests.unit.sources.bitcoin_light.told import (
    ANN,
    BOB,
    CARL,
    MULTISIG,
    Chain,
    electrum_answer,
    esplora,
    example,
    history,
    named,
)

from earmark.fetch.bitcoin_history import scripthash
from earmark.sources.bitcoin.networks import REGTEST
from earmark.sources.replies import read_replies

GENESIS = REGTEST.genesis[::-1].hex()
Page = Callable[[str, dict[str, str]], tuple[int, str]]


def index(chain: Chain, rows: int = 2) -> Page:
    """Return an Esplora that shows a few confirmed transactions a page."""
    scripts = {one for all_ in chain.blocks for spend in all_ for _, one in spend.outputs}
    by_name = {f"address/{named(one)}": one for one in scripts if named(one)}
    by_name |= {f"scripthash/{scripthash(one.hex())}": one for one in scripts}

    def answer(path: str, _: dict[str, str]) -> tuple[int, str]:
        parts = path.strip("/").split("/")
        if path == "/blocks/tip/height":
            return 200, str(len(chain.blocks))
        if path == "/block-height/0":
            return 200, GENESIS
        if parts[0] == "tx":
            return 200, json.dumps(_transaction(chain, parts))
        script = by_name.get("/".join(parts[:2]))
        if script is None:
            return 200, json.dumps({"chain_stats": {"tx_count": 0}} if len(parts) == 2 else [])
        return 200, json.dumps(_history(chain, script, parts[2:], rows))

    return answer


def _transaction(chain: Chain, parts: list[str]) -> Any:
    if len(parts) == 2:
        return esplora(chain, parts[1])
    outputs = chain.spends()[parts[1]][0].outputs
    spent: list[dict[str, Any]] = [{"spent": False} for _ in outputs]
    for one, _ in chain.spends().values():
        for place, (txid, number) in enumerate(one.inputs):
            if txid[::-1].hex() == parts[1]:
                spent[number] = {"spent": True, "txid": one.txid, "vin": place}
    return spent


def _history(chain: Chain, script: bytes, rest: list[str], rows: int) -> Any:
    found = history(chain, script)
    confirmed = [one.txid for one, height in found if height is not None]
    waiting = [one.txid for one, height in found if height is None]
    if not rest:
        counts = {"chain_stats": len(confirmed), "mempool_stats": len(waiting)}
        return {name: {"tx_count": count} for name, count in counts.items()}
    if rest == ["txs"]:
        return [esplora(chain, one) for one in waiting + confirmed[:rows]]
    first = confirmed.index(rest[2]) + 1
    return [esplora(chain, one) for one in confirmed[first : first + rows]]


def fetched(told: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(one["address"], one["depth"], one["transactions"]) for one in told["fetched"]]


def missing(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["address"], one["why"]) for one in told["missing"]]


def sources(case: Path) -> list[dict[str, Any]]:
    return list(tomllib.loads((case / "case.toml").read_text("utf-8")).get("source", []))


def test_an_esplora_index_is_found_out_and_paged(case: Path, fetch: Fetch) -> None:
    chain, _ = example()
    with web(page=index(chain, rows=1)) as server:
        ran = fetch(server.url, named(ANN))
        again = fetch(server.url, named(ANN))
    assert ran.code == 0, ran.err
    assert (ran.json["method"], ran.json["network"]) == ("esplora", "regtest")
    assert fetched(ran.json) == [(named(ANN), 0, 3)]
    (source,) = sources(case)
    assert (source["reader"], source["network"]) == ("esplora", "regtest")
    assert (again.json["requests"], again.json["replies_added"]) == (1, 0)  # which index it is


def test_money_is_followed_by_script_even_without_an_address(fetch: Fetch) -> None:
    chain, _ = example()
    with web(page=index(chain)) as server:
        ran = fetch(server.url, named(ANN), "--depth", 1)
    assert ran.code == 0, ran.err
    shown = [one for one, _, _ in fetched(ran.json)]
    assert shown == [named(ANN), f"script {MULTISIG.hex()}", named(BOB), named(CARL)]
    assert missing(ran.json) == []


def test_an_output_is_followed_through_what_spends_it(fetch: Fetch) -> None:
    chain, spends = example()
    start, paid, onward = (spends[name].txid for name in ("to_ann", "paid", "onward"))
    with web(page=index(chain)) as server:
        ran = fetch(server.url, f"{start}:0", "--depth", 1, "--network", "regtest")
    assert [one for one, _, _ in fetched(ran.json)] == [f"{start}:0"] + [
        f"{paid}:{number}" for number in (1, 0, 3)
    ]
    assert set(missing(ran.json)) == {
        (f"{onward}:0", "depth"),
        (f"{spends['waiting'].txid}:0", "depth"),
    }


def test_a_stop_is_heeded_by_address_and_by_output(case: Path, fetch: Fetch) -> None:
    chain, spends = example()
    stop = f'[[stop]]\nholder = "btc:{named(BOB)}"\nlabel = "Bob Exchange"\n'
    (case / "case.toml").write_text(f'title = "T"\n{stop}', "utf-8")
    with web(page=index(chain)) as server:
        ran = fetch(server.url, named(ANN), "--depth", 1)
        assert (named(BOB), "stop") in missing(ran.json)
        ran = fetch(server.url, f"{spends['to_ann'].txid}:0", "--depth", 1, "--network", "regtest")
    assert (f"{spends['paid'].txid}:0", "stop") in missing(ran.json)


def test_an_exchange_is_left_out_before_it_is_paged(fetch: Fetch) -> None:
    chain, _ = example()
    with web(page=index(chain)) as server:
        ran = fetch(server.url, named(ANN), "--most-transactions", 2)
        assert not any("/txs" in path for path in server.methods())
    assert missing(ran.json) == [(named(ANN), "too_many_transactions")]


def test_an_index_that_repeats_its_pages_ends(fetch: Fetch) -> None:
    chain, _ = example()
    good = index(chain, rows=1)

    def circling(path: str, query: dict[str, str]) -> tuple[int, str]:
        return good(path.partition("/chain/")[0], query)

    with web(page=circling) as server:
        ran = fetch(server.url, named(ANN))
    assert missing(ran.json) == [(named(ANN), "failed")]
    assert "repeats a page" in ran.err


def test_an_index_that_shows_less_than_it_counts_is_told(fetch: Fetch) -> None:
    chain, _ = example()
    good = index(chain, rows=1)

    def short(path: str, query: dict[str, str]) -> tuple[int, str]:
        return (200, "[]") if "/chain/" in path else good(path, query)

    with web(page=short) as server:
        ran = fetch(server.url, named(ANN))
    assert ran.code == 1
    assert missing(ran.json) == [(named(ANN), "not_whole")]
    assert "counts 3 transactions and shows 2" in ran.err


@pytest.mark.parametrize("status", [500, 429])
def test_an_index_that_fails_is_kept_as_it_answered(case: Path, fetch: Fetch, status: int) -> None:
    chain, _ = example()
    good = index(chain)

    def failing(path: str, query: dict[str, str]) -> tuple[int, str]:
        fails = path.endswith("/txs") and named(ANN) in path
        return (status, "<html>busy") if fails else good(path, query)

    path = case / "sources/fetched/a.replies.jsonl"
    with web(page=failing) as server:
        ran = fetch(server.url, named(ANN))
        assert missing(ran.json) == [(named(ANN), "failed")]
        assert (ran.code, ran.json["path"], path.exists(), sources(case)) == (1, None, False, [])
        assert not (case / "custody.log").exists()
        ran = fetch(server.url, named(ANN), named(BOB))
        assert missing(ran.json) == [(named(ANN), "failed")]
    kept = [line.exchange.status for line in read_replies(path, "a") if line.exchange]
    assert status in kept


NO_BITCOIN = {"eth_chainId": lambda: "0x1"}


@pytest.mark.parametrize("method", ["auto", "blocks", "scanblocks"])
def test_a_node_of_another_kind_is_said_and_nothing_is_left(
    case: Path, fetch: Fetch, method: str
) -> None:
    with web(Rpc(**NO_BITCOIN)) as server:
        ran = fetch(server.url, named(ANN), "--method", method, "--from", 1, "--to", 2)
    assert (ran.code, "this is not a Bitcoin node" in ran.err) == (2, True)
    assert (sources(case), list((case / "sources").rglob("*.*"))) == ([], [])
    assert not (case / "custody.log").exists()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--method", "blocks"], "--from and --to"),
        (["--method", "blocks", "--from", 1, "--to", 2, "--depth", 1], "nothing can be followed"),
        (["--method", "trace_filter"], "does not go with these addresses"),
        (["--method", "electrum"], "does not go with this server's address"),
        (["0x123"], "no EVM address"),
        (["http://ann:geheim@h/"], "among the addresses"),
    ],
)
def test_mistakes_are_said_before_anybody_is_asked(
    case: Path, fetch: Fetch, words: list[object], problem: str
) -> None:
    with web(Rpc(**NO_BITCOIN)) as server:
        ran = fetch(server.url, named(ANN), *words)
        assert server.questions == []
    assert (ran.code, problem in ran.err) == (2, True)
    assert "geheim" not in ran.err
    assert not list((case / "sources").rglob("*.*"))


def test_one_transaction_of_two_addresses_is_counted_once(fetch: Fetch) -> None:
    chain, _ = example()
    with web(page=index(chain)) as server:
        one = fetch(server.url, named(ANN), "--name", "one")
        two = fetch(server.url, named(ANN), named(BOB), "--name", "two")
    assert "1 address, 3 transactions; " in one.err
    per_address = [one["transactions"] for one in two.json["fetched"]]
    assert max(per_address) <= two.json["transactions"] < sum(per_address)
    assert f"2 addresses, {two.json['transactions']} transactions; " in two.err


@pytest.mark.parametrize("body", ['{"vin": 5}', "[1, 2]", '[{"txid": "../../x"}]', "null", '"x"'])
def test_nonsense_of_an_index_fails_one_address(fetch: Fetch, body: str) -> None:
    chain, _ = example()
    good = index(chain)

    def nonsense(path: str, query: dict[str, str]) -> tuple[int, str]:
        return (200, body) if path.endswith("/txs") else good(path, query)

    with web(page=nonsense) as server:
        ran = fetch(server.url, named(ANN), named(BOB))
    assert missing(ran.json) == [(named(ANN), "failed"), (named(BOB), "failed")]


def test_a_server_of_another_network_is_refused(fetch: Fetch) -> None:
    chain, _ = example()
    with web(page=index(chain)) as server:
        ran = fetch(server.url, "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2")
    assert ran.code == 2
    assert "regtest" in ran.err


def answering(chain: Chain) -> Callable[[str, list[Any]], dict[str, Any] | bytes | None]:
    def answer(method: str, params: list[Any]) -> dict[str, Any]:
        try:
            return {"result": electrum_answer(chain, method, params)}
        except KeyError:
            return {"error": {"code": 1, "message": "unknown"}}

    return answer


def test_an_electrum_server_gives_bytes_headers_and_branches(case: Path, fetch: Fetch) -> None:
    chain, _ = example()
    with electrum(answering(chain)) as server:
        ran = fetch(server.url, named(ANN), "--depth", 1)
        first = server.methods()
        again = fetch(server.url, named(ANN), "--depth", 1)
        assert len(server.questions) == len(first)  # not even a connection
    assert ran.code == 0, ran.err
    assert first[0] == "server.version"
    assert ran.json["method"] == "electrum"
    assert [one for one, _, _ in fetched(ran.json)] == [
        named(ANN),
        f"script {MULTISIG.hex()}",
        named(BOB),
        named(CARL),
    ]
    assert again.json["requests"] == 0
    (source,) = sources(case)
    assert (source["reader"], source["network"]) == ("electrum", "regtest")
    assert source["obtained_from"] == server.url


@pytest.mark.parametrize(
    "reply",
    [b"", b'{"jsonrpc": "2.0"', b"<html>\n", b"\xff\xfe\n", b'{"id": 7, "result": []}\n'],
)
def test_an_electrum_server_that_breaks_off_fails_one_address(fetch: Fetch, reply: bytes) -> None:
    chain, _ = example()
    good = answering(chain)

    def breaking(method: str, params: list[Any]) -> dict[str, Any] | bytes | None:
        return reply if method == "blockchain.transaction.get" else good(method, params)

    with electrum(breaking) as server:
        ran = fetch(server.url, named(ANN))
    assert (ran.code, missing(ran.json)) == (1, [(named(ANN), "failed")])


def test_an_electrum_server_that_hangs_is_given_up(fetch: Fetch) -> None:
    chain, _ = example()
    good = answering(chain)

    def hanging(method: str, params: list[Any]) -> dict[str, Any] | bytes | None:
        return None if method == "blockchain.transaction.get" else good(method, params)

    with electrum(hanging) as server:
        ran = fetch(server.url, named(ANN), "--timeout", 0.1)
    assert missing(ran.json) == [(named(ANN), "failed")]
    assert "said nothing for 0.1 s" in ran.err


def test_a_transaction_that_is_another_one_fails_its_address(fetch: Fetch) -> None:
    chain, spends = example()
    good = answering(chain)

    def lying(method: str, params: list[Any]) -> dict[str, Any] | bytes | None:
        if params == [spends["paid"].txid]:
            params = [spends["onward"].txid]
        return good(method, params)

    with electrum(lying) as server:
        ran = fetch(server.url, named(ANN))
    assert missing(ran.json) == [(named(ANN), "failed")]


@pytest.mark.parametrize(
    "url", ["tcp://h", "ssl://h:1/path", "ssl://u:p@h:1", "tcp://:5", "ssl://h:x"]
)
def test_an_address_of_an_electrum_server_is_checked(fetch: Fetch, url: str) -> None:
    ran = fetch(url, named(ANN))
    assert ran.code == 2
    assert "ssl://HOST:PORT" in ran.err


def core(chain: Chain) -> Rpc:
    """Return a Bitcoin Core with block filters; amounts are numbers with a point."""

    def transaction(txid: str) -> dict[str, Any]:
        one, _ = chain.spends()[txid]
        inputs = [
            {"coinbase": "00"}
            if point == NOWHERE
            else {
                "txid": point[0][::-1].hex(),
                "vout": point[1],
                "prevout": output(chain.output(point)),
            }
            for point in one.inputs
        ]
        return {"txid": txid, "vin": inputs, "vout": [output(each) for each in one.outputs]}

    def output(each: tuple[int, bytes]) -> dict[str, Any]:
        return {"value": float(Decimal(each[0]) / 10**8), "scriptPubKey": {"hex": each[1].hex()}}

    def block(block_hash: str, _: int) -> dict[str, Any]:
        heights = {chain.hash_at(height + 1): all_ for height, all_ in enumerate(chain.blocks)}
        return {"hash": block_hash, "tx": [transaction(one.txid) for one in heights[block_hash]]}

    def scan(action: str, wanted: list[dict[str, str]], *_: int) -> dict[str, Any]:
        assert action == "start"
        script = bytes.fromhex(wanted[0]["desc"].removeprefix("raw(").removesuffix(")"))
        heights = {height for _, height in history(chain, script) if height}
        found = [chain.hash_at(height) for height in sorted(heights)]
        return {"relevant_blocks": found, "completed": True}

    return Rpc(
        getblockhash=lambda _: GENESIS,
        getindexinfo=lambda: {"basic block filter index": {"synced": True}},
        scanblocks=scan,
        getblock=block,
    )


def test_a_node_with_filters_gives_the_blocks_that_matter(case: Path, fetch: Fetch) -> None:
    chain, _ = example()
    with web(core(chain)) as server:
        ran = fetch(server.url, named(ANN), "--depth", 1)
    assert ran.code == 0, ran.err
    assert ran.json["method"] == "scanblocks"
    assert fetched(ran.json)[0] == (named(ANN), 0, 2)
    assert {one for one, _, _ in fetched(ran.json)} == {
        named(ANN),
        named(BOB),
        f"script {MULTISIG.hex()}",
    }
    assert sources(case)[0]["reader"] == "bitcoin-rpc"


def test_a_node_without_filters_can_only_give_a_range(fetch: Fetch) -> None:
    with web(Rpc(getblockhash=lambda _: GENESIS, getindexinfo=dict)) as server:
        ran = fetch(server.url, named(ANN))
    assert ran.code == 2
    assert "block range only" in ran.err


def test_a_method_of_the_other_kind_of_chain_is_refused(fetch: Fetch) -> None:
    ran = fetch("http://127.0.0.1:9", named(ANN), "--method", "trace_filter")
    assert ran.code == 2
    assert "esplora, electrum, scanblocks, blocks" in ran.err


def test_one_file_has_answers_for_one_reader(fetch: Fetch) -> None:
    chain, _ = example()
    with web(core(chain), page=index(chain)) as server:
        assert fetch(server.url, named(ANN), "--method", "esplora").code == 0
        ran = fetch(server.url, named(ANN), "--method", "scanblocks")
    assert ran.code == 2
    assert "another --name" in ran.err
