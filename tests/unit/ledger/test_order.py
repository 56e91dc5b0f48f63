"""Sequences keep their order, merge by the running maximum of their times, and unknown times come last."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from tests.unit.ledger.texts import keys, ledger_of, paid, rows

from earmark.cases.building import sources_table
from earmark.ledger.builder import build
from earmark.ledger.draft import Draft
from earmark.ledger.ledger import Ledger
from earmark.ledger.notation import parse
from earmark.ledger.order import UNKNOWN_FIRST, UNKNOWN_LAST, order_times
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
