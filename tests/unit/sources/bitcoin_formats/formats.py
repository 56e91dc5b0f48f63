"""Raw blocks as other programs write them: a node's JSON, bitcoin-etl's lines, the tables of AWS.

Written without the readers' own code, so that the two can be held against each other.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

Record = dict[str, Any]
Outputs = Mapping[tuple[str, int], Record]
NOWHERE = "00" * 32
NOTHING: Outputs = {}


def double(data: bytes) -> bytes:
    return sha256(sha256(data).digest()).digest()


class Cursor:
    """A place in bytes that moves on as they are read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "little")

    def size(self) -> int:
        first = self.number(1)
        return first if first < 0xFD else self.number({0xFD: 2, 0xFE: 4, 0xFF: 8}[first])


def amount(satoshi: int) -> Decimal:
    """Return bitcoin; zeros at the end are left out, as some nodes do."""
    return Decimal(satoshi).scaleb(-8).normalize()


def decoded(data: bytes, height: int, spent: Outputs = NOTHING) -> Record:
    """Return a raw block as ``getblock HASH 3`` shows it; ``spent`` are outputs by txid and number."""
    header, cursor = data[:80], Cursor(data)
    cursor.at = 80
    version, time_s, bits, nonce = struct.unpack("<i64xIII", header)
    count = cursor.size()
    previous = header[4:36][::-1].hex()
    block = {
        "hash": double(header)[::-1].hex(),
        "confirmations": 1,
        "height": height,
        "version": version,
        "versionHex": f"{version & 0xFFFFFFFF:08x}",
        "merkleroot": header[36:68][::-1].hex(),
        "time": time_s,
        "mediantime": time_s,
        "nonce": nonce,
        "bits": f"{bits:08x}",
        "difficulty": Decimal("0.5"),
        "chainwork": "00",
        "nTx": count,
        "previousblockhash": previous,
        "tx": [transaction(cursor, spent) for _ in range(count)],
    }
    assert cursor.at == len(data)
    if previous == NOWHERE:
        del block["previousblockhash"]
    return block


def transaction(cursor: Cursor, spent: Outputs) -> Record:
    start, version = cursor.at, struct.unpack("<i", cursor.take(4))[0]
    has_witness = cursor.data[cursor.at] == 0
    cursor.at += 2 if has_witness else 0
    body = cursor.at
    inputs = [spending(cursor, spent) for _ in range(cursor.size())]
    outputs = [paid(cursor, number) for number in range(cursor.size())]
    end = cursor.at
    for one in inputs if has_witness else ():
        one["txinwitness"] = [cursor.take(cursor.size()).hex() for _ in range(cursor.size())]
    lock_time = cursor.take(4)
    data = cursor.data[start : cursor.at]
    bare = data[:4] + cursor.data[body:end] + lock_time
    found = {
        "txid": double(bare)[::-1].hex(),
        "hash": double(data)[::-1].hex(),
        "version": version,
        "size": len(data),
        "vsize": len(bare),
        "weight": 4 * len(bare),
        "locktime": int.from_bytes(lock_time, "little"),
        "vin": inputs,
        "vout": outputs,
        "hex": data.hex(),
    }
    if all("prevout" in one for one in inputs):
        total = sum(one["prevout"]["value"] for one in inputs)
        found["fee"] = total - sum(one["value"] for one in outputs)
    return found


def spending(cursor: Cursor, spent: Outputs) -> Record:
    txid, number = cursor.take(32)[::-1].hex(), cursor.number(4)
    script, sequence = cursor.take(cursor.size()).hex(), cursor.number(4)
    if txid == NOWHERE:
        return {"coinbase": script, "sequence": sequence}
    found: Record = {"txid": txid, "vout": number, "sequence": sequence}
    found["scriptSig"] = {"asm": "", "hex": script}
    if (txid, number) in spent:
        output = spent[txid, number]
        known = {"generated": False, "height": 1}
        found["prevout"] = {**known, **{key: output[key] for key in ("value", "scriptPubKey")}}
    return found


KINDS = {
    "76a914": "pubkeyhash",
    "a914": "scripthash",
    "0014": "witness_v0_keyhash",
    "0020": "witness_v0_scripthash",
    "5120": "witness_v1_taproot",
    "6a": "nulldata",
}


def paid(cursor: Cursor, number: int) -> Record:
    value = cursor.number(8)
    script = cursor.take(cursor.size()).hex()
    kind = next((kind for start, kind in KINDS.items() if script.startswith(start)), "nonstandard")
    if script.endswith("ac") and len(script) in (70, 134):
        kind = "pubkey"
    shown = {"asm": "", "hex": script, "type": kind}
    return {"value": amount(value), "n": number, "scriptPubKey": shown}


def outputs_of(blocks: Sequence[Record]) -> dict[tuple[str, int], Record]:
    """Return every output of decoded blocks, by txid and number."""
    return {
        (one["txid"], output["n"]): output
        for block in blocks
        for one in block["tx"]
        for output in one["vout"]
    }


def as_json(value: object) -> str:
    """Return JSON; amounts keep their digits, as ``1E-8``, ``5E+1`` or ``0.5``."""
    return msgspec.json.Encoder(decimal_format="number").encode(value).decode()


def exchange(
    method: str, params: Sequence[object], body: str, *, status: int = 200, result: bool = True
) -> str:
    """Return a line of saved replies; ``body`` is a JSON result, or all of the reply."""
    reply = f'{{"result":{body},"error":null,"id":1}}' if result else body
    return json.dumps(
        {
            "url": "http://127.0.0.1:8332",
            "method": method,
            "params": list(params),
            "asked": "2026-11-24T00:00:00Z",
            "status": status,
            "body": reply,
        }
    )


def etl_lines(
    block: Record, spent: Outputs = NOTHING, *, addresses: Mapping[str, str] | None = None
) -> tuple[Record, list[Record]]:
    """Return the line of a block and those of its transactions as bitcoin-etl 1.5.2 writes them.

    ``addresses`` by script: with them inputs are enriched from ``spent``.
    """
    listed = [
        etl_transaction(block, number, spent, addresses or {}) for number in range(block["nTx"])
    ]
    first = {
        "type": "block",
        "hash": block["hash"],
        "size": 1,
        "stripped_size": 1,
        "weight": 4,
        "number": block["height"],
        "version": block["version"],
        "merkle_root": block["merkleroot"],
        "timestamp": block["time"],
        "nonce": f"{block['nonce']:x}",
        "bits": block["bits"],
        "coinbase_param": block["tx"][0]["vin"][0]["coinbase"],
        "transaction_count": block["nTx"],
    }
    return first, listed


def etl_transaction(
    block: Record, number: int, spent: Outputs, addresses: Mapping[str, str]
) -> Record:
    one = block["tx"][number]
    inputs = [entry for entry in one["vin"] if "coinbase" not in entry]
    made_inputs = []
    for place, entry in enumerate(inputs):
        output = spent.get((entry["txid"], entry["vout"])) if addresses else None
        made: Record = {
            "index": place,
            "spent_transaction_hash": entry["txid"],
            "spent_output_index": entry["vout"],
            "script_asm": "",
            "script_hex": entry["scriptSig"]["hex"],
            "sequence": entry["sequence"],
            "required_signatures": None,
            "type": None,
            "addresses": [],
            "value": None,
        }
        if output is not None:
            made |= described(output, addresses)
        made_inputs.append(made)
    made_outputs = [
        {
            "index": output["n"],
            "script_asm": "",
            "script_hex": output["scriptPubKey"]["hex"],
            "required_signatures": None,
            **described(output, addresses),
        }
        for output in one["vout"]
    ]
    return {
        "type": "transaction",
        "hash": one["txid"],
        "size": one["size"],
        "virtual_size": one["vsize"],
        "version": one["version"],
        "lock_time": one["locktime"],
        "block_number": block["height"],
        "block_hash": block["hash"],
        "block_timestamp": block["time"],
        "is_coinbase": len(inputs) < len(one["vin"]),
        "index": number,
        "inputs": made_inputs,
        "outputs": made_outputs,
        "input_count": len(made_inputs),
        "output_count": len(made_outputs),
        "input_value": 0,
        "output_value": 0,
        "fee": 0,
    }


def described(output: Record, addresses: Mapping[str, str]) -> Record:
    script = output["scriptPubKey"]["hex"]
    address = addresses.get(script)
    satoshi = int(output["value"].scaleb(8))
    if address is None:
        foreign = "nonstandard" + sha256(bytes.fromhex(script)).hexdigest()[:40]
        return {"type": "nonstandard", "addresses": [foreign], "value": satoshi}
    return {"type": output["scriptPubKey"]["type"], "addresses": [address], "value": satoshi}


SIDE = [
    ("index", pa.int64()),
    ("script_asm", pa.string()),
    ("script_hex", pa.string()),
    ("required_signatures", pa.int64()),
    ("type", pa.string()),
    ("address", pa.string()),
    ("value", pa.float64()),
]
SPENT = [("spent_transaction_hash", pa.string()), ("spent_output_index", pa.int64())]
TRANSACTIONS = pa.schema(
    [
        ("hash", pa.string()),
        ("size", pa.int64()),
        ("virtual_size", pa.int64()),
        ("version", pa.int64()),
        ("lock_time", pa.int64()),
        ("block_hash", pa.string()),
        ("block_number", pa.int64()),
        ("block_timestamp", pa.timestamp("ms")),
        ("index", pa.int64()),
        ("input_count", pa.int64()),
        ("output_count", pa.int64()),
        ("input_value", pa.float64()),
        ("output_value", pa.float64()),
        ("is_coinbase", pa.bool_()),
        ("fee", pa.float64()),
        ("inputs", pa.list_(pa.struct([*SIDE, *SPENT, ("sequence", pa.int64())]))),
        ("outputs", pa.list_(pa.struct(SIDE))),
        ("last_modified", pa.timestamp("ms")),
    ]
)
BLOCKS = pa.schema(
    [
        ("hash", pa.string()),
        ("size", pa.int64()),
        ("stripped_size", pa.int64()),
        ("weight", pa.int64()),
        ("number", pa.int64()),
        ("version", pa.int32()),
        ("merkle_root", pa.string()),
        ("timestamp", pa.timestamp("ms")),
        ("nonce", pa.int64()),
        ("bits", pa.string()),
        ("coinbase_param", pa.string()),
        ("transaction_count", pa.int64()),
        ("mediantime", pa.timestamp("ms")),
        ("difficulty", pa.float64()),
        ("chainwork", pa.string()),
        ("previousblockhash", pa.string()),
        ("last_modified", pa.timestamp("ms")),
    ]
)


def aws_rows(
    block: Record,
    spent: Outputs = NOTHING,
    addresses: Mapping[str, str] | None = None,
    modified_ms: int = 0,
) -> tuple[Record, list[Record]]:
    """Return the row of a block and those of its transactions as AWS publishes them."""
    first, listed = etl_lines(block, spent, addresses=addresses)
    rows = []
    for one in listed:
        row = {key: one[key] for key in one if key not in ("type", "inputs", "outputs")}
        row["block_timestamp"] = block["time"] * 1000
        row["inputs"] = [side(entry) for entry in one["inputs"]]
        row["outputs"] = [side(entry) for entry in one["outputs"]]
        rows.append({**row, "last_modified": modified_ms})
    header = {key: first[key] for key in first if key != "type"}
    header |= {"timestamp": block["time"] * 1000, "nonce": block["nonce"]}
    header["previousblockhash"] = block.get("previousblockhash")
    return {**header, "last_modified": modified_ms}, rows


def side(entry: Record) -> Record:
    value = entry["value"]
    kept = {key: one for key, one in entry.items() if key not in ("addresses", "value")}
    address = entry["addresses"][0] if entry["addresses"] else None
    return {**kept, "address": address, "value": None if value is None else value / 1e8}


def write_parquet(
    path: Path, rows: Sequence[Record], schema: pa.Schema, *, row_group_size: int = 1 << 20
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(list(rows), schema=schema)
    pq.write_table(table, path, compression="snappy", row_group_size=row_group_size)
