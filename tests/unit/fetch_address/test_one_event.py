"""What is fetched builds, and one event from two sources is one transaction with two evidences (law 5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.fetch_address.conftest import Fetch
from tests.unit.fetch_address.evm import ANN, BOB, CARL, HISTORY, ROUTER, node
from tests.unit.fetch_address.servers import electrum, web
from tests.unit.fetch_address.test_bitcoin import answering, index
from tests.unit.sources.bitcoin.blocks import framed
from tests.unit.sources.bitcoin_light.told import ANN as ANNS_SCRIPT
from tests.unit.sources.bitcoin_light.told import Chain, example, named

from earmark.cases.building import build_rows
from earmark.cases.case import open_case
from earmark.ledger.ledger import Ledger


def evidences(ledger: Ledger) -> dict[str, set[int]]:
    """Return by key which sources tell of a transaction."""
    keys = ledger.column("transactions", "key").to_pylist()
    found: dict[str, set[int]] = {}
    for row in ledger.tables["evidence"].to_pylist():
        found.setdefault(keys[row["tx"]], set()).add(row["source"])
    return found


def legs(ledger: Ledger) -> dict[str, list[tuple[int, str, int]]]:
    keys = ledger.column("transactions", "key").to_pylist()
    found: dict[str, list[tuple[int, str, int]]] = {}
    for row in ledger.tables["legs"].to_pylist():
        leg = row["side"], ledger.holder_names[row["holder"]], int(row["quantity"])
        found.setdefault(keys[row["tx"]], []).append(leg)
    return found


def account_row(number: int, **more: str) -> dict[str, str]:
    moved = HISTORY[number]
    action = moved.calls[0]["action"]
    return {
        "blockNumber": str(moved.block),
        "timeStamp": str(1_600_000_000 + 12 * moved.block),
        "hash": moved.hash,
        "nonce": "0",
        "blockHash": moved.calls[0]["blockHash"],
        "transactionIndex": "0",
        "from": action["from"],
        "to": action["to"],
        "value": str(int(action["value"], 16)),
        "gas": "21000",
        "gasPrice": "3",
        "gasUsed": "21000",
        "isError": "0",
        "txreceipt_status": "1",
        "contractAddress": "",
        "input": "0x",
    } | more


def account_list(_path: str, query: dict[str, str]) -> tuple[int, str]:
    rows = [account_row(0), account_row(1)] if query["action"] == "txlist" else []
    found = {"status": "1", "message": "OK", "result": rows}
    return 200, json.dumps(
        found if rows else found | {"status": "0", "message": "No transactions found"}
    )


def test_a_node_and_an_account_list_tell_of_the_same_payments(case: Path, fetch: Fetch) -> None:
    with web(node(), page=account_list) as server:
        assert fetch(server.url, ANN).code == 0
        assert fetch(f"{server.url}/api", ANN, "--name", "list").code == 0
    ledger = open_case(case).ledger
    told = evidences(ledger)
    for moved in HISTORY[:2]:
        assert told[f"eth:{moved.hash}:value"] == {0, 1}
    assert legs(ledger)[f"eth:{HISTORY[0].hash}:value"] == [
        (0, f"eth:{ANN}", 50),
        (1, f"eth:{BOB}", 50),
    ]


def test_a_filters_rows_never_hide_the_calls_of_a_whole_trace(case: Path, fetch: Fetch) -> None:
    with web(node()) as server:
        assert fetch(server.url, ANN, "--depth", 1).code == 0
    ledger = open_case(case).ledger
    # the filter of the router's own address comes after the trace, and shows one call of two
    assert legs(ledger)[f"eth:{HISTORY[1].hash}:call:0"] == [
        (0, f"eth:{ROUTER}", 69),
        (1, f"eth:{CARL}", 69),
    ]


def write_source(case: Path, reader: str, path: str) -> None:
    text = (case / "case.toml").read_text("utf-8")
    entry = f'\n[[source]]\nreader = "{reader}"\npath = "{path}"\nnetwork = "regtest"\n'
    (case / "case.toml").write_text(text + entry, "utf-8")


@pytest.mark.parametrize("way", ["esplora", "electrum"])
@pytest.mark.parametrize("first", ["blocks", "index"])
def test_a_block_file_and_an_index_tell_of_the_same_transactions(
    case: Path, fetch: Fetch, way: str, first: str
) -> None:
    chain, spends = example()
    (case / "sources/blk00000.dat").write_bytes(framed(*chain.raw))
    if first == "blocks":
        write_source(case, "bitcoin-blocks", "sources/blk00000.dat")
    alone = legs_of_blocks(case.parent / "alone", chain)
    fetch_from(way, chain, fetch)
    if first == "index":
        write_source(case, "bitcoin-blocks", "sources/blk00000.dat")
    opened = open_case(case)
    told = evidences(opened.ledger)
    for name in ("to_ann", "paid"):
        assert told[f"btc:{spends[name].txid}"] == {0, 1}
    assert legs(opened.ledger) == alone
    rows = build_rows(opened.made)
    assert rows["openings"] == 0
    assert rows["rejected"] == 0
    for source in rows["sources"]:
        parts = ("transactions", "observations", "rejected", "ignored")
        assert source["rows"] == sum(source[name] for name in parts)


def fetch_from(way: str, chain: Chain, fetch: Fetch) -> None:
    """Fetch Ann's history from an index."""
    if way == "esplora":
        with web(page=index(chain)) as server:
            assert fetch(server.url, named(ANNS_SCRIPT)).code == 0
    else:
        with electrum(answering(chain)) as server:
            assert fetch(server.url, named(ANNS_SCRIPT)).code == 0


def legs_of_blocks(folder: Path, chain: Chain) -> dict[str, Any]:
    (folder / "sources").mkdir(parents=True)
    (folder / "case.toml").write_text('title = "T"\n', "utf-8")
    (folder / "sources/blk00000.dat").write_bytes(framed(*chain.raw))
    write_source(folder, "bitcoin-blocks", "sources/blk00000.dat")
    return legs(open_case(folder).ledger)


@pytest.mark.parametrize("way", ["esplora", "electrum"])
def test_an_index_alone_knows_amounts_and_fees(case: Path, fetch: Fetch, way: str) -> None:
    chain, spends = example()
    fetch_from(way, chain, fetch)
    ledger = open_case(case).ledger
    paid = legs(ledger)[f"btc:{spends['paid'].txid}"]
    ann = f"btc:{ANNS_SCRIPT.hex()}"
    assert paid[0] == (0, ann, 30 * 10**8)
    assert paid[-1] == (1, "btc:fees", 10**8)
    assert "btc:unresolved" not in ledger.holder_names
    assert ledger.tables["observations"].num_rows == 1
