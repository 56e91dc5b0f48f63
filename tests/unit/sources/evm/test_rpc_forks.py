"""The evm-rpc reader after a fork, and traces that only their place ties to a transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.sources.evm.saved import (
    ANN,
    BOB,
    CAT,
    TRANSFER,
    block,
    block_answers,
    digest,
    exchange,
    frame,
    log,
    moves,
    read,
    reasons,
    receipt,
    topic,
    transaction,
    word,
)

LOST = digest("c", 20)


def lost_block(number: int) -> dict[str, Any]:
    """Return block 20 of a branch that was left, with one transaction."""
    return block(20, transaction(number, 20, blockHash=LOST), hash=LOST)


def call_to_cat(wei: int = 5) -> dict[str, Any]:
    inner = {"type": "CALL", "from": BOB, "to": CAT, "value": hex(2)}
    return frame(value=hex(wei), calls=[inner])


def untied(block_: Any, *traces: Any, method: str = "debug_traceBlockByNumber") -> dict[str, Any]:
    return exchange(method, [block_, {"tracer": "callTracer"}], [{"result": one} for one in traces])


def lost_answers(number: int) -> list[Any]:
    """Return all that a node said of the branch before it left it."""
    topics = [TRANSFER, topic(ANN), topic(BOB)]
    logged = log(number, 20, 0, topics, word(9), blockHash=LOST)
    paid = receipt(number, 20, blockHash=LOST, logs=[logged])
    operations = exchange("ots_getInternalOperations", [digest("e", number)], [])
    single = exchange("debug_traceTransaction", [digest("e", number)], call_to_cat())
    return [*block_answers(lost_block(number), [paid], [call_to_cat()]), operations, single]


def test_what_was_asked_before_a_fork_is_ignored_not_rejected(tmp_path: Path) -> None:
    kept = block_answers(block(20, transaction(1, 20)), [receipt(1, 20)], [frame()])
    alone = read(tmp_path, *kept)
    draft = read(tmp_path, *lost_answers(2), *kept)
    assert reasons(draft) == []
    assert moves(draft) == moves(alone)
    assert any("off the chain" in one for one in draft.warnings)


def test_a_transaction_of_both_branches_counts_once_with_the_last_trace(tmp_path: Path) -> None:
    kept = block_answers(block(20, transaction(1, 20)), [receipt(1, 20)], [frame()])
    draft = read(tmp_path, *lost_answers(1), *kept[:2], *kept[2:])
    assert reasons(draft) == []
    assert moves(draft) == moves(read(tmp_path, *kept))


def test_a_trace_of_nowhere_is_still_rejected(tmp_path: Path) -> None:
    kept = block_answers(block(20, transaction(1, 20)), [receipt(1, 20)], [frame()])
    stray = exchange("debug_traceTransaction", [digest("e", 9)], frame())
    ((locator, reason),) = reasons(read(tmp_path, *kept, stray))
    assert (locator, reason.startswith("nothing says")) == ("line 4 /result", True)


@pytest.mark.parametrize(
    ("asked", "method"),
    [("0x14", "debug_traceBlockByNumber"), (digest("b", 20), "debug_traceBlockByHash")],
)
def test_traces_without_hashes_are_placed_in_the_block_that_was_asked_for(
    tmp_path: Path, asked: str, method: str
) -> None:
    one = block(20, transaction(1, 20), transaction(2, 20, 1, to=CAT))
    received = [receipt(1, 20), receipt(2, 20, 1)]
    told = [call_to_cat(), frame(to=CAT)]
    named = read(tmp_path, *block_answers(one, received, told))
    nameless = read(tmp_path, untied(asked, *told, method=method), *block_answers(one, received))
    assert moves(nameless) == moves(named)
    assert f"eth:{digest('e', 1)}:call:0" in moves(nameless)
    assert (reasons(nameless), nameless.lacks) == ([], named.lacks)


@pytest.mark.parametrize(
    ("asked", "traces", "reason"),
    [
        ("0x14", [frame(), frame()], "no block that is here fits"),
        ("0x15", [frame()], "no block that is here fits"),
        ("0x14", [frame(value="0x6")], "no block that is here fits"),
        ("0x14", [frame(to=CAT)], "no block that is here fits"),
        ("latest", [frame()], "which transaction"),
        (7, [frame()], "which transaction"),
    ],
)
def test_traces_without_hashes_that_fit_no_block_are_rejected(
    tmp_path: Path, asked: Any, traces: list[Any], reason: str
) -> None:
    answers = block_answers(block(20, transaction(1, 20)), [receipt(1, 20)])
    told = reasons(read(tmp_path, *answers, untied(asked, *traces)))
    assert len(told) == len(traces)
    assert all(reason in one for _, one in told)


def test_traces_without_hashes_choose_the_branch_that_they_fit(tmp_path: Path) -> None:
    lost = block(20, transaction(2, 20, blockHash=LOST, value="0x8"), hash=LOST)
    kept = block_answers(block(20, transaction(1, 20)), [receipt(1, 20)])
    asked = exchange("eth_getBlockByNumber", ["0x14", True], lost)
    both = [untied("0x14", call_to_cat(8)), untied("0x14", call_to_cat())]
    draft = read(tmp_path, asked, *kept, *both)
    assert reasons(draft) == []
    assert [key for key in moves(draft) if ":call:" in key] == [f"eth:{digest('e', 1)}:call:0"]
    twin = exchange("eth_getBlockByNumber", ["0x14", True], lost_block(2))
    ((_, reason),) = reasons(read(tmp_path, twin, *kept, both[1]))
    assert "several blocks" in reason
