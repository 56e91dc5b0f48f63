"""Blocks stand in the order of their chain, whatever the files say."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

from tests.unit.sources.bitcoin.blocks import (
    NOWHERE,
    PAY_A,
    SUBSIDY,
    Payment,
    block,
    block_hash,
    chain,
    coinbase,
    framed,
    read,
    times,
)

from earmark.sources.bitcoin.networks import MAIN, is_plausible_height

BLOCKS = chain(4)


def blocks_named(draft_locators: list[str]) -> list[str]:
    return [one.split("block ")[1] for one in draft_locators]


def test_every_order_of_the_file_gives_the_order_of_the_chain(tmp_path: Path) -> None:
    for order in permutations(BLOCKS):
        draft = read(tmp_path, blk00000=framed(*order))
        assert times(draft) == [1, 2, 3, 4]
        assert draft.transactions.column("sequence").to_pylist() == [0, 1, 2, 3]


def test_the_branch_with_most_work_counts(tmp_path: Path) -> None:
    branch = chain(1, block_hash(BLOCKS[1]), 3, extra=b"branch")
    draft = read(tmp_path, blk00000=framed(*BLOCKS[:2], *branch, *BLOCKS[2:]))
    assert times(draft) == [1, 2, 3, 4]
    assert (draft.rows, draft.ignored) == (5, 1)
    assert draft.warnings == ("1 transactions ignored: in 1 blocks off the chain with most work",)


def test_of_equal_branches_the_first_counts(tmp_path: Path) -> None:
    branch = chain(1, block_hash(BLOCKS[2]), 4, extra=b"branch")
    first = read(tmp_path, blk00000=framed(*BLOCKS, *branch))
    second = read(tmp_path, blk00000=framed(*branch, *BLOCKS))
    assert times(first) == times(second) == [1, 2, 3, 4]
    assert first.transactions.column("key")[3] != second.transactions.column("key")[3]


def test_a_branch_whose_root_is_not_here_is_off_the_chain_too(tmp_path: Path) -> None:
    stray = chain(1, b"\7" * 32, 3, extra=b"stray")
    draft = read(tmp_path, blk00000=framed(*stray, *BLOCKS))
    assert (times(draft), draft.ignored) == ([1, 2, 3, 4], 1)


def test_gaps_are_crossed_by_the_heights_that_blocks_claim(tmp_path: Path) -> None:
    draft = read(tmp_path, blk00000=framed(BLOCKS[3], BLOCKS[1], BLOCKS[0]))
    assert times(draft) == [1, 2, 4]
    locators = draft.transactions.column("locator").to_pylist()
    assert blocks_named(locators) == ["1:0", "2:0", "4:0"]


def test_heights_decide_where_times_run_backwards(tmp_path: Path) -> None:
    late = block([coinbase(700, [(1, PAY_A)])], previous=b"\1" * 32, time_s=1_700_009_000)
    early = block([coinbase(702, [(1, PAY_A)])], previous=b"\2" * 32, time_s=1_700_000_000)
    draft = read(tmp_path, blk00000=framed(early, late))
    assert blocks_named(draft.transactions.column("locator").to_pylist()) == ["700:0", "702:0"]


def test_blocks_without_a_height_stand_by_time_and_are_named_by_hash(tmp_path: Path) -> None:
    paid = Payment([NOWHERE], [(SUBSIDY, PAY_A)], script=b"\x01\x01")
    old = block([paid], previous=b"\1" * 32, time_s=1_599_000_000, version=1)
    draft = read(tmp_path, blk00000=framed(*BLOCKS, old))
    names = blocks_named(draft.transactions.column("locator").to_pylist())
    assert names == [f"{block_hash(old)[::-1].hex()}:0", "1:0", "2:0", "3:0", "4:0"]
    assert "the height of 1 blocks is unknown, and the subsidy of 1 of them" in draft.warnings


def test_a_block_that_stands_twice_is_read_once(tmp_path: Path) -> None:
    draft = read(tmp_path, blk00000=framed(*BLOCKS), blk00001=framed(BLOCKS[0], BLOCKS[2]))
    assert (times(draft), draft.ignored, draft.rows) == ([1, 2, 3, 4], 2, 6)
    assert draft.warnings == ("2 copies of blocks ignored: the block stands there more than once",)


def test_a_height_that_the_time_contradicts_is_not_believed() -> None:
    for height, time_s in ((0, 1231006505), (227_836, 1364123456), (702_861, 1633000000)):
        assert is_plausible_height(MAIN, height, time_s)
    assert not is_plausible_height(MAIN, 8_000_000, 1350000000)
    assert not is_plausible_height(MAIN, 17, 1350000000)
