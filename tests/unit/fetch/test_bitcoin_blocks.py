"""Blocks of a Bitcoin node, in the fullest form that it has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.fetch.nodes import BitcoinNode
from tests.unit.fetch.servers import Asked, error, line_to, page, result, saved, serving

from earmark.fetch.bitcoin_blocks import fetch_bitcoin
from earmark.fetch.blocks import Outcome, Wanted, kind_of
from earmark.fetch.ranges import chain_of
from earmark.fetch.server import server_of
from earmark.ledger.errors import EarmarkError

REGTEST = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    return tmp_path


def fetched(node: BitcoinNode, folder: Path, wanted: Wanted) -> Outcome:
    outcome = Outcome()
    with serving(node.answer) as server, line_to(server.url, folder) as line:
        fetch_bitcoin(line, wanted, outcome)
    return outcome


@pytest.mark.parametrize("most", [3, 2, 0])
def test_the_fullest_form_is_found_at_the_first_block(folder: Path, most: int) -> None:
    outcome = fetched(BitcoinNode(most=most), folder, Wanted(1, 4))
    assert outcome.methods == {"blocks": f"getblock {most}"}
    assert (outcome.blocks, outcome.transactions) == (4, 4)
    asked = [one["params"] for one in saved(folder) if one["method"] == "getblock"]
    assert [form for _, form in asked] == [most] * 4
    lacking = [one.what for one in outcome.gaps.listed]
    assert lacking == ([] if most == 3 else ["previous outputs (getblock 3)"])


def test_a_fork_between_two_runs_keeps_both(folder: Path) -> None:
    node = BitcoinNode()
    fetched(node, folder, Wanted(1, 4))
    node.forked, node.branch = 4, "other"
    outcome = fetched(node, folder, Wanted(1, 4))
    assert outcome.changed == [4]
    assert sum(one["method"] == "getblock" for one in saved(folder)) == 5


def test_another_block_than_the_one_asked_for_is_no_answer(folder: Path) -> None:
    node = BitcoinNode(most=0)
    raw = (node.header(2) + b"\1").hex()

    wrongs: list[object] = [
        raw,
        "zz",
        "",
        {"hash": "00", "tx": []},
        {"tx": []},
        [],
        None,
        {"hash": 1},
    ]
    for wrong in wrongs:

        def answer(asked: Asked, wrong: object = wrong) -> bytes:
            if asked.call["method"] == "getblock":
                return result(asked, wrong)
            return node.answer(asked)

        outcome = Outcome()
        with serving(answer) as server, line_to(server.url, folder) as line:
            fetch_bitcoin(line, Wanted(1, 1), outcome)
        assert (outcome.blocks, [one.what for one in outcome.gaps.listed]) == (0, ["block 1"])


def test_transactions_that_are_only_named_make_it_ask_for_the_raw_block(folder: Path) -> None:
    node = BitcoinNode()

    def answer(asked: Asked) -> bytes:
        method, params = asked.call["method"], asked.call["params"]
        if method == "getblock" and params[1]:
            return result(asked, {"hash": params[0], "tx": ["00" * 32]})
        return node.answer(asked)

    outcome = Outcome()
    with serving(answer) as server, line_to(server.url, folder) as line:
        fetch_bitcoin(line, Wanted(1, 2), outcome)
    assert (outcome.blocks, outcome.methods) == (2, {"blocks": "getblock 0"})


def test_the_network_is_known_by_its_first_block(folder: Path) -> None:
    with (
        serving(BitcoinNode(genesis=REGTEST).answer) as server,
        line_to(server.url, folder) as line,
    ):
        assert chain_of(line, "bitcoin").network == "regtest"
    with (
        serving(BitcoinNode().answer) as server,
        line_to(server.url, folder) as line,
        pytest.raises(EarmarkError, match="another chain"),
    ):
        chain_of(line, "bitcoin")


def test_what_a_node_is_is_found_out_by_asking(folder: Path) -> None:
    with serving(BitcoinNode(login="Basic dTpw").answer) as running:
        server = server_of(running.url.replace("//", "//u:p@"), {})
        with line_to(server, folder) as line:
            assert kind_of(line) == "bitcoin"
        with line_to(running.url, folder) as line, pytest.raises(EarmarkError, match="password"):
            kind_of(line)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (lambda asked: error(asked, -32601, "nope"), "speaks neither as an EVM node nor as"),
        (lambda _: page("<html>", 404), "speaks neither as an EVM node nor as"),
        (lambda _: b"", r"eth_chainId \[\]: the answer broke off"),
    ],
)
def test_what_is_no_node_is_said(
    folder: Path, answer: Callable[[Asked], bytes], problem: str
) -> None:
    with (
        serving(answer) as running,
        line_to(running.url, folder) as line,
        pytest.raises(EarmarkError, match=problem),
    ):
        kind_of(line)
