from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.sources.bitcoin_light.told import (
    ANN,
    BOB,
    Chain,
    esplora,
    example,
    history,
    page,
    saved,
)

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.esplora import open_store
from earmark.sources.bitcoin.stores import Damage, Found, Ignored, Seen
from earmark.sources.bitcoin.wire import BlockError, shown
from earmark.sources.settings import Source


class Read:
    """A source as its store tells it."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.store = open_store(
            folder, Source(reader="esplora", path=list(names), network="regtest")
        )
        rows = list(self.store.find())
        self.found = [one for one in rows if isinstance(one, Found)]
        self.damage = [(one.locator, one.reason) for one in rows if isinstance(one, Damage)]
        self.seen = [one for one in rows if isinstance(one, Seen)]
        self.ignored = {one.reason: 0 for one in rows if isinstance(one, Ignored)}
        for one in rows:
            if isinstance(one, Ignored):
                self.ignored[one.reason] += one.rows
        self.blocks = {one.height: self.store.load(one) for one in self.found}

    def transactions(self) -> dict[int | None, list[str]]:
        return {
            height: [shown(one.txid) for one in block.transactions]
            for height, block in self.blocks.items()
        }


def listed(chain: Chain, script: bytes) -> list[object]:
    return [esplora(chain, one.txid) for one, _ in history(chain, script)]


def test_transactions_become_parts_of_their_blocks(tmp_path: Path) -> None:
    chain, spends = example()
    read = Read(tmp_path, saved(tmp_path, [page("address/ann/txs", listed(chain, ANN))]))
    assert read.transactions() == {3: [spends["paid"].txid], 2: [spends["to_ann"].txid]}
    block = read.blocks[3]
    assert not block.is_whole
    assert block.header.time_s == 1_600_000_000 + 1800
    assert shown(block.header.block_hash) == chain.hash_at(3)
    assert block.prevouts == [[(30 * 10**8, ANN)]]
    assert block.locators == ["line 1 /1"]
    assert block.transactions[0].outputs == spends["paid"].outputs
    assert [(one.locator, one.kind, one.key) for one in read.seen] == [
        ("line 1 /0", "unconfirmed", f"btc:{spends['waiting'].txid}")
    ]
    assert read.damage == []


def test_what_is_told_twice_is_ignored_and_the_order_is_that_of_spending(tmp_path: Path) -> None:
    chain, spends = example()
    lines = [
        page("address/bob/txs", listed(chain, BOB)),
        page("address/ann/txs", listed(chain, ANN)),
    ]
    read = Read(tmp_path, saved(tmp_path, lines))
    assert read.transactions()[3] == [spends["paid"].txid, spends["onward"].txid]
    assert read.ignored == {"transactions that were told more than once": 2}


def test_plain_json_is_read_too(tmp_path: Path) -> None:
    chain, spends = example()
    whole = esplora(chain, spends["paid"].txid)
    (tmp_path / "one.json").write_text(json.dumps(whole), "utf-8")
    (tmp_path / "list.json").write_text(
        json.dumps([esplora(chain, spends["to_ann"].txid)]), "utf-8"
    )
    (tmp_path / "rows.jsonl").write_text(json.dumps(esplora(chain, chain.blocks[0][0].txid)) + "\n")
    read = Read(tmp_path, "one.json", "list.json", "rows.jsonl")
    locators = {height: block.locators for height, block in read.blocks.items()}
    assert locators == {3: ["one.json /"], 2: ["list.json /0"], 1: ["rows.jsonl line 1"]}
    assert read.blocks[1].prevouts == [[None]] or read.blocks[1].prevouts == [None]


def test_an_altered_amount_costs_its_transaction_alone(tmp_path: Path) -> None:
    chain, spends = example()
    rows = [esplora(chain, spends[name].txid) for name in ("to_ann", "paid")]
    rows[1]["vout"][0]["value"] += 1
    read = Read(tmp_path, saved(tmp_path, [page("address/ann/txs", rows)]))
    assert list(read.transactions()) == [2]
    ((locator, reason),) = read.damage
    assert locator == "line 1 /1"
    assert "hash to" in reason


def test_prevouts_that_hold_too_little_are_refused(tmp_path: Path) -> None:
    chain, spends = example()
    row = esplora(chain, spends["paid"].txid)
    row["vin"][0]["prevout"]["value"] = 5
    read = Read(tmp_path, saved(tmp_path, [page("tx/a", row)]))
    assert read.damage == [("line 1", "its outputs pay more than the prevouts hold")]


def test_a_stated_fee_that_does_not_fit_is_told(tmp_path: Path) -> None:
    chain, spends = example()
    row = esplora(chain, spends["paid"].txid) | {"fee": 3, "colour": "red"}
    read = Read(tmp_path, saved(tmp_path, [page("tx/a", row)]))
    warnings = " ".join(read.store.warnings())
    assert "a stated fee is not what inputs and outputs say" in warnings
    assert "'tx.colour' (1)" in warnings


def test_failures_are_rejected_unless_answered_later(tmp_path: Path) -> None:
    chain, spends = example()
    row = esplora(chain, spends["paid"].txid)
    lines = [
        page("tx/a", "<html>busy</html>", 200),
        page("tx/a", row),
        page("tx/b", "Too Many Requests", 429),
        page("tx/c", '{"txid": "', 200),
        page("address/x", {"chain_stats": {"tx_count": 3}}),
        page("block-height/0", "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"),
        '{"url": "half',
    ]
    read = Read(tmp_path, saved(tmp_path, lines))
    assert list(read.transactions()) == [3]
    assert read.ignored == {
        "replies without an answer whose question was answered later": 1,
        "replies that list no transaction": 2,
    }
    reasons = dict(read.damage)
    assert reasons["line 3"] == "the server answered with HTTP status 429"
    assert "not JSON" in reasons["line 4"]
    assert "not an exchange" in reasons["line 7"]
    assert len(reasons) == 3


def test_a_later_answer_moves_a_transaction_to_another_block(tmp_path: Path) -> None:
    chain, spends = example()
    early, late = (esplora(chain, spends["paid"].txid) for _ in range(2))
    early["status"] |= {"block_hash": "ab" * 32}
    waiting = early | {"status": {"confirmed": False}}
    lines = [page("tx/a", one) for one in (waiting, early, late)]
    read = Read(tmp_path, saved(tmp_path, lines))
    assert [shown(one.header.block_hash) for one in read.found] == [chain.hash_at(3)]
    assert sum(read.ignored.values()) == 2
    assert read.seen == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vin", []),
        ("vout", None),
        ("txid", "zz"),
        ("locktime", -1),
        ("version", 1.5),
        ("status", {"confirmed": True, "block_height": "3"}),
        ("status", {"confirmed": True, "block_height": 3, "block_hash": "00", "block_time": 1}),
    ],
)
def test_a_broken_field_costs_its_row(tmp_path: Path, name: str, value: object) -> None:
    chain, spends = example()
    row = esplora(chain, spends["paid"].txid) | {name: value}
    read = Read(tmp_path, saved(tmp_path, [page("tx/a", row)]))
    assert len(read.damage) == 1
    assert read.found == []


def test_a_web_page_in_place_of_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("<html>login</html>", "utf-8")
    with pytest.raises(EarmarkError, match=r"a\.json: a web page"):
        Read(tmp_path, "a.json")


def test_a_file_that_changes_between_index_and_body_is_refused(tmp_path: Path) -> None:
    chain, spends = example()
    name = saved(tmp_path, [page("tx/a", esplora(chain, spends["paid"].txid))])
    store = open_store(tmp_path, Source(reader="esplora", path=name, network="regtest"))
    (found,) = [one for one in store.find() if isinstance(one, Found)]
    saved(tmp_path, ["{}"], name)
    with pytest.raises(BlockError):
        store.load(found)
