"""Positions follow when transactions are put elsewhere."""

from __future__ import annotations

from tests.unit.ledger.texts import ledger_of, paid, rows

from earmark.ledger.ledger import Ledger
from earmark.ledger.placing import rearranged, without_openings

TEXT = (
    "commodity EUR exponent 0\n"
    + paid(1, "lot", "bank:x -> bank:a 10 USD")
    + paid(2, "paid", "- bank:a 4 USD spends lot", "+ bank:m 4 USD")
    + paid(3, "got", "bank:m -> bank:a 3 EUR")
    + paid(4, "more", "bank:m -> bank:a 30 USD")
    + "link swap reported: paid#1 -> got#2\n"
)


def linked(ledger: Ledger) -> list[tuple[str, int]]:
    legs, made = rows(ledger, "legs"), rows(ledger, "transactions")
    return [
        (made[legs[row["leg"]]["tx"]]["key"], legs[row["leg"]]["ordinal"])
        for row in rows(ledger, "links")
    ]


def spent(ledger: Ledger) -> list[tuple[str, int]]:
    legs, made = rows(ledger, "legs"), rows(ledger, "transactions")
    return [
        (made[legs[row["spends"]]["tx"]]["key"], legs[row["spends"]]["ordinal"])
        for row in legs
        if row["spends"] is not None
    ]


def places(ledger: Ledger) -> list[tuple[str, str]]:
    made = rows(ledger, "transactions")
    return [(made[row["tx"]]["key"], row["locator"]) for row in rows(ledger, "evidence")]


def test_links_named_lots_and_evidence_follow_their_transactions() -> None:
    late = ledger_of(TEXT)
    for ledger in (late, rearranged(late, "early"), without_openings(late)):
        assert linked(ledger) == [("paid", 1), ("got", 2)]
        assert spent(ledger) == [("lot", 2)]
        assert [key for key, _ in places(ledger)] == ["lot", "paid", "got", "more"]
        assert [row["tx"] for row in rows(ledger, "transactions")] == list(
            range(ledger.tables["transactions"].num_rows)
        )
        assert [row["leg"] for row in rows(ledger, "legs")] == list(
            range(ledger.tables["legs"].num_rows)
        )


def test_the_record_alone_has_no_openings_and_is_the_same_from_both_sides() -> None:
    late, early = ledger_of(TEXT), ledger_of(TEXT, placement="early")
    bare = [without_openings(ledger).tables["legs"] for ledger in (late, early)]
    assert bare[0].equals(bare[1])
    kinds = without_openings(late).column("transactions", "kind").to_pylist()
    assert "opening" in late.column("transactions", "kind").to_pylist()
    assert "opening" not in kinds
