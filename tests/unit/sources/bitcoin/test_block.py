"""A block is read only where it is what its header commits to."""

from __future__ import annotations

import pytest
from tests.unit.sources.bitcoin.blocks import (
    NOWHERE,
    PAY_A,
    PAY_B,
    SUBSIDY,
    Payment,
    block,
    coinbase,
)

from earmark.sources.bitcoin.block import (
    coinbase_height,
    has_work,
    merkle_root,
    read_block,
    target,
)
from earmark.sources.bitcoin.networks import COIN, MAIN, NETWORKS, subsidy
from earmark.sources.bitcoin.wire import (
    BLOCK_MAX,
    BlockError,
    compact_size,
    double_sha256,
    read_header,
    read_transaction,
    shown,
)

OLD = Payment([(b"\x11" * 32, 1), (b"\x22" * 32, 300)], [(5, PAY_B)], script=b"\x00" * 300)
NEW = Payment([(b"\x33" * 32, 0)], [(7, PAY_A), (0, b"\x6a")], witness=b"w" * 70)
PAID = coinbase(700_000, [(SUBSIDY, PAY_A)], payments=[OLD, NEW])
WHOLE = block([PAID, OLD, NEW])


def test_a_block_is_read_as_it_was_written() -> None:
    found = read_block(WHOLE)
    assert [one.txid for one in found.transactions] == [PAID.txid, OLD.txid, NEW.txid]
    assert [one.wtxid for one in found.transactions] == [PAID.wtxid, OLD.wtxid, NEW.wtxid]
    assert found.transactions[1].inputs == [(b"\x11" * 32, 1), (b"\x22" * 32, 300)]
    assert found.transactions[2].outputs == [(7, PAY_A), (0, b"\x6a")]
    for one, made in zip(found.transactions, (PAID, OLD, NEW), strict=True):
        assert read_transaction(made.bytes, 0)[0].txid == made.txid
        assert WHOLE[one.start :].startswith(made.bytes)
    assert has_work(found.header)


def test_every_changed_byte_is_noticed() -> None:
    header = read_header(WHOLE)
    for place in range(len(WHOLE)):
        altered = bytearray(WHOLE)
        altered[place] ^= 0x10
        data = bytes(altered)
        if place < 80:
            assert read_header(data).block_hash != header.block_hash
        else:
            with pytest.raises(BlockError):
                read_block(data)


def test_every_cut_is_noticed() -> None:
    for length in range(len(WHOLE)):
        with pytest.raises(BlockError):
            read_block(WHOLE[:length])
    with pytest.raises(BlockError, match="1 bytes are left over"):
        read_block(WHOLE + b"\0")


def test_a_cut_names_the_transaction() -> None:
    with pytest.raises(BlockError, match="the block ends inside transaction 2, which starts"):
        read_block(WHOLE[:-3])


def test_transactions_cannot_be_hidden_behind_their_repetition() -> None:
    hashes = [double_sha256(bytes([one])) for one in range(3)]
    assert merkle_root(hashes) == merkle_root(hashes[:3])
    with pytest.raises(BlockError, match="repeated"):
        merkle_root([*hashes, hashes[2]])


@pytest.mark.parametrize(
    ("transactions", "reason"),
    [
        ([OLD], "the first transaction is no coinbase"),
        (
            [PAID, Payment([NOWHERE], [(1, PAY_A)])],
            "transaction 1 is a second coinbase",
        ),
        ([coinbase(1, [(1, PAY_A)]), NEW], "the coinbase does not commit to any"),
        ([coinbase(1, [(1, PAY_A)], payments=[OLD, NEW]), NEW], "the witnesses do not hash"),
        ([coinbase(1, [(21_000_001 * COIN, PAY_A)])], "pays more than can exist"),
        ([Payment([NOWHERE], [])], "has no output"),
    ],
)
def test_what_no_block_may_hold(transactions: list[Payment], reason: str) -> None:
    with pytest.raises(BlockError, match=reason):
        read_block(block(transactions))


@pytest.mark.parametrize("number", [0, 252, 253, 65_535, 65_536, BLOCK_MAX])
def test_compact_numbers(number: int) -> None:
    width = 0 if number < 253 else 2 if number < 1 << 16 else 4
    mark = {0: b"", 2: b"\xfd", 4: b"\xfe"}[width]
    data = mark + number.to_bytes(width or 1, "little")
    assert compact_size(data, 0) == (number, len(data))
    with pytest.raises(IndexError):
        compact_size(data[:-1], 0)


@pytest.mark.parametrize("data", ["fd0100", "fdfc00", "feffff0000", "ffffffffff00000000"])
def test_a_number_longer_than_it_needs_to_be_is_refused(data: str) -> None:
    with pytest.raises(BlockError, match="longer than it needs to be"):
        compact_size(bytes.fromhex(data), 0)


@pytest.mark.parametrize("data", ["fe01093d00", "ff0000000001000000", "ff" * 9])
def test_a_number_beyond_every_block_is_refused(data: str) -> None:
    with pytest.raises(BlockError, match="larger than any block"):
        compact_size(bytes.fromhex(data), 0)


def test_the_first_blocks_are_those_of_the_networks() -> None:
    root = bytes.fromhex("3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a")
    for name, time_s, bits, nonce in (
        ("main", 1231006505, 0x1D00FFFF, 2083236893),
        ("test", 1296688602, 0x1D00FFFF, 414098458),
        ("signet", 1598918400, 0x1E0377AE, 52613770),
        ("regtest", 1296688602, 0x207FFFFF, 2),
    ):
        numbers = b"".join(one.to_bytes(4, "little") for one in (time_s, bits, nonce))
        header = read_header(b"\x01\0\0\0" + b"\0" * 32 + root + numbers)
        assert header.block_hash == NETWORKS[name].genesis, name
        assert has_work(header)
        assert target(bits) == NETWORKS[name].target_max


def test_targets_that_say_nothing() -> None:
    assert target(0x01003456) == target(0x04923456) == target(0xFF123456) == 0
    assert target(0x01120000) == 0x12
    assert target(0x05009234) == 0x92340000


def test_hashes_are_shown_reversed() -> None:
    assert shown(MAIN.genesis).startswith("000000000019d6689c085ae165831e93")


@pytest.mark.parametrize(
    ("version", "script", "height"),
    [
        (4, b"\x03\xa0\xba\x0a", 703_136),
        (2, b"\x01\x11", 17),
        (2, b"\x51", 1),
        (2, b"\x60/", 16),
        (2, b"\x00", 0),
        (1, b"\x03\xa0\xba\x0a", None),
        (2, b"\x05\x01\x02\x03\x04\x05", None),
        (2, b"\x4c\x01\x01", None),
    ],
)
def test_the_height_that_a_coinbase_claims(version: int, script: bytes, height: int | None) -> None:
    data = block([Payment([NOWHERE], [(1, PAY_A)], script=script)], version=version)
    assert coinbase_height(data[:200], read_header(data)) == height


def test_a_cut_coinbase_claims_no_height() -> None:
    header = read_header(WHOLE)
    assert coinbase_height(WHOLE[:200], header) == 700_000
    assert coinbase_height(WHOLE[:127], header) is None


def test_the_subsidy_halves() -> None:
    heights = (0, 209_999, 210_000, 630_000, 6_929_999, 6_930_000, 64 * 210_000)
    shares = [subsidy(MAIN, height, 0) for height in heights]
    assert shares == [50 * COIN, 50 * COIN, 25 * COIN, 625_000_000, 1, 0, 0]
    assert subsidy(NETWORKS["regtest"], 150, 0) == 25 * COIN


def test_the_time_tells_the_subsidy_of_old_blocks_without_a_height() -> None:
    assert subsidy(MAIN, None, 1_354_000_000) == 50 * COIN
    assert subsidy(MAIN, None, 1_354_300_000) == 25 * COIN
    assert subsidy(MAIN, None, 1_354_116_000) is None
    assert subsidy(NETWORKS["regtest"], None, 1_354_000_000) is None
