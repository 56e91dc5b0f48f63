"""Rows of the tables that Ethereum data sets share, as records: one shape for all spellings of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from earmark.sources.evm.commodities import EXPONENT_MAX
from earmark.sources.evm.tabular import Row
from earmark.sources.evm.texts import (
    CellError,
    address_of,
    address_or_none,
    bytes_of,
    double_of,
    flag_of,
    hash_of,
    integer_of,
    integer_or_none,
    path_of,
    seconds_of,
    topics_of,
)
from earmark.sources.evm.withdrawals import Withdrawal, withdrawals_of


@dataclass(frozen=True, slots=True)
class Amount:
    """Smallest units; ``inexact`` where a double held them and others share that double."""

    quantity: int
    inexact: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a transaction, log or trace stands: its block and, where told, the block's hash and time."""

    locator: str
    block: int
    block_hash: str = ""
    time_s: int | None = None
    modified: str = ""


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One block; ``base_fee`` is null where the table has no such column or an empty cell.

    ``transactions`` is their number, ``uncles`` the hash of the list of uncles. ``has_blobs`` says that the
    block is one of after Cancun.
    """

    place: Place
    parent_hash: str
    miner: str | None
    base_fee: int | None
    transactions: int | None
    is_mined: bool
    uncles: str
    has_blobs: bool
    withdrawals: tuple[Withdrawal, ...]


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """What a transaction used and whether it went through; ``status`` is null where that is not said."""

    place: Place
    hash: str
    status: bool | None
    gas_used: int | None
    price: int | None
    blob_gas: int
    blob_price: int
    rollup_fee: int
    contract: str | None


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """One transaction; ``price`` is what a unit of gas cost, and ``receipt`` what the row says of it."""

    place: Place
    hash: str
    place_in_block: int
    payer: str
    payee: str | None
    value: Amount
    nonce: int | None
    gas_limit: int | None
    price: int | None
    receipt: ReceiptRow | None


@dataclass(frozen=True, slots=True)
class LogRow:
    """One log, ``topics`` in order."""

    place: Place
    hash: str
    place_in_block: int | None
    log_index: int
    contract: str
    topics: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer that the data set took out of a log.

    ``item`` is the number of an ERC-721 token; ``is_coin`` says that the table holds no such tokens.
    """

    place: Place
    hash: str
    place_in_block: int | None
    log_index: int
    contract: str
    payer: str
    payee: str
    value: Amount | None
    item: int | None
    is_coin: bool


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One step of a transaction, or a reward or grant of its block; ``name`` is the table's own."""

    place: Place
    hash: str | None
    place_in_block: int | None
    kind: str
    call: str
    reward: str
    payer: str | None
    payee: str | None
    value: Amount
    path: tuple[int, ...]
    works: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """What a contract says of itself; ``is_item`` is true for ERC-721, false for ERC-20, null if not said."""

    contract: str
    decimals: int | None
    name: str
    symbol: str
    is_item: bool | None


Record = BlockRow | ReceiptRow | TransactionRow | LogRow | TransferRow | TraceRow | TokenRow


def record_of(row: Row) -> Record:
    """Return the record of a row; raises CellError with the reason why there is none."""
    if row.fault:
        raise CellError(row.fault)
    return _READERS[row.kind](row)


def _place(row: Row, number: str = "block_number", block_hash: str = "block_hash") -> Place:
    cells = row.cells
    time, own_hash = cells.get("time", ""), cells.get(block_hash, "")
    return Place(
        row.locator,
        integer_of(cells.get(number, ""), number),
        hash_of(own_hash, block_hash) if own_hash else "",
        seconds_of(time, "time") if time else None,
        cells.get("modified", ""),
    )


def _value(row: Row, field: str = "value") -> Amount:
    text = row.cells.get(field, "")
    if field in row.doubles:
        return Amount(*double_of(text, field))
    return Amount(integer_of(text, field))


def _whole(row: Row, field: str) -> int | None:
    text = row.cells.get(field, "")
    if not text:
        return None
    if field in row.doubles:
        value, inexact = double_of(text, field)
        if inexact:
            raise CellError(f"{field}: {text} is stored as a double, which cannot hold it exactly")
        return value
    return integer_of(text, field)


def _block(row: Row) -> BlockRow:
    cells = row.cells
    parent = cells.get("parent_hash", "")
    return BlockRow(
        _place(row, "number", "hash"),
        hash_of(parent, "parent_hash") if parent else "",
        address_or_none(cells.get("miner", ""), "miner"),
        _whole(row, "base_fee"),
        _whole(row, "transaction_count"),
        any(digit in "123456789" for digit in cells.get("difficulty", "")),
        cells.get("uncles", "").lower(),
        bool(cells.get("blobs", "")),
        withdrawals_of(cells.get("withdrawals", "")),
    )


def _receipt(row: Row) -> ReceiptRow:
    cells = row.cells
    return ReceiptRow(
        _place(row),
        hash_of(cells.get("hash", ""), "transaction hash"),
        flag_of(cells.get("status", ""), "status"),
        _whole(row, "gas_used"),
        _whole(row, "effective_gas_price"),
        _whole(row, "blob_gas_used") or 0,
        _whole(row, "blob_gas_price") or 0,
        _whole(row, "l1_fee") or 0,
        address_or_none(cells.get("contract_address", ""), "contract_address"),
    )


def _transaction(row: Row) -> TransactionRow:
    cells = row.cells
    has_receipt = bool(cells.get("gas_used") or cells.get("status"))
    return TransactionRow(
        _place(row),
        hash_of(cells["hash"], "transaction hash"),
        integer_of(cells["index"], "transaction_index"),
        address_of(cells["from"], "from_address"),
        address_or_none(cells["to"], "to_address"),
        _value(row),
        _whole(row, "nonce"),
        _whole(row, "gas_limit"),
        _whole(row, "gas_price"),
        _receipt(row) if has_receipt else None,
    )


def _log(row: Row) -> LogRow:
    cells = row.cells
    return LogRow(
        _place(row),
        hash_of(cells["hash"], "transaction hash"),
        integer_or_none(cells.get("index", ""), "transaction_index"),
        integer_of(cells["log_index"], "log_index"),
        address_of(cells["address"], "address"),
        _topics(cells),
        bytes_of(cells["data"] or "0x", "data"),
    )


def _topics(cells: Mapping[str, str]) -> tuple[str, ...]:
    if "topics" in cells:
        return topics_of(cells["topics"], "topics")
    texts = [cells.get(f"topic{number}", "") for number in range(4)]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(hash_of(one, f"topic{number}") for number, one in enumerate(texts))


def _transfer(row: Row) -> TransferRow:
    cells = row.cells
    return TransferRow(
        _place(row),
        hash_of(cells["hash"], "transaction hash"),
        integer_or_none(cells.get("index", ""), "transaction_index"),
        integer_of(cells["log_index"], "log_index"),
        address_of(cells["token"], "token address"),
        address_of(cells["from"], "from_address"),
        address_of(cells["to"], "to_address"),
        _value(row) if "value" in cells else None,
        _item(row) if "item" in cells else None,
        row.kind == "erc20_transfers",
    )


def _item(row: Row) -> int:
    found = _value(row, "item")
    if found.inexact:
        raise CellError("token_id is stored as a double, which cannot hold it exactly")
    return found.quantity


def _trace(row: Row) -> TraceRow:
    cells = row.cells
    status, own_hash = cells.get("status", ""), cells.get("hash", "")
    kind = cells["kind"]
    pair = _ends(kind, cells)
    return TraceRow(
        _place(row),
        hash_of(own_hash, "transaction hash") if own_hash else None,
        integer_or_none(cells.get("index", ""), "transaction_index"),
        kind,
        cells.get("call", "").replace("_", ""),
        cells.get("reward", ""),
        *pair,
        _value(row) if cells["value"] else Amount(0),
        path_of(cells.get("path", ""), "trace_address"),
        flag_of(status, "status") is not False and not cells.get("error", ""),
        cells.get("name", "")[:100],
    )


def _ends(kind: str, cells: Mapping[str, str]) -> tuple[str | None, str | None]:
    payer = address_or_none(cells["from"], "from_address")
    payee = address_or_none(cells["to"], "to_address")
    made = address_or_none(cells.get("made", ""), "result_address")
    if kind == "create":
        return payer, made or payee
    if kind == "reward" and payee is None:
        return None, payer  # cryo names the author as the sender
    return payer, payee


def _native_transfer(row: Row) -> TraceRow:
    cells = row.cells
    own_hash, payer = cells.get("hash", ""), address_of(cells["from"], "from_address")
    return TraceRow(
        _place(row),
        hash_of(own_hash, "transaction hash") if own_hash else None,
        integer_or_none(cells.get("index", ""), "transaction_index"),
        "transfer",
        "",
        "",
        payer,
        address_of(cells["to"], "to_address"),
        _value(row),
        (integer_of(cells["transfer_index"], "transfer_index"),),
        works=True,
    )


def _token(row: Row) -> TokenRow:
    cells = row.cells
    decimals = _decimals(cells.get("decimals", ""))
    is_coin = flag_of(cells.get("is_erc20", ""), "is_erc20")
    is_item = flag_of(cells.get("is_erc721", ""), "is_erc721")
    told = None if is_item is is_coin else bool(is_item)
    return TokenRow(
        address_of(cells["address"], "address"),
        decimals,
        cells.get("name", "")[:200],
        cells.get("symbol", "")[:60],
        told,
    )


def _decimals(text: str) -> int | None:
    """Return decimals that a commodity can have; more say nothing, as none do."""
    found = integer_or_none(text, "decimals")
    return None if found is None or found > EXPONENT_MAX else found


_READERS: dict[str, Callable[[Row], Record]] = {
    "blocks": _block,
    "transactions": _transaction,
    "receipts": _receipt,
    "logs": _log,
    "token_transfers": _transfer,
    "erc20_transfers": _transfer,
    "erc721_transfers": _transfer,
    "traces": _trace,
    "tokens": _token,
    "contracts": _token,
    "erc20_metadata": _token,
    "native_transfers": _native_transfer,
}
