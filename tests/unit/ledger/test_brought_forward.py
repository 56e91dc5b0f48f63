"""What a record brings forward: a lot it states without the transaction that made it. Evidence, not a guess."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cases.cases import hand_written
from tests.unit.ledger.texts import USD, built_from, keys, ledger_of, paid, reasons, rows

from earmark.cases.building import build_rows
from earmark.cases.case import Case, open_case
from earmark.ledger.ledger import Ledger
from earmark.ledger.notation import parse, print_document
from earmark.ledger.placing import rearranged, without_openings
from earmark.ledger.ties import Ties, ties
from earmark.report.ties import tied_reversed
from earmark.sources.notation import draft_of

LOT = paid(2, "lot", "- opening:issued 40 USD", "+ bank:a 40 USD", kind="brought_forward")
SPENT = paid(2, "spent", "bank:a -> bank:b 40 USD spends lot#2")
SHORT = paid(3, "short", "bank:x -> bank:y 7 USD")


def counts(ledger: Ledger) -> list[tuple[int, int, int]]:
    return [(one["rows"], one["transactions"], one["rejected"]) for one in rows(ledger, "sources")]


def case_of(folder: Path, text: str, claims: str = "") -> Case:
    settings = f'title = "T"\n{claims}'
    return open_case(hand_written(folder, settings, USD + text))


def test_a_lot_brought_forward_is_spent_by_name_and_makes_no_opening() -> None:
    ledger = ledger_of(LOT + SPENT)
    assert keys(ledger) == ["lot", "spent"]
    assert ledger.column("transactions", "kind").to_pylist() == ["brought_forward", "payment"]
    assert ledger.column("legs", "spends").to_pylist() == [None, None, 1, None]
    assert reasons(ledger) == {}


def test_a_lot_brought_forward_is_no_transaction_of_its_source() -> None:
    assert counts(ledger_of(LOT + SPENT + SHORT)) == [(2, 2, 0)]


def test_two_sources_that_bring_one_lot_forward_are_two_evidences_and_no_duplicate() -> None:
    built = built_from(LOT + SPENT, LOT)
    assert keys(built.ledger) == ["lot", "spent"]
    assert built.duplicates == 0
    assert counts(built.ledger) == [(1, 1, 0), (0, 0, 0)]
    cited = [one["source"] for one in rows(built.ledger, "evidence") if one["tx"] == 0]
    assert cited == [0, 1]
    assert rows(built.ledger, "findings") == []


def test_two_sources_that_differ_on_what_a_lot_held_disagree() -> None:
    built = built_from(LOT + SPENT, LOT.replace("40 USD", "41 USD"))
    assert [one["kind"] for one in rows(built.ledger, "findings")] == ["disagreement"]


def test_lots_that_look_alike_are_no_likely_duplicates() -> None:
    ledger = ledger_of(LOT, LOT.replace("key lot", "key other"))
    assert rows(ledger, "findings") == []
    alike = paid(2, "k", "bank:c -> bank:a 40 USD")
    assert rows(ledger_of(alike, alike.replace("key k", "key other")), "findings")


@pytest.mark.parametrize(
    "legs",
    [
        ("bank:c -> bank:a 40 USD",),
        ("bank:a -> opening:issued 40 USD",),
        ("opening:issued -> opening:issued 40 USD",),
        ("opening:issued -> bank:a ? USD",),
        ("- opening:issued 40 USD", "+ bank:a 30 USD", "+ bank:b 10 USD"),
        ("+ bank:a 40 USD", "- opening:issued 40 USD"),
        ("- opening:issued 40 USD spends first", "+ bank:a 40 USD"),
    ],
)
def test_any_other_shape_is_refused(legs: tuple[str, ...]) -> None:
    first = LOT.replace("key lot", "key first").replace("bank:a", "bank:z")
    ledger = ledger_of(first + paid(2, "odd", *legs, kind="brought_forward"))
    assert reasons(ledger) == {
        "odd": "a `brought_forward` has two legs of one known quantity: out of opening:issued, into a holder"
    }
    assert keys(ledger) == ["first"]
    assert counts(ledger) == [(1, 0, 1)]


def test_what_spends_a_refused_lot_is_refused_with_it() -> None:
    odd = LOT.replace("+ bank:a 40 USD", "+ bank:a 30 USD\n  + bank:b 10 USD")
    assert set(reasons(ledger_of(odd + SPENT))) == {"lot", "spent"}


def test_the_other_kinds_may_still_not_pay_from_the_holder_of_openings() -> None:
    text = LOT + paid(3, "mine", "opening:issued -> bank:a 10 USD")
    assert set(reasons(ledger_of(text))) == {"mine"}


def test_it_stays_where_it_is_when_openings_are_placed_otherwise() -> None:
    late = ledger_of(SHORT.replace("-03T", "-01T") + LOT + SPENT + SHORT.replace("short", "again"))
    early = rearranged(late, "early")
    bare = without_openings(late)
    assert keys(bare) == keys(late) == keys(early) == ["short", "lot", "spent", "again"]
    kinds = bare.column("transactions", "kind").to_pylist()
    assert kinds == ["payment", "brought_forward", "payment", "payment"]
    for ledger in (late, early, bare):
        named = [one for one in rows(ledger, "legs") if one["spends"] is not None]
        (lot,) = (rows(ledger, "legs")[one["spends"]] for one in named)
        assert lot["tx"] == ledger.transaction_positions["lot"]


def test_it_is_no_tie_with_its_spender_in_a_turned_order() -> None:
    ledger = ledger_of(LOT + SPENT)
    assert ties(ledger) == Ties(1, 2)
    assert keys(tied_reversed(ledger)) == ["lot", "spent"]


CLAIM = '[[claim]]\nname = "c"\ncommodity = "USD"\nat = ["theft"]\n'
THEFT = paid(1, "theft", "bank:victim -> bank:a 60 USD")


def test_a_holding_with_a_lot_brought_forward_is_traced_once_one_with_an_opening_twice(
    tmp_path: Path,
) -> None:
    on = paid(3, "on", "bank:a -> bank:b 60 USD")
    once = case_of(tmp_path, THEFT + LOT + SPENT + on, CLAIM)
    assert [one.placement for one in once.tracer.trace_all(["fifo"])] == ["late"]
    (tmp_path / "two").mkdir()
    short = on.replace("60 USD", "61 USD")
    twice = case_of(tmp_path / "two", THEFT + LOT + SPENT + short, CLAIM)
    assert [one.placement for one in twice.tracer.trace_all(["fifo"])] == ["late", "early"]


def test_a_build_counts_it_with_the_openings(tmp_path: Path) -> None:
    made = build_rows(case_of(tmp_path, LOT + SPENT + SHORT).made)
    assert (made["transactions"], made["legs"]) == (2, 4)
    assert (made["openings"], made["brought_forward"]) == (2, 1)
    (source,) = made["sources"]
    assert (source["rows"], source["transactions"], source["rejected"]) == (2, 2, 0)


def test_the_notation_writes_it_and_reads_it_back() -> None:
    text = print_document(parse(USD + LOT + SPENT))
    assert print_document(parse(text)) == text
    draft = draft_of(parse(text), "a.ledger", "0" * 64)
    assert (draft.rows, draft.transactions.num_rows) == (1, 2)
