"""`earmark fetch blocks` from real nodes of both kinds, into one case, twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.nodes.rpc import call
from tests.unit.cli.commands import Ran, earmark

from earmark.cases.case import open_case

ALICE = "0x" + "a1" * 20
PAID_WEI = 10**18


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_case(tmp_path_factory.mktemp("fetch"))


def empty_case(parent: Path) -> Path:
    folder = parent / "case"
    folder.mkdir()
    (folder / "case.toml").write_text('title = "T"\n', "utf-8")
    return folder


def fetched(case: Path, url: str, last: int, name: str) -> Ran:
    words = ["--from", 0, "--to", last, "--name", name, "--json"]
    return earmark("fetch", "blocks", case, url, *words)


def results(case: Path, name: str, method: str) -> list[Any]:
    path = case / f"sources/fetched/{name}.replies.jsonl"
    exchanges = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    bodies = [one["body"] for one in exchanges if one["method"] == method]
    return [msgspec.json.decode(body)["result"] for body in bodies]


def test_blocks_of_anvil(case: Path, anvil: str) -> None:
    sender = call(anvil, "eth_accounts")[0]
    for _ in range(3):
        paid = {"from": sender, "to": ALICE, "value": hex(PAID_WEI)}
        call(anvil, "eth_sendTransaction", paid)
    ran = fetched(case, anvil, 3, "evm")
    assert ran.code == 0, ran.err
    assert (ran.json["chain"], ran.json["blocks"], ran.json["transactions"]) == (1, 4, 3)
    assert ran.json["methods"] == {
        "receipts": "eth_getBlockReceipts",
        "traces": "debug_traceBlockByNumber",
    }
    blocks = results(case, "evm", "eth_getBlockByNumber")
    assert blocks == [call(anvil, "eth_getBlockByNumber", hex(n), True) for n in range(4)]
    assert fetched(case, anvil, 3, "evm").json["replies_added"] == 0
    built = earmark("build", case, "--json")
    assert built.code == 0, built.err
    assert (built.json["rejected"], built.json["transactions"] >= 3) == (0, True)


def test_blocks_of_bcoin(case: Path, bcoin: str) -> None:
    address = call(bcoin, "outputscript", "p2pkh", ["alice"])["address"]
    mined = call(bcoin, "generatetoaddress", 5, address)
    ran = fetched(case, bcoin, 5, "btc")
    assert ran.code == 0, ran.err
    assert (ran.json["network"], ran.json["blocks"], ran.json["transactions"]) == ("regtest", 6, 6)
    assert results(case, "btc", "getblockhash")[1:] == mined
    raw = results(case, "btc", "getblock")
    assert raw[1:] == [call(bcoin, "getblock", one, 0) for one in mined]
    assert fetched(case, bcoin, 5, "btc").json["replies_added"] == 0


def test_a_fork_of_anvil_leaves_both_branches_and_one_counts(tmp_path: Path, anvil: str) -> None:
    case, sender = empty_case(tmp_path), call(anvil, "eth_accounts")[0]
    first = int(call(anvil, "eth_blockNumber"), 16) + 1

    def pay(*amounts_wei: int) -> None:
        for amount in amounts_wei:
            paid = {"from": sender, "to": ALICE, "value": hex(amount)}
            call(anvil, "eth_sendTransaction", paid)

    before = call(anvil, "evm_snapshot")
    pay(7, 8)
    old = [call(anvil, "eth_getBlockByNumber", hex(first + n), False)["hash"] for n in (0, 1)]
    fetched(case, anvil, first + 1, "fork")
    call(anvil, "evm_revert", before)
    pay(9, 11)
    ran = fetched(case, anvil, first + 1, "fork")
    assert ran.json["changed_blocks"] == [first, first + 1]
    kept = [one["hash"] for one in results(case, "fork", "eth_getBlockByNumber")]
    assert set(old) < set(kept)
    built = earmark("build", case, "--strict", "--json")
    assert built.code == 0, built.err
    assert (built.json["rejected"], built.json["sources"][0]["ignored"] > 0) == (0, True)
    paid = open_case(case).ledger.column("legs", "quantity").to_pylist()
    assert {7, 8, 9, 11} & set(paid) == {9, 11}


def test_what_was_fetched_builds_into_one_ledger(tmp_path: Path, anvil: str, bcoin: str) -> None:
    case = empty_case(tmp_path)
    paid = {"from": call(anvil, "eth_accounts")[0], "to": ALICE, "value": hex(PAID_WEI)}
    call(anvil, "eth_sendTransaction", paid)
    address = call(bcoin, "outputscript", "p2pkh", ["alice"])["address"]
    call(bcoin, "generatetoaddress", 1, address)
    fetched(case, anvil, 1, "evm")
    fetched(case, bcoin, 1, "btc")
    ran = earmark("build", case, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["rejected"] == 0
    rows = {one["path"].split("/")[-1]: one for one in ran.json["sources"]}
    assert rows["btc.replies.jsonl"]["transactions"] == 2
    assert rows["evm.replies.jsonl"]["transactions"] >= 2
