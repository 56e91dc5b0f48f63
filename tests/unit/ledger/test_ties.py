"""Ties: what shares a time and a holding, and no sequence orders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.ledger.texts import USD, keys, ledger_of, paid

from earmark.cases.building import sources_table
from earmark.cases.checking import notes_of
from earmark.ledger.builder import build
from earmark.ledger.ledger import Ledger
from earmark.ledger.notation import parse
from earmark.ledger.ties import Ties, ties
from earmark.report.ties import tied_reversed
from earmark.sources.notation import draft_of
from earmark.sources.settings import Source

A = paid(1, "a", "bank:a -> bank:b 10 USD")
B = paid(1, "b", "bank:b -> bank:c 10 USD")
C = paid(1, "c", "bank:c -> bank:d 10 USD")
APART = paid(1, "apart", "bank:x -> bank:y 10 USD")


def sequenced(*texts: str) -> Ledger:
    """Build texts whose rows are numbered, each text a sequence of its own."""
    sources = [Source(reader="notation", path=f"{number}.ledger") for number in range(len(texts))]
    drafts = []
    for number, text in enumerate(texts):
        draft = draft_of(parse(USD + text), f"{number}.ledger", str(number) * 64)
        index = draft.transactions.schema.get_field_index("sequence")
        places = pa.array(np.arange(draft.transactions.num_rows))
        rows = draft.transactions.set_column(index, "sequence", places)
        drafts.append(replace(draft, transactions=rows))
    return build(drafts, sources_table(sources, drafts), [], "late").ledger


def is_told(ledger: Ledger) -> bool:
    return any("share a time and a holding" in note for note in notes_of(ledger))


@pytest.mark.parametrize(
    ("ledger", "found"),
    [
        (ledger_of(A + B + APART), Ties(1, 2)),
        (ledger_of(A, B), Ties(1, 2)),
        (ledger_of(A + APART), Ties(0, 0)),
        (ledger_of(A, APART), Ties(0, 0)),
        (ledger_of(A + B.replace("2024-01-01", "2024-01-02")), Ties(0, 0)),
        (sequenced(A + B + C), Ties(0, 0)),
        (sequenced(A, B), Ties(1, 2)),
        (sequenced(A + B, C), Ties(1, 2)),
        (sequenced(A + APART, B + C), Ties(1, 2)),
        (
            ledger_of(
                A.replace("2024-01-01T00:00:00Z", "?") + B.replace("2024-01-01T00:00:00Z", "?")
            ),
            Ties(1, 2),
        ),
        (ledger_of(""), Ties(0, 0)),
    ],
)
def test_a_tie_is_one_time_and_one_holding_outside_one_sequence(
    ledger: Ledger, found: Ties
) -> None:
    assert ties(ledger) == found
    assert is_told(ledger) == bool(found.transactions)


def test_reversing_turns_sources_round_and_keeps_each_sequence() -> None:
    ledger = sequenced(A + B, C)
    turned = tied_reversed(ledger)
    assert keys(ledger) == ["a", "b", "c"]
    assert keys(turned) == ["c", "a", "b"]
    assert ties(turned) == ties(ledger)
    assert tied_reversed(turned).digest() == ledger.digest()


def test_reversing_turns_the_rows_of_plain_tables_round_too() -> None:
    turned = tied_reversed(ledger_of(A + B, C))
    assert keys(turned) == ["c", "b", "a"]


@pytest.mark.parametrize("sources", [1, 2])
def test_a_tie_that_a_name_or_a_link_orders_stays(sources: int) -> None:
    named = B.replace("10 USD", "10 USD spends a")
    swap = "commodity EUR exponent 0\n" + paid(1, "e", "bank:z -> bank:b 9 EUR")
    swap += "link swap recorded: b#1 -> e#2\n"
    for texts in ((A, named), (A + B, swap)):
        ledger = ledger_of(*texts) if sources == 2 else ledger_of("".join(texts))
        assert len(keys(ledger)) > 1
        assert tied_reversed(ledger).digest() == ledger.digest()
