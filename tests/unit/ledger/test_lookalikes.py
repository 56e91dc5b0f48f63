"""Rows that look alike are a finding only where they may be one event."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from tests.unit.ledger.texts import USD, paid

from earmark.cases.building import sources_table
from earmark.ledger.builder import build
from earmark.ledger.notation import parse
from earmark.sources.notation import draft_of
from earmark.sources.settings import Source

ONE, TWO = "0x" + "1" * 64, "0x" + "2" * 64
BLOCK = "0" * 8 + "3" * 56


def alike(*told: tuple[str, str, str | None]) -> list[list[str]]:
    """Return the subjects of what is found alike; each source tells one event: its series, key and ref."""
    sources, drafts = [], []
    for number, (series, key, ref) in enumerate(told, 1):
        draft = draft_of(
            parse(USD + paid(1, key, "eth:a -> eth:b 10 USD")), f"{number}.ledger", f"{number}" * 64
        )
        at = draft.transactions.schema.get_field_index("ref")
        with_ref = draft.transactions.set_column(
            at, draft.transactions.schema.field(at), pa.array([ref], pa.string())
        )
        drafts.append(replace(draft, series=series, transactions=with_ref))
        sources.append(Source(reader="notation", path=f"{number}.ledger"))
    found = build(drafts, sources_table(sources, drafts), [], "late").ledger.tables["findings"]
    return [row["subjects"] for row in found.to_pylist() if row["kind"] == "likely_duplicate"]


@pytest.mark.parametrize(
    "told",
    [
        (("bitcoin:main", "btc:1", BLOCK), ("bitcoin:main", "btc:2", BLOCK)),
        (("bitcoin:main", "btc:1", None), ("bitcoin:main", "btc:2", None)),
        (("eip155:1", "eth:1:value", ONE), ("eip155:1", "eth:2:value", TWO)),
        (("eip155:1", "eth:1:value", ONE), ("", "eth:2:value", TWO)),
        (("eip155:1", "eth:1:value", ONE), ("eip155:1", "eth:withdrawal:7", None)),
    ],
)
def test_two_places_of_one_chain_are_two_events(
    told: tuple[tuple[str, str, str | None], ...],
) -> None:
    assert alike(*told) == []


@pytest.mark.parametrize(
    "told",
    [
        (("eip155:1", "k1", ONE), ("", "k2", ONE)),
        (("eip155:1", "k1", ONE), ("eip155:1", "k2", ONE)),
        (("eip155:1", "k1", ONE), ("", "k2", None)),
        (("bitcoin:main", "k1", BLOCK), ("", "k2", "an invoice")),
        (("", "k1", "an invoice"), ("", "k2", "another number")),
    ],
)
def test_an_export_and_a_table_may_tell_what_a_chain_tells(
    told: tuple[tuple[str, str, str | None], ...],
) -> None:
    assert alike(*told) == [["k1", "k2"]]


def test_only_those_of_a_group_that_may_be_one_are_named() -> None:
    told = (("eip155:1", "k1", ONE), ("eip155:1", "k2", TWO), ("", "k3", TWO))
    assert alike(*told) == [["k2", "k3"]]
