"""What the readers of chains are measured on: real blocks in two formats, and generated Ethereum blocks.

``python tests/bench/chain_inputs.py FOLDER BLOCK_FILES``: writes a case a format (``bitcoin-blocks``,
``bitcoin-rpc``, ``evm-rpc``) and beside each what its peers read, the same in every run.
"""

from __future__ import annotations

import bz2
import sys
from pathlib import Path
from typing import Any

import msgspec
from tests.bench.chain_sizes import (
    BLOCK_PAYMENTS,
    EVM_BLOCKS,
    EVM_TRANSACTIONS,
    FILE_BLOCKS,
    LONG_CHAINS,
    SCRIPTS,
)
from tests.unit.sources.bitcoin.blocks import (
    START_S,
    SUBSIDY,
    Payment,
    block,
    block_hash,
    coinbase,
    framed,
)
from tests.unit.sources.bitcoin_formats.formats import as_json, decoded, exchange

from earmark.sources.bitcoin.networks import REGTEST

MAGIC = bytes.fromhex("f9beb4d9")
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
_MIX = 0x9E3779B97F4A7C15F39CC0605CEDC834
Record = dict[str, Any]


def raw_blocks(folder: Path) -> list[bytes]:
    """Return the blocks of single files and of a packed block file, in order of file names."""
    found: list[bytes] = []
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        if path.suffix == ".bz2":
            parts = bz2.decompress(data).split(MAGIC)[1:]
            found += [part[4:] for part in parts]
        else:
            found.append(data)
    return found


def write_case(folder: Path, reader: str, more: str = "") -> None:
    """Write a case of everything in its folder ``sources``."""
    path = "sources" if reader == "bitcoin-blocks" else "sources/*"
    (folder / "sources").mkdir(parents=True)
    text = f'title = "Bench"\n\n[[source]]\nreader = "{reader}"\npath = "{path}"\n{more}'
    (folder / "case.toml").write_text(text, encoding="utf-8")


def write_bitcoin_blocks(folder: Path, blocks: list[bytes]) -> None:
    write_case(folder, "bitcoin-blocks")
    (folder / "raw").mkdir()
    for number, data in enumerate(blocks):
        (folder / "sources" / f"{number:05d}.raw").write_bytes(data)
        (folder / "raw" / f"{number:05d}.raw").write_bytes(data)


def write_bitcoin_rpc(folder: Path, blocks: list[bytes]) -> None:
    write_case(folder, "bitcoin-rpc")
    told = [decoded(data, _height(data)) for data in blocks]
    answers = [(as_json(one), ["getblock", one["hash"], 2]) for one in told]
    _write_replies(folder, "blocks", answers)


def _height(data: bytes) -> int:
    """Return the height that a coinbase begins with, or a made-up one for the blocks before that rule."""
    script = data[data.index(b"\xff\xff\xff\xff", 80) + 5 :]
    return int.from_bytes(script[1:4], "little") if script[0] == 3 else 1


def _write_replies(folder: Path, name: str, answers: list[tuple[str, list[Any]]]) -> None:
    """Write replies as Earmark keeps them, and bare, one a line, for a peer."""
    (folder / "bare").mkdir(exist_ok=True)
    with (
        (folder / "sources" / f"{name}.replies.jsonl").open("w", encoding="utf-8") as kept,
        (folder / "bare" / f"{name}.jsonl").open("w", encoding="utf-8") as bare,
    ):
        for body, (method, *params) in answers:
            kept.write(exchange(method, params, body) + "\n")
            bare.write(f'{{"result":{body},"error":null,"id":1}}\n')


def write_evm_rpc(folder: Path) -> None:
    write_case(folder, "evm-rpc", "chain = 1\n")
    blocks = [_block(number) for number in range(EVM_BLOCKS)]
    told: dict[str, list[tuple[Any, list[Any]]]] = {
        "blocks": [(one, ["eth_getBlockByNumber", one["number"], True]) for one, _ in blocks],
        "receipts": [(rows, ["eth_getBlockReceipts", one["number"]]) for one, rows in blocks],
        "traces": [
            (_traces(one), ["debug_traceBlockByNumber", one["number"], {"tracer": "callTracer"}])
            for one, _ in blocks
        ],
    }
    for name, answers in told.items():
        encoded = [(msgspec.json.encode(body).decode(), words) for body, words in answers]
        _write_replies(folder, name, encoded)


def write_long_chain(folder: Path, files: int) -> None:
    """Write a chain over several block files: every payment spends one of the block before."""
    write_case(folder, "bitcoin-blocks", 'network = "regtest"\n')
    spendable: list[tuple[bytes, int]] = []
    previous, height = REGTEST.genesis, 0
    for number in range(files):
        with (folder / "sources" / f"blk{number:05d}.dat").open("wb") as file:
            for _ in range(FILE_BLOCKS):
                height += 1
                data, spendable = _next_block(height, previous, spendable)
                previous = block_hash(data)
                file.write(framed(data))


def _next_block(
    height: int, previous: bytes, spendable: list[tuple[bytes, int]]
) -> tuple[bytes, list[tuple[bytes, int]]]:
    value = SUBSIDY // BLOCK_PAYMENTS // 100
    paid = [Payment([one], [(value, _script(height + n))]) for n, one in enumerate(spendable)]
    outputs = [(value, _script(n)) for n in range(0 if paid else BLOCK_PAYMENTS)]
    mined = coinbase(height, outputs or [(1, _script(height))])
    made = [(one.txid, 0) for one in paid] or [(mined.txid, n) for n in range(len(outputs))]
    return block([mined, *paid], previous=previous, time_s=START_S + 600 * height), made


def _script(number: int) -> bytes:
    return b"\x00\x14" + (number * 7919 % SCRIPTS).to_bytes(20, "big")


def _hash(number: int, digits: int = 64) -> str:
    return f"0x{((number + 1) * _MIX**2) % 16**digits:0{digits}x}"


def _block(number: int) -> tuple[Record, list[Record]]:
    pairs = [_transaction(number, index) for index in range(EVM_TRANSACTIONS)]
    block = {
        "number": hex(20_000_000 + number),
        "hash": _hash(number),
        "parentHash": _hash(number - 1),
        "timestamp": hex(1_717_000_000 + 12 * number),
        "miner": _hash(7, 40),
        "difficulty": "0x0",
        "gasLimit": hex(30_000_000),
        "gasUsed": hex(EVM_TRANSACTIONS * 60_000),
        "baseFeePerGas": hex(9_000_000_000),
        "extraData": "0x",
        "logsBloom": "0x" + "00" * 256,
        "nonce": "0x0000000000000000",
        "sha3Uncles": _hash(1),
        "transactionsRoot": _hash(2),
        "stateRoot": _hash(3),
        "receiptsRoot": _hash(4),
        "size": "0x20000",
        "uncles": [],
        "withdrawals": [],
        "withdrawalsRoot": _hash(5),
        "transactions": [one for one, _ in pairs],
    }
    return block, [receipt for _, receipt in pairs]


def _transaction(number: int, index: int) -> tuple[Record, Record]:
    place = number * EVM_TRANSACTIONS + index
    shared = {
        "blockHash": _hash(number),
        "blockNumber": hex(20_000_000 + number),
        "transactionIndex": hex(index),
        "from": _hash(place % 997, 40),
        "to": _hash(place % 1009 + 10_000, 40),
    }
    sent = {
        **shared,
        "hash": _hash(place + 1_000_000),
        "value": hex(10**15 * (place % 50 + 1) + place),
        "nonce": hex(place),
        "gas": hex(90_000),
        "gasPrice": hex(10_000_000_000),
        "maxFeePerGas": hex(20_000_000_000),
        "maxPriorityFeePerGas": hex(1_000_000_000),
        "input": "0xa9059cbb" + "00" * 64 if index % 3 else "0x",
        "type": "0x2",
        "chainId": "0x1",
        "v": "0x1",
        "r": _hash(place + 2),
        "s": _hash(place + 3),
    }
    receipt = {
        **shared,
        "transactionHash": sent["hash"],
        "status": "0x1",
        "type": "0x2",
        "gasUsed": hex(60_000),
        "cumulativeGasUsed": hex(60_000 * (index + 1)),
        "effectiveGasPrice": hex(10_000_000_000),
        "contractAddress": None,
        "logsBloom": "0x" + "00" * 256,
        "logs": [_log(sent, place, number_in) for number_in in range(2)] if index % 3 else [],
    }
    return sent, receipt


def _log(sent: Record, place: int, number_in: int) -> Record:
    ends = (_hash((place + number_in) % 997, 40), _hash(place % 1009 + 10_000, 40))
    return {
        "address": _hash(place % 40 + 500, 40),
        "topics": [TRANSFER, *("0x" + "0" * 24 + one[2:] for one in ends)],
        "data": f"0x{10**18 * (place % 90 + 1) + place:064x}",
        "blockHash": sent["blockHash"],
        "blockNumber": sent["blockNumber"],
        "transactionHash": sent["hash"],
        "transactionIndex": sent["transactionIndex"],
        "logIndex": hex(2 * int(sent["transactionIndex"], 16) + number_in),
        "removed": False,
    }


def _traces(block: Record) -> list[Record]:
    return [{"txHash": one["hash"], "result": _call(one)} for one in block["transactions"]]


def _call(sent: Record) -> Record:
    inner = {
        "type": "CALL",
        "from": sent["to"],
        "to": _hash(int(sent["nonce"], 16) % 313 + 20_000, 40),
        "value": hex(int(sent["value"], 16) // 2),
        "gas": "0x5208",
        "gasUsed": "0x5208",
        "input": "0x",
        "output": "0x",
    }
    outer = {key: sent[key] for key in ("from", "to", "value", "input", "gas")}
    return {"type": "CALL", **outer, "gasUsed": "0xea60", "output": "0x", "calls": [inner]}


def write_all(folder: Path, block_files: Path) -> None:
    """Write every case."""
    blocks = raw_blocks(block_files)
    write_bitcoin_blocks(folder / "bitcoin-blocks", blocks)
    write_bitcoin_rpc(folder / "bitcoin-rpc", blocks)
    write_evm_rpc(folder / "evm-rpc")
    for files in LONG_CHAINS:
        write_long_chain(folder / f"long-{files}", files)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]), Path(sys.argv[2]))
