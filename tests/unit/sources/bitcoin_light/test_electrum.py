from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.sources.bitcoin_light.told import (
    ANN,
    Chain,
    branch,
    electrum_lines,
    example,
    line,
    rpc,
    saved,
)

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.electrum import open_store
from earmark.sources.bitcoin.stores import Damage, Found, Ignored, Seen
from earmark.sources.bitcoin.wire import double_sha256, shown
from earmark.sources.settings import Source

ONLY_AMOUNTS = "transactions that only say what inputs hold"
NO_TRANSACTION = "replies that are no transaction"


class Read:
    """A source as its store tells it."""

    def __init__(self, folder: Path, name: str, network: str = "regtest") -> None:
        self.store = open_store(
            folder,
            Source(reader="electrum", path=name, network=network),  # type: ignore[arg-type]
        )
        rows = list(self.store.find())
        self.rows = rows
        self.found = [one for one in rows if isinstance(one, Found)]
        self.damage = [(one.locator, one.reason) for one in rows if isinstance(one, Damage)]
        self.seen = [one for one in rows if isinstance(one, Seen)]
        self.ignored: dict[str, int] = {}
        for one in rows:
            if isinstance(one, Ignored):
                self.ignored[one.reason] = self.ignored.get(one.reason, 0) + one.rows
        self.blocks = {one.height: self.store.load(one) for one in self.found}

    def transactions(self) -> dict[int | None, list[str]]:
        return {
            height: [shown(one.txid) for one in block.transactions]
            for height, block in sorted(self.blocks.items())
        }


def changed(lines: list[str], method: str, old: str, new: str) -> list[str]:
    """Return lines in which the first answer to a method is altered."""
    for place, text in enumerate(lines):
        exchange = json.loads(text)
        if exchange["method"] == method and old in exchange["body"]:
            exchange["body"] = exchange["body"].replace(old, new, 1)
            return [*lines[:place], json.dumps(exchange), *lines[place + 1 :]]
    raise AssertionError(method)


def without(lines: list[str], method: str) -> list[str]:
    return [one for one in lines if json.loads(one)["method"] != method]


def test_transactions_are_placed_by_proof_and_know_what_they_spend(tmp_path: Path) -> None:
    chain, spends = example()
    lines = electrum_lines(chain, ANN)
    read = Read(tmp_path, saved(tmp_path, lines))
    assert read.transactions() == {2: [spends["to_ann"].txid], 3: [spends["paid"].txid]}
    block = read.blocks[3]
    assert not block.is_whole
    assert block.header.time_s == 1_600_000_000 + 1800
    assert block.header.merkle_root
    assert block.prevouts == [[(30 * 10**8, ANN)]]
    assert read.blocks[2].prevouts == [[(50 * 10**8, chain.blocks[0][0].outputs[0][1])]]
    assert [one.key for one in read.seen] == [f"btc:{spends['waiting'].txid}"]
    assert read.damage == []
    # one history, two headers, two branches; the coinbase that pays for it all is asked for its amount only
    assert read.ignored == {NO_TRANSACTION: 5, ONLY_AMOUNTS: 1}
    assert len(lines) == 2 + 1 + sum(read.ignored.values())
    assert read.store.warnings() == []


def test_without_a_branch_it_is_the_servers_word(tmp_path: Path) -> None:
    chain, _ = example()
    lines = without(electrum_lines(chain, ANN), "blockchain.transaction.get_merkle")
    read = Read(tmp_path, saved(tmp_path, lines))
    assert len(read.blocks) == 2
    assert read.store.warnings() == [
        "2 transactions placed in their block on the server's word: there is no Merkle branch"
    ]


def test_a_branch_that_leads_elsewhere_costs_its_transaction(tmp_path: Path) -> None:
    chain, spends = example()
    good = branch(chain, spends["paid"].txid)["merkle"][0]
    lines = electrum_lines(chain, ANN)
    lines = changed(lines, "blockchain.transaction.get_merkle", good, "00" * 32)
    read = Read(tmp_path, saved(tmp_path, lines))
    assert list(read.transactions()) == [2]
    ((_, reason),) = read.damage
    assert reason == "the Merkle branch does not lead to the root of block 3"


def test_an_altered_transaction_is_another_one(tmp_path: Path) -> None:
    chain, spends = example()
    raw = spends["paid"].payment.bytes.hex()
    lines = changed(electrum_lines(chain, ANN), "blockchain.transaction.get", raw, f"01{raw[2:]}")
    read = Read(tmp_path, saved(tmp_path, lines))
    assert [height for height, _ in read.transactions().items()] == [2]
    assert any("another transaction" in reason for _, reason in read.damage)


def test_a_header_without_work_is_refused_and_so_is_what_hangs_on_it(tmp_path: Path) -> None:
    chain, _ = example()
    header = chain.raw[2][:80].hex()
    nonces = (f"{header[:-2]}{nonce:02x}" for nonce in range(256))
    altered = next(one for one in nonces if double_sha256(bytes.fromhex(one))[31] > 0x7F)
    lines = changed(electrum_lines(chain, ANN), "blockchain.block.header", header, altered)
    read = Read(tmp_path, saved(tmp_path, lines))
    assert list(read.transactions()) == [2]
    assert "does not meet its target" in read.damage[0][1]
    assert read.damage[1][1] == "the header of block 3 is not here, so its time is unknown"


def test_another_network_has_no_work_to_show(tmp_path: Path) -> None:
    chain, _ = example()
    read = Read(tmp_path, saved(tmp_path, electrum_lines(chain, ANN)), network="main")
    assert read.found == []
    assert sum("of another network" in reason for _, reason in read.damage) == 2


def test_errors_are_rejected_and_retried_ones_ignored(tmp_path: Path) -> None:
    chain, _ = example()
    lines = electrum_lines(chain, ANN)
    first = json.loads(lines[1])
    busy = line(
        first["method"], first["params"], {"id": 1, "error": {"code": 1, "message": "busy"}}
    )
    lost = line(
        "blockchain.transaction.get", ["ab" * 32], {"id": 1, "error": "no such transaction"}
    )
    read = Read(tmp_path, saved(tmp_path, [busy, *lines, lost, lines[1], "half"]))
    assert len(read.blocks) == 2
    assert read.ignored["replies without an answer whose question was answered later"] == 1
    assert read.ignored["transactions that were told more than once"] == 1
    assert [locator for locator, _ in read.damage] == [
        f"line {len(lines) + 2}",
        f"line {len(lines) + 4}",
    ]


@pytest.mark.parametrize(
    ("method", "params", "result"),
    [
        ("blockchain.transaction.get", ["ab" * 32], "zz"),
        ("blockchain.transaction.get", ["ab" * 32], {"hex": 5}),
        ("blockchain.transaction.get", [], "00"),
        ("blockchain.transaction.get", ["ab" * 32], "02000000"),
        ("blockchain.block.header", [-1], "00" * 80),
        ("blockchain.block.header", [1], "00" * 79),
        ("blockchain.transaction.get_merkle", ["ab" * 32, 1], {"merkle": ["00"], "pos": 0}),
        (
            "blockchain.transaction.get_merkle",
            ["ab" * 32, 1],
            {"merkle": [], "pos": 1, "block_height": 1},
        ),
        ("blockchain.scripthash.get_history", ["ab" * 32], [{"tx_hash": "ab"}]),
        ("blockchain.scripthash.get_history", ["ab" * 32], {"a": 1}),
    ],
)
def test_nonsense_is_a_rejected_row(
    tmp_path: Path, method: str, params: list[object], result: object
) -> None:
    read = Read(tmp_path, saved(tmp_path, [rpc(method, params, result)]))
    assert len(read.damage) == 1
    assert len(read.rows) == 1


def test_a_chain_that_left_a_block_keeps_both_headers_apart(tmp_path: Path) -> None:
    chain, spends = example()
    other = Chain()
    other.add(to=ANN)
    other.add(to=ANN)
    other.add(to=ANN)
    left = rpc("blockchain.block.header", [3], other.raw[2][:80].hex())
    for lines in ([left, *electrum_lines(chain, ANN)], [*electrum_lines(chain, ANN), left]):
        read = Read(tmp_path, saved(tmp_path, lines))
        assert shown(read.blocks[3].header.block_hash) == chain.hash_at(3)
        assert read.transactions()[3] == [spends["paid"].txid]


def test_answers_without_questions_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]", "utf-8")
    with pytest.raises(EarmarkError, match="without their questions"):
        Read(tmp_path, "a.json")
