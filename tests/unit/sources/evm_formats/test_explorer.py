"""What an explorer lists of an address: CSV exports of the site and answers of the API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.sources.evm_formats import explorer, world
from tests.unit.sources.evm_formats.explorer import exchange, reply
from tests.unit.sources.evm_formats.test_same_history import EXPECTED, at, pay
from tests.unit.sources.evm_formats.world import (
    ANN,
    BOB,
    CAT,
    COIN,
    ETHER,
    ITEM,
    PRICE,
    ROUTER,
    ledger,
)

from earmark.ledger.errors import EarmarkError
from earmark.ledger.values import Commodity

USDT = Commodity("USDT", 6, "Tether", f"eip155:1/erc20:{COIN}")
OUT, IN = 0, 1
ERC20_KEY = at(1, f"etherscan-erc20:{COIN}:{ANN}:{BOB}:0")
ITEM_KEY = at(3, f"etherscan-erc721:{ITEM}:7:{ANN}:{BOB}:0")
CALL_KEY = at(3, f"etherscan-internal:{ROUTER}:{CAT}:0")


def fee(payer: str, gas: int) -> tuple[str, tuple[world.Leg, ...]]:
    return "fee", pay(payer, "fees", gas * PRICE)


VALUES = {key: EXPECTED[key] for key in (at(0, "value"), at(3, "value"), at(4, "value"))}
FEES = {
    at(number, "fee"): fee(ANN, gas)
    for number, gas in enumerate((21_000, 50_000, 30_000, 90_000, 45_000))
}
NATIVE = VALUES | FEES


def exports(folder: Path) -> list[str]:
    return [
        explorer.write(folder, "native.csv", explorer.NATIVE, explorer.native(ANN)),
        explorer.write(folder, "internal.csv", explorer.INTERNAL, explorer.internal()),
        explorer.write(folder, "erc20.csv", explorer.ERC20, explorer.erc20()),
        explorer.write(folder, "erc721.csv", explorer.ERC721, explorer.erc721()),
    ]


def test_four_exports_are_told_by_their_headers(tmp_path: Path) -> None:
    draft = world.read(tmp_path, "etherscan", exports(tmp_path), (USDT,))
    assert ledger(draft) == NATIVE | {
        ERC20_KEY: ("payment", pay(ANN, BOB, 1_000_000, "USDT")),
        ITEM_KEY: ("payment", pay(ANN, BOB, 1, f"eth/{ITEM}/7")),
        CALL_KEY: ("payment", pay(ROUTER, CAT, ETHER)),
    }
    order = list(ledger(draft))
    assert order[:2] == [at(0, "value"), at(0, "fee")]
    assert order[-2:] == [at(4, "value"), at(4, "fee")]
    assert world.kinds(draft) == ["failed", "zero_value"]
    assert draft.rejected.num_rows == 0
    assert not any("unknown columns" in one for one in draft.warnings)


def test_values_and_keys_are_those_of_the_chain_itself(tmp_path: Path) -> None:
    names = [explorer.write(tmp_path, "native.csv", explorer.NATIVE, explorer.native(ANN))]
    found = ledger(world.read(tmp_path, "etherscan", names))
    assert {key: one for key, one in found.items() if key.endswith(":value")} == VALUES


def test_older_spellings_and_a_spare_comma(tmp_path: Path) -> None:
    header = [
        {"Transaction Hash": "Txhash", "DateTime (UTC)": "DateTime"}.get(one, one)
        for one in explorer.NATIVE
    ]
    rows = explorer.native(ANN)
    names = [explorer.write(tmp_path, "native.csv", header, rows, spare_comma=True)]
    assert ledger(world.read(tmp_path, "etherscan", names)) == NATIVE


def test_newest_first_is_turned_round(tmp_path: Path) -> None:
    names = [explorer.write(tmp_path, "native.csv", explorer.NATIVE, explorer.native(ANN)[::-1])]
    draft = world.read(tmp_path, "etherscan", names)
    assert list(ledger(draft)) == list(
        ledger(world.read(tmp_path, "etherscan", [
            explorer.write(tmp_path, "other.csv", explorer.NATIVE, explorer.native(ANN))
        ]))
    )  # fmt: skip


def test_the_exports_of_both_parties_are_one_transaction(tmp_path: Path) -> None:
    names = [
        explorer.write(tmp_path, f"{owner}.csv", explorer.NATIVE, explorer.native(owner))
        for owner in (ANN, BOB)
    ]
    names += [
        explorer.write(tmp_path, f"{number}.csv", explorer.ERC20, explorer.erc20())
        for number in (1, 2)
    ]
    draft = world.read(tmp_path, "etherscan", names, (USDT,))
    found = ledger(draft)
    assert found[at(0, "value")] == EXPECTED[at(0, "value")]
    assert found[at(5, "value")] == EXPECTED[at(5, "value")]
    assert [key for key in found if "erc20" in key] == [ERC20_KEY]
    assert "3 ignored: rows that another list or page tells too" in draft.warnings


def test_without_decimals_amounts_stay_as_displayed_and_say_so(tmp_path: Path) -> None:
    names = [explorer.write(tmp_path, "erc20.csv", explorer.ERC20, explorer.erc20("1,234.567891"))]
    draft = world.read(tmp_path, "etherscan", names)
    commodity = draft.commodities[0]
    assert (commodity.symbol, commodity.exponent) == (f"eth/{COIN}/display", 18)
    assert commodity.identity == f"eip155:1/erc20:{COIN}/display"
    quantity = 1_234_567_891 * 10**12
    assert ledger(draft)[ERC20_KEY] == ("payment", pay(ANN, BOB, quantity, commodity.symbol))
    assert any("declare a [[commodity]]" in one and COIN in one for one in draft.warnings)
    declared = world.read(tmp_path, "etherscan", names, (USDT,))
    assert ledger(declared)[ERC20_KEY] == ("payment", pay(ANN, BOB, 1_234_567_891, "USDT"))


def test_more_decimals_than_the_token_has_are_refused(tmp_path: Path) -> None:
    names = [explorer.write(tmp_path, "erc20.csv", explorer.ERC20, explorer.erc20("1.2345678"))]
    draft = world.read(tmp_path, "etherscan", names, (USDT,))
    assert world.reasons(draft) == ["TokenValue: '1.2345678' has more than 6 decimals"]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        (0, "1.2E+30", "as spreadsheets leave numbers"),
        (0, "0x12", "not 0x and 64 hexadecimal digits"),
        (2, "1.69E+09", "as spreadsheets leave numbers"),
        (4, "", "From is empty"),
        (8, "-1", "is negative"),
        (8, "1.5E-05", "as spreadsheets leave numbers"),
        (8, "0.1234567890123456789", "more than 18 decimals"),
        (7, "3", "which of them moved"),
        (13, "???", "is not empty or Error"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_alone(
    tmp_path: Path, column: int, cell: str, reason: str
) -> None:
    rows = explorer.native(ANN)
    rows[0][column] = cell
    names = [explorer.write(tmp_path, "native.csv", explorer.NATIVE, rows)]
    draft = world.read(tmp_path, "etherscan", names)
    assert draft.rejected.num_rows == 1
    assert reason in world.reasons(draft)[0]
    assert draft.rejected.column("locator").to_pylist() == ["line 2"]
    assert at(3, "value") in ledger(draft)


def test_the_coin_in_the_header_must_be_of_the_chain(tmp_path: Path) -> None:
    header = [one.replace("ETH)", "BNB)") for one in explorer.NATIVE]
    names = [explorer.write(tmp_path, "native.csv", header, explorer.native(ANN))]
    assert all(key.startswith("bsc:") for key in ledger(world.read(tmp_path, "etherscan", names)))
    with pytest.raises(EarmarkError, match="amounts are in BNB, and this source is of chain 1"):
        world.read(tmp_path, "etherscan", names, chain=1)


def test_another_header_is_refused_with_a_near_miss(tmp_path: Path) -> None:
    header = [one.replace("UnixTimestamp", "UnixTimestmp") for one in explorer.NATIVE]
    names = [explorer.write(tmp_path, "native.csv", header, explorer.native(ANN))]
    with pytest.raises(
        EarmarkError, match=r"native, but UnixTimestamp is missing.*did you mean UnixTimestmp"
    ):
        world.read(tmp_path, "etherscan", names)
    (tmp_path / "page.csv").write_text("<!DOCTYPE html>\n<html>\n", encoding="utf-8")
    with pytest.raises(EarmarkError, match="a web page"):
        world.read(tmp_path, "etherscan", ["page.csv"])


def test_the_api_agrees_with_the_exports(tmp_path: Path) -> None:
    internal = {
        "blockNumber": str(world.FIRST), "timeStamp": str(world.TIME), "hash": world.tx_hash(3),
        "from": ROUTER, "to": CAT, "value": str(ETHER), "contractAddress": "", "input": "", "type": "call",
        "gas": "2300", "gasUsed": "0", "traceId": "0_1", "isError": "0", "errCode": "",
    }  # fmt: skip
    item = explorer.tokentx(contractAddress=ITEM, hash=world.tx_hash(3), tokenID="7")[0]
    del item["value"]
    files = {
        "txlist.json": explorer.txlist(ANN),
        "internal.json": [internal],
        "tokentx.json": explorer.tokentx(),
        "nft.json": [item],
    }
    for name, rows in files.items():
        (tmp_path / name).write_text(json.dumps(reply(rows)), encoding="utf-8")
    draft = world.read(tmp_path, "etherscan", list(files))
    csv = world.read(tmp_path, "etherscan", exports(tmp_path), (USDT,))
    found, other = ledger(draft), ledger(csv)
    assert found.keys() == other.keys()
    assert found[ERC20_KEY] == ("payment", pay(ANN, BOB, 1_000_000, f"eth/{COIN}"))
    assert {one.symbol: one.exponent for one in draft.commodities}[f"eth/{COIN}"] == 6
    assert draft.rejected.num_rows == 0
    both = world.read(tmp_path, "etherscan", [*files, *exports(tmp_path)])
    assert ledger(both) == found


def test_a_log_index_is_the_log_itself(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        json.dumps(reply(explorer.tokentx(logIndex="0"))), encoding="utf-8"
    )
    assert list(ledger(world.read(tmp_path, "etherscan", ["a.json"]))) == [at(1, "log:0")]


def test_saved_replies_failures_and_pages(tmp_path: Path) -> None:
    ask = {"action": "txlist", "address": ANN, "offset": "3", "chainid": "1"}
    rows = explorer.txlist(ANN)
    limited = reply("Max rate limit reached", "0", "NOTOK")
    nothing = reply([], "0", "No transactions found")
    lines = [
        exchange(ask | {"page": "1"}, limited),
        exchange(ask | {"page": "1"}, reply(rows[:3])),
        exchange(ask | {"page": "2"}, reply(rows[3:])),
        exchange({"action": "tokentx", "address": ANN}, nothing),
        exchange({"action": "txlistinternal", "address": ANN}, "<html>down</html>", 502),
        exchange({"action": "tokennfttx", "address": ANN, "chainid": "56"}, reply([])),
    ]
    (tmp_path / "ann.replies.jsonl").write_text("".join(lines) + lines[0][:40], encoding="utf-8")
    draft = world.read(tmp_path, "etherscan", ["ann.replies.jsonl"])
    assert ledger(draft) == NATIVE
    assert dict(zip(
        draft.rejected.column("locator").to_pylist(), world.reasons(draft), strict=True
    )) == {
        "line 5": "the server answered with status 502",
        "line 6": "an answer about chain 56, and this source is of chain 1",
        "line 7": "the last line is cut off",
    }  # fmt: skip
    assert "1 ignored: failed answers that a later one made good" in draft.warnings
    assert "1 ignored: answers that nothing was found" in draft.warnings
    locators = draft.transactions.column("locator").to_pylist()
    assert locators[0] == "line 2 /result/0"


def test_equal_transfers_of_one_transaction_are_two_over_pages_too(tmp_path: Path) -> None:
    ask = {"action": "tokentx", "address": ANN}
    row = explorer.tokentx()
    lines = [exchange(ask | {"page": page}, reply(row)) for page in ("1", "2")]
    again = exchange(ask | {"page": "1"}, reply(row))
    (tmp_path / "a.replies.jsonl").write_text("".join([*lines, again]), encoding="utf-8")
    draft = world.read(tmp_path, "etherscan", ["a.replies.jsonl"])
    assert list(ledger(draft)) == [ERC20_KEY, ERC20_KEY[:-1] + "1"]
    assert draft.ignored == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>busy</body></html>", "a web page"),
        (b'{"status":"1","message":"OK","result":[{"blockN', "not an answer of the API"),
        (
            b'{"status":"0","message":"NOTOK","result":"Invalid API Key"}',
            "refused: NOTOK Invalid API Key",
        ),
        (b"[" * 100_000, "not an answer of the API"),
        (b'[{"value":1.5}]', "not a row of a list"),
        (b'[{"value":"1","hash":"\xff"}]', "not a row of a list"),
        (b'[{"hash":"0x12","value":"1","type":"call"}]', "hash"),
    ],
)
def test_a_broken_answer_is_rejected(tmp_path: Path, body: bytes, reason: str) -> None:
    (tmp_path / "a.json").write_bytes(body)
    draft = world.read(tmp_path, "etherscan", ["a.json"])
    assert draft.rows == draft.rejected.num_rows == 1
    assert reason in world.reasons(draft)[0]


def test_items_of_several_are_observed(tmp_path: Path) -> None:
    rows = explorer.erc721()
    rows[0][-1] = "ERC-1155"
    names = [explorer.write(tmp_path, "nft.csv", explorer.ERC721, rows)]
    assert world.kinds(world.read(tmp_path, "etherscan", names)) == ["erc1155_transfer"]


def test_an_export_that_the_site_cut_off_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("earmark.sources.evm.etherscan.SITE_ROWS_MAX", 5)
    names = [explorer.write(tmp_path, "native.csv", explorer.NATIVE, explorer.native(ANN))]
    draft = world.read(tmp_path, "etherscan", names)
    assert any("exactly 5 rows" in one for one in draft.warnings)


def test_an_older_list_of_both_kinds_of_tokens(tmp_path: Path) -> None:
    item = explorer.tokentx(contractAddress=ITEM, hash=world.tx_hash(3), tokenID="7")[0]
    del item["value"]
    line = exchange({"action": "tokentx", "address": ANN}, reply([*explorer.tokentx(), item]))
    (tmp_path / "a.replies.jsonl").write_text(line, encoding="utf-8")
    assert set(ledger(world.read(tmp_path, "etherscan", ["a.replies.jsonl"]))) == {
        ERC20_KEY,
        ITEM_KEY,
    }
