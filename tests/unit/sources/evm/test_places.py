"""All sources of an EVM chain are one sequence, movement by movement, wherever they know the places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sources.evm.test_movements import (
    ANN,
    AT,
    BOB,
    CAT,
    ETH,
    IN_COIN,
    WETH,
    call,
    ledger_of,
    wrap,
)

from earmark.ledger.draft import Draft
from earmark.sources.evm.drafting import draft_of, ordered
from earmark.sources.evm.logs import transfer
from earmark.sources.evm.movements import (
    At,
    Movement,
    Payment,
    Phase,
    Pile,
    fee,
    native_value,
    tips,
)
from earmark.sources.evm.places import BLOCKS, STEPS, TRANSACTIONS, places


def moved(block: int, place: int, phase: Phase, *position: int, time_s: int | None = 7) -> Movement:
    at = At(block, time_s, place, f"0x{block:032x}{place:032x}")
    one = native_value(ETH, at, Payment(ANN, BOB, 5), "here")
    key = f"{block}/{place}/{phase.name}/{position}"
    return one._replace(phase=phase, position=position, key=key)


def draft(*movements: Movement) -> Draft:
    return draft_of(Pile(movements=list(movements)), ETH, (("a", "0" * 64),), {})


def keys(*drafts: Draft) -> list[str]:
    ledger = ledger_of(*drafts)
    found: list[tuple[str, str]] = list(
        zip(
            ledger.column("transactions", "key").to_pylist(),
            ledger.column("transactions", "kind").to_pylist(),
            strict=True,
        )
    )
    return [key for key, kind in found if kind != "opening"]


IN_ORDER = [
    moved(8, 0, Phase.VALUE),
    moved(8, 0, Phase.CALL, 0),
    moved(8, 0, Phase.CALL, 0, 1),
    moved(8, 0, Phase.CALL, 1),
    moved(8, 0, Phase.LOG, 4),
    moved(8, 0, Phase.FEE),
    moved(8, 1, Phase.VALUE),
    moved(8, 1, Phase.LOG, 5),
    moved(8, 1, Phase.FEE),
    moved(8, 1 << 40, Phase.BLOCK, 0),
    moved(8, 1 << 40, Phase.BLOCK, 2, 31),
    moved(9, 0, Phase.LOG, 0),
]


@given(st.lists(st.integers(0, 2), min_size=len(IN_ORDER), max_size=len(IN_ORDER)))
def test_sources_that_each_know_a_part_are_laid_between_each_other(who: list[int]) -> None:
    parts = [
        draft(*(one for one, mine in zip(IN_ORDER, who, strict=True) if mine in (number, 2)))
        for number in (0, 1)
    ]
    assert [one.series for one in parts] == ["eip155:1", "eip155:1"]
    wanted = [one.key for one in IN_ORDER]
    assert keys(*parts) == keys(*parts[::-1]) == wanted


def test_a_source_without_times_lies_where_its_blocks_are() -> None:
    timed = draft(*(moved(block, 0, Phase.VALUE, time_s=block) for block in (1, 3)))
    bare = draft(*(moved(block, 0, Phase.VALUE, time_s=None) for block in (2, 4)))
    assert [key[0] for key in keys(bare, timed)] == ["1", "2", "3", "4"]


def test_the_ledger_says_which_chain_each_source_is_of() -> None:
    other = replace(draft(*IN_ORDER[:2]), series="eip155:8453")
    assert ledger_of(draft(*IN_ORDER[:2]), other).column("sources", "series").to_pylist() == [
        "eip155:1",
        "eip155:8453",
    ]


@pytest.mark.parametrize(
    "one",
    [
        moved(8, -1, Phase.VALUE),
        moved(8, TRANSACTIONS - 1, Phase.VALUE),
        moved(BLOCKS, 0, Phase.VALUE),
        moved(-1, 0, Phase.VALUE),
    ],
)
def test_a_source_that_does_not_know_every_place_keeps_its_own_order(one: Movement) -> None:
    made = draft(*IN_ORDER[:2], one)
    assert made.series == ""
    assert made.transactions.column("sequence").to_pylist() == [0, 1, 2]
    assert draft().series == "eip155:1"


def test_what_does_not_fit_keeps_the_order_of_its_source() -> None:
    last = BLOCKS - 1, TRANSACTIONS - 2
    many = [
        moved(*last, Phase.CALL, 1, 500),
        moved(*last, Phase.CALL, 1, 501),
        moved(*last, Phase.CALL, 9_000),
        moved(*last, Phase.CALL, 9_001),
        moved(*last, Phase.LOG, STEPS - 1),
        moved(*last, Phase.LOG, STEPS),
        moved(*last, Phase.LOG, STEPS + 1),
        moved(*last, Phase.BLOCK, 2, 10**9),
    ]
    assert keys(draft(*many)) == [one.key for one in many]
    found = places(many)
    assert found is not None
    assert found[0] == found[1] < found[2] == found[3] < found[4] == found[5] == found[6] < found[7]


def side(movements: Sequence[Movement], *phases: Phase) -> Draft:
    return draft(*(one for one in movements if one.phase in phases))


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("sign", [1, -1])
def test_links_stay_out_before_in_beside_a_source_of_logs_alone(first: int, sign: int) -> None:
    parties = (ANN, WETH) if sign > 0 else (WETH, ANN)
    moves = [
        native_value(ETH, AT, Payment(ANN, CAT, 1), "here"),
        call(0, BOB, CAT, 2),
        call(1, *parties, 5),
        transfer(ETH, AT, 2, IN_COIN, Payment(ANN, BOB, 9), "here"),
        wrap(3, ANN, 5, sign=sign),
        transfer(ETH, AT, 4, IN_COIN, Payment(BOB, CAT, 9), "here"),
        fee(ETH, AT, ANN, 1, 1, "here"),
        tips(ETH, At(20, 1_700_000_000, 1 << 40, "0xb"), CAT, 1, "here"),
    ]
    drafts = [draft(*moves), side(moves, Phase.LOG)]
    found = keys(*(drafts if first == 0 else drafts[::-1]))
    assert found == [one.key for one in ordered(Pile(movements=moves), ETH).movements]
    paid, got = (moves[2].key, moves[4].key)[::sign]
    assert found.index(paid) < found.index(got)
