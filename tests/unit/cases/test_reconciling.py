"""A Bitcoin chain from its first block adds up, and what does not is told, or why it cannot be asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.unit.ledger.texts import paid
from tests.unit.sources.bitcoin.blocks import (
    DATA,
    NOWHERE,
    PAY_A,
    PAY_B,
    PAY_C,
    START_S,
    SUBSIDY,
    Payment,
    block,
    block_hash,
    chain,
    coinbase,
    framed,
)

from earmark.cases.building import sources_table
from earmark.cases.case import Case, open_case
from earmark.cases.checking import check_case
from earmark.cases.reconciling import Reconciled, reconciliations
from earmark.ledger.builder import build
from earmark.ledger.draft import Draft
from earmark.ledger.ledger import Ledger
from earmark.ledger.notation import parse
from earmark.ledger.quantity import format_quantity
from earmark.sources.notation import draft_of
from earmark.sources.settings import Source

COIN = "commodity rBTC exponent 8\n"
MINED = paid(1, "c1", "btc:issued -> btc:aa 50 rBTC", kind="issuance")
MINED += paid(2, "c2", "btc:issued -> btc:bb 50 rBTC", kind="issuance")
SPENT = paid(
    3,
    "p",
    "- btc:aa 50 rBTC spends c1",
    "+ btc:cc 20 rBTC",
    "+ btc:burned 25 rBTC",
    "+ btc:fees 5 rBTC",
)
COLLECTED = paid(
    4,
    "c3",
    "- btc:fees 5 rBTC spends p",
    "- btc:issued 50 rBTC",
    "+ btc:dd 54 rBTC",
    "+ btc:burned 1 rBTC",
    kind="issuance",
)
WHOLE = MINED + SPENT + COLLECTED


def told(text: str, *heights: tuple[int, int], series: str = "bitcoin:regtest") -> Draft:
    draft = draft_of(parse(COIN + text), "chain.dat", "1" * 64)
    return replace(draft, series=series, heights=heights)


def ledger_of(*drafts: Draft) -> Ledger:
    sources = [Source(reader="notation", path=f"{n}") for n in range(len(drafts))]
    return build(drafts, sources_table(sources, list(drafts)), [], "late").ledger


def reconciled(*drafts: Draft) -> Reconciled:
    (one,) = reconciliations(ledger_of(*drafts))
    return one


def case_of(folder: Path, *blocks: bytes) -> Case:
    (folder / "blk0.dat").write_bytes(framed(*blocks))
    source = '[[source]]\nreader = "bitcoin-blocks"\npath = "blk0.dat"\nnetwork = "regtest"\n'
    (folder / "case.toml").write_text(f'title = "T"\n\n{source}', encoding="utf-8")
    return open_case(folder)


def test_what_was_issued_is_burned_or_unspent() -> None:
    one = reconciled(told(WHOLE, (1, 3)))
    assert one == Reconciled("bitcoin:regtest", "rBTC", 1, 3, True, "", "150", "150", "26", "124")
    assert str(one) == "rBTC (bitcoin:regtest), blocks 1 to 3: 150 issued, 26 burned, 124 unspent"


def test_a_fee_that_no_coinbase_collects_is_unspent() -> None:
    one = reconciled(told(MINED + SPENT, (1, 2)))
    assert (one.holds, one.unspent) == (True, "75")


def test_sources_of_one_chain_are_reconciled_together() -> None:
    first, second = told(MINED, (1, 2)), told(SPENT + COLLECTED, (3, 3))
    assert reconciled(first, second).holds is True
    assert reconciled(told(WHOLE, (1, 3)), told(MINED, (1, 2))).holds is True


def test_a_chain_whose_coinbases_issue_more_or_less_than_the_schedule_fails() -> None:
    one = reconciled(told(MINED.replace("bb 50", "bb 51"), (1, 2)))
    assert (one.holds, one.reason) == (False, "the schedule gives 100")
    missing = reconciled(told(WHOLE, (1, 4)))
    assert (missing.holds, missing.reason) == (False, "the schedule gives 200")


def test_a_lot_spent_in_part_or_out_of_a_pool_fails() -> None:
    part = paid(3, "p", "btc:aa -> btc:cc 20 rBTC spends c1")
    one = reconciled(told(MINED + part, (1, 2)))
    assert (one.holds, one.unspent, one.reason) == (False, "70", "100 should be unspent")
    pooled = reconciled(told(MINED + part.replace(" spends c1", ""), (1, 2)))
    assert (pooled.holds, pooled.unspent) == (False, "120")


@pytest.mark.parametrize(
    ("heights", "blocks"),
    [
        (((0, 1),), (0, 1)),
        (((0, 149),), (0, 149)),
        (((1, 151),), (1, 151)),
        (((0, 20_000),), (0, 20_000)),
        (((1, 2), (3, 9), (2, 5)), (1, 9)),
    ],
)
def test_the_schedule_halves_every_150_blocks(
    heights: tuple[tuple[int, int], ...], blocks: tuple[int, int]
) -> None:
    one = reconciled(told(MINED, *heights))
    assert (one.first_block, one.last_block) == blocks
    due = sum(SUBSIDY >> height // 150 for height in range(blocks[0], blocks[1] + 1))
    assert one.scheduled == format_quantity(due, 8)


BROUGHT = paid(3, "o", "- opening:issued 9 rBTC", "+ btc:ee 9 rBTC", kind="brought_forward") + paid(
    3, "q", "btc:ee -> btc:ff 9 rBTC spends o#2"
)


@pytest.mark.parametrize(
    ("text", "heights", "reason"),
    [
        (WHOLE, (), "it has no whole block of known height"),
        (WHOLE, ((7, 9),), "it starts at block 7, and what was issued before is not in it"),
        (WHOLE, ((1, 1), (3, 3), (9, 9)), "block 2 is missing; gaps in all: 2"),
        (WHOLE, ((1, 2),), "blocks of unknown height: 1"),
        (
            MINED + paid(3, "u", "btc:unresolved -> btc:ff 9 rBTC"),
            ((1, 2),),
            "transactions with unresolved inputs: 1",
        ),
        (MINED + BROUGHT, ((1, 2),), "lots brought forward from before: 1"),
    ],
)
def test_a_chain_that_is_not_whole_cannot_be_reconciled_and_says_why(
    text: str, heights: tuple[tuple[int, int], ...], reason: str
) -> None:
    one = reconciled(told(text, *heights))
    assert (one.holds, one.reason, one.issued) == (None, reason, None)
    assert str(one) == f"rBTC (bitcoin:regtest) cannot be reconciled: {reason}"


def test_what_another_source_tells_first_is_not_the_chains_own() -> None:
    hand = draft_of(parse(COIN + MINED[: MINED.index("2024-01-02")]), "hand.ledger", "2" * 64)
    one = reconciled(hand, told(MINED, (1, 2)))
    assert one.reason == "coinbases that stand as a source outside of the chain tells them: 1"
    hand = draft_of(parse(COIN + paid(1, "h", "x:issued -> btc:aa 50 rBTC")), "h", "2" * 64)
    spends = paid(3, "p", "btc:aa -> btc:cc 50 rBTC spends h")
    one = reconciled(hand, told(MINED + spends, (1, 2)))
    assert one.reason == "inputs that spend what only a source outside of the chain tells: 1"


def test_other_sources_of_the_same_coin_do_not_matter() -> None:
    hand = draft_of(parse(COIN + paid(9, "h", "btc:aa -> btc:zz 7 rBTC")), "h", "2" * 64)
    assert reconciled(told(WHOLE, (1, 3)), hand).holds is True


def test_every_chain_is_told_and_a_ledger_without_one_tells_nothing() -> None:
    test = told("", (1, 1), series="bitcoin:test")
    names = [one.chain for one in reconciliations(ledger_of(test, told(WHOLE, (1, 3))))]
    assert names == ["bitcoin:test", "bitcoin:regtest"]
    assert reconciliations(ledger_of(told(WHOLE, series=""))) == []


def test_blocks_with_a_burned_remainder_and_a_repeated_coinbase_reconcile(tmp_path: Path) -> None:
    twin = Payment([NOWHERE], [(SUBSIDY - 1, PAY_A), (1, PAY_B)], script=b"same")
    first = block([twin], version=1)
    spend = Payment([(twin.txid, 1)], [(1, DATA)])
    paid_less = coinbase(2, [(SUBSIDY - 7, PAY_C)])
    second = block([paid_less, spend], previous=block_hash(first), time_s=START_S + 600)
    third = block([twin], previous=block_hash(second), time_s=START_S + 1200, version=1)
    case = case_of(tmp_path, first, second, third)
    checked = check_case(case)
    assert checked.holds
    (one,) = checked.reconciled
    assert (one.first_block, one.last_block, one.holds) == (1, 3, True)
    assert (one.issued, one.scheduled) == ("150", "150")
    assert one.burned == "50.00000007"  # 7 unclaimed, 1 in data, 49.99999999 overwritten
    assert one.unspent == "99.99999993"
    assert str(one) in checked.notes
    assert (
        msgspec.json.decode(msgspec.json.encode(checked))["reconciled"][0]["burned"] == one.burned
    )


def test_a_check_of_blocks_that_begin_later_says_that_they_cannot_be_reconciled(
    tmp_path: Path,
) -> None:
    checked = check_case(case_of(tmp_path, *chain(3)[1:]))
    assert checked.holds
    (one,) = checked.reconciled
    assert one.holds is None
    assert str(one) in checked.notes


def test_a_check_fails_where_a_chain_does_not_add_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(tmp_path, *chain(2))
    assert check_case(case).holds
    monkeypatch.setattr("earmark.cases.reconciling.subsidy", lambda *_: SUBSIDY - 1)
    checked = check_case(case)
    assert not checked.holds
    assert checked.problems == (
        "rBTC (bitcoin:regtest), blocks 1 to 2: 100 issued, 0 burned, 100 unspent: the schedule gives 99.99999998",
    )
