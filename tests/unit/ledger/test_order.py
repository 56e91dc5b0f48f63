"""Sequences keep their order, merge by the running maximum of their times, and unknown times come last."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from tests.unit.ledger.texts import keys, ledger_of, paid, rows

from earmark.cases.building import sources_table
from earmark.ledger.builder import build
from earmark.ledger.draft import Draft
from earmark.ledger.ledger import Ledger
from earmark.ledger.notation import parse
from earmark.ledger.order import UNKNOWN_FIRST, UNKNOWN_LAST, order_times, sequence_numbers
from earmark.ledger.ties import Ties, ties
from earmark.report.ties import tied_reversed
from earmark.sources.notation import draft_of
from earmark.sources.settings import Source


def sequenced(text: str, positions: list[int | None]) -> Draft:
    draft = draft_of(parse("commodity USD exponent 0\n" + text), "s.ledger", "9" * 64)
    index = draft.transactions.schema.get_field_index("sequence")
    column = pa.array(positions, pa.int64())
    made = draft.transactions.set_column(index, "sequence", column)
    return Draft(draft.files, draft.rows, made, draft.legs, commodities=draft.commodities)


def ledger_with(*drafts: Draft) -> Ledger:
    sources = [Source(reader="notation", path=f"{n}") for n in range(len(drafts))]
    return build(drafts, sources_table(sources, list(drafts)), [], "late").ledger


def one(day: int | str, key: str) -> str:
    return paid(day, key, "x:issued -> bank:a 1 USD")


def test_a_plain_source_is_ordered_by_time_then_row() -> None:
    assert keys(ledger_of(one(3, "c") + one(1, "a") + one(2, "b1") + one(2, "b2"))) == [
        "a",
        "b1",
        "b2",
        "c",
    ]


def test_unknown_times_come_after_the_known_ones_of_their_source() -> None:
    assert keys(ledger_of(one("?", "u") + one(2, "b") + one(1, "a"))) == ["a", "b", "u"]


def test_a_source_without_times_comes_after_those_with() -> None:
    assert keys(ledger_of(one("?", "u") + one("?", "v"), one(1, "a"))) == ["a", "u", "v"]


def test_ties_between_sources_go_as_the_case_lists_them() -> None:
    assert keys(ledger_of(one(1, "first"), one(1, "second"))) == ["first", "second"]


def test_a_sequence_keeps_its_order_and_merges_by_its_latest_time_so_far() -> None:
    chain = sequenced(one(2, "s1") + one(1, "s0") + one(5, "s3") + one(4, "s2"), [1, 0, 2, 3])
    plain = draft_of(
        parse("commodity USD exponent 0\n" + one(3, "p3") + one(6, "p6")), "p", "8" * 64
    )
    assert keys(ledger_with(chain, plain)) == ["s0", "s1", "p3", "s3", "s2", "p6"]
    times = [row["order_time"].day for row in rows(ledger_with(chain, plain), "transactions")]
    assert times == [1, 2, 3, 5, 5, 6]


def test_rows_without_a_position_come_last_in_their_sequence() -> None:
    chain = sequenced(one(1, "none") + one(2, "second") + one(3, "first"), [None, 2, 1])
    assert keys(ledger_with(chain)) == ["first", "second", "none"]


def test_order_times_are_a_running_maximum() -> None:
    times = np.array([UNKNOWN_LAST, 3, 1, UNKNOWN_LAST, 5, 4], dtype=np.int64)
    assert order_times(times).tolist() == [UNKNOWN_FIRST, 3, 3, 3, 5, 5]


def numbered(text: str, positions: list[int], series: str = "chain:main") -> Draft:
    return replace(sequenced(text, list(positions)), series=series)


EVEN = one(4, "h0") + one(2, "h2") + one(6, "h4")
ODD = one(1, "h1") + one(5, "h3") + one(3, "h5")


def test_drafts_of_one_series_are_one_sequence_whatever_their_times() -> None:
    first, second = numbered(EVEN, [0, 2, 4]), numbered(ODD, [1, 3, 5])
    for drafts in ((first, second), (second, first)):
        ledger = ledger_with(*drafts)
        assert keys(ledger) == ["h0", "h1", "h2", "h3", "h4", "h5"]
        times = [row["order_time"].day for row in rows(ledger, "transactions")]
        assert times == [4, 4, 4, 5, 6, 6]


def test_a_series_merges_with_others_as_one_sequence() -> None:
    plain = draft_of(
        parse("commodity USD exponent 0\n" + one(3, "p3") + one(5, "p5")), "p", "8" * 64
    )
    drafts = numbered(EVEN, [0, 2, 4]), plain, numbered(ODD, [1, 3, 5])
    assert keys(ledger_with(*drafts)) == ["p3", "h0", "h1", "h2", "h3", "p5", "h4", "h5"]


def test_drafts_of_other_series_or_of_none_keep_their_own_order() -> None:
    for first, second in (("", ""), ("chain:main", "chain:test")):
        drafts = numbered(EVEN, [0, 2, 4], first), numbered(ODD, [1, 3, 5], second)
        assert keys(ledger_with(*drafts)) == ["h1", "h0", "h2", "h3", "h5", "h4"]


def test_what_two_drafts_of_a_series_both_tell_stands_once_in_its_place() -> None:
    first = numbered(one(4, "h0") + one(2, "h2"), [0, 2])
    second = numbered(one(1, "h1") + one(2, "h2") + one(3, "h3"), [1, 2, 3])
    ledger = ledger_with(first, second)
    assert keys(ledger) == ["h0", "h1", "h2", "h3"]
    assert [row["source"] for row in rows(ledger, "evidence") if row["tx"] == 2] == [0, 1]


def test_a_lot_of_one_draft_is_spent_in_another_though_its_time_is_later() -> None:
    made = numbered(paid(5, "made", "x:issued -> bank:a 9 USD"), [0])
    spent = numbered(paid(1, "spent", "bank:a -> bank:b 9 USD spends made"), [1])
    for drafts in ((made, spent), (spent, made)):
        ledger = ledger_with(*drafts)
        assert keys(ledger) == ["made", "spent"]
        assert rows(ledger, "rejected") == []


def test_no_tie_is_told_inside_a_series() -> None:
    text = paid(1, "a", "bank:a -> bank:b 1 USD"), paid(1, "b", "bank:b -> bank:c 1 USD")
    one_series = ledger_with(*(numbered(each, [n]) for n, each in enumerate(text)))
    two = ledger_with(*(numbered(each, [n], f"chain:{n}") for n, each in enumerate(text)))
    assert ties(one_series) == Ties(0, 0)
    assert ties(two) == Ties(1, 2)
    assert keys(tied_reversed(one_series)) == ["a", "b"]


def test_sources_of_one_series_have_the_number_of_the_first() -> None:
    assert sequence_numbers(["", "x", "", "y", "x"]).tolist() == [0, 1, 2, 3, 1]
    assert sequence_numbers([]).tolist() == []
