"""One peer at work, alone in a process of its own virtual environment: what it took, as JSON.

``python tests/bench/peers.py STAGE FOLDER ROUNDS``: the first round warms up and is not counted.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def bitcoinlib(folder: Path) -> int:
    """Deserialise raw blocks with python-bitcoinlib and walk their inputs and outputs."""
    from bitcoin.core import CBlock

    made = 0
    for path in sorted((folder / "raw").iterdir()):
        block = CBlock.deserialize(path.read_bytes())
        for one in block.vtx:
            txid = one.GetTxid()
            rows = [(txid, place.prevout.hash, place.prevout.n) for place in one.vin]
            rows += [(txid, out.nValue, bytes(out.scriptPubKey)) for out in one.vout]
            made += bool(rows)
    return made


def bitcoin_etl(folder: Path) -> int:
    """Map a node's JSON with bitcoin-etl, from text to its rows."""
    from bitcoinetl.mappers.block_mapper import BtcBlockMapper
    from bitcoinetl.mappers.transaction_mapper import BtcTransactionMapper

    blocks, transactions = BtcBlockMapper(), BtcTransactionMapper()
    made = 0
    for reply in _replies(folder / "bare" / "blocks.jsonl", parse_float=Decimal):
        block = blocks.json_dict_to_block(reply)
        rows = [transactions.transaction_to_dict(one) for one in block.transactions]
        rows.append(blocks.block_to_dict(block))
        made += len(rows) - 1
    return made


def ethereum_etl(folder: Path) -> int:
    """Map a node's JSON with ethereum-etl: blocks, transactions, receipts, logs, transfers, traces."""
    from ethereumetl.mappers.block_mapper import EthBlockMapper
    from ethereumetl.mappers.transaction_mapper import EthTransactionMapper

    blocks, transactions = EthBlockMapper(), EthTransactionMapper()
    made = 0
    for reply in _replies(folder / "bare" / "blocks.jsonl"):
        block = blocks.json_dict_to_block(reply)
        rows = [transactions.transaction_to_dict(one) for one in block.transactions]
        rows.append(blocks.block_to_dict(block))
        made += len(rows) - 1
    return made + _receipts(folder) + _traces(folder)


def _receipts(folder: Path) -> int:
    from ethereumetl.mappers.receipt_log_mapper import EthReceiptLogMapper
    from ethereumetl.mappers.receipt_mapper import EthReceiptMapper
    from ethereumetl.mappers.token_transfer_mapper import EthTokenTransferMapper
    from ethereumetl.service.token_transfer_extractor import EthTokenTransferExtractor

    receipts, logs = EthReceiptMapper(), EthReceiptLogMapper()
    extractor, transfers = EthTokenTransferExtractor(), EthTokenTransferMapper()
    made = 0
    for reply in _replies(folder / "bare" / "receipts.jsonl"):
        rows = []
        for one in reply:
            receipt = receipts.json_dict_to_receipt(one)
            rows.append(receipts.receipt_to_dict(receipt))
            for log in receipt.logs:
                rows.append(logs.receipt_log_to_dict(log))
                transfer = extractor.extract_transfer_from_log(log)
                if transfer is not None:
                    rows.append(transfers.token_transfer_to_dict(transfer))
        made += len(rows)
    return made


def _traces(folder: Path) -> int:
    from ethereumetl.mappers.geth_trace_mapper import EthGethTraceMapper
    from ethereumetl.mappers.trace_mapper import EthTraceMapper

    geth, traces = EthGethTraceMapper(), EthTraceMapper()
    mapped = 0
    for number, reply in enumerate(_replies(folder / "bare" / "traces.jsonl")):
        told = {"block_number": number, "transaction_traces": [one["result"] for one in reply]}
        made = traces.geth_trace_to_traces(geth.json_dict_to_geth_trace(told))
        mapped += len([traces.trace_to_dict(one) for one in made])
    return mapped


def _replies(path: Path, **how: Any) -> Iterator[Any]:
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line, **how)["result"]


STAGES: dict[str, Callable[[Path], int]] = {
    one.__name__: one for one in (bitcoinlib, bitcoin_etl, ethereum_etl)
}


def measured(work: Callable[[Path], int], folder: Path, rounds: int) -> dict[str, float]:
    """Return seconds and processor seconds of the rounds, the peak memory in bytes, and what one round made."""
    made = work(folder)
    start, busy = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        assert work(folder) == made
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": time.perf_counter() - start,
        "busy": time.process_time() - busy,
        "peak": peak if sys.platform == "darwin" else 1024 * peak,
        "made": made,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(STAGES[sys.argv[1]], Path(sys.argv[2]), int(sys.argv[3]))))
