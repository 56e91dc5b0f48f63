"""Addresses against the vectors of BIP 173 and BIP 350."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.sources.bitcoin.addresses import (
    address_of,
    holder_with_address,
    script_of,
    shown_holder,
)
from earmark.sources.bitcoin.networks import MAIN, NETWORKS, TEST, Network
from earmark.sources.bitcoin.scripts import (
    SCRIPT_MAX,
    carried_data,
    hash160,
    holder_of,
    multisig,
    public_key,
    witness_program,
)

FIRST_KEY = bytes.fromhex(
    "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb6"
    "49f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f"
)
PAID_KEY = b"\x41" + FIRST_KEY + b"\xac"
FIRST_ADDRESS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
VECTORS = [
    (
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "0014751e76e8199196d454941c45d1b3a323f1433bd6",
        MAIN,
    ),
    (
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
        "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
        TEST,
    ),
    ("bc1sw50qgdz25j", "6002751e", MAIN),
    (
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        MAIN,
    ),
]


@pytest.mark.parametrize(("address", "script", "network"), VECTORS)
def test_the_vectors_of_the_standards(address: str, script: str, network: Network) -> None:
    assert address_of(bytes.fromhex(script), network) == address
    assert script_of(address, network).hex() == script
    assert script_of(address.upper(), network).hex() == script


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", MAIN),
        ("BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", MAIN),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", MAIN),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kV8f3t4", MAIN),
        ("bc1", MAIN),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", MAIN),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7Divf0a", MAIN),
        (FIRST_ADDRESS, TEST),
        ("", MAIN),
        ("١" * 34, MAIN),
        ("1" * 10_000, MAIN),
    ],
)
def test_what_is_no_address_is_refused(address: str, network: Network) -> None:
    with pytest.raises(ValueError, match=r"address|mistyped|capital|names no output"):
        script_of(address, network)


def test_a_key_paid_directly_is_the_holder_that_its_address_names() -> None:
    assert public_key(PAID_KEY) == FIRST_KEY
    assert address_of(PAID_KEY) == FIRST_ADDRESS
    assert holder_of(PAID_KEY) == holder_with_address(FIRST_ADDRESS)
    assert shown_holder(holder_of(PAID_KEY)) == f"btc:{FIRST_ADDRESS}"


@given(digest=st.binary(min_size=20, max_size=20), name=st.sampled_from(sorted(NETWORKS)))
def test_every_digest_comes_back_from_its_addresses(digest: bytes, name: str) -> None:
    for script in (
        b"\x76\xa9\x14" + digest + b"\x88\xac",
        b"\xa9\x14" + digest + b"\x87",
        b"\x00\x14" + digest,
        b"\x51\x14" + digest,
    ):
        assert script_of(address_of(script, NETWORKS[name]), NETWORKS[name]) == script


def test_scripts_name_holders() -> None:
    assert holder_of(b"\x00\x14" + b"\x01" * 20) == "btc:0014" + "01" * 20
    assert holder_of(b"") == "btc:empty-script"
    assert holder_of(b"\x6a") == holder_of(b"\x51" * (SCRIPT_MAX + 1)) == "btc:burned"
    long = b"\x51" * 257
    assert holder_of(long) == f"btc:sha256-{hashlib.sha256(long).hexdigest()}"
    assert holder_of(long[:256]) == "btc:" + "51" * 256


def test_a_bare_multisig_shows_its_signers() -> None:
    script = b"\x51\x41" + FIRST_KEY + b"\x21" + b"\x02" * 33 + b"\x52\xae"
    assert multisig(script) == (1, (FIRST_KEY, b"\x02" * 33))
    assert address_of(script) == ""
    assert shown_holder(holder_of(script)).startswith(f"btc:1-of-2({FIRST_ADDRESS},1")
    for other in (script[:-1], b"\x53" + script[1:], script[:-2] + b"\x53\xae", b"\x51\xae", b""):
        assert multisig(other) is None


@pytest.mark.parametrize("holder", ["btc:fees", "btc:empty-script", "eth:0x00", "btc:6a", "btc:51"])
def test_a_holder_without_an_address_is_shown_as_it_is(holder: str) -> None:
    assert shown_holder(holder) == holder


def test_parts_of_scripts() -> None:
    assert witness_program(b"\x51\x20" + b"\x01" * 32) == (1, b"\x01" * 32)
    assert witness_program(b"\x51\x21" + b"\x01" * 32) is None
    assert witness_program(b"\x4f\x02\x01\x01") is None
    assert carried_data(b"\x6a\x01a") == b"\x01a"
    assert carried_data(b"\x51") == b""
    assert public_key(b"\x21\x05" + b"\x01" * 32 + b"\xac") == b""


def test_a_digest_needs_no_openssl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many an OpenSSL counts RIPEMD-160 as legacy and refuses it."""

    def lacking(*_: object, **__: object) -> None:
        raise ValueError("unsupported hash type ripemd160")

    monkeypatch.setattr(hashlib, "new", lacking)
    assert hash160(FIRST_KEY).hex() == "62e907b15cbf27d5425399ebf6f0fb50ebb88f18"
