"""One history, written by every format, is one ledger: the same keys and legs, up to what a format lacks."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.sources.evm_formats import world
from tests.unit.sources.evm_formats.world import (
    ANN,
    BASE,
    BOB,
    CAT,
    COIN,
    DAN,
    ETHER,
    FIRST,
    ITEM,
    MADE,
    MINER,
    PAID,
    PRICE,
    ROUTER,
    WETH,
    ledger,
    tx_hash,
)

OUT, IN = 0, 1


def pay(payer: str, payee: str, quantity: int, symbol: str = "ETH") -> tuple[world.Leg, ...]:
    return ((OUT, f"eth:{payer}", symbol, quantity), (IN, f"eth:{payee}", symbol, quantity))


def fee(payer: str, gas: int) -> tuple[str, tuple[world.Leg, ...]]:
    burned, tip = gas * BASE, gas * (PRICE - BASE)
    return "fee", (
        (OUT, f"eth:{payer}", "ETH", burned + tip),
        (IN, "eth:burned", "ETH", burned),
        (IN, "eth:fees", "ETH", tip),
    )


def tips(gas: int) -> tuple[str, tuple[world.Leg, ...]]:
    return "fee", pay("fees", MINER, gas * (PRICE - BASE))


def at(number: int, what: str) -> str:
    return f"eth:{tx_hash(number)}:{what}"


# By hand, from the story that the module world tells.
EXPECTED = {
    at(0, "value"): ("payment", pay(ANN, BOB, PAID)),
    at(0, "fee"): fee(ANN, 21_000),
    at(1, "log:0"): ("payment", pay(ANN, BOB, 1_000_000, f"eth/{COIN}")),
    at(1, "fee"): fee(ANN, 50_000),
    at(2, "fee"): fee(ANN, 30_000),
    at(3, "value"): ("payment", pay(ANN, ROUTER, 3 * ETHER)),
    at(3, "call:0"): ("payment", pay(ROUTER, CAT, ETHER)),
    at(3, "call:3"): ("payment", pay(ROUTER, DAN, 2 * ETHER)),
    at(3, "log:2"): ("payment", pay(ANN, BOB, 1, f"eth/{ITEM}/7")),
    at(3, "fee"): fee(ANN, 90_000),
    f"eth:block:{FIRST}:tips": tips(191_000),
    at(4, "value"): ("payment", pay(ANN, WETH, ETHER)),
    at(4, "log:0"): ("conversion", pay("issued", ANN, ETHER, f"eth/{WETH}")),
    at(4, "fee"): fee(ANN, 45_000),
    at(5, "value"): ("payment", pay(BOB, MADE, 5)),
    at(5, "fee"): fee(BOB, 60_000),
    f"eth:block:{FIRST + 1}:tips": tips(105_000),
    "eth:withdrawal:77": ("issuance", pay("issued", DAN, 32 * 10**9)),
}
CALLS = {at(3, "call:0"), at(3, "call:3")}
BLOCK_THINGS = {f"eth:block:{FIRST}:tips", f"eth:block:{FIRST + 1}:tips", "eth:withdrawal:77"}


def test_ethereum_etl_tells_all_of_it(tmp_path: Path) -> None:
    names = world.write_csv(tmp_path, world.named(world.etl(), ".csv"))
    draft = world.read(tmp_path, "ethereum-etl", names)
    assert ledger(draft) == EXPECTED
    assert list(ledger(draft)) == list(EXPECTED)
    assert world.kinds(draft) == ["failed", "zero_value"]
    assert draft.lacks == ()
    assert [one.name for one in draft.links] == [f"wrap:{at(4, 'log:0')}"]
    assert draft.rejected.num_rows == 0


def test_packed_files_and_their_order_change_nothing(tmp_path: Path) -> None:
    tables = dict(reversed(world.etl().items()))
    names = world.write_csv(tmp_path, world.named(tables, ".csv.gz"))
    assert list(ledger(world.read(tmp_path, "ethereum-etl", names)).items()) == list(
        EXPECTED.items()
    )


def test_without_traces_the_calls_inside_are_lacking(tmp_path: Path) -> None:
    tables = world.etl()
    del tables["traces"]
    draft = world.read(
        tmp_path, "ethereum-etl", world.write_csv(tmp_path, world.named(tables, ".csv"))
    )
    assert ledger(draft) == {key: one for key, one in EXPECTED.items() if key not in CALLS}
    assert draft.lacks == ("internal transfers",)
    assert any("5 transactions without traces" in one for one in draft.warnings)


def test_traces_of_geth_find_their_transaction_by_its_place(tmp_path: Path) -> None:
    tables = world.etl()
    for row in tables["traces"]:
        row["transaction_hash"] = None
    names = world.write_csv(tmp_path, world.named(tables, ".csv"))
    assert ledger(world.read(tmp_path, "ethereum-etl", names)) == EXPECTED


def test_token_transfers_need_to_know_which_contracts_hold_items(tmp_path: Path) -> None:
    tables = world.etl()
    del tables["logs"]
    tables["token_transfers"] = world.token_transfers()
    names = world.write_csv(tmp_path, world.named(tables, ".csv"))
    unsure = world.read(tmp_path, "ethereum-etl", names)
    assert world.kinds(unsure) == [
        "ambiguous_transfer",
        "ambiguous_transfer",
        "failed",
        "zero_value",
    ]
    assert any("2 token transfers that may be" in one for one in unsure.warnings)
    names += world.write_csv(tmp_path, {"contracts.csv": world.contracts()})
    sure = world.read(tmp_path, "ethereum-etl", names)
    wrap = at(4, "log:0")  # a Deposit is no Transfer
    assert ledger(sure) == {key: one for key, one in EXPECTED.items() if key != wrap}
    assert "wrapping of coins" in sure.lacks


def test_a_transfer_whose_log_is_there_is_not_told_twice(tmp_path: Path) -> None:
    tables = world.etl() | {"token_transfers": world.token_transfers()}
    names = world.write_csv(tmp_path, world.named(tables, ".csv"))
    draft = world.read(tmp_path, "ethereum-etl", names)
    assert ledger(draft) == EXPECTED
    assert "2 ignored: token transfers whose log is there" in draft.warnings


def test_the_aws_tables_mark_what_a_double_cannot_hold(tmp_path: Path) -> None:
    names = world.write_parquet(
        tmp_path, world.named(world.aws(), "/date=2023-08-25/part-0.snappy.parquet")
    )
    draft = world.read(tmp_path, "aws-ethereum", names)
    found = ledger(draft)
    assert found.keys() == EXPECTED.keys()
    nearest = int(float(PAID))
    assert nearest != PAID
    assert found.pop(at(0, "value")) == ("payment", pay(ANN, BOB, nearest))
    assert found == {key: one for key, one in EXPECTED.items() if key != at(0, "value")}
    inexact = draft.legs.column("inexact").to_pylist()
    rows = draft.legs.column("transaction").to_pylist()
    marked = {list(EXPECTED)[row] for row, mark in zip(rows, inexact, strict=True) if mark}
    large = {at(0, "value"), at(3, "value"), at(4, "value")}
    assert marked == large | CALLS


def test_a_case_may_refuse_doubles(tmp_path: Path) -> None:
    names = world.write_parquet(tmp_path, world.named(world.aws(), ".parquet"))
    draft = world.read(tmp_path, "aws-ethereum", names, inexact="refuse")
    refused = {at(0, "value"), at(3, "value"), at(4, "value")} | CALLS
    assert ledger(draft) == {key: one for key, one in EXPECTED.items() if key not in refused}
    assert set(draft.rejected.column("text").to_pylist()) == refused
    assert all("stored as a double" in reason for reason in world.reasons(draft))


def test_aws_amounts_of_tokens_come_from_logs_only(tmp_path: Path) -> None:
    tables = world.aws()
    del tables["logs"]
    names = world.write_parquet(tmp_path, world.named(tables, ".parquet"))
    draft = world.read(tmp_path, "aws-ethereum", names)
    assert not any(":log:" in key for key in ledger(draft))
    assert "tokens" in draft.lacks


def test_aws_intraday_files_do_not_tell_twice(tmp_path: Path) -> None:
    tables = world.aws()
    nightly = world.write_parquet(tmp_path, world.named(tables, "/part-0.snappy.parquet"))
    intraday = world.write_parquet(tmp_path, world.named(tables, "/18000000.snappy.parquet"))
    draft = world.read(tmp_path, "aws-ethereum", nightly + intraday)
    assert ledger(draft).keys() == EXPECTED.keys()
    assert draft.rejected.num_rows == 0
    copies = sum(len(rows) for rows in tables.values())
    assert f"{copies} ignored: copies of rows that are there already" in draft.warnings


@pytest.mark.parametrize("kind", ["bytes", "text"])
def test_cryo_tells_all_but_what_its_tables_leave_out(tmp_path: Path, kind: str) -> None:
    tables = world.cryo()
    if kind == "text":
        hexed = {
            name: [
                {
                    key: "0x" + one.hex() if isinstance(one, bytes) else one
                    for key, one in row.items()
                }
                for row in rows
            ]
            for name, rows in tables.items()
        }
        names = world.write_csv(tmp_path, world.named(hexed, ".csv"))
    else:
        names = world.write_parquet(tmp_path, world.named(tables, ".parquet"))
    draft = world.read(tmp_path, "cryo", names)
    assert ledger(draft) == {key: one for key, one in EXPECTED.items() if key not in BLOCK_THINGS}
    assert not any(draft.legs.column("inexact").to_pylist())
    assert any("stay with the fees" in one for one in draft.warnings)


def test_cryo_transfers_stand_in_for_logs(tmp_path: Path) -> None:
    tables = world.cryo()
    del tables["logs"]
    tables |= world.cryo_transfers()
    names = world.write_parquet(tmp_path, world.named(tables, ".parquet"))
    gone = BLOCK_THINGS | {at(4, "log:0")}
    draft = world.read(tmp_path, "cryo", names)
    assert ledger(draft) == {key: one for key, one in EXPECTED.items() if key not in gone}


def test_cryo_doubles_alone_are_inexact(tmp_path: Path) -> None:
    tables = {"transactions": world.cryo()["transactions"]}
    for row in tables["transactions"]:
        del row["value_binary"], row["value_string"]
    draft = world.read(
        tmp_path, "cryo", world.write_parquet(tmp_path, world.named(tables, ".parquet"))
    )
    assert ledger(draft)[at(0, "value")] == ("payment", pay(ANN, BOB, int(float(PAID))))
    assert draft.lacks == (
        "internal transfers",
        "tokens",
        "times",
        "who receives the fees",
        "block rewards",
        "withdrawals",
    )


def test_cryo_native_transfers_may_be_delegate_calls(tmp_path: Path) -> None:
    rows = [
        one for one in world.cryo()["traces"] if one["transaction_hash"] == world.raw(tx_hash(3))
    ]
    transfers = [
        {
            "block_number": one["block_number"],
            "transaction_index": one["transaction_position"],
            "transfer_index": place,
            "transaction_hash": one["transaction_hash"],
            "from_address": one["action_from"],
            "to_address": one["action_to"],
            **world.big("value", int(one["action_value"])),
            "chain_id": 1,
        }
        for place, one in enumerate(rows)
    ]
    names = world.write_parquet(tmp_path, {"native.parquet": transfers})
    draft = world.read(tmp_path, "cryo", names)
    assert list(ledger(draft)) == [at(3, "value")]
    assert world.kinds(draft) == ["ambiguous_call"] * 3
    assert "internal transfers" in draft.lacks


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", None])
def test_aws_times_are_timestamps(tmp_path: Path, unit: str, zone: str | None) -> None:
    table = pa.Table.from_pylist(world.aws()["transactions"])
    place = table.schema.get_field_index("block_timestamp")
    seconds = table.column("block_timestamp").cast(pa.timestamp("s")).cast(pa.timestamp(unit, zone))
    pq.write_table(table.set_column(place, "block_timestamp", seconds), tmp_path / "t.parquet")
    draft = world.read(tmp_path, "aws-ethereum", ["t.parquet"])
    assert draft.rejected.num_rows == 0
    first = draft.transactions.column("time").cast(pa.int64()).to_pylist()[0]
    assert first == world.TIME * 1_000_000


def test_decimals_of_tokens_are_evidence(tmp_path: Path) -> None:
    tables = world.etl()
    rows = {COIN: 6, WETH: 255}
    tables["tokens"] = [
        {"address": one, "symbol": "A", "name": "B", "decimals": decimals, "total_supply": 1}
        for one, decimals in rows.items()
    ]
    draft = world.read(
        tmp_path, "ethereum-etl", world.write_csv(tmp_path, world.named(tables, ".csv"))
    )
    found = {one.symbol: one for one in draft.commodities}
    assert (found[f"eth/{COIN}"].exponent, found[f"eth/{COIN}"].name) == (6, "calls itself B A")
    assert found[f"eth/{WETH}"].exponent == 0
    assert ledger(draft) == EXPECTED
