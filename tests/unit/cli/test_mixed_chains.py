"""One case over two chains, SYNTHETIC throughout: Bitcoin blocks, an Ethereum node's answers, a link by hand.

The story: 30 rBTC are stolen and split; 20 of them are paid to a desk, which pays 100 ETH elsewhere for them.
There they meet 50 ETH that nobody claims, and 60 ETH are paid on for a fee of 720,000 wei (600,000 burned).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.commands import earmark
from tests.unit.sources.bitcoin.blocks import (
    PAY_A,
    PAY_B,
    PAY_C,
    START_S,
    SUBSIDY,
    Payment,
    block,
    block_hash,
    coinbase,
    framed,
)
from tests.unit.sources.evm import saved

from earmark.cases.case import open_case
from earmark.ledger.errors import EarmarkError
from earmark.report.writing import write_report
from earmark.sources.bitcoin.addresses import address_of
from earmark.sources.bitcoin.networks import COIN, REGTEST
from earmark.sources.bitcoin.scripts import holder_of
from earmark.sources.evm.addresses import checksummed

FEE = COIN // 100
ETHER = 10**18
GAS = 60_000
PARTY_A, PARTY_B = (bytes([sign]) * 33 for sign in (2, 3))
DESK_SCRIPT = b"\x51\x21" + PARTY_A + b"\x21" + PARTY_B + b"\x52\xae"
STRANGER, DESK, THIEF, ONWARD = ("0x" + letter * 40 for letter in "abcf")
THIEF_B = holder_of(PAY_B)
THIEF_ADDRESS = f"btc:{address_of(PAY_B, REGTEST)}"
RULES = ("fifo", "lifo", "pro_rata", "hallett", "oatway", "poison")

# What rests with the next holder, and with the thief, in wei: all of it worked out by hand.
# First come, first served and untraced first: of the 60 the 50 unclaimed go first, then 10; the fee after them.
# Last come and traced first: 60 of the 100. In proportion: 60 x 100 / 150 = 40, and 720,000 x 60 / 90 of the fee.
ETHER_ENDS = {
    "fifo": (10 * ETHER, 90 * ETHER - 720_000, 600_000, 120_000),
    "lifo": (60 * ETHER, 40 * ETHER - 720_000, 600_000, 120_000),
    "pro_rata": (40 * ETHER, 60 * ETHER - 480_000, 400_000, 80_000),
    "hallett": (10 * ETHER, 90 * ETHER - 720_000, 600_000, 120_000),
    "oatway": (60 * ETHER, 40 * ETHER - 720_000, 600_000, 120_000),
}


def bitcoin_blocks() -> tuple[bytes, list[Payment]]:
    """Return a file of three blocks, and the theft, the split and the payment to the desk."""
    first = coinbase(1, [(SUBSIDY, PAY_A)])
    theft = Payment([(first.txid, 0)], [(30 * COIN, PAY_B), (20 * COIN - FEE, PAY_A)])
    split = Payment([(theft.txid, 0)], [(20 * COIN, PAY_B), (10 * COIN - FEE, PAY_B)])
    paid = Payment([(split.txid, 0)], [(20 * COIN - FEE, DESK_SCRIPT)])
    blocks = [block([first], time_s=START_S + 600)]
    for height, payments in ((2, [theft]), (3, [split, paid])):
        reward = SUBSIDY + FEE * len(payments)
        whole = [coinbase(height, [(reward, PAY_C)]), *payments]
        time_s = START_S + 600 * height
        blocks.append(block(whole, previous=block_hash(blocks[-1]), time_s=time_s))
    return framed(*blocks), [theft, split, paid]


def node_answers() -> list[Any]:
    """Return an Ethereum node's answers about three blocks of one payment each, without traces."""
    found: list[Any] = [saved.exchange("eth_chainId", [], "0x1")]
    paid = ((STRANGER, THIEF, 50), (DESK, THIEF, 100), (THIEF, ONWARD, 60))
    for number, (payer, payee, ether) in enumerate(paid, 1):
        sent: dict[str, Any] = {"from": payer, "to": payee, "value": hex(ether * ETHER)}
        cost: dict[str, Any] = {"from": payer, "gasUsed": hex(GAS)}
        one = saved.transaction(number, number, **sent)
        receipt = saved.receipt(number, number, **cost)
        found += saved.block_answers(saved.block(number, one), [receipt])
    return found


def settings() -> str:
    return """title = "SYNTHETIC: two chains"
summary = "SYNTHETIC: nobody and nothing in this case exists."
[[source]]
reader = "bitcoin-blocks"
path = "sources/blk00000.dat"
network = "regtest"
[[source]]
reader = "evm-rpc"
path = "sources/node.replies.jsonl"
[[claim]]
name = "stolen"
commodity = "rBTC"
at = ["KEY#2"]
behalf = "the SYNTHETIC victim"
[[question]]
text = "How much of it is with the next holder?"
claim = "stolen"
entity = "Onward"
"""


def hand_written(paid: Payment) -> str:
    """Return what people type: addresses in any case, a hash in capitals."""
    key = paid.key.removeprefix("btc:").upper()
    return f"""holder thief {THIEF_ADDRESS.upper().replace("BTC:", "btc:")} "SYNTHETIC thief"
holder next eth:{checksummed(ONWARD)}
statement 2024-01-01 by "SYNTHETIC analyst" (ours): eth:0x{ONWARD[2:].upper()} belongs_to "Onward"

link swap reported "SYNTHETIC: the desk's own account book": btc:{key}#1 -> eth:{saved.digest("e", 2)}:value#2

expect trace fifo stolen: rests next 10 ETH
expect trace fifo stolen: rests {THIEF_ADDRESS} 9.99 rBTC
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the case, written by this test and by nobody else."""
    folder = tmp_path_factory.mktemp("mixed") / "case"
    (folder / "sources").mkdir(parents=True)
    data, (theft, _, paid) = bitcoin_blocks()
    (folder / "sources" / "blk00000.dat").write_bytes(data)
    lines = "".join(json.dumps(one) + "\n" for one in node_answers())
    (folder / "sources" / "node.replies.jsonl").write_text(lines, "utf-8")
    (folder / "case.toml").write_text(settings().replace("KEY", theft.key), "utf-8")
    (folder / "case.ledger").write_text(hand_written(paid), "utf-8")
    return folder


def test_both_chains_build_into_one_ledger(case: Path) -> None:
    built = earmark("build", case, "--json").json
    bitcoin, ethereum, typed = built["sources"]
    assert bitcoin["transactions"] == 3 + 3  # three coinbases and three payments
    assert ethereum["transactions"] == 3 * 3  # a value, a fee and a block's tips, three times
    assert typed["transactions"] == built["rejected"] == 0
    assert built["transactions"] == 15
    checked = earmark("check", case)
    assert checked.code == 0, checked.err
    assert "2 of 2 expected answers hold, 0 problems" in checked.out


def test_the_link_is_walked_under_every_rule(case: Path) -> None:
    traces = earmark("trace", case, "--json").json
    assert [one["rule"] for one in traces] == list(RULES)  # no traced holding has openings
    for one in traces[:5]:
        ends = _in_units(one)
        rests, kept, burned, fee = ETHER_ENDS[one["rule"]]
        assert ends == {
            ("rBTC", "rests", THIEF_B): 10 * COIN - FEE,
            ("rBTC", "fee", "btc:fees"): FEE,
            ("ETH", "rests", f"eth:{ONWARD}"): rests,
            ("ETH", "rests", f"eth:{THIEF}"): kept,
            ("ETH", "destroyed", "eth:burned"): burned,
            ("ETH", "fee", "eth:fees"): fee,
        }
        balance = {row["commodity"]: row for row in one["balance"]}
        assert balance["rBTC"]["claimed"] == "30"
        assert balance["rBTC"]["converted_out"] == "20"
        assert balance["ETH"]["converted_in"] == "100"
        assert {row["difference"] for row in one["balance"]} == {"0"}
    assert _in_units(traces[5])["ETH", "rests", f"eth:{ONWARD}"] == 60 * ETHER


def _in_units(trace: dict[str, Any]) -> dict[tuple[str, str, str], int]:
    units = {"rBTC": COIN, "ETH": ETHER}
    found = {}
    for end in trace["ends"]:
        whole, _, part = end["quantity"].partition(".")
        size = len(str(units[end["commodity"]])) - 1
        key = (end["commodity"], end["role"], end["holder"])
        found[key] = int(whole + part.ljust(size, "0"))
    return found


def test_people_read_and_type_addresses(case: Path) -> None:
    shown = earmark("trace", case, "--rule", "fifo").out
    assert THIEF_ADDRESS in shown
    assert f"eth:{checksummed(ONWARD)}" in shown
    assert THIEF_B not in shown
    assert ONWARD not in shown
    asked = earmark("origins", case, f"eth:0x{ONWARD[2:].upper()}").out
    assert f"eth:{checksummed(STRANGER)}" in asked or f"eth:{checksummed(THIEF)}" in asked
    shares = earmark("shares", case, THIEF_ADDRESS.upper().replace("BTC:", "btc:"))
    assert THIEF_ADDRESS in shares.out
    assert earmark("shares", case, THIEF_ADDRESS, "--json").json[0]["holder"] == THIEF_B
    mistyped = THIEF_ADDRESS[:-1] + ("q" if THIEF_ADDRESS[-1] != "q" else "p")
    refused = earmark("origins", case, mistyped)
    assert refused.code == 2
    assert "mistyped" in refused.err
    assert f"did you mean {THIEF_ADDRESS}?" in refused.err


def test_the_dossier_shows_addresses_of_both_chains_and_what_their_sources_lack(case: Path) -> None:
    write_report(open_case(case))
    page = (case / "report" / "dossier.html").read_text(encoding="utf-8")
    assert THIEF_ADDRESS.partition(":")[2] in page
    assert checksummed(THIEF) in page
    assert THIEF_B.partition(":")[2] not in page
    assert THIEF not in page
    assert "lacks: internal transfers" in page
    assert "blocks of Bitcoin" in page
    assert "saved replies of an EVM node" in page
    assert "SYNTHETIC" in page
    rows = (case / "report" / "tables" / "ends.csv").read_text(encoding="utf-8")
    assert THIEF_B in rows
    assert THIEF_ADDRESS in rows
    assert earmark("verify", case).code == 0


def test_bitcoin_inputs_that_nothing_resolves_are_told_on_the_first_page(tmp_path: Path) -> None:
    """Without its first block the theft's input is unknown: 50 rBTC at least, and its fee with them."""
    data, (theft, split, _) = bitcoin_blocks()
    folder = tmp_path / "case"
    (folder / "sources").mkdir(parents=True)
    start = 8 + int.from_bytes(data[4:8], "little")
    (folder / "sources" / "blk00000.dat").write_bytes(data[start:])
    text = settings().replace("KEY", theft.key).partition("[[question]]")[0]
    first, _, second = text.partition('[[source]]\nreader = "evm-rpc"')
    claim = second[second.index("[[claim]]") :]
    (folder / "case.toml").write_text(first + claim, "utf-8")
    write_report(open_case(folder))
    write_report(open_case(folder), lang="ar")
    page = (folder / "report" / "dossier.html").read_text(encoding="utf-8")
    front = page[: page.index('id="said"')]
    assert "1 of 3 inputs spends an output that is not in these data" in front
    assert "49.99\u00a0rBTC" in front
    assert "The fee of 1 of 3 payments is therefore unknown." in front
    assert "therefore" not in (folder / "report" / "dossier.ar.html").read_text(encoding="utf-8")
    assert split.key not in front


def test_a_link_to_a_leg_that_is_not_there_is_named(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    (folder / "sources").mkdir(parents=True)
    for path in ("case.toml", "sources/blk00000.dat", "sources/node.replies.jsonl"):
        (folder / path).write_bytes((case / path).read_bytes())
    text = (case / "case.ledger").read_text(encoding="utf-8")
    (folder / "case.ledger").write_text(text.replace(":value#2", ":walue#2"), "utf-8")
    with pytest.raises(EarmarkError) as caught:
        open_case(folder)
    assert caught.value.near_miss == f"eth:{saved.digest('e', 2)}:value"
