"""What a block says becomes legs: named lots, fees, issuance, destruction, and what is not in the data."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.sources.bitcoin.blocks import (
    DATA,
    EASY_BITS,
    KEY_A,
    NOWHERE,
    PAY_A,
    PAY_B,
    PAY_C,
    START_S,
    SUBSIDY,
    Payment,
    block,
    block_hash,
    built,
    chain,
    coinbase,
    framed,
    legs,
    read,
)

from earmark.ledger.values import Claim, LegName
from earmark.sources.bitcoin import walk
from earmark.sources.bitcoin.scripts import hash160, holder_of
from earmark.sources.settings import Source
from earmark.tracing.asking import Terms
from earmark.tracing.trace import Tracer, trace_rows

A, B, C = holder_of(PAY_A), holder_of(PAY_B), holder_of(PAY_C)
MINED = coinbase(1, [(SUBSIDY, PAY_A)])
FIRST = block([MINED])
ELSEWHERE = (b"\x77" * 32, 3)


def second(*payments: Payment, reward: int, script: bytes = PAY_C) -> bytes:
    """Return the block after the first, its coinbase paying the reward."""
    paid = coinbase(2, [(reward, script)], payments=payments)
    return block([paid, *payments], previous=block_hash(FIRST), time_s=START_S + 600)


def test_a_key_paid_directly_is_held_by_its_address() -> None:
    assert f"btc:76a914{hash160(KEY_A).hex()}88ac" == A


def test_inputs_are_named_lots_and_the_coinbase_collects_the_fees(tmp_path: Path) -> None:
    spend = Payment([(MINED.txid, 0)], [(30, PAY_B), (SUBSIDY - 100, PAY_A)])
    again = Payment([(spend.txid, 0)], [(25, PAY_C)], witness=b"sig")
    draft = read(tmp_path, blk0=framed(FIRST, second(spend, again, reward=SUBSIDY + 75)))
    assert legs(draft, 0) == [
        ("out", "btc:issued", SUBSIDY, None, None),
        ("in", A, SUBSIDY, None, None),
    ]
    assert legs(draft, 1) == [
        ("out", A, SUBSIDY, MINED.key, 2),
        ("in", B, 30, None, None),
        ("in", A, SUBSIDY - 100, None, None),
        ("in", "btc:fees", 70, None, None),
    ]
    assert legs(draft, 2) == [
        ("out", B, 30, spend.key, 2),
        ("in", C, 25, None, None),
        ("in", "btc:fees", 5, None, None),
    ]
    assert legs(draft, 3) == [
        ("out", "btc:fees", 70, spend.key, 4),
        ("out", "btc:fees", 5, again.key, 3),
        ("out", "btc:issued", SUBSIDY, None, None),
        ("in", C, SUBSIDY + 75, None, None),
        ("in", "btc:burned", 0, None, None),
    ]
    kinds = ["issuance", "payment", "payment", "issuance"]
    assert draft.transactions.column("kind").to_pylist() == kinds
    assert draft.warnings == ()


def test_what_is_read_keeps_the_laws_and_can_be_traced(tmp_path: Path) -> None:
    spend = Payment([(MINED.txid, 0)], [(30, PAY_B), (SUBSIDY - 100, PAY_A)])
    again = Payment([(spend.txid, 0), ELSEWHERE], [(25, PAY_C), (0, DATA)])
    draft = read(tmp_path, blk0=framed(FIRST, second(spend, again, reward=SUBSIDY + 70)))
    ledger = built(draft).ledger
    assert ledger.tables["rejected"].num_rows == 0
    assert "opening" not in ledger.column("transactions", "kind").to_pylist()
    claim = Claim("theft", "rBTC", (LegName(MINED.key),))
    rows = trace_rows(Tracer(ledger, Terms(claims=(claim,))).trace("fifo", "late"))
    assert {(end["holder"], end["role"], end["quantity"]) for end in rows["ends"]} == {
        (C, "rests", "0.00000025"),
        (A, "rests", "49.999999"),
        ("btc:fees", "fee", "0.00000075"),
    }
    assert rows["balance"][0]["difference"] == "0"


def test_what_a_coinbase_leaves_is_burned(tmp_path: Path) -> None:
    spend = Payment([(MINED.txid, 0)], [(SUBSIDY - 10, PAY_B)])
    draft = read(tmp_path, blk0=framed(FIRST, second(spend, reward=SUBSIDY - 5)))
    assert legs(draft, 2)[-2:] == [
        ("in", C, SUBSIDY - 5, None, None),
        ("in", "btc:burned", 15, None, None),
    ]


def test_inputs_that_are_not_in_the_data_are_one_leg_where_the_first_stands(tmp_path: Path) -> None:
    spend = Payment(
        [ELSEWHERE, (MINED.txid, 0), (b"\x78" * 32, 0)], [(SUBSIDY + 40, PAY_B), (2, PAY_C)]
    )
    draft = read(tmp_path, blk0=framed(FIRST, second(spend, reward=SUBSIDY + 9)))
    assert legs(draft, 1) == [
        ("out", "btc:unresolved", 42, None, None),
        ("out", A, SUBSIDY, MINED.key, 2),
        ("in", B, SUBSIDY + 40, None, None),
        ("in", C, 2, None, None),
    ]
    assert legs(draft, 2) == [
        ("out", "btc:issued", SUBSIDY, None, None),
        ("out", "btc:unresolved", 9, None, None),
        ("in", C, SUBSIDY + 9, None, None),
    ]
    assert [(row["transaction"], row["locator"]) for row in draft.evidence.to_pylist()] == [
        (1, f"unresolved input 0: {'77' * 32}:3"),
        (1, f"unresolved input 2: {'78' * 32}:0"),
    ]
    assert draft.warnings == (
        (
            "2 of 3 inputs spend outputs that are not in these files: 0.00000042 rBTC came from "
            "them at least, and the fees of 1 of 1 transactions are unknown"
        ),
        "coinbases pay out 0.00000009 rBTC beyond known fees and subsidies",
    )


def test_known_inputs_beyond_the_outputs_are_a_known_fee(tmp_path: Path) -> None:
    spend = Payment([(MINED.txid, 0), ELSEWHERE], [(SUBSIDY - 7, PAY_B)])
    draft = read(tmp_path, blk0=framed(FIRST, second(spend, reward=SUBSIDY + 7)))
    assert legs(draft, 1) == [
        ("out", A, SUBSIDY, MINED.key, 2),
        ("out", "btc:unresolved", 0, None, None),
        ("in", B, SUBSIDY - 7, None, None),
        ("in", "btc:fees", 7, None, None),
    ]
    assert "the fees of 0 of 1 transactions are unknown" in draft.warnings[0]


def test_an_output_that_never_was_is_unresolved(tmp_path: Path) -> None:
    spend = Payment([(MINED.txid, 1)], [(5, PAY_B)])
    draft = read(tmp_path, blk0=framed(FIRST, second(spend, reward=SUBSIDY)))
    assert legs(draft, 1)[0] == ("out", "btc:unresolved", 5, None, None)


def test_an_output_spent_twice_is_rejected_by_the_builder(tmp_path: Path) -> None:
    spend = Payment([(MINED.txid, 0)], [(SUBSIDY, PAY_B)])
    twice = Payment([(MINED.txid, 0)], [(SUBSIDY, PAY_C)])
    draft = read(tmp_path, blk0=framed(FIRST, second(spend, twice, reward=SUBSIDY)))
    rows = built(draft).ledger.tables["rejected"].to_pylist()
    assert [row["reason"] for row in rows] == ["spends more of a named lot than it holds"]


def test_outputs_that_carry_data_are_burned_and_noted(tmp_path: Path) -> None:
    spend = Payment([(MINED.txid, 0)], [(3, DATA), (SUBSIDY - 3, PAY_B), (0, b"\x6a" + b"z" * 300)])
    draft = read(tmp_path, blk0=framed(FIRST, second(spend, reward=SUBSIDY)))
    assert legs(draft, 1)[1:] == [
        ("in", "btc:burned", 3, None, None),
        ("in", B, SUBSIDY - 3, None, None),
        ("in", "btc:burned", 0, None, None),
    ]
    note = draft.transactions.column("note")[1].as_py()
    assert note == f"output 0 carries 03616263; output 2 carries {'7a' * 200} and 100 bytes"


def test_a_repeated_coinbase_burns_what_it_overwrites(tmp_path: Path) -> None:
    twin = Payment([NOWHERE], [(SUBSIDY - 1, PAY_A), (1, PAY_B)], script=b"same")
    first = block([twin], version=1)
    spend = Payment([(twin.txid, 1)], [(1, PAY_C)])
    middle = coinbase(2, [(SUBSIDY, PAY_C)])
    between = block([middle, spend], previous=block_hash(first), time_s=START_S + 600)
    repeated = block([twin], previous=block_hash(between), time_s=START_S + 1200, version=1)
    later = Payment([(twin.txid, 0)], [(SUBSIDY - 1, PAY_B)])
    final = coinbase(4, [(SUBSIDY, PAY_C)])
    last = block([final, later], previous=block_hash(repeated), time_s=START_S + 1800)
    draft = read(tmp_path, blk0=framed(first, between, repeated, last))
    assert legs(draft, 3) == [
        ("out", "btc:issued", SUBSIDY, None, None),
        ("out", A, SUBSIDY - 1, twin.key, 2),
        ("in", A, SUBSIDY - 1, None, None),
        ("in", B, 1, None, None),
        ("in", "btc:burned", SUBSIDY - 1, None, None),
    ]
    assert draft.transactions.column("key")[3].as_py() == f"{twin.key}:3"
    assert legs(draft, 4)[0] == ("out", A, SUBSIDY - 1, f"{twin.key}:3", 3)
    assert "repeated coinbases overwrote 49.99999999 rBTC" in draft.warnings
    assert built(draft).ledger.tables["rejected"].num_rows == 0


def test_keys_references_and_times(tmp_path: Path) -> None:
    draft = read(tmp_path, blk0=framed(*chain(2)))
    row = draft.transactions.to_pylist()[1]
    assert row["key"].startswith("btc:")
    assert len(row["key"]) == 68
    assert row["ref"] == block_hash(chain(2)[1])[::-1].hex()
    assert (row["basis"], row["kind"], row["sequence"]) == ("recorded", "issuance", 1)
    assert draft.commodities[0].identity == "bitcoin:regtest"


def test_rows_add_up_and_progress_is_told(tmp_path: Path) -> None:
    (tmp_path / "blk0.dat").write_bytes(framed(*chain(3)))
    told: list[int] = []
    source = Source(reader="bitcoin-blocks", path="blk0.dat", network="regtest")
    draft = walk.read_chain(tmp_path, [source], told.append)[0]
    assert told == [1, 2, 3]
    assert draft.rows == draft.transactions.num_rows + draft.ignored + draft.rejected.num_rows


def test_texts_are_written_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read(tmp_path, blk0=framed(*chain(5)))
    monkeypatch.setattr(walk, "PIECE_LEGS", 2)
    parts = read(tmp_path, blk0=framed(*chain(5)))
    assert parts.transactions.column("key").num_chunks > 1
    assert parts.transactions.equals(whole.transactions)
    assert parts.legs.equals(whole.legs)


def test_what_the_first_block_pays_is_burned(tmp_path: Path) -> None:
    paper = b"The Times 03/Jan/2009 Chancellor on brink of second bailout for banks"
    script = b"\x04\xff\xff\x00\x1d\x01\x04\x45" + paper
    key = bytes.fromhex(
        "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb6"
        "49f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f"
    )
    paid = Payment([NOWHERE], [(SUBSIDY, b"\x41" + key + b"\xac")], script=script, version=1)
    header = b"\x01" + b"\0" * 35 + paid.txid
    header += b"".join(one.to_bytes(4, "little") for one in (1296688602, EASY_BITS, 2))
    draft = read(tmp_path, blk0=framed(*chain(1), header + b"\x01" + paid.bytes))
    assert legs(draft, 0)[1] == ("in", "btc:burned", SUBSIDY, None, None)
    locators = draft.transactions.column("locator").to_pylist()
    assert [one.split("block ")[1] for one in locators] == ["0:0", "1:0"]
