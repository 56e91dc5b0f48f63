"""The invented history as an explorer lists it for one address: CSV exports and answers of the API."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from tests.unit.sources.evm_formats.world import (
    ANN,
    BOB,
    CAT,
    COIN,
    ETHER,
    FIRST,
    ITEM,
    MADE,
    PRICE,
    ROUTER,
    TIME,
    TRANSACTIONS,
    tx_hash,
)

NATIVE = [
    "Transaction Hash", "Blockno", "UnixTimestamp", "DateTime (UTC)", "From", "To", "ContractAddress",
    "Value_IN(ETH)", "Value_OUT(ETH)", "CurrentValue @ $1650.1/Eth", "TxnFee(ETH)", "TxnFee(USD)",
    "Historical $Price/Eth", "Status", "ErrCode", "Method",
]  # fmt: skip
INTERNAL = [
    "Transaction Hash", "Blockno", "UnixTimestamp", "DateTime (UTC)", "ParentTxFrom", "ParentTxTo",
    "ParentTxETH_Value", "From", "TxTo", "ContractAddress", "Value_IN(ETH)", "Value_OUT(ETH)",
    "CurrentValue @ $1650.1/Eth", "Historical $Price/Eth", "Status", "ErrCode", "Type",
]  # fmt: skip
ERC20 = [
    "Transaction Hash", "Blockno", "UnixTimestamp", "DateTime (UTC)", "From", "To", "TokenValue",
    "USDValueDayOfTx", "ContractAddress", "TokenName", "TokenSymbol",
]  # fmt: skip
ERC721 = [
    "Transaction Hash", "Blockno", "UnixTimestamp", "DateTime (UTC)", "From", "To", "ContractAddress",
    "TokenId", "TokenName", "TokenSymbol", "Type",
]  # fmt: skip
Cells = list[list[str]]


def ether(wei: int) -> str:
    whole, rest = divmod(wei, ETHER)
    return f"{whole:,}.{rest:018d}".rstrip("0").rstrip(".")


def when(block: int) -> list[str]:
    return [str(block), str(TIME + 12 * (block - FIRST)), "2023-08-25 21:46:40"]


def native(owner: str) -> Cells:
    rows = []
    for number, block, _, payer, payee, value, _, used, status in TRANSACTIONS:
        if owner not in (payer, payee):
            continue
        into, out = (ether(value), "0") if payee == owner else ("0", ether(value))
        failed = ["", ""] if status else ["Error(0)", "execution reverted"]
        made = "" if payee else MADE
        rows.append([
            tx_hash(number), *when(block), payer, payee, made, into, out, "1", ether(used * PRICE), "0.1",
            "1650", *failed, "Transfer",
        ])  # fmt: skip
    return rows


def internal() -> Cells:
    return [[
        tx_hash(3), *when(FIRST), ANN, ROUTER, "3", ROUTER, CAT, "", "1", "0", "1650", "1650", "0", "",
        "call",
    ]]  # fmt: skip


def erc20(value: str = "1.0") -> Cells:
    return [[tx_hash(1), *when(FIRST), ANN, BOB, value, "1", COIN, "Coin", "USDT"]]


def erc721() -> Cells:
    return [[tx_hash(3), *when(FIRST), ANN, BOB, ITEM, "7", "Item", "IT", "ERC-721"]]


def write(folder: Path, name: str, header: list[str], rows: Cells, **how: Any) -> str:
    """Write an export as the site does: a mark at the start, every cell in quotation marks."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([header, *rows])
    written = text.getvalue()
    if how.get("spare_comma"):
        head, *lines = written.splitlines()
        written = "\r\n".join([head, *(line + "," for line in lines)]) + "\r\n"
    (folder / name).write_bytes(b"\xef\xbb\xbf" + written.encode())
    return name


def reply(result: object, status: str = "1", message: str = "OK") -> dict[str, object]:
    return {"status": status, "message": message, "result": result}


def txlist(owner: str) -> list[dict[str, str]]:
    return [
        {
            "blockNumber": str(block),
            "timeStamp": str(TIME + 12 * (block - FIRST)),
            "hash": tx_hash(number),
            "nonce": str(nonce),
            "transactionIndex": str(place),
            "from": payer,
            "to": payee,
            "value": str(value),
            "gasPrice": str(PRICE),
            "gasUsed": str(used),
            "isError": str(1 - status),
            "txreceipt_status": str(status),
            "contractAddress": "" if payee else MADE,
            "input": "0x",
        }
        for number, block, place, payer, payee, value, nonce, used, status in TRANSACTIONS
        if owner in (payer, payee)
    ]


def tokentx(**more: str) -> list[dict[str, str]]:
    return [
        {
            "blockNumber": str(FIRST),
            "timeStamp": str(TIME),
            "hash": tx_hash(1),
            "nonce": "1",
            "from": ANN,
            "to": BOB,
            "contractAddress": COIN,
            "value": "1000000",
            "tokenName": "Coin",
            "tokenSymbol": "USDT",
            "tokenDecimal": "6",
            "transactionIndex": "1",
            "gasPrice": str(PRICE),
            "gasUsed": "50000",
        }
        | more
    ]


def exchange(query: dict[str, str], body: object, status: int = 200) -> str:
    """Return one line of saved replies."""
    text = body if isinstance(body, str) else json.dumps(body)
    line = {
        "url": "https://explorer.example/api",
        "method": "GET",
        "params": {"path": "/api", "query": {"module": "account", **query}},
        "asked": "2023-09-01T00:00:00Z",
        "status": status,
        "body": text,
    }
    return json.dumps(line) + "\n"
