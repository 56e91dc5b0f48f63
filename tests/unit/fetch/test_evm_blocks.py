"""Blocks of an EVM node: everything once, what changed again, what is missing said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.fetch.nodes import TOKEN, EvmNode, RefusalError
from tests.unit.fetch.servers import Running, line_to, page, result, saved, serving

from earmark.fetch.blocks import Outcome, Wanted
from earmark.fetch.errors import NoAnswerError
from earmark.fetch.evm_blocks import fetch_evm
from earmark.fetch.ranges import chain_of
from earmark.ledger.errors import EarmarkError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    return tmp_path


def fetched(server: Running, folder: Path, wanted: Wanted) -> Outcome:
    outcome = Outcome()
    with line_to(server.url, folder) as line:
        fetch_evm(line, wanted, outcome)
    return outcome


def kept(folder: Path) -> Counter[str]:
    return Counter(one["method"] for one in saved(folder))


def missing(outcome: Outcome) -> list[tuple[str, str]]:
    return [(one.what, one.why) for one in outcome.gaps.listed]


def test_a_range_is_fetched_whole_and_nothing_twice(folder: Path) -> None:
    with serving(EvmNode().answer) as server:
        first = fetched(server, folder, Wanted(0, 5))
        asked = len(server.asked)
        again = fetched(server, folder, Wanted(0, 5))
        assert len(server.asked) == asked + 2
    assert (first.blocks, first.transactions, first.tip, first.final) == (6, 10, 5, 100)
    assert again.blocks == 6
    assert first.methods == {
        "receipts": "eth_getBlockReceipts",
        "traces": "debug_traceBlockByNumber",
    }
    assert kept(folder) == {
        "eth_getBlockByNumber": 6,
        "eth_getBlockReceipts": 5,
        "debug_traceBlockByNumber": 5,
        "eth_call": 2,
    }
    assert missing(first) == []


def test_a_node_without_traces_and_block_receipts_is_asked_otherwise_and_it_is_said(
    folder: Path,
) -> None:
    lacks = {"eth_getBlockReceipts", "debug_traceBlockByNumber", "trace_block"}
    with serving(EvmNode(height=2, lacks=frozenset(lacks)).answer) as server:
        outcome = fetched(server, folder, Wanted(1, 2))
    assert outcome.methods == {"receipts": "eth_getTransactionReceipt", "traces": "none"}
    assert kept(folder)["eth_getTransactionReceipt"] == 4
    assert server.methods().count("debug_traceBlockByNumber") == 1
    assert missing(outcome) == [
        ("eth_getBlockReceipts", "unavailable"),
        ("debug_traceBlockByNumber", "unavailable"),
        ("trace_block", "unavailable"),
        ("internal transfers", "unavailable"),
    ]
    assert "does not exist" in outcome.gaps.listed[0].reason


def test_parity_traces_where_there_are_no_others_or_by_choice(folder: Path) -> None:
    with serving(EvmNode(lacks=frozenset({"debug_traceBlockByNumber"})).answer) as server:
        outcome = fetched(server, folder, Wanted(0, 2))
    assert outcome.methods["traces"] == "trace_block"
    assert kept(folder)["trace_block"] == 2
    with serving(EvmNode().answer) as server:
        outcome = fetched(server, folder, Wanted(3, 3, traces="parity"))
        assert "debug_traceBlockByNumber" not in server.methods()


def test_no_traces_by_choice_is_said(folder: Path) -> None:
    with serving(EvmNode().answer) as server:
        outcome = fetched(server, folder, Wanted(1, 1, traces="none"))
    assert missing(outcome) == [("internal transfers", "left_out")]
    assert not any("trace" in method for method in server.methods())


def test_blocks_beyond_the_end_are_missing(folder: Path) -> None:
    with serving(EvmNode(height=3).answer) as server:
        outcome = fetched(server, folder, Wanted(2, 9))
        assert (outcome.blocks, missing(outcome)) == (2, [("blocks 4 to 9", "failed")])
        outcome = fetched(server, folder, Wanted(7, 9))
        assert (outcome.blocks, missing(outcome)) == (0, [("blocks 7 to 9", "failed")])


def test_a_block_that_fails_is_listed_and_the_next_one_fetched(folder: Path) -> None:
    node = EvmNode()
    receipts = node.eth_getBlockReceipts

    def torn(number: str) -> Any:
        return [] if number == "0x2" else receipts(number)

    def lost(wanted: str) -> Any:
        return None

    node.eth_getBlockReceipts = torn  # type: ignore[method-assign]
    node.eth_getTransactionReceipt = lost  # type: ignore[method-assign]
    with serving(node.answer) as server:
        outcome = fetched(server, folder, Wanted(1, 3))
    assert outcome.blocks == 2
    assert missing(outcome) == [
        ("eth_getBlockReceipts of block 2", "unavailable"),
        ("block 2", "failed"),
    ]
    assert "not one for each transaction" in outcome.gaps.listed[0].reason
    assert "eth_getTransactionReceipt" in outcome.gaps.listed[1].reason


def test_a_server_that_falls_silent_is_left_alone(folder: Path) -> None:
    node = EvmNode(height=200)
    with serving(node.answer) as server:
        fetched(server, folder, Wanted(0, 3))
        node.broken = {"eth_getBlockByNumber": page("<html>", 200)}
        outcome = fetched(server, folder, Wanted(0, 40))
    assert outcome.blocks == 4
    last = outcome.gaps.listed[-1]
    assert last.what.startswith("the blocks after")
    assert "did not answer 3 questions in a row" in last.reason


def test_a_server_that_shuts_us_out_is_left_alone_but_a_pruned_one_is_asked_on(
    folder: Path,
) -> None:
    node = EvmNode(height=200)

    def pruned(number: str, whole: bool) -> Any:  # noqa: FBT001
        raise RefusalError("missing trie node")

    with serving(node.answer) as server:
        node.broken = {"eth_getBlockByNumber": page("", 401)}
        outcome = fetched(server, folder, Wanted(0, 40))
        assert "did not answer" in outcome.gaps.listed[-1].reason
        assert len(server.asked) < 9
        node.broken, node.eth_getBlockByNumber = {}, pruned  # type: ignore[method-assign]
        outcome = fetched(server, folder, Wanted(0, 40))
        assert [what for what, _ in missing(outcome)] == [f"block {n}" for n in range(41)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "0x9"}, {"number": "9"}, {"number": None}, {"hash": None}, {"hash": "0x\x9b31m"}, {"transactions": None},
        {"transactions": ["0x1"]}, {"transactions": [{}]}, {"transactions": [{"hash": "\u202e"}]}, {"parentHash": 3},
    ],
)  # fmt: skip
def test_another_block_than_the_one_asked_for_is_no_answer(
    folder: Path, wrong: dict[str, Any]
) -> None:
    node = EvmNode()
    right = node.eth_getBlockByNumber
    node.eth_getBlockByNumber = lambda *words: {**right(*words), **wrong}  # type: ignore[method-assign]
    with serving(node.answer) as server:
        outcome = fetched(server, folder, Wanted(2, 2))
    assert outcome.blocks == 0
    assert [what for what, _ in missing(outcome)] == ["block 2"]


def block_hashes(folder: Path) -> list[tuple[int, str]]:
    found = []
    for one in saved(folder):
        if one["method"] == "eth_getBlockByNumber":
            told = msgspec.json.decode(one["body"])["result"]
            found.append((int(told["number"], 16), told["hash"]))
    return found


def test_a_fork_between_two_runs_is_fetched_again_and_both_are_kept(folder: Path) -> None:
    node = EvmNode(height=4, final=1)
    with serving(node.answer) as server:
        fetched(server, folder, Wanted(0, 4))
        old = [(height, node.hash(height)) for height in range(5)]
        node.forked, node.branch = 3, "other"
        outcome = fetched(server, folder, Wanted(0, 4))
        new = [(height, node.hash(height)) for height in (3, 4)]
        again = fetched(server, folder, Wanted(0, 4))
    assert block_hashes(folder) == old + new
    assert outcome.changed == [3, 4]
    assert again.changed == []
    assert kept(folder)["eth_getBlockReceipts"] == 6
    assert kept(folder)["debug_traceBlockByNumber"] == 6


def test_a_fork_while_blocks_are_fetched_is_followed_back(folder: Path) -> None:
    node = EvmNode(height=5, final=0)

    def fork(method: str, params: list[Any]) -> None:
        if method == "eth_getBlockByNumber" and params == ["0x4", True]:
            node.forked, node.branch = 2, "other"

    node.before = fork
    with serving(node.answer) as server:
        outcome = fetched(server, folder, Wanted(0, 5))
    assert sorted(outcome.changed) == [2, 3]
    heights = [height for height, _ in block_hashes(folder)]
    assert sorted(heights) == [0, 1, 2, 2, 3, 3, 4, 5]
    assert {dict(block_hashes(folder))[height] == node.hash(height) for height in range(6)} == {
        True
    }
    assert missing(outcome) == []


def test_a_chain_that_does_not_hold_together_is_said(folder: Path) -> None:
    node = EvmNode(height=3)
    right = node.eth_getBlockByNumber

    def torn(number: str, whole: bool) -> Any:  # noqa: FBT001
        block = right(number, whole)
        return {**block, "parentHash": "0x" + "9" * 64} if number == "0x2" else block

    node.eth_getBlockByNumber = torn  # type: ignore[method-assign]
    with serving(node.answer) as server:
        outcome = fetched(server, folder, Wanted(1, 3))
    assert missing(outcome) == [("block 2", "failed")]
    assert "not the child of block 1" in outcome.gaps.listed[0].reason


def test_only_blocks_with_logs_of_a_contract(folder: Path) -> None:
    with serving(EvmNode(height=9).answer) as server:
        outcome = fetched(server, folder, Wanted(0, 9, contracts=(TOKEN,)))
    assert [height for height, _ in block_hashes(folder)] == [2, 5, 8]
    assert kept(folder)["eth_getLogs"] == 1
    assert missing(outcome) == [(f"other blocks than those with logs of {TOKEN}", "left_out")]


def test_a_span_of_logs_that_is_refused_is_halved(folder: Path) -> None:
    node = EvmNode(height=9)
    right = node.eth_getLogs

    def narrow(wanted: dict[str, Any]) -> Any:
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if last - first >= 3 or first == 8:
            raise RefusalError("query returned more than 10000 results")
        return right(wanted)

    node.eth_getLogs = narrow  # type: ignore[method-assign]
    with serving(node.answer) as server:
        outcome = fetched(server, folder, Wanted(0, 9, contracts=(TOKEN,)))
    assert [height for height, _ in block_hashes(folder)] == [2, 5]
    assert ("logs of block 8", "failed") in missing(outcome)


def test_another_chain_is_refused_and_leaves_no_trace(folder: Path) -> None:
    with serving(EvmNode(chain_id=1).answer) as server, line_to(server.url, folder) as line:
        assert chain_of(line, "evm").id == 1
    with (
        serving(EvmNode(chain_id=56).answer) as server,
        line_to(server.url, folder) as line,
        pytest.raises(EarmarkError, match=r"another chain than the server's \(chain id 0x38\)"),
    ):
        chain_of(line, "evm")
    assert kept(folder) == {"eth_chainId": 1}


@pytest.mark.parametrize("told", [None, 1, "1", "0x", "0x\x9b2J", {"a": 1}])
def test_what_is_no_chain_id_is_no_answer(folder: Path, told: object) -> None:
    with (
        serving(lambda asked: result(asked, told)) as server,
        line_to(server.url, folder) as line,
        pytest.raises(NoAnswerError, match="the answer is no chain id"),
    ):
        chain_of(line, "evm")
