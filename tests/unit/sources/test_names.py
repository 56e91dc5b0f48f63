"""Holders and keys as people write them: folded to one spelling, refused when mistyped, shown again."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from tests.unit.cases.cases import hand_written

from earmark.cases.case import Case, open_case
from earmark.ledger.errors import EarmarkError
from earmark.ledger.notation import parse, print_document
from earmark.sources.bitcoin.networks import MAIN, TEST
from earmark.sources.evm.addresses import checksummed, in_small_letters
from earmark.sources.names import (
    canonical_holder,
    canonical_key,
    known_holder,
    namer,
    shown,
)
from earmark.sources.notation import SPELLING
from earmark.sources.table.holders import fold, read_holders, read_keys

# The vectors of EIP-55 itself.
EIP_55 = (
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)
# Genesis block's P2PKH; the P2WPKH and P2WSH of BIP 173; its Taproot of BIP 350; a P2SH.
ADDRESSES = {
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa": "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac",
    "3P14159f73E4gFr7JterCCQh9QjiTjiZrG": "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4": "0014751e76e8199196d454941c45d1b3a323f1433bd6",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0": (
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    ),
}
KEY = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
TXID = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"


@pytest.mark.parametrize("address", EIP_55)
def test_an_evm_address_in_any_case_is_one_holder_and_is_shown_with_its_checksum(
    address: str,
) -> None:
    digits = address[2:]
    for written in (address, "0x" + digits.lower(), "0x" + digits.upper(), "0X" + digits.upper()):
        for namespace in ("eth", "base", "ronin", "evm-31337"):
            kept = canonical_holder(f"{namespace}:{written}")
            assert kept == f"{namespace}:{address.lower()}"
            assert shown(kept) == f"{namespace}:{address}"
    assert checksummed(address.upper().replace("X", "x")) == address


def test_one_letter_in_the_wrong_case_is_refused() -> None:
    address = EIP_55[2]
    for place in range(2, len(address)):
        swapped = address[:place] + address[place].swapcase() + address[place + 1 :]
        if swapped == address:
            continue
        with pytest.raises(ValueError, match="mistyped"):
            in_small_letters(swapped)
        with pytest.raises(ValueError, match="mistyped"):
            canonical_holder(f"eth:{swapped}")


@pytest.mark.parametrize(("address", "script"), ADDRESSES.items())
def test_a_bitcoin_address_is_its_script_and_back(address: str, script: str) -> None:
    assert canonical_holder(f"btc:{address}") == f"btc:{script}"
    assert canonical_holder(f"btc:{script.upper()}") == f"btc:{script}"
    assert shown(f"btc:{script}") == f"btc:{address}"
    mistyped = address[:-1] + ("2" if address[-1] != "2" else "3")
    with pytest.raises(ValueError, match="mistyped"):
        canonical_holder(f"btc:{mistyped}")
    with pytest.raises(ValueError, match=r"mistyped|no address|mixes"):
        canonical_holder(f"btc:{address[:-1]}I")


def test_bech32_in_capitals_is_the_same_and_mixed_is_refused() -> None:
    address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    assert canonical_holder(f"btc:{address.upper()}") == canonical_holder(f"btc:{address}")
    with pytest.raises(ValueError, match="mixes"):
        canonical_holder(f"btc:{address[:-1]}T"[:-1] + "T4")


def test_addresses_of_every_network_mean_the_same_script() -> None:
    script = "btc:0014751e76e8199196d454941c45d1b3a323f1433bd6"
    test = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"
    assert canonical_holder(f"btc:{test}") == script
    assert shown(script, TEST) == f"btc:{test}"
    assert shown(script, MAIN) == "btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


def test_a_public_key_paid_directly_is_the_holder_of_its_address() -> None:
    paid = canonical_holder(f"btc:21{KEY}ac")
    assert shown(paid) == "btc:1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"
    assert canonical_holder("btc:1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH") == paid


@pytest.mark.parametrize(
    "name",
    [
        "btc:issued",
        "btc:fees",
        "btc:unresolved",
        "btc:empty-script",
        "btc:exploiter",
        "bank:DE89370400440532013000",
        "tron:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "eth:issued",
        "imo:9311969",
        "no namespace",
    ],
)
def test_other_names_are_left_alone(name: str) -> None:
    assert canonical_holder(name) == name == shown(name) == canonical_key(name)


def test_scripts_without_an_address_are_shown_readable() -> None:
    multisig = f"btc:5121{KEY}21{KEY}52ae"
    address = "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"
    assert shown(multisig) == f"btc:1-of-2({address},{address})"
    assert shown("btc:51") == "btc:script 51"
    assert shown(f"btc:{TXID}") == f"btc:{TXID}", "as long as a hash: it may be a key"


def test_hashes_in_keys_are_in_small_letters() -> None:
    assert canonical_key(f"btc:{TXID.upper()}") == f"btc:{TXID}"
    assert canonical_key(f"btc:{TXID.upper()}:170") == f"btc:{TXID}:170"
    assert canonical_key(f"eth:0x{TXID.upper()}:call:0.1") == f"eth:0x{TXID}:call:0.1"
    assert canonical_key(f"eth:block:7:reward:{EIP_55[0]}") == (
        f"eth:block:7:reward:{EIP_55[0].lower()}"
    )
    assert canonical_key("Row:0xAB") == "Row:0xAB"


LEDGER = f"""commodity BTC exponent 8
commodity ETH exponent 18
holder thief btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 "The thief"
statement 2024-01-01 by "A court" (court): eth:{EIP_55[2]} belongs_to "Shop"

2024-01-01T00:00:00Z theft recorded key btc:{TXID.upper()}
  btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa -> thief  2 BTC

2024-01-02T00:00:00Z payment recorded key on
  eth:{EIP_55[3].upper().replace("X", "x")} -> eth:{EIP_55[2]}  1 ETH

claim all  BTC at btc:{TXID.upper()}#2
stop holder eth:{EIP_55[2]} role exchange
expect trace fifo all: rests btc:BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4 2 BTC
"""


def test_the_notation_keeps_one_spelling_and_round_trips() -> None:
    document = parse(LEDGER, spelling=SPELLING)
    script = f"btc:{ADDRESSES['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4']}"
    small = f"eth:{EIP_55[2].lower()}"
    assert document.holders[0].name == script
    assert document.statements[0].subject == small
    assert document.stops[0].name == small
    assert document.claims[0].legs[0].key == f"btc:{TXID}" == document.transactions[0].key
    assert document.transactions[0].legs[1].holder == script == document.expects[0].holder
    assert document.transactions[1].legs[0].holder == f"eth:{EIP_55[3].lower()}"
    printed = print_document(document)
    assert print_document(parse(printed, spelling=SPELLING)) == printed


GOOD_EVM, BAD_EVM = EIP_55[2], EIP_55[2].replace("aA", "AA")
GOOD_KEY, BAD_KEY = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"


@pytest.mark.parametrize(
    ("before", "right", "wrong"),
    [
        ("  ", f"btc:{GOOD_KEY}", f"btc:{BAD_KEY}"),
        ("holder thief ", "btc:bc1qw508d6qejx", "btc:bc1qw508d6qejy"),
        ("stop holder ", f"eth:{GOOD_EVM}", f"eth:{BAD_EVM}"),
        ('by "A court" (court): ', f"eth:{GOOD_EVM}", f"eth:{BAD_EVM}"),
        ("expect trace fifo all: rests ", "btc:BC1QW5", "btc:BC1QX5"),
    ],
)
def test_a_mistyped_address_in_the_notation_names_its_place(
    before: str, right: str, wrong: str
) -> None:
    assert before + right in LEDGER
    text = LEDGER.replace(before + right, before + wrong)
    place = text.index(before + wrong) + len(before)
    with pytest.raises(EarmarkError) as caught:
        parse(text, "case.ledger", spelling=SPELLING)
    error = caught.value
    assert (error.file, error.line) == ("case.ledger", text.count("\n", 0, place) + 1)
    assert error.column == place - text.rfind("\n", 0, place)
    assert "mistyped" in error.problem
    assert error.expected == "an address exactly as it was copied"


def test_a_mistyped_address_is_told_which_declared_holder_it_resembles() -> None:
    text = LEDGER.replace("-> thief", "-> btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")
    with pytest.raises(EarmarkError) as caught:
        parse(text, spelling=SPELLING)
    assert caught.value.near_miss == "btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return a case whose ledger is written with addresses."""
    return open_case(hand_written(tmp_path_factory.mktemp("names"), 'title = "T"\n', LEDGER))


def test_a_question_is_asked_with_an_address(case: Case) -> None:
    ledger = case.ledger
    script = f"btc:{ADDRESSES['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4']}"
    for text in ("thief", script, "btc:BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"):
        assert known_holder(ledger, text) == script
    assert namer(ledger)(script) == "btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    for wrong in (
        "btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3",
    ):
        with pytest.raises(EarmarkError) as caught:
            known_holder(ledger, wrong)
        assert caught.value.near_miss == "btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    with pytest.raises(EarmarkError) as caught:
        known_holder(ledger, f"eth:{EIP_55[2][:-2]}ea")
    assert caught.value.near_miss == f"eth:{EIP_55[2]}"


def test_the_network_of_an_address_is_that_of_what_its_holder_has(tmp_path: Path) -> None:
    text = """commodity BTC exponent 8
commodity tBTC exponent 8

2024-01-01T00:00:00Z payment recorded
  btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 -> btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa  1 BTC

2024-01-02T00:00:00Z payment recorded
  btc:mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn -> btc:tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7  1 tBTC
"""
    ledger = open_case(hand_written(tmp_path, 'title = "T"\n', text)).ledger
    name = namer(ledger)
    written = {name(one) for one in ledger.holder_names if one != "opening:issued"}
    assert written == {word for word in text.split() if word.startswith("btc:")}
    (tmp_path / "alone").mkdir()
    only_test = "commodity tBTC exponent 8\n\n" + text[text.index("2024-01-02") :]
    alone = open_case(hand_written(tmp_path / "alone", 'title = "T"\n', only_test)).ledger
    stranger = canonical_holder("btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
    assert namer(alone)(stranger).startswith(("btc:m", "btc:n"))


STOP = 'title = "T"\n\n[[stop]]\nlabel = "first"\nholder = "thief"\n\n[[stop]]\nlabel = "second"\n'


def test_a_stop_in_the_settings_is_an_address_and_a_mistyped_one_names_its_line(
    tmp_path: Path,
) -> None:
    good = open_case(
        hand_written(
            tmp_path, STOP + f'holder = "eth:{EIP_55[3].upper().replace("X", "x")}"\n', LEDGER
        )
    )
    assert [stop.name for stop in good.terms.stops[:2]] == ["thief", f"eth:{EIP_55[3].lower()}"]
    (tmp_path / "bad").mkdir()
    address = EIP_55[3][:-1] + "8"
    bad = open_case(hand_written(tmp_path / "bad", STOP + f'holder = "eth:{address}"\n', LEDGER))
    with pytest.raises(EarmarkError) as caught:
        _ = bad.terms
    error = caught.value
    assert (error.file, error.line) == ("case.toml", 9)
    assert error.near_miss == f"eth:{EIP_55[3]}"


def test_a_claim_in_the_settings_names_a_hash_in_any_case(tmp_path: Path) -> None:
    claim = (
        f'title = "T"\n[[claim]]\nname = "c"\ncommodity = "BTC"\nat = ["btc:{TXID.upper()}#2"]\n'
    )
    case = open_case(hand_written(tmp_path, claim, LEDGER))
    ends = case.tracer.trace("fifo", "late").walk.ends
    assert sum(end.quantity for end in ends if end.colour == 0) == 200_000_000


def test_tables_fold_addresses_and_refuse_mistyped_ones() -> None:
    script = f"btc:{ADDRESSES['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa']}"
    assert fold("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "btc") == script
    assert fold("btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "") == script
    cells = [EIP_55[2], EIP_55[2].lower(), EIP_55[2][:-1] + "D", EIP_55[0], "0xAB"]
    names, odd = read_holders(pa.array(cells), "eth", "payer")
    assert [names[row].as_py() for row in (0, 1, 3, 4)] == [
        f"eth:{one.lower()}" for one in (cells[0], cells[1], cells[3], cells[4])
    ]
    assert list(odd) == [2]
    assert "mistyped" in odd[2]
    names, odd = read_holders(
        pa.array(["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"]),
        "btc",
        "payee",
    )
    assert names[0].as_py() == script
    assert list(odd) == [1]
    assert "mistyped" in odd[1]


def test_keys_of_tables_are_in_small_letters() -> None:
    keys = pa.array([f"btc:{TXID.upper()}", "", "Row A", f"eth:0x{TXID.upper()}:0"])
    assert read_keys(keys).to_pylist() == [f"btc:{TXID}", "", "Row A", f"eth:0x{TXID}:0"]


def test_an_address_may_stand_alone_where_one_chain_knows_it(tmp_path: Path) -> None:
    one, two = EIP_55[2], EIP_55[3]
    text = f"""commodity BTC exponent 8
commodity ETH exponent 18

2024-01-01T00:00:00Z payment recorded
  btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa -> btc:tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx  1 BTC

2024-01-02T00:00:00Z payment recorded
  eth:{one} -> base:{two}  1 ETH

2024-01-02T00:00:01Z payment recorded
  eth:{one} -> evm-31337:{two}  1 ETH
"""
    ledger = open_case(hand_written(tmp_path, 'title = "T"\n', text)).ledger
    for address in ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "mpXwg4jMtRhuSpVq4xS3HFHmCmWp9NyGKt"):
        assert known_holder(ledger, address) == f"btc:{next(iter(ADDRESSES.values()))}"
    witness = f"btc:{ADDRESSES['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4']}"
    assert known_holder(ledger, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx") == witness
    assert known_holder(ledger, one.lower()) == known_holder(ledger, one) == f"eth:{one.lower()}"
    with pytest.raises(EarmarkError, match="is a holder on 2 chains") as caught:
        known_holder(ledger, two)
    assert caught.value.expected == f"one of base:{two}, evm-31337:{two}"
    for wrong, near in (
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        (f"{one[:-1]}e", f"eth:{one}"),
        (EIP_55[0], ""),
    ):
        with pytest.raises(EarmarkError) as caught:
            known_holder(ledger, wrong)
        assert caught.value.near_miss == near
