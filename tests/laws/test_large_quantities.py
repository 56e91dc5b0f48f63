"""Quantities beyond 64 bits, up to 10^38 - 1: exact through build, store, both placements and trace."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.laws.strategies import (
    COMMODITIES,
    CONSERVING,
    Story,
    built,
    ends_of,
    examples,
    payment,
    tracer_of,
)

from earmark.ledger.ledger import Ledger
from earmark.ledger.quantity import LIMIT
from earmark.ledger.store import read_ledger, write_ledger
from earmark.ledger.values import Claim, Document, LegName, Transaction
from earmark.tracing.asking import Terms

LARGE = st.one_of(
    st.integers(2**64 - 2, 2**64 + 2),
    st.integers(LIMIT - 3, LIMIT - 1),
    st.integers(2**127 - 2, 2**127 + 2).map(lambda n: n % LIMIT),
    st.integers(1, LIMIT - 1),
)


def _quantities(ledger: Ledger) -> list[int]:
    return [int(one) for one in ledger.column("legs", "quantity").to_pylist()]


@given(LARGE, st.integers(0, 10**38))
@examples(60)
def test_a_large_quantity_is_exact_from_the_text_to_the_answer(whole: int, part: int) -> None:
    part = part % whole
    made = [payment(0, [("x:issued", whole)], [("bank:a", whole)])]
    made.append(payment(1, [("bank:a", whole)], [("bank:b", part), ("bank:c", whole - part)]))
    if not part:
        made[1] = payment(1, [("bank:a", whole)], [("bank:c", whole)])
    terms = Terms((Claim("c", "AAA", (LegName("t0", 2),)),))
    tracer = tracer_of(Story(Document(COMMODITIES, transactions=tuple(made)), terms))
    expected = {("c", "bank:c", "AAA", "rests"): whole - part}
    if part:
        expected["c", "bank:b", "AAA", "rests"] = part
    for rule in CONSERVING:
        assert ends_of(tracer.trace(rule, "late")) == expected


@given(LARGE)
@examples(25)
def test_a_large_opening_survives_the_store_and_the_other_placement(quantity: int) -> None:
    document = Document(
        COMMODITIES, transactions=(payment(0, [("bank:a", quantity)], [("bank:b", quantity)]),)
    )
    ledger = built(document).ledger
    assert _quantities(ledger) == [quantity] * 4
    with tempfile.TemporaryDirectory() as folder:
        write_ledger(Path(folder) / "cache", ledger)
        again = read_ledger(Path(folder) / "cache")
    assert _quantities(again) == [quantity] * 4
    assert again.digest() == ledger.digest()
    assert _quantities(built(document, "early").ledger) == [quantity] * 4


ISSUER = 2
Move = tuple[int, int, int]
MOVES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(LIMIT // 7, LIMIT - 1)),
    min_size=1,
    max_size=7,
)


def _document(moves: list[Move]) -> Document:
    names = ("bank:a", "bank:b", "x:issued")
    made: list[Transaction] = [
        payment(number, [(names[payer], quantity)], [(names[payee], quantity)])
        for number, (payer, payee, quantity) in enumerate(moves)
    ]
    return Document(COMMODITIES, transactions=tuple(made))


def _stands(moves: list[Move]) -> list[int]:
    """Work out in Python integers which moves keep every balance below the limit, openings included."""
    kept: list[int] = []
    for number in range(len(moves)):
        if _fits([moves[one] for one in [*kept, number]]):
            kept.append(number)
    return kept


def _fits(moves: list[Move]) -> bool:
    for holder in range(3):
        path = [0]
        for payer, payee, quantity in moves:
            if payer == holder:
                path.append(path[-1] - quantity)
            if payee == holder:
                path.append(path[-1] + quantity)
        opened_early = 0 if holder == ISSUER else -min(path)
        if max(abs(balance + opened_early) for balance in path) >= LIMIT:
            return False
    return True


@given(MOVES)
@examples(80)
def test_what_would_reach_the_limit_is_observed_and_nothing_else_is(moves: list[Move]) -> None:
    for placement in ("late", "early"):
        ledger = built(_document(moves), placement).ledger
        keys = ledger.column("transactions", "key").to_pylist()
        stands = [f"t{number}" for number in _stands(moves)]
        assert [key for key in keys if not key.startswith("opening/")] == stands
        seen = ledger.tables["observations"].to_pylist()
        assert {row["kind"] for row in seen} <= {"too_large"}
        assert sorted([*(row["key"] for row in seen), *stands]) == sorted(
            f"t{number}" for number in range(len(moves))
        )
        assert all(0 < quantity < LIMIT for quantity in _quantities(ledger))
