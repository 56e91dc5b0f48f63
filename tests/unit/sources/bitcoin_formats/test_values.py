"""Single values: exact amounts, hostile JSON, scripts of addresses, doubles."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sources.bitcoin.blocks import PAY_A, PAY_B, PAY_C

from earmark.sources.bitcoin.addresses import address_of
from earmark.sources.bitcoin.aws_rows import satoshi_of_double
from earmark.sources.bitcoin.json_values import parsed, satoshi
from earmark.sources.bitcoin.networks import MAIN, REGTEST
from earmark.sources.bitcoin.notices import KINDS_MAX, Notices
from earmark.sources.bitcoin.spent import spent_script
from earmark.sources.bitcoin.wire import MONEY_MAX, BlockError


@given(st.integers(0, MONEY_MAX))
def test_every_amount_survives_decimals_and_doubles(total: int) -> None:
    assert satoshi(parsed(f"{Decimal(total).scaleb(-8):f}"), "it") == total
    assert satoshi(parsed(str(Decimal(total).scaleb(-8).normalize())), "it") == total
    assert satoshi_of_double(total / 1e8, "it") == total


@pytest.mark.parametrize(
    "text", ["1e-9", "0.000000015", "1E-99999999", "1E+99999999", "-1", "true"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BlockError, match="it is"):
        satoshi(parsed(text), "it")


@pytest.mark.parametrize("value", [0.000000015, float("nan"), float("inf"), -0.5, 1e300, 5e-9])
def test_a_double_that_is_no_amount_is_refused(value: float) -> None:
    with pytest.raises(BlockError, match="it is"):
        satoshi_of_double(value, "it")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("<html><body>502 Bad Gateway", "web page"),
        ('{"a": 1', "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("NaN", "not JSON"),
        ("1" * 10_000, "not JSON"),
    ],
)
def test_broken_json_gets_a_reason(text: str, reason: str) -> None:
    with pytest.raises(BlockError, match=reason):
        parsed(text)


KEY_HASH = b"\x76\xa9\x14" + b"\xcc" * 20 + b"\x88\xac"


@pytest.mark.parametrize(
    ("kind", "address", "script"),
    [
        ("pubkeyhash", address_of(PAY_C), KEY_HASH),
        ("pubkey", address_of(PAY_C), KEY_HASH),
        ("witness_v0_keyhash", address_of(PAY_B), PAY_B),
        ("witness_v1_taproot", address_of(b"\x51\x20" + b"\x07" * 32), b"\x51\x20" + b"\x07" * 32),
        ("anchor", address_of(b"\x51\x02\x4e\x73"), b"\x51\x02\x4e\x73"),
        ("multisig", address_of(PAY_A), None),  # one key of a bare multisig, not its script
        ("scripthash", address_of(PAY_C), None),
        ("pubkeyhash", address_of(PAY_C, REGTEST), None),
        ("nonstandard", "nonstandard9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", None),
        ("pubkeyhash", "1BoatSLRHtKNngkdXEeobR76b53LETtpyU", None),
        ("pubkeyhash", None, None),
        (None, address_of(PAY_C), None),
    ],
)
def test_the_script_of_a_spent_output(kind: object, address: object, script: bytes | None) -> None:
    assert spent_script(kind, address, MAIN) == script


def test_notices_stay_few() -> None:
    notices = Notices()
    for number in range(2 * KINDS_MAX):
        notices.names([f"field{number}\t", "known"], {"known"}, "tx")
        notices.say(f"thing {number}", "here")
    assert len(notices.counts) <= KINDS_MAX
    assert all("known" not in one.partition(":")[0].split() for one in notices.warnings()[:-1])


def test_a_notice_says_how_often_and_where_first() -> None:
    notices = Notices()
    for place in ("here", "there"):
        notices.say("a thing is odd", place)
        notices.names(["auxpow", "hash"], {"hash"}, "block")
    assert notices.warnings() == [
        "a thing is odd: 2 times, first here",
        "fields that are not known, and not read: 'block.auxpow' (2)",
    ]
