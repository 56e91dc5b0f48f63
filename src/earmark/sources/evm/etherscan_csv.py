"""CSV exports of Etherscan and its sister sites: native, internal, ERC-20 and ERC-721, told by header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from earmark.ledger.errors import EarmarkError
from earmark.sources.evm.etherscan_rows import Listed, Listing
from earmark.sources.evm.tabular import Opened, Row, Sheet, columns_of, open_table, sheet
from earmark.sources.evm.texts import (
    CellError,
    address_of,
    address_or_none,
    amount_of,
    hash_of,
    integer_of,
    integer_or_none,
    seconds_of,
)

NATIVE_EXPONENT = 18
SITE_ROWS_MAX = 5_000
"""Rows after which the site cuts an export off."""
_SYMBOL = re.compile(r"(?:Value_IN|Value_OUT|TxnFee)\(((?!USD\))[A-Za-z]{2,10})\)\Z", re.IGNORECASE)
_PRICES = re.compile(r"CurrentValue|Historical \$Price/|TxnFee\(USD\)|ParentTx\w+_Value\Z")
_COMMON = "hash=Transaction_Hash|Txhash time=UnixTimestamp"
_BLOCK = "block=Blockno"


def open_csv(path: Path, name: str, prefix: str) -> tuple[Opened, str]:
    """Return one export, and the symbol of the chain's coin in its header ("" in a list of tokens).

    Raises EarmarkError for a file that is no such export.
    """
    header = columns_of(path, name, ("csv",))
    symbols = sorted({found[1].upper() for one in header if (found := _SYMBOL.match(one))})
    if len(symbols) > 1:
        raise EarmarkError(
            f"the header names several coins: {', '.join(symbols)}",
            file=name,
            line=1,
            expected="one",
        )
    written = next((found[1] for one in header if (found := _SYMBOL.match(one))), "ETH")
    opened = open_table(path, name, _sheets(header, written), ("csv",), prefix)
    return opened, symbols[0] if symbols else ""


def _sheets(header: Sequence[str], coin: str) -> list[Sheet]:
    more = "DateTime DateTime_(UTC) PrivateNote Method USDValueDayOfTx"
    known = " ".join([more, *(one.replace(" ", "_") for one in header if _PRICES.match(one))])
    amounts = f"value_in=Value_IN({coin}) value_out=Value_OUT({coin})"
    contract = "contract=ContractAddress|Contract_Address"
    names = f"{_BLOCK} token_name=TokenName|Token_Name token_symbol=TokenSymbol|Token_Symbol"
    item = "item=TokenId|TokenID|Token_ID|Token_Id"
    value = "amount=TokenValue|Value|Quantity|Amount"
    ends = "from=From to=To"
    written = [
        sheet("erc721", f"{_COMMON} {ends} {contract} {item}", f"{names} type=Type {value}", known),
        sheet("erc20", f"{_COMMON} {ends} {value} {contract}", names, known),
        sheet(
            "internal",
            f"{_COMMON} parent=ParentTxFrom from=From to=TxTo {amounts}",
            f"{_BLOCK} {contract} status=Status error=ErrCode type=Type",
            f"{known} ParentTxTo",
        ),
        sheet(
            "native",
            f"{_COMMON} {ends} {amounts} fee=TxnFee({coin})",
            f"{_BLOCK} {contract} status=Status error=ErrCode",
            known,
        ),
    ]
    return [one.respelt("_", " ", header) for one in written]


def listed(row: Row, list_name: str) -> Listed:
    """Return a row of an export; raises CellError with the reason why it cannot be read."""
    if row.fault:
        raise CellError(row.fault)
    if row.kind in ("erc20", "erc721"):
        return _token(row, list_name, "erc20" if row.kind == "erc20" else "erc721")
    return _native(row, list_name, "native" if row.kind == "native" else "internal")


def _native(row: Row, list_name: str, listing: Listing) -> Listed:
    cells = row.cells
    made = address_or_none(cells.get("contract", ""), "ContractAddress")
    fee = cells.get("fee", "")
    return Listed(
        listing,
        list_name,
        row.locator,
        hash_of(cells["hash"], "transaction hash"),
        seconds_of(cells["time"], "UnixTimestamp"),
        address_of(cells["from"], "From"),
        address_or_none(cells["to"], "To") or made,
        str(_one_way(cells["value_in"], cells["value_out"])),
        is_smallest=True,
        failed=_failed(cells, listing),
        block=integer_or_none(cells.get("block", ""), "Blockno"),
        fee=amount_of(fee, "TxnFee", NATIVE_EXPONENT) if fee else None,
        call=cells.get("type", "").lower(),
    )


def _one_way(value_in: str, value_out: str) -> int:
    """Return what moved: a row is seen from one address, so one of the two is zero unless it paid itself."""
    into = amount_of(value_in or "0", "Value_IN", NATIVE_EXPONENT)
    out = amount_of(value_out or "0", "Value_OUT", NATIVE_EXPONENT)
    if into and out and into != out:
        raise CellError(
            f"Value_IN is {value_in} and Value_OUT is {value_out}: which of them moved?"
        )
    return into or out


def _failed(cells: dict[str, str], listing: Listing) -> bool:
    status = cells.get("status", "").strip().lower()
    if listing == "internal":
        if status not in ("", "0", "1", "success"):
            raise CellError(f"Status: {status[:60]!r} is not 0 (moved) or 1 (failed)")
        return status == "1" or bool(cells.get("error", ""))
    if status in ("", "1", "ok", "success", "successful"):
        return False
    if status.startswith(("error", "fail", "0", "dropped")):
        return True
    raise CellError(f"Status: {status[:60]!r} is not empty or Error(…)")


def _token(row: Row, list_name: str, listing: Listing) -> Listed:
    cells = row.cells
    item = cells.get("item", "")
    amount = cells.get("amount", "")
    return Listed(
        listing,
        list_name,
        row.locator,
        hash_of(cells["hash"], "transaction hash"),
        seconds_of(cells["time"], "UnixTimestamp"),
        address_of(cells["from"], "From"),
        address_of(cells["to"], "To"),
        amount or ("1" if listing == "erc721" else ""),
        is_smallest=listing == "erc721",
        block=integer_or_none(cells.get("block", ""), "Blockno"),
        contract=address_of(cells["contract"], "ContractAddress"),
        item=integer_of(item, "TokenId") if listing == "erc721" else None,
        token_name=cells.get("token_name", "")[:200],
        token_symbol=cells.get("token_symbol", "")[:60],
        multiple="1155" in cells.get("type", "")
        or (listing == "erc721" and amount not in ("", "1")),
    )
