"""Two sources of one chain that tell of two blocks at one height: one counts, in every order of listing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.sources.evm.saved import (
    TRANSFER,
    block,
    block_answers,
    digest,
    exchange,
    log,
    receipt,
    topic,
    transaction,
    word,
)
from tests.unit.sources.evm_formats import world
from tests.unit.sources.evm_formats.test_beside_a_node import build, evidence, findings
from tests.unit.sources.evm_formats.world import ANN, BOB

from earmark.cases.case import Case

LOST = digest("c", 20)
Teller = tuple[str, list[str]]


def answers(name: str, *numbers: int) -> list[Any]:
    """Return block 20 of that hash with some transactions; the first pays tokens in its last log."""
    sent = [transaction(one, 20, place, blockHash=name) for place, one in enumerate(numbers)]
    received = [receipt(one, 20, place, blockHash=name) for place, one in enumerate(numbers)]
    index, topics = len(numbers), [TRANSFER, topic(ANN), topic(BOB)]
    received[0]["logs"] = [log(numbers[0], 20, index, topics, word(9), blockHash=name)]
    return block_answers(block(20, *sent, hash=name), received)


def saved(folder: Path, name: str, exchanges: list[Any]) -> Teller:
    (folder / name).write_text("".join(json.dumps(one) + "\n" for one in exchanges), "utf-8")
    return "evm-rpc", [name]


def above() -> Any:
    return exchange("eth_getBlockByNumber", ["0x15", True], block(21))


def standing(folder: Path, *, is_followed: bool = True) -> Teller:
    told = answers(digest("b", 20), 1)
    return saved(folder, "stands.replies.jsonl", [*told, above()] if is_followed else told)


def lost(folder: Path) -> Teller:
    """Write the block that was replaced: one transaction stands in both, the other only in it."""
    return saved(folder, "lost.replies.jsonl", answers(LOST, 1, 2))


def balances_close(case: Case) -> bool:
    parts = ("transactions", "observations", "rejected", "ignored")
    sources = case.ledger.tables["sources"].to_pylist()
    return all(one["rows"] == sum(one[part] for part in parts) for one in sources)


@pytest.mark.parametrize("step", [1, -1])
def test_the_parent_of_the_block_above_counts(tmp_path: Path, step: int) -> None:
    alone = evidence(build(tmp_path, standing(tmp_path)))
    case = build(tmp_path, *[standing(tmp_path), lost(tmp_path)][::step])
    assert len(alone) == 4
    assert evidence(case) == alone
    assert findings(case) == []
    assert balances_close(case)
    said = [one for one in case.made.summary.warnings if one.startswith("lost.replies.jsonl")]
    assert any(LOST in one and digest("b", 20) in one and "block 20 " in one for one in said)
    assert any("6 ignored: rows of blocks at whose height" in one for one in said)


def test_a_third_source_may_know_the_block_above(tmp_path: Path) -> None:
    first, second = lost(tmp_path), standing(tmp_path, is_followed=False)
    third = saved(tmp_path, "above.replies.jsonl", [above()])
    found = "".join(evidence(build(tmp_path, first, second, third)))
    assert digest("e", 1) in found
    assert digest("e", 2) not in found


def test_with_nothing_above_the_source_that_is_listed_first_counts(tmp_path: Path) -> None:
    both = [standing(tmp_path, is_followed=False), lost(tmp_path)]
    assert digest("e", 2) not in "".join(evidence(build(tmp_path, *both)))
    assert digest("e", 2) in "".join(evidence(build(tmp_path, *reversed(both))))


def test_a_failure_in_the_lost_block_fails_nothing(tmp_path: Path) -> None:
    told = answers(LOST, 1)
    failed = [receipt(1, 20, blockHash=LOST, status="0x0")]
    told[1] = exchange("eth_getBlockReceipts", ["0x14"], failed)
    case = build(tmp_path, saved(tmp_path, "lost.replies.jsonl", told), standing(tmp_path))
    assert evidence(case) == evidence(build(tmp_path, standing(tmp_path)))
    assert case.ledger.tables["observations"].num_rows == 0


def test_a_block_that_the_one_above_does_not_name_is_warned_of(tmp_path: Path) -> None:
    case = build(tmp_path, lost(tmp_path), saved(tmp_path, "above.replies.jsonl", [above()]))
    assert digest("e", 2) in "".join(evidence(case))
    assert any(
        "block 21 names" in one and LOST in one and digest("b", 20) in one
        for one in case.made.summary.warnings
    )


def test_a_table_s_block_is_replaced_by_the_one_that_its_next_block_names(tmp_path: Path) -> None:
    tables = world.named(world.etl(), ".csv")
    alone = evidence(build(tmp_path, ("ethereum-etl", world.write_csv(tmp_path, tables))))
    number = world.FIRST
    stale = block(number, transaction(9, number, blockHash=LOST), hash=LOST)
    told = block_answers(stale, [receipt(9, number, blockHash=LOST)])
    both = [saved(tmp_path, "lost.replies.jsonl", told), ("ethereum-etl", [*tables])]
    assert evidence(build(tmp_path, *both)) == alone
