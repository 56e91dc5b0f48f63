"""Real blocks of the main network without the chain before them: undo data tell what they spend."""

from __future__ import annotations

import bz2
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.sources.bitcoin.undo_data import body_of, outputs_in

from earmark.cases.building import build_rows
from earmark.cases.case import Case, open_case
from earmark.ledger.schema import IN
from earmark.sources.bitcoin.networks import MAIN
from earmark.sources.bitcoin.scripts import UNRESOLVED
from earmark.sources.bitcoin.wire import double_sha256

FIRST_SPENDING = 170
"""The first block of all in which somebody paid somebody: 10 BTC, of the 50 BTC that block 9 issued."""


def split(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at + 8 : at + 8 + length]
        at += 8 + length


def framed(data: bytes) -> bytes:
    return MAIN.magic + len(data).to_bytes(4, "little") + data


@pytest.fixture(scope="module")
def chain(shared_data: Path) -> list[bytes]:
    packed = shared_data / "chain" / "btc_raw" / "btcd_blocks1-256.bz2"
    return list(split(bz2.decompress(packed.read_bytes())))


def opened(folder: Path, contents: dict[str, bytes]) -> Case:
    (folder / "sources").mkdir(parents=True)
    for name, data in contents.items():
        (folder / "sources" / name).write_bytes(data)
    source = '[[source]]\nreader = "bitcoin-blocks"\npath = "sources"\n'
    (folder / "case.toml").write_text(f'title = "Blocks"\n\n{source}', encoding="utf-8")
    return open_case(folder)


def paid(case: Case, keys: set[str]) -> dict[str, list[tuple[object, ...]]]:
    """Return what these transactions moved: side, holder, satoshi of each leg."""
    tables, names = case.ledger.tables, case.ledger.holder_names
    of = {row["tx"]: row["key"] for row in tables["transactions"].to_pylist()}
    found: dict[str, list[tuple[object, ...]]] = {key: [] for key in keys}
    for leg in tables["legs"].to_pylist():
        if of[leg["tx"]] in keys:
            moved = leg["side"] == IN, names[leg["holder"]], int(leg["quantity"])
            found[of[leg["tx"]]].append(moved)
    return found


def test_later_blocks_with_undo_data_move_what_they_move_in_the_whole_chain(
    chain: list[bytes], tmp_path: Path
) -> None:
    whole = opened(tmp_path / "whole", {"blk00000.dat": b"".join(map(framed, chain))})
    later, outputs = chain[FIRST_SPENDING - 1 :], outputs_in(chain)
    bodies = [(one, body_of(one, outputs)) for one in later]
    undo = b"".join(framed(body) + double_sha256(one[4:36] + body) for one, body in bodies)
    data = b"".join(map(framed, later))
    alone = opened(tmp_path / "alone", {"blk00000.dat": data})
    helped = opened(tmp_path / "helped", {"blk00000.dat": data, "rev00000.dat": undo})
    assert UNRESOLVED in alone.ledger.holder_names
    assert UNRESOLVED not in helped.ledger.holder_names
    summary = build_rows(helped.made)
    assert (summary["rejected"], summary["openings"] > 0) == (0, True)
    assert summary["sources"][0]["transactions"] == build_rows(alone.made)["transactions"]
    payments = {
        row["key"]
        for row in alone.ledger.tables["transactions"].to_pylist()
        if row["kind"] == "payment"
    }
    assert len(payments) == 7
    assert paid(helped, payments) == paid(whole, payments)
