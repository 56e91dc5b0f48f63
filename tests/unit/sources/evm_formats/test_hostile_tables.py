"""Tables that are broken, mangled, doubled or lying: a clear message or a rejected row, never a wrong number."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.sources.evm_formats import world
from tests.unit.sources.evm_formats.test_same_history import EXPECTED, at
from tests.unit.sources.evm_formats.world import (
    ANN,
    BOB,
    DAN,
    ETHER,
    FIRST,
    MINER,
    TIME,
    ledger,
    tx_hash,
)

from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError
from earmark.sources.evm import join_blocks, tabular


def etl(folder: Path, tables: dict[str, world.Table]) -> Draft:
    return world.read(folder, "ethereum-etl", world.write_csv(folder, world.named(tables, ".csv")))


def test_a_truncated_parquet_is_a_clear_error(tmp_path: Path) -> None:
    (name, *_) = world.write_parquet(tmp_path, {"blocks.parquet": world.blocks()})
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(EarmarkError, match=r"blocks.parquet: the file cannot be read as Parquet"):
        world.read(tmp_path, "aws-ethereum", [name])


def test_a_length_that_lies_is_a_clear_error(tmp_path: Path) -> None:
    (name, *_) = world.write_parquet(tmp_path, {"blocks.parquet": world.blocks()})
    data = bytearray((tmp_path / name).read_bytes())
    data[-8:-4] = (2 << 30).to_bytes(4, "little")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(EarmarkError, match="cannot be read as Parquet"):
        world.read(tmp_path, "aws-ethereum", [name])


def test_each_reader_wants_its_own_kind_of_file(tmp_path: Path) -> None:
    names = world.write_parquet(tmp_path, {"blocks.parquet": world.blocks()})
    with pytest.raises(EarmarkError, match=r"this is a Parquet file; expected csv"):
        world.read(tmp_path, "ethereum-etl", names)
    names = world.write_csv(tmp_path, {"blocks.csv": world.blocks()})
    with pytest.raises(EarmarkError, match=r"this is no Parquet file; expected parquet"):
        world.read(tmp_path, "aws-ethereum", names)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!DOCTYPE html>\n<html></html>\n", "a web page"),
        ("time,from,to,amount\n", "none of the tables"),
        (
            "hash,block_number,transaction_idx,from_address,to_address,value\n",
            "did you mean transaction_idx",
        ),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_is_no_table_of_the_format(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(EarmarkError) as caught:
        world.read(tmp_path, "ethereum-etl", ["t.csv"])
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("table", "column", "cell", "reason"),
    [
        ("transactions", "value", -1, "value: '-1' is negative"),
        ("transactions", "value", "1E+18", "scientific notation"),
        ("transactions", "hash", "1.2E+30", "scientific notation"),
        ("transactions", "from_address", "0x12", "from_address: '0x12' is not"),
        ("transactions", "transaction_index", "", "transaction_index is empty"),
        ("transactions", "block_timestamp", "1" * 79, "is not seconds since 1970"),
        ("logs", "topics", ["0x12"], "topics: '0x12' is not"),
        ("logs", "data", "0x123", "data: '0x123' is not"),
        ("traces", "trace_address", "0,x", "trace_address: 'x' is not a whole number"),
        ("traces", "status", "2", "status: '2' is not"),
        ("blocks", "withdrawals", "[{'index': 1}]", "withdrawals: not a list"),
        ("receipts", "gas_used", "many", "gas_used: 'many' is not a whole number"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_alone(
    tmp_path: Path, table: str, column: str, cell: Any, reason: str
) -> None:
    tables = world.etl()
    tables[table][0][column] = cell
    draft = etl(tmp_path, tables)
    assert reason in world.reasons(draft)[0]
    assert draft.rejected.column("locator").to_pylist()[0] == f"{table}.csv line 2"
    assert "eth:withdrawal:77" in ledger(draft)


def test_half_a_line_is_rejected(tmp_path: Path) -> None:
    names = world.write_csv(tmp_path, world.named(world.etl(), ".csv"))
    path = tmp_path / "logs.csv"
    path.write_bytes(path.read_bytes()[:-200])
    draft = world.read(tmp_path, "ethereum-etl", names)
    assert any("may be cut off here" in one for one in world.reasons(draft))
    assert at(1, "log:0") in ledger(draft)


def test_a_packed_file_that_is_cut_off_or_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (name, *_) = world.write_csv(tmp_path, {"blocks.csv.gz": world.blocks()})
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[:-20])
    with pytest.raises(EarmarkError, match="cannot be unpacked"):
        world.read(tmp_path, "ethereum-etl", [name])
    (tmp_path / name).write_bytes(gzip.compress(gzip.decompress(whole) + b"0\n" * 20_000_000))
    with pytest.raises(EarmarkError, match="unpacks to more than"):
        world.read(tmp_path, "ethereum-etl", [name])
    monkeypatch.setattr(tabular, "UNPACKED_MAX_BYTES", 100)
    (tmp_path / name).write_bytes(whole)
    with pytest.raises(EarmarkError, match="unpacks to more than 100 bytes"):
        world.read(tmp_path, "ethereum-etl", [name])


def test_rows_twice_are_copies_and_rows_that_differ_are_rejected(tmp_path: Path) -> None:
    tables = world.etl()
    tables["transactions"] += world.transactions()
    tables["transactions"][-1] |= {"value": 6}
    draft = etl(tmp_path, tables)
    assert ledger(draft) == EXPECTED
    assert world.reasons(draft) == ["says otherwise than transactions.csv line 7"]
    assert "5 ignored: copies of rows that are there already" in draft.warnings


def test_a_huge_amount_is_an_observation(tmp_path: Path) -> None:
    tables = world.etl()
    tables["logs"][0]["data"] = world.amount(10**38)
    draft = etl(tmp_path, tables)
    assert world.kinds(draft) == ["failed", "too_large", "zero_value"]
    assert at(1, "log:0") not in ledger(draft)


def test_the_block_that_the_next_one_names_stands(tmp_path: Path) -> None:
    tables = world.etl()
    other = "0x" + "9" * 64
    tables["blocks"].append(tables["blocks"][0] | {"hash": other, "timestamp": TIME + 1})
    replaced = tables["transactions"][0] | {
        "block_hash": other,
        "hash": "0x" + "8" * 64,
        "value": 9,
    }
    tables["transactions"].append(replaced)
    draft = etl(tmp_path, tables)
    assert ledger(draft) == EXPECTED
    reason = "rows of blocks that another block of the same height replaced"
    assert f"2 ignored: {reason}" in draft.warnings


def test_failed_transactions_without_receipts_are_lacking(tmp_path: Path) -> None:
    draft = etl(tmp_path, {"transactions": world.transactions()})
    assert draft.lacks[:4] == ("gas", "internal transfers", "failed transactions", "tokens")
    assert at(2, "value") in ledger(draft)
    assert any("nothing says whether they failed" in one for one in draft.warnings)


def test_before_byzantium_all_gas_used_is_a_failure(tmp_path: Path) -> None:
    tables = {"transactions": world.transactions(), "receipts": world.receipts()}
    for row, receipt in zip(tables["transactions"], tables["receipts"], strict=True):
        receipt["status"] = None
        row["gas"] = receipt["gas_used"]
    found = ledger(etl(tmp_path, tables))
    assert [key for key in found if key.endswith(":value")] == [at(0, "value")]


def test_rewards_of_one_miner_are_one_and_the_fork_comes_first(tmp_path: Path) -> None:
    plain: dict[str, Any] = dict.fromkeys(world.traces()[0])
    reward = plain | {
        "block_number": FIRST, "to_address": MINER, "value": 3 * ETHER, "trace_type": "reward",
        "reward_type": "block", "trace_address": "", "status": 1,
    }  # fmt: skip
    uncle = reward | {"reward_type": "uncle", "value": ETHER}
    fork = reward | {"trace_type": "daofork", "from_address": ANN, "to_address": BOB, "value": 7}
    tables = world.etl()
    tables["traces"] += [reward, uncle, uncle, fork]
    draft = etl(tmp_path, tables)
    found = ledger(draft)
    key = f"eth:block:{FIRST}:reward:{MINER}"
    assert found[key] == (
        "issuance",
        ((0, "eth:issued", "ETH", 5 * ETHER), (1, f"eth:{MINER}", "ETH", 5 * ETHER)),
    )
    assert next(iter(found)) == f"eth:block:{FIRST}:daofork:{ANN}"
    assert "block rewards" not in draft.lacks


def test_a_price_below_the_base_fee_is_rejected(tmp_path: Path) -> None:
    tables = world.etl()
    tables["receipts"][0]["effective_gas_price"] = 1
    draft = etl(tmp_path, tables)
    assert at(0, "fee") not in ledger(draft)
    assert any("below the block's base fee" in one for one in world.reasons(draft))


def test_rows_of_another_chain_are_rejected(tmp_path: Path) -> None:
    tables = {"transactions": world.cryo()["transactions"]}
    tables["transactions"][2]["chain_id"] = 137
    names = world.write_parquet(tmp_path, world.named(tables, ".parquet"))
    draft = world.read(tmp_path, "cryo", names)
    assert world.reasons(draft) == ["chain_id is 137, and this source is of chain 1"]
    for row in tables["transactions"]:
        row["chain_id"] = 137
    names = world.write_parquet(tmp_path, world.named(tables, ".parquet"))
    assert all(key.startswith("polygon:") for key in ledger(world.read(tmp_path, "cryo", names)))


def test_unknown_columns_are_said_and_known_ones_are_not(tmp_path: Path) -> None:
    tables = world.etl()
    for row in tables["blocks"]:
        row["surprise"] = 1
    said = [one for one in etl(tmp_path, tables).warnings if "columns" in one]
    assert said == ["blocks.csv: unknown columns not read: surprise"]


def test_broken_doubles_are_rejected(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(world.aws()["transactions"])
    values = [float("nan"), float("inf"), -1.0, 0.5, 1.0, 2.0**53]
    at_column = table.schema.get_field_index("value")
    table = table.set_column(at_column, "value", pa.array(values))
    pq.write_table(table, tmp_path / "t.parquet")
    draft = world.read(tmp_path, "aws-ethereum", ["t.parquet"])
    assert draft.rejected.num_rows == 4
    amounts = {key: one[1][0][3] for key, one in ledger(draft).items() if key.endswith(":value")}
    assert amounts == {at(4, "value"): 1, at(5, "value"): 2**53}
    assert draft.legs.column("inexact").to_pylist().count(True) == 2


def step(number: int, **changes: Any) -> dict[str, Any]:
    """Return a trace of a transaction, after the pattern of its first."""
    pattern = next(one for one in world.traces() if one["transaction_hash"] == tx_hash(number))
    return pattern | changes


@pytest.mark.parametrize(
    ("kind", "shown"), [("staticcall", 0), ("callcode", 0), ("delegatecall", 5)]
)
def test_geth_counts_calls_that_parity_passes_over(tmp_path: Path, kind: str, shown: int) -> None:
    tables = world.etl()
    own = step(3, to_address="0x" + "1".zfill(40), value=shown, call_type=kind, trace_address="0")
    for row in tables["traces"]:
        first, _, rest = row["trace_address"].partition(",")
        if first:
            row["trace_address"] = ",".join([str(int(first) + 1), *([rest] if rest else [])])
    tables["traces"].append(own)
    for row in tables["traces"]:
        row["transaction_hash"] = None
    draft = etl(tmp_path, tables)
    assert ledger(draft) == EXPECTED
    assert "1 ignored: calls to the machine's own contracts" in draft.warnings


def test_geth_does_not_say_what_a_destroyed_contract_paid(tmp_path: Path) -> None:
    tables = world.etl()
    gone = {"from_address": None, "to_address": None, "value": None}
    tables["traces"].append(
        step(3, **gone, trace_type="suicide", call_type=None, trace_address="9")
    )
    draft = etl(tmp_path, tables)
    assert draft.lacks == ("self-destructs",)
    assert ledger(draft) == EXPECTED


@pytest.mark.parametrize(("time", "burns"), [(TIME, True), (1_710_338_135, False)])
def test_a_contract_destroyed_in_its_own_favour_burns_what_it_has(
    tmp_path: Path, *, time: int, burns: bool
) -> None:
    tables = world.etl()
    tables["blocks"][0]["timestamp"] = time
    for row in tables["transactions"]:
        row["block_timestamp"] = time
    own = {"from_address": DAN, "to_address": DAN, "value": 8}
    tables["traces"].append(step(3, **own, trace_type="suicide", call_type=None, trace_address="9"))
    legs = ledger(etl(tmp_path, tables))[at(3, "call:9")][1]
    assert legs[1][1] == ("eth:burned" if burns else f"eth:{DAN}")


def test_a_failed_root_without_its_row_is_observed(tmp_path: Path) -> None:
    tables = world.etl()
    del tables["transactions"]
    draft = etl(tmp_path, tables)
    assert "failed" in world.kinds(draft)
    assert at(2, "value") not in ledger(draft)
    assert at(0, "value") in ledger(draft)


def test_the_schedule_pays_a_miner_who_named_no_uncles(tmp_path: Path) -> None:
    block = world.blocks()[0] | {
        "number": 5_000_000, "base_fee_per_gas": None, "difficulty": 10**15, "transaction_count": 0,
        "sha3_uncles": join_blocks.NO_UNCLES,
    }  # fmt: skip
    other = block | {
        "number": 5_000_001,
        "hash": world.block_hash(9),
        "sha3_uncles": world.block_hash(3),
    }
    draft = etl(tmp_path, {"blocks": [block, other]})
    legs = ((0, "eth:issued", "ETH", 3 * ETHER), (1, f"eth:{MINER}", "ETH", 3 * ETHER))
    assert ledger(draft) == {f"eth:block:5000000:reward:{MINER}": ("issuance", legs)}
    assert "block rewards" in draft.lacks
