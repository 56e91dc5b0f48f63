"""Saved replies of a node: other answers, failures, retries, old fields, and what was altered."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.sources.bitcoin.blocks import block_hash
from tests.unit.sources.bitcoin_formats.formats import Record, as_json, exchange
from tests.unit.sources.bitcoin_formats.told import PLAIN, RAW, TOLD, indexed, read

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin import json_values
from earmark.sources.bitcoin.block import read_block
from earmark.sources.bitcoin.stores import Damage, Ignored

HASH = PLAIN[0]["hash"]
GOOD = as_json(PLAIN[0])
NAMES = as_json({**PLAIN[0], "tx": [one["txid"] for one in PLAIN[0]["tx"]]})


def replies(folder: Path, *lines: str, end: str = "\n") -> None:
    (folder / "a.replies.jsonl").write_text("\n".join(lines) + end)


def altered(change: Callable[[Record], object], block: int = 2) -> str:
    found = copy.deepcopy(TOLD[block])
    change(found)
    return as_json(found)


@pytest.mark.parametrize(
    ("name", "text", "locator"),
    [
        ("bare.json", GOOD, "/tx/0"),
        ("pretty.json", "\ufeff" + GOOD.replace(",", ",\n  "), "/tx/0"),
        ("reply.json", f'{{"jsonrpc":"2.0","result":{GOOD},"id":1}}', "/result/tx/0"),
        ("batch.json", f'[{{"result":7,"error":null}},{{"result":{GOOD}}}]', "/1/result/tx/0"),
        ("lines.jsonl", f'{{"result":7}}\n{{"result":{GOOD}}}\n', "line 2 /result/tx/0"),
        ("bare.jsonl", f"{GOOD}\n", "line 1 /tx/0"),
        ("raw.hex", RAW[0].hex() + "\n", None),
        ("raw.json", f'{{"result":"{RAW[0].hex()}"}}', None),
    ],
)
def test_what_people_save(tmp_path: Path, name: str, text: str, locator: str | None) -> None:
    (tmp_path / name).write_text(text)
    blocks, damages, _, _ = read(tmp_path, "bitcoin-rpc")
    assert damages == []
    assert [one.header.block_hash for one in blocks] == [block_hash(RAW[0])]
    assert blocks[0].locators == (None if locator is None else [locator])


def test_a_raw_block_is_found_by_its_bytes(tmp_path: Path) -> None:
    replies(tmp_path, exchange("getblock", [HASH, 0], f'"{RAW[0].hex()}"'))
    blocks, _, _, _ = read(tmp_path, "bitcoin-rpc")
    assert (blocks[0].prefix, blocks[0].offset) == ("line 1 /result ", 0)
    assert blocks[0].transactions == read_block(RAW[0]).transactions


def test_other_answers_are_ignored_with_the_reason(tmp_path: Path) -> None:
    replies(
        tmp_path,
        exchange("getblockcount", [], "3"),
        exchange("getblockhash", [1], f'"{HASH}"'),
        exchange("getblockhash", [2], f'"{HASH}"'),
        exchange("getblockchaininfo", [], '{"chain":"regtest","blocks":3}'),
        exchange("getrawtransaction", ["00"], f'"{RAW[0].hex()}"'),
        exchange("getblock", [HASH, 1], NAMES),
        exchange("x" * 1000, [], "{}"),
    )
    rows = indexed(tmp_path, "bitcoin-rpc")
    assert [one.reason for one in rows if isinstance(one, Ignored)] == [
        "replies that hold no block (getblockcount)",
        "replies that hold no block (getblockhash)",
        "replies that hold no block (getblockhash)",
        "replies that hold no block (getblockchaininfo)",
        "replies that hold no block (getrawtransaction)",
        "blocks with the names of their transactions only (getblock with verbosity 1)",
        "replies that hold no block",
    ]
    assert len(rows) == 7


FAILURES = {
    "the server answered with status 503": exchange("getblock", [HASH, 2], "", status=503),
    "web page": exchange("getblock", [HASH, 2], "<html>busy", result=False),
    "is empty": exchange("getblock", [HASH, 2], "", result=False),
    "not JSON": exchange("getblock", [HASH, 2], GOOD[:500], result=False),
    "answered an error": exchange(
        "getblock", [HASH, 2], '{"result":null,"error":{"code":-5,"message":"no"}}', result=False
    ),
    "answered nothing": exchange("getblock", [HASH, 2], "null"),
    "an empty list": exchange("getblock", [HASH, 2], "[]", result=False),
    "no block, nor another answer": exchange("getblock", [HASH, 2], '{"foo":1}'),
    "is another block than": exchange("getblock", [PLAIN[1]["hash"], 2], GOOD),
}


@pytest.mark.parametrize("reason", FAILURES)
def test_a_failure_is_rejected_with_its_reason(tmp_path: Path, reason: str) -> None:
    replies(tmp_path, FAILURES[reason])
    blocks, damages, ignored, _ = read(tmp_path, "bitcoin-rpc")
    assert (blocks, ignored) == ([], 0)
    assert len(damages) == 1
    assert damages[0].locator.startswith("line 1")
    assert reason in damages[0].reason


@pytest.mark.parametrize("reason", list(FAILURES)[:8])
def test_a_failure_that_was_mended_is_ignored(tmp_path: Path, reason: str) -> None:
    good = exchange("getblock", [HASH, 2], GOOD)
    replies(tmp_path, FAILURES[reason], FAILURES[reason], good)
    blocks, damages, ignored, _ = read(tmp_path, "bitcoin-rpc")
    assert (len(blocks), damages, ignored) == (1, [], 2)


def test_a_failure_after_the_answer_stays_rejected(tmp_path: Path) -> None:
    replies(tmp_path, exchange("getblock", [HASH, 2], GOOD), FAILURES["is empty"])
    blocks, damages, ignored, _ = read(tmp_path, "bitcoin-rpc")
    assert (len(blocks), len(damages), ignored) == (1, 1, 0)


def test_half_a_line_is_rejected(tmp_path: Path) -> None:
    whole = exchange("getblock", [HASH, 2], GOOD)
    replies(tmp_path, whole, whole[:300], end="")
    blocks, damages, _, _ = read(tmp_path, "bitcoin-rpc")
    assert len(blocks) == 1
    assert damages == [Damage("line 2", "the last line is cut off", damages[0].text)]


def change_value(found: Record) -> None:
    found["tx"][1]["vout"][0]["value"] *= 2


def swap(found: Record) -> None:
    found["tx"].reverse()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (change_value, "transaction 1: the fields of transaction .* something was altered"),
        (swap, "do not hash to the Merkle root"),
        (lambda found: found["tx"].pop(), "holds 2 transactions, 1 are here"),
        (lambda found: found.update(nonce=found["nonce"] ^ 1), "the header of block .* altered"),
        (lambda found: found.update(time=found["time"] + 1), "the header of block .* altered"),
        (lambda found: found["tx"][1].update(hex="00"), "hex is cut off"),
        (lambda found: found["tx"][1].update(hex=found["tx"][0]["hex"]), "hex is another"),
        (lambda found: found["tx"][1].pop("vin"), "transaction 1: vin is no list"),
        (lambda found: found["tx"][1]["vout"][0].update(n=5), "output 0 is numbered 5"),
        (lambda found: found["tx"][1]["vin"][0]["prevout"].update(value=0), "pay more than"),
        (lambda found: found["tx"][1]["vin"][0].update(txid="zz"), "txid is not hexadecimal"),
        (lambda found: found["tx"].__setitem__(1, 7), "transaction 1: it is no JSON object"),
    ],
)
def test_what_was_altered_is_rejected(
    tmp_path: Path, change: Callable[[Record], object], reason: str
) -> None:
    replies(tmp_path, exchange("getblock", [TOLD[2]["hash"], 3], altered(change)))
    blocks, damages, _, _ = read(tmp_path, "bitcoin-rpc")
    assert blocks == []
    with pytest.raises(ValueError, match=reason):
        raise ValueError(damages[0].reason)


def old_node(found: Record) -> None:
    """Write a block as nodes did before SegWit and before ``address``."""
    for name in ("versionHex", "nTx", "mediantime"):
        del found[name]
    for one in found["tx"]:
        for name in ("hash", "vsize", "weight", "hex", "fee"):
            one.pop(name, None)
        for output in one["vout"]:
            output["scriptPubKey"] |= {
                "reqSigs": 1,
                "addresses": ["1BoatSLRHtKNngkdXEeobR76b53LETtpyU"],
            }


def unsigned(found: Record) -> None:
    """Write versions as nodes do since 28."""
    found["version"] &= 0xFFFFFFFF
    for one in found["tx"]:
        one["version"] &= 0xFFFFFFFF


@pytest.mark.parametrize("change", [old_node, unsigned])
def test_other_versions_of_the_node_say_the_same(
    tmp_path: Path, change: Callable[[Record], object]
) -> None:
    replies(tmp_path, exchange("getblock", [TOLD[2]["hash"], 3], altered(change)))
    blocks, damages, _, warnings = read(tmp_path, "bitcoin-rpc")
    assert (damages, warnings) == ([], [])
    assert blocks[0].header == read_block(RAW[2]).header


def test_bcoin_leaves_out_the_nonce(tmp_path: Path) -> None:
    def change(found: Record) -> None:
        del found["nonce"]
        found["bits"] = int(found["bits"], 16)
        found["coinbase"] = found["tx"][0]["vin"][0]["coinbase"]

    replies(tmp_path, exchange("getblock", [TOLD[2]["hash"], True, True], altered(change)))
    blocks, damages, _, warnings = read(tmp_path, "bitcoin-rpc")
    assert damages == []
    assert blocks[0].header == read_block(RAW[2]).header
    said = "a header cannot be proved by its hash, because fields of it are missing"
    assert warnings == [f"{said}: 1 times, first in block {TOLD[2]['hash']}"]


def test_unknown_fields_and_wrong_fees_are_told(tmp_path: Path) -> None:
    def change(found: Record) -> None:
        found["auxpow"] = {}
        for one in found["tx"]:
            one["colour"] = "blue"
        found["tx"][1]["fee"] *= 3

    replies(tmp_path, exchange("getblock", [TOLD[2]["hash"], 3], altered(change)))
    _, damages, _, warnings = read(tmp_path, "bitcoin-rpc")
    assert damages == []
    said = "a stated fee is not what inputs and outputs say; the latter counts"
    assert warnings == [
        f"{said}: 1 times, first in transaction {TOLD[2]['tx'][1]['txid']}",
        "fields that are not known, and not read: 'block.auxpow' (1), 'tx.colour' (2)",
    ]


def test_a_file_that_is_too_large_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("earmark.sources.bitcoin.answers.LINE_MAX_BYTES", 100)
    (tmp_path / "large.json").write_text(GOOD)
    with pytest.raises(EarmarkError, match=r"large.json: the file has more than 100 bytes"):
        indexed(tmp_path, "bitcoin-rpc")


@pytest.mark.parametrize("body", ["[{}]", '{{"a":[{}]}}'])
def test_a_reply_of_too_many_values_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setattr(json_values, "VALUES_MAX", 600_000)
    (tmp_path / "many.json").write_text(body.format("1," * 600_000 + "1"))
    blocks, damages, _, _ = read(tmp_path, "bitcoin-rpc")
    assert blocks == []
    assert [(one.locator, one.reason) for one in damages] == [
        ("the whole file", "the JSON holds more than 600000 values")
    ]


def test_every_byte_of_a_reply_may_be_wrong(tmp_path: Path) -> None:
    """No reply ends the reading; one that is still read says what the block says."""
    line = exchange("getblock", [TOLD[2]["hash"], 3], as_json(TOLD[2])).encode()
    expected = read_block(RAW[2])
    for place in range(0, len(line), 7):
        for value in (0x00, 0x22, 0x39, 0xFF):
            broken = line[:place] + bytes([value]) + line[place + 1 :]
            (tmp_path / "a.replies.jsonl").write_bytes(broken + b"\n")
            blocks, _, _, _ = read(tmp_path, "bitcoin-rpc")
            for one in blocks:
                assert [tx.outputs for tx in one.transactions] == [
                    tx.outputs for tx in expected.transactions
                ]


def test_json_of_this_test_is_json() -> None:
    assert json.loads(GOOD)["hash"] == HASH
