"""Parts of blocks, as an index of addresses shows them, beside each other and beside whole blocks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.unit.sources.bitcoin.blocks import framed, legs
from tests.unit.sources.bitcoin.test_walk import built, keys, of, told
from tests.unit.sources.bitcoin_light.told import (
    ANN,
    BOB,
    CARL,
    Chain,
    Spend,
    electrum_lines,
    esplora,
    example,
    history,
    page,
    saved,
)

from earmark.ledger.reserved import BROUGHT_FORWARD
from earmark.sources.bitcoin.scripts import holder_of
from earmark.sources.bitcoin.walk import read_chain
from earmark.sources.settings import Source

CHAIN, NAMED = example()
MINED = 3 + 3


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    return folder


def whole(folder: Path, *blocks: bytes) -> Source:
    (folder / "blocks.dat").write_bytes(framed(*blocks or CHAIN.raw))
    return Source("bitcoin-blocks", "blocks.dat", network="regtest")


def index(folder: Path, name: str, *spends: Spend) -> Source:
    """Write what Esplora says of some transactions."""
    lines = [page(f"/tx/{one.txid}", esplora(CHAIN, one.txid)) for one in spends]
    return Source("esplora", saved(folder, lines, f"{name}.replies.jsonl"), network="regtest")


def address(folder: Path, name: str, script: bytes) -> Source:
    return index(folder, name, *(one for one, _ in history(CHAIN, script)))


def server(folder: Path, name: str, script: bytes, chain: Chain = CHAIN) -> Source:
    lines = electrum_lines(chain, script)
    return Source("electrum", saved(folder, lines, f"{name}.replies.jsonl"), network="regtest")


def cited(folder: Path, sources: Sequence[Source], key: str) -> set[int]:
    ledger = of(folder, *sources).ledger
    names = ledger.column("transactions", "key").to_pylist()
    rows = ledger.tables["evidence"].to_pylist()
    return {row["source"] for row in rows if names[row["tx"]] == key}


@pytest.mark.parametrize("step", [1, -1])
def test_parts_beside_whole_blocks_change_nothing_but_evidence(case: Path, step: int) -> None:
    sources = [whole(case), address(case, "bob", BOB), server(case, "ann", ANN)]
    both = of(case, *sources[::step])
    assert told(both) == told(of(case, sources[0]))
    assert both.ledger.tables["findings"].num_rows == 0
    assert both.ledger.tables["rejected"].num_rows == 0
    assert cited(case, sources, f"btc:{NAMED['to_ann'].txid}") == {0, 1, 2}


def test_parts_alone_leave_the_fees_and_bring_forward_what_was_spent(case: Path) -> None:
    source = index(case, "one", NAMED["to_ann"])
    (draft,) = read_chain(case, [source])
    first = f"btc:{CHAIN.blocks[0][0].txid}:output:0"
    assert draft.transactions.column("kind").to_pylist() == [BROUGHT_FORWARD, "payment"]
    assert keys(draft)[0] == first
    assert legs(draft, 1) == [
        ("out", holder_of(CARL), 50 * 10**8, first, 2),
        ("in", holder_of(ANN), 30 * 10**8, None, None),
        ("in", holder_of(BOB), 19 * 10**8, None, None),
        ("in", "btc:fees", 10**8, None, None),
    ]
    assert (draft.rows, draft.heights) == (1, ())
    assert built([source], [draft]).ledger.tables["rejected"].num_rows == 0


def test_a_coinbase_among_parts_collects_no_fees_that_it_cannot_show(case: Path) -> None:
    source = index(case, "block 2", CHAIN.blocks[1][0], NAMED["to_ann"])
    (draft,) = read_chain(case, [source])
    rows = legs(draft, draft.transactions.num_rows - 1)
    assert rows == [
        ("out", "btc:issued", 50 * 10**8, None, None),
        ("out", "btc:unresolved", 10**8, None, None),
        ("in", holder_of(CARL), 51 * 10**8, None, None),
    ]


def test_parts_of_one_block_in_two_sources_find_each_others_outputs(case: Path) -> None:
    """``onward`` spends ``paid`` in the same block, and is told by the source that comes first."""
    assert CHAIN.spends()[NAMED["paid"].txid][1] == CHAIN.spends()[NAMED["onward"].txid][1]
    sources = [index(case, "onward", NAMED["onward"]), index(case, "paid", NAMED["paid"])]
    first, second = read_chain(case, sources)
    assert keys(first) == [f"btc:{NAMED['onward'].txid}"]
    assert legs(first, 0)[0][3:] == (f"btc:{NAMED['paid'].txid}", 2)
    assert second.transactions.column("kind").to_pylist() == [BROUGHT_FORWARD, "payment"]
    ledger = built(sources, [first, second]).ledger
    assert ledger.tables["rejected"].num_rows == 0
    kinds = ledger.column("transactions", "kind").to_pylist()
    assert kinds == [BROUGHT_FORWARD, "payment", "payment"]


def test_the_same_lot_brought_forward_by_two_sources_is_one(case: Path) -> None:
    sources = [index(case, "one", NAMED["to_ann"]), server(case, "ann", ANN)]
    ledger = of(case, *sources).ledger
    names = ledger.column("transactions", "key").to_pylist()
    assert len(names) == len(set(names))
    assert ledger.tables["findings"].num_rows == 0
    assert ledger.column("sources", "transactions").to_pylist()[0] == 1


def test_a_part_stands_where_the_whole_block_is_broken(case: Path) -> None:
    altered = bytearray(CHAIN.raw[2])
    altered[-6] ^= 1
    sources = [whole(case, *CHAIN.raw[:2], bytes(altered)), index(case, "paid", NAMED["paid"])]
    first, second = read_chain(case, sources)
    assert (first.rejected.num_rows, first.transactions.num_rows) == (1, 3)
    assert second.transactions.column("kind").to_pylist() == ["payment"]
    ledger = built(sources, [first, second]).ledger
    assert ledger.tables["rejected"].num_rows == 1
    assert ledger.column("transactions", "key").to_pylist()[-1] == f"btc:{NAMED['paid'].txid}"


def test_a_part_of_a_block_that_was_left_out_of_the_chain_is_ignored(case: Path) -> None:
    """The index still shows a block that the files' chain has no room for."""
    other = Chain()
    first = other.add()
    other.add(Spend([first.out(0)], [(50 * 10**8, BOB)]), to=ANN)
    lines = [page(f"/tx/{one.txid}", esplora(other, one.txid)) for one in other.blocks[1][1:]]
    stale = Source("esplora", saved(case, lines, "stale.replies.jsonl"), network="regtest")
    chain, part = read_chain(case, [whole(case), stale])
    assert chain.transactions.num_rows == MINED
    assert (part.transactions.num_rows, part.ignored, part.rows) == (0, 1, 1)
    assert any("off the chain" in one for one in part.warnings)


def test_what_no_block_holds_yet_is_observed(case: Path) -> None:
    source = address(case, "ann", ANN)
    (draft,) = read_chain(case, [source])
    assert draft.observations.num_rows == 1
    told_ = draft.transactions.num_rows - draft.transactions.column("kind").to_pylist().count(
        BROUGHT_FORWARD
    )
    assert draft.rows == told_ + 1 + draft.rejected.num_rows + draft.ignored
