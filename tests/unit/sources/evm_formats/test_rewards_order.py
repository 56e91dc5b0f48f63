"""Rewards of one block stand in one order, whoever tells them: the miner's, then the uncles' by address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.sources.evm import saved
from tests.unit.sources.evm_formats import world
from tests.unit.sources.evm_formats.world import ANN, BOB, ETHER, FIRST

MINER = saved.MINER
GRANTS = ((ANN, "uncle"), (MINER, "block"), (BOB, "uncle"))
TOLD = [f"eth:block:{FIRST}:reward:{owner}" for owner in (MINER, ANN, BOB)]


@pytest.mark.parametrize("step", [1, -1])
def test_a_node_tells_the_miner_first(tmp_path: Path, step: int) -> None:
    one = saved.block(FIRST, difficulty="0x5")
    rows = [
        {
            "type": "reward",
            "action": {"author": owner, "value": hex(7), "rewardType": kind},
            "traceAddress": [],
            "blockNumber": FIRST,
            "blockHash": one["hash"],
        }
        for owner, kind in GRANTS[::step]
    ]
    traced = saved.exchange("trace_block", [hex(FIRST)], rows)
    asked = saved.exchange("eth_getBlockByNumber", [hex(FIRST), True], one)
    draft = saved.read(tmp_path, asked, traced)
    assert [*saved.moves(draft)] == TOLD


@pytest.mark.parametrize("step", [1, -1])
def test_a_table_tells_the_miner_first(tmp_path: Path, step: int) -> None:
    plain: dict[str, Any] = dict.fromkeys(world.traces()[0])
    plain |= {"block_number": FIRST, "trace_type": "reward", "trace_address": "", "status": 1}
    traces = [
        plain | {"to_address": owner, "value": ETHER, "reward_type": kind}
        for owner, kind in GRANTS[::step]
    ]
    names = world.write_csv(tmp_path, world.named({"traces": traces}, ".csv"))
    draft = world.read(tmp_path, "ethereum-etl", names)
    assert [*world.ledger(draft)] == TOLD
