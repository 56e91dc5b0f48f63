"""A value that one source knows to have failed moves in no source, in whatever order they are listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.sources.evm_formats import node, world
from tests.unit.sources.evm_formats.test_beside_a_node import build, evidence, findings
from tests.unit.sources.evm_formats.test_same_history import EXPECTED, at

FAILED = at(2, "value")


def without_knowledge(folder: Path) -> tuple[str, list[str]]:
    """Write tables that say of no transaction whether it failed."""
    tables = {name: one for name, one in world.etl().items() if name in ("blocks", "transactions")}
    return "ethereum-etl", world.write_csv(folder, world.named(tables, ".csv"))


@pytest.mark.parametrize("is_first", [True, False])
def test_who_knows_of_the_failure_wins(
    tmp_path: Path,
    is_first: bool,  # noqa: FBT001
) -> None:
    both = [without_knowledge(tmp_path), ("evm-rpc", [node.write(tmp_path, "n.replies.jsonl")])]
    case = build(tmp_path, *(both if is_first else reversed(both)))
    assert evidence(case).keys() == EXPECTED.keys()
    assert findings(case) == []
    tables = case.ledger.tables
    observed = [one for one in tables["observations"].to_pylist() if one["key"] == FAILED]
    assert [(one["kind"], one["source"]) for one in observed] == [("failed", 0), ("failed", 1)]
    for one in tables["sources"].to_pylist():
        parts = ("transactions", "observations", "rejected", "ignored")
        assert one["rows"] == sum(one[part] for part in parts)


def test_without_the_other_source_the_value_is_taken_to_have_moved(tmp_path: Path) -> None:
    assert FAILED in evidence(build(tmp_path, without_knowledge(tmp_path)))


def test_two_that_both_know_are_a_disagreement(tmp_path: Path) -> None:
    tables = world.etl()
    for name in ("receipts", "traces"):
        mine = [one for one in tables[name] if one["transaction_hash"] == world.tx_hash(2)]
        for one in mine:
            one.update(status=1, **{key: "" for key in ("error",) if key in one})
    names = world.write_csv(tmp_path, world.named(tables, ".csv"))
    told = ("evm-rpc", [node.write(tmp_path, "n.replies.jsonl")])
    case = build(tmp_path, ("ethereum-etl", names), told)
    assert findings(case) == ["disagreement"]
