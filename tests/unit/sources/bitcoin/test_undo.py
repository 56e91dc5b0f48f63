"""What a node keeps to take a block back: compressed outputs, read to the last satoshi or not at all."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.sources.bitcoin import undo_data as made
from tests.unit.sources.bitcoin.blocks import NOWHERE

from earmark.sources.bitcoin.networks import COIN
from earmark.sources.bitcoin.scripts import SCRIPT_MAX
from earmark.sources.bitcoin.undo import (
    PRIME,
    amount_of,
    is_of,
    prevouts_of,
    transaction_count,
    varint,
    whole_key,
)
from earmark.sources.bitcoin.wire import MONEY_MAX, BlockError, Transaction, double_sha256

X = bytes.fromhex("678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb6")
Y = bytes.fromhex("49f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f")
"""The public key that the first block of all pays."""
OTHER_Y = (PRIME - int.from_bytes(Y, "big")).to_bytes(32, "big")
SCRIPTS = (
    b"\x76\xa9\x14" + b"\x11" * 20 + b"\x88\xac",
    b"\xa9\x14" + b"\x22" * 20 + b"\x87",
    b"\x21\x02" + X + b"\xac",
    b"\x21\x03" + X + b"\xac",
    b"\x41\x04" + X + Y + b"\xac",
    b"\x41\x04" + X + OTHER_Y + b"\xac",
    b"\x00\x14" + b"\x33" * 20,
    b"\x51\x20" + b"\x44" * 32,
    b"",
    b"\x51",
    b"\x51" * 10_000,
)
AMOUNTS = (0, 1, 9, 10, 546, 10**8, 50 * COIN, 10**9, 10**15, MONEY_MAX, MONEY_MAX - 1)


def spending(*counts: int) -> list[Transaction]:
    """Return a coinbase and payments with so many inputs each."""
    outpoints = [[NOWHERE], *([(b"\x01" * 32, 0)] * count for count in counts)]
    return [Transaction(b"", b"", 0, 0, inputs, [(0, b"")]) for inputs in outpoints]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "00"),
        (0x7F, "7f"),
        (0x80, "8000"),
        (0x1234, "a334"),
        (0xFFFF, "82fe7f"),
        (0x123456, "c7e756"),
        (0x80123456, "86ffc7e756"),
        (0xFFFFFFFF, "8efefefe7f"),
        (0x7FFFFFFFFFFFFFFF, "fefefefefefefefe7f"),
        (0xFFFFFFFFFFFFFFFF, "80fefefefefefefefe7f"),
    ],
)
def test_numbers_of_seven_bits_a_byte(number: int, text: str) -> None:
    """The values of Bitcoin Core's own tests."""
    assert made.varint(number).hex() == text
    assert varint(b"\xff" + bytes.fromhex(text) + b"\xff", 1) == (number, 1 + len(text) // 2)


@pytest.mark.parametrize(
    ("satoshi", "number"),
    [
        (0, 0x0),
        (1, 0x1),
        (COIN // 100, 0x7),
        (COIN, 0x9),
        (50 * COIN, 0x32),
        (21_000_000 * COIN, 0x1406F40),
    ],
)
def test_amounts_without_their_zeros(satoshi: int, number: int) -> None:
    """The values of Bitcoin Core's own tests."""
    assert amount_of(number) == satoshi
    assert made.amount(satoshi) == number


@given(value=st.integers(0, MONEY_MAX))
def test_every_amount_comes_back(value: int) -> None:
    assert amount_of(made.amount(value)) == value


@given(number=st.integers(0, 10**12))
def test_every_number_stands_for_one_amount(number: int) -> None:
    assert made.amount(amount_of(number)) == number


def test_public_keys_are_made_whole_again() -> None:
    assert whole_key(1, X) == b"\x04" + X + Y
    assert whole_key(0, X) == b"\x04" + X + OTHER_Y


@given(
    transactions=st.lists(
        st.lists(
            st.tuples(
                st.one_of(st.sampled_from(AMOUNTS), st.integers(0, MONEY_MAX)),
                st.one_of(st.sampled_from(SCRIPTS), st.binary(max_size=80)),
            ),
            min_size=1,
            max_size=4,
        ),
        max_size=4,
    ),
    height=st.integers(0, 10**6),
)
@example(transactions=[[(value, script)] for value in AMOUNTS for script in SCRIPTS], height=7)
@example(transactions=[[(546, SCRIPTS[0])] * 300], height=1)
def test_what_is_written_is_read(transactions: list[list[tuple[int, bytes]]], height: int) -> None:
    data = made.body(transactions, height)
    found = prevouts_of(data, spending(*(len(one) for one in transactions)))
    assert found == [None, *transactions]
    assert transaction_count(data) == len(transactions) + 1


def test_a_script_that_is_too_long_to_be_run_is_kept_as_op_return() -> None:
    data = made.body([[(5, b"\x51" * (SCRIPT_MAX + 1))]])
    assert prevouts_of(data, spending(1)) == [None, [(5, b"\x6a")]]


def test_old_nodes_wrote_a_version_and_the_height_only_once() -> None:
    kept = made.varint(2 * 300 + 1) + made.varint(2) + made.varint(1) + b"\0" + b"\x11" * 20
    others = made.varint(0) + made.varint(1) + b"\0" + b"\x11" * 20
    assert prevouts_of(b"\x01\x02" + others + kept, spending(2)) == [None, [(1, SCRIPTS[0])] * 2]


def test_the_checksum_covers_the_block_before() -> None:
    data = made.body([[(5, b"\x51")]])
    checksum = double_sha256(b"\x07" * 32 + data)
    assert is_of(data, checksum, b"\x07" * 32)
    assert not is_of(data, checksum, b"\x08" * 32)
    assert not is_of(data + b"\0", checksum, b"\x07" * 32)


GOOD = made.body([[(546, SCRIPTS[0]), (50 * COIN, SCRIPTS[4])]])
NO_POINT = next(
    x.to_bytes(32, "big") for x in range(1, 99) if pow(x**3 + 7, PRIME // 2, PRIME) != 1
)


@pytest.mark.parametrize(
    ("data", "counts", "reason"),
    [
        (GOOD, (1,), "undo data for 2 of 1 inputs of transaction 1"),
        (GOOD, (2, 1), "undo data for 1 of 2 payments"),
        (GOOD + b"\0", (2,), "1 bytes are left over after the undo data"),
        (GOOD[:-1], (2,), "the undo data end inside an output"),
        (GOOD[:5], (2,), "the undo data end inside an output"),
        (b"", (1,), "the undo data end inside an output"),
        (b"\xff" + b"\xff" * 8, (1,), "a count that no block can have"),
        (b"\x01\xff" + b"\xff" * 8, (1,), "a count that no block can have"),
        (b"\x01\x01" + b"\xff" * 5000, (1,), "a number of more than 64 bits"),
        (b"\x01\x01\x02" + b"\x80" * 5000, (1,), "a number of more than 64 bits"),
        (b"\x01\x01\x00\x00" + made.varint((1 << 64) - 1), (1,), "end inside an output"),
        (
            b"\x01\x01\x00" + made.varint(made.amount(MONEY_MAX + 1)) + b"\x07\x51",
            (1,),
            "an amount that cannot exist",
        ),
        (b"\x01\x01\x00\x01\x04" + NO_POINT, (1,), "no point of the curve"),
        (b"\x01\x01\x00\x01\x05" + PRIME.to_bytes(32, "big"), (1,), "no point of the curve"),
    ],
)
def test_undo_data_that_are_none(data: bytes, counts: tuple[int, ...], reason: str) -> None:
    with pytest.raises(BlockError, match=reason):
        prevouts_of(data, spending(*counts))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the undo data end inside a count"),
        (b"\xfd\x01", "the undo data end inside a count"),
        (b"\xff" * 9, "a count that no block can have"),
        (b"\xfd\x01\x00", "a count that no block can have"),
    ],
)
def test_undo_data_that_begin_with_no_count(data: bytes, reason: str) -> None:
    with pytest.raises(BlockError, match=reason):
        transaction_count(data)


@given(data=st.binary(max_size=200), inputs=st.integers(1, 3))
def test_whatever_the_bytes_are_they_are_read_or_refused(data: bytes, inputs: int) -> None:
    whole = b"\x01" + bytes([inputs]) + data
    try:
        found = prevouts_of(whole, spending(inputs))
    except BlockError:
        return
    assert found[1] is not None
    assert [0 <= one[0] <= MONEY_MAX for one in found[1] if one] == [True] * inputs
