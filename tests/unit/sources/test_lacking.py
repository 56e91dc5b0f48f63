"""What a format always lacks stands in the draft, in the words of the documentation and of the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.sources.bitcoin.blocks import chain, framed

from earmark.ledger.draft import Draft
from earmark.ledger.values import Commodity
from earmark.report.vocabulary import TERMS
from earmark.sources.lacking import lacks_of
from earmark.sources.registry import BITCOIN_FORMATS, EVM_FORMATS, read_source
from earmark.sources.settings import Source

FORMATS = Path(__file__).resolve().parents[3] / "docs" / "formats.md"
ETHER = Commodity("ETH", 18, "Ether", "eip155:1/slip44:60")
READERS = [
    one for one in (*BITCOIN_FORMATS, *EVM_FORMATS) if one not in ("ethereum-etl", "etherscan")
]


def documented(reader: str) -> str:
    """Return the section of the documentation on a format and those that it names, on one line."""
    section = FORMATS.read_text().partition(f"\n## `{reader}`\n")[2].partition("\n## ")[0]
    text = " ".join(section.rpartition("**Lacks:**")[2].split())
    return text + "".join(documented(one) for one in re.findall(r"what `([a-z-]+)` lacks", text))


@pytest.mark.parametrize("reader", READERS)
def test_what_a_format_lacks_is_documented_and_translated(reader: str) -> None:
    lacks = lacks_of(reader, Draft(files=(), rows=0, commodities=(ETHER,)))
    assert lacks
    assert [one for one in lacks if one not in documented(reader)] == []
    assert [one for one in lacks if one not in TERMS["lacks"]] == []


def test_what_the_reader_found_comes_first_and_nothing_twice() -> None:
    draft = Draft(files=(), rows=0, lacks=("gas", "who receives the fees"))
    assert lacks_of("cryo", draft) == (
        "gas",
        "who receives the fees",
    )
    assert lacks_of("table", draft) == draft.lacks


def test_a_source_of_blocks_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(framed(*chain(1)))
    source = Source(reader="bitcoin-blocks", path="a.dat", network="regtest")
    assert "who holds a key" in read_source(tmp_path, source, {}).lacks
