"""A little invented history of two blocks, and what of it each format writes down."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from earmark.ledger.draft import Draft
from earmark.ledger.values import Commodity
from earmark.sources.evm.receipts import created_address
from earmark.sources.registry import read_source
from earmark.sources.settings import Source

ANN, BOB, CAT, DAN = ("0x" + letter * 40 for letter in "abcd")
MINER, ROUTER, COIN, ITEM = ("0x" + digit * 40 for digit in "1234")
WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
APPROVAL = "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
DEPOSIT = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
FIRST = 18_000_000
TIME = 1_693_000_000
BASE, PRICE = 10**10, 12 * 10**9
ETHER = 10**18
PAID = ETHER + 500_000_000_000_000_001  # no double holds it


def tx_hash(number: int) -> str:
    return f"0x{0xE0 + number:064x}"


def block_hash(number: int) -> str:
    return f"0x{0xB00000000 + number:064x}"


def word(address: str) -> str:
    return "0x" + address[2:].rjust(64, "0")


def amount(quantity: int) -> str:
    return f"0x{quantity:064x}"


MADE = created_address(BOB, 3)
# hash number, block, place, from, to, value, nonce, gas used, status
TRANSACTIONS: list[tuple[int, int, int, str, str, int, int, int, int]] = [
    (0, FIRST, 0, ANN, BOB, PAID, 0, 21_000, 1),
    (1, FIRST, 1, ANN, COIN, 0, 1, 50_000, 1),
    (2, FIRST, 2, ANN, CAT, 2 * ETHER, 2, 30_000, 0),
    (3, FIRST, 3, ANN, ROUTER, 3 * ETHER, 3, 90_000, 1),
    (4, FIRST + 1, 0, ANN, WETH, ETHER, 4, 45_000, 1),
    (5, FIRST + 1, 1, BOB, "", 5, 3, 60_000, 1),
]
# transaction, log index, contract, topics, data
LOGS: list[tuple[int, int, str, list[str], str]] = [
    (1, 0, COIN, [TRANSFER, word(ANN), word(BOB)], amount(1_000_000)),
    (1, 1, COIN, [APPROVAL, word(ANN), word(CAT)], amount(7)),
    (3, 2, ITEM, [TRANSFER, word(ANN), word(BOB), amount(7)], "0x"),
    (4, 0, WETH, [DEPOSIT, word(ANN)], amount(ETHER)),
]
# transaction, type, call type, from, to, value, path, status
TRACES: list[tuple[int, str, str, str, str, int, tuple[int, ...], int]] = [
    (0, "call", "call", ANN, BOB, PAID, (), 1),
    (1, "call", "call", ANN, COIN, 0, (), 1),
    (2, "call", "call", ANN, CAT, 2 * ETHER, (), 0),
    (3, "call", "call", ANN, ROUTER, 3 * ETHER, (), 1),
    (3, "call", "call", ROUTER, CAT, ETHER, (0,), 1),
    (3, "call", "delegatecall", ROUTER, DAN, 3 * ETHER, (1,), 1),
    (3, "call", "staticcall", ROUTER, COIN, 0, (2,), 1),
    (3, "call", "call", ROUTER, DAN, 2 * ETHER, (3,), 1),
    (3, "call", "call", DAN, CAT, ETHER, (3, 0), 0),
    (4, "call", "call", ANN, WETH, ETHER, (), 1),
    (5, "create", "", BOB, MADE, 5, (), 1),
]
WITHDRAWAL: dict[str, Any] = {"index": 77, "validator_index": 5, "address": DAN, "amount": 32}
Table = list[dict[str, Any]]


def block_of(number: int) -> int:
    return TRANSACTIONS[number][1]


def blocks() -> Table:
    return [
        {
            "number": number,
            "hash": block_hash(number),
            "parent_hash": block_hash(number - 1),
            "miner": MINER,
            "timestamp": TIME + 12 * (number - FIRST),
            "transaction_count": sum(one[1] == number for one in TRANSACTIONS),
            "base_fee_per_gas": BASE,
            "withdrawals": [WITHDRAWAL] if number > FIRST else None,
            "gas_limit": 30_000_000,
        }
        for number in (FIRST, FIRST + 1)
    ]


def transactions() -> Table:
    return [
        {
            "hash": tx_hash(number),
            "nonce": nonce,
            "block_hash": block_hash(block),
            "block_number": block,
            "transaction_index": place,
            "from_address": payer,
            "to_address": payee or None,
            "value": value,
            "gas": 100_000,
            "gas_price": PRICE,
            "input": "0x",
            "block_timestamp": TIME + 12 * (block - FIRST),
        }
        for number, block, place, payer, payee, value, nonce, _, _ in TRANSACTIONS
    ]


def receipts() -> Table:
    return [
        {
            "transaction_hash": tx_hash(number),
            "transaction_index": place,
            "block_hash": block_hash(block),
            "block_number": block,
            "cumulative_gas_used": 0,
            "gas_used": used,
            "contract_address": None if payee else MADE,
            "root": None,
            "status": status,
            "effective_gas_price": PRICE,
        }
        for number, block, place, _, payee, _, _, used, status in TRANSACTIONS
    ]


def logs() -> Table:
    return [
        {
            "log_index": index,
            "transaction_hash": tx_hash(number),
            "transaction_index": TRANSACTIONS[number][2],
            "block_hash": block_hash(block_of(number)),
            "block_number": block_of(number),
            "address": contract,
            "data": data,
            "topics": topics,
        }
        for number, index, contract, topics, data in LOGS
    ]


def token_transfers() -> Table:
    """Return what ethereum-etl makes of the logs: an item's number becomes a value."""
    return [
        {
            "token_address": contract,
            "from_address": "0x" + topics[1][-40:],
            "to_address": "0x" + topics[2][-40:],
            "value": int(topics[3] if len(topics) == 4 else data, 16),
            "transaction_hash": tx_hash(number),
            "log_index": index,
            "block_number": block_of(number),
        }
        for number, index, contract, topics, data in LOGS
        if topics[0] == TRANSFER
    ]


def traces() -> Table:
    return [
        {
            "block_number": block_of(number),
            "transaction_hash": tx_hash(number),
            "transaction_index": TRANSACTIONS[number][2],
            "from_address": payer,
            "to_address": payee,
            "value": value,
            "input": "0x",
            "output": None,
            "trace_type": kind,
            "call_type": call or None,
            "reward_type": None,
            "trace_address": ",".join(map(str, path)),
            "error": None if status else "Reverted",
            "status": status,
        }
        for number, kind, call, payer, payee, value, path, status in TRACES
    ]


def contracts() -> Table:
    return [
        {"address": COIN, "bytecode": "0x", "is_erc20": True, "is_erc721": False},
        {"address": ITEM, "bytecode": "0x", "is_erc20": False, "is_erc721": True},
    ]


def etl() -> dict[str, Table]:
    return {
        "blocks": blocks(),
        "transactions": transactions(),
        "receipts": receipts(),
        "logs": logs(),
        "traces": traces(),
    }


def write_csv(folder: Path, tables: dict[str, Table]) -> list[str]:
    """Write tables as ethereum-etl does: lists of topics by commas, other lists as Python prints them."""
    for name, rows in tables.items():
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            plain = {key: ",".join(one) if key == "topics" else one for key, one in row.items()}
            writer.writerow({key: "" if one is None else one for key, one in plain.items()})
        path = folder / name
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(text.getvalue().encode()))
        else:
            path.write_text(text.getvalue(), encoding="utf-8")
    return list(tables)


def named(tables: dict[str, Table], ending: str) -> dict[str, Table]:
    return {f"{name}{ending}": rows for name, rows in tables.items()}


def aws() -> dict[str, Table]:
    """Return the AWS tables: amounts are doubles, receipts stand with their transactions."""
    used = {one["transaction_hash"]: one for one in receipts()}
    rows = transactions()
    for row in rows:
        receipt = used[row["hash"]]
        row["value"] = float(row["value"])
        for name in ("status", "gas_used", "effective_gas_price", "contract_address"):
            row[f"receipt_{name}"] = receipt[name]
    steps = traces()
    for step in steps:
        step["value"] = float(step["value"])
    transfers = token_transfers()
    for each in transfers:
        each["value"] = float(each["value"])
    return {
        "blocks": blocks(),
        "transactions": rows,
        "logs": logs(),
        "traces": steps,
        "token_transfers": transfers,
    }


def raw(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text[2:])


def big(name: str, quantity: int) -> dict[str, Any]:
    return {
        f"{name}_binary": quantity.to_bytes(32),
        f"{name}_string": str(quantity),
        f"{name}_f64": float(quantity),
    }


def cryo() -> dict[str, Table]:
    """Return cryo's tables: bytes for hashes and addresses, large integers in three columns."""
    used = {one["transaction_hash"]: one for one in receipts()}
    return {
        "blocks": [
            {
                "block_hash": raw(one["hash"]),
                "author": raw(one["miner"]),
                "block_number": one["number"],
                "gas_used": 1,
                "extra_data": b"",
                "timestamp": one["timestamp"],
                "base_fee_per_gas": BASE,
                "chain_id": 1,
            }
            for one in blocks()
        ],
        "transactions": [
            {
                "block_number": one["block_number"],
                "transaction_index": one["transaction_index"],
                "transaction_hash": raw(one["hash"]),
                "nonce": one["nonce"],
                "from_address": raw(one["from_address"]),
                "to_address": raw(one["to_address"]),
                **big("value", one["value"]),
                "input": b"",
                "gas_limit": 100_000,
                "gas_used": used[one["hash"]]["gas_used"],
                "gas_price": PRICE,
                "success": bool(used[one["hash"]]["status"]),
                "chain_id": 1,
            }
            for one in transactions()
        ],
        "logs": [
            {
                "block_number": one["block_number"],
                "transaction_index": one["transaction_index"],
                "log_index": one["log_index"],
                "transaction_hash": raw(one["transaction_hash"]),
                "address": raw(one["address"]),
                **{
                    f"topic{place}": raw(dict(enumerate(one["topics"])).get(place))
                    for place in range(4)
                },
                "data": raw(one["data"]),
                "chain_id": 1,
            }
            for one in logs()
        ],
        "traces": [
            {
                "action_from": raw(one["from_address"]),
                "action_to": None if one["trace_type"] == "create" else raw(one["to_address"]),
                "action_value": str(one["value"]),
                "action_call_type": {
                    "delegatecall": "delegate_call",
                    "staticcall": "static_call",
                }.get(one["call_type"], one["call_type"]),
                "action_reward_type": None,
                "action_type": one["trace_type"],
                "result_address": raw(one["to_address"]) if one["trace_type"] == "create" else None,
                "trace_address": one["trace_address"].replace(",", "_"),
                "transaction_position": one["transaction_index"],
                "transaction_hash": raw(one["transaction_hash"]),
                "block_number": one["block_number"],
                "block_hash": raw(block_hash(one["block_number"])),
                "error": None,
                "chain_id": 1,
            }
            for one in traces()
            if one["status"]
        ],
    }


def cryo_transfers() -> dict[str, Table]:
    rows = token_transfers()
    common = [
        {
            "block_number": one["block_number"],
            "transaction_index": TRANSACTIONS[1 if one["token_address"] == COIN else 3][2],
            "log_index": one["log_index"],
            "transaction_hash": raw(one["transaction_hash"]),
            "from_address": raw(one["from_address"]),
            "to_address": raw(one["to_address"]),
            "chain_id": 1,
        }
        for one in rows
    ]
    return {
        "erc20_transfers": [{**common[0], "erc20": raw(COIN), **big("value", rows[0]["value"])}],
        "erc721_transfers": [
            {**common[1], "erc721": raw(ITEM), **big("token_id", rows[1]["value"])}
        ],
    }


def write_parquet(folder: Path, tables: dict[str, Table]) -> list[str]:
    for name, rows in tables.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), path)
    return list(tables)


def read(
    folder: Path, reader: str, paths: list[str], declared: tuple[Commodity, ...] = (), **more: Any
) -> Draft:
    source = Source(reader, paths, **more)
    draft = read_source(folder, source, {one.symbol: one for one in declared})
    told = draft.transactions.num_rows + draft.observations.num_rows + draft.rejected.num_rows
    assert draft.rows == told + draft.ignored
    return draft


Leg = tuple[int, str, str, int]


def ledger(draft: Draft) -> dict[str, tuple[str, tuple[Leg, ...]]]:
    """Return kind and legs by key, in order."""
    keys = draft.transactions.column("key").to_pylist()
    kinds = draft.transactions.column("kind").to_pylist()
    legs: dict[int, list[Leg]] = {}
    for one in draft.legs.to_pylist():
        leg = (one["side"], one["holder"], one["commodity"], int(one["quantity"]))
        legs.setdefault(one["transaction"], []).append(leg)
    assert len(set(keys)) == len(keys)
    return {key: (kinds[row], tuple(legs[row])) for row, key in enumerate(keys)}


def reasons(draft: Draft) -> list[str]:
    return [str(one) for one in draft.rejected.column("reason").to_pylist()]


def kinds(draft: Draft) -> list[str]:
    return sorted(draft.observations.column("kind").to_pylist())
