"""The columns of the AWS public Bitcoin data: as bitcoin-etl's, but amounts are doubles of bitcoin.

A double has 53 bits and every amount of satoshi fits into them, so the nearest whole satoshi is the amount that
was meant; the txid proves it for outputs. Source: AWS, "Guidance for Digital Assets on AWS", ``schema/btc.md``.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from earmark.sources.bitcoin.gathered import HeaderRow
from earmark.sources.bitcoin.json_values import (
    digest,
    hexadecimal,
    items,
    possible,
    record,
    satoshi,
    shown_value,
    version,
    whole,
)
from earmark.sources.bitcoin.networks import COIN
from earmark.sources.bitcoin.notices import words
from earmark.sources.bitcoin.wire import BlockError

if TYPE_CHECKING:
    from earmark.sources.bitcoin.notices import Notices

TX_COLUMNS = words(
    "date hash size virtual_size version lock_time block_hash block_number block_timestamp index input_count"
    " output_count input_value output_value is_coinbase fee inputs outputs last_modified"
)
HEADER_COLUMNS = words(
    "date hash size stripped_size weight number version merkle_root timestamp nonce bits coinbase_param"
    " transaction_count mediantime difficulty chainwork previousblockhash last_modified"
)
TX_READ = ("hash", "version", "lock_time", "index", "is_coinbase", "inputs", "outputs")
HEAD_READ = ("block_hash", "block_number", "block_timestamp", "index")
HEADER_READ = (
    "hash",
    "number",
    "version",
    "merkle_root",
    "timestamp",
    "nonce",
    "bits",
    "coinbase_param",
    "transaction_count",
    "previousblockhash",
)
IN_FIELDS = words(
    "index spent_transaction_hash spent_output_index script_asm script_hex sequence required_signatures type"
    " address value"
)
OUT_FIELDS = words("index script_asm script_hex required_signatures type address value")
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_OFF_MAX = Decimal("0.25")
"""Satoshi by which a double may miss a whole amount; that of the largest amount misses it by 0.19."""


def satoshi_of_double(value: object, name: str) -> int:
    """Return a double of bitcoin in satoshi; raises BlockError for one that is no amount of them."""
    if not isinstance(value, float):
        return satoshi(value, name)
    exact = Decimal(value)
    if not exact.is_finite() or exact.adjusted() > 20:
        raise BlockError(f"{name} is no amount: {shown_value(value)}")
    scaled = _EXACT.multiply(exact, COIN)
    total = scaled.to_integral_value(ROUND_HALF_EVEN, _EXACT)
    if abs(_EXACT.subtract(scaled, total)) > _OFF_MAX:
        raise BlockError(f"{name} is finer than a satoshi: {shown_value(value)}")
    return possible(int(total), name)


def as_etl(found: dict[str, object], notices: Notices) -> dict[str, object]:
    """Return a row of transactions as bitcoin-etl would write it; raises BlockError."""
    inputs = [record(one, "an input") for one in items(found.get("inputs") or [], "inputs")]
    outputs = [record(one, "an output") for one in items(found.get("outputs"), "outputs")]
    for one in inputs:
        notices.names(one, IN_FIELDS, "inputs")
    for one in outputs:
        notices.names(one, OUT_FIELDS, "outputs")
    if found.get("is_coinbase") is True:
        inputs = [one for one in inputs if one.get("spent_transaction_hash")]
    return {
        **found,
        "inputs": [_side(one, "an input") for one in inputs],
        "outputs": [_side(one, "an output") for one in outputs],
    }


def _side(found: dict[str, object], name: str) -> dict[str, object]:
    address, value = found.get("address"), found.get("value")
    kept = {key: one for key, one in found.items() if key not in ("address", "value")}
    amount = None if value is None else satoshi_of_double(value, f"the value of {name}")
    return {**kept, "addresses": [] if address is None else [address], "value": amount}


def seconds(values: pa.ChunkedArray | pa.Array) -> list[int | None]:
    """Return a column of times as seconds since 1970; raises pa.ArrowInvalid for fractions of one."""
    kind = values.type
    if pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("s", kind.tz)).cast(pa.int64())
    found: list[int | None] = values.to_pylist()
    return found


def header_row(found: dict[str, object], locator: str) -> HeaderRow:
    """Return a row of the table of blocks, its time in seconds; raises BlockError."""
    coinbase, count = found.get("coinbase_param"), found.get("transaction_count")
    before = found.get("previousblockhash")
    bits = hexadecimal(found, "bits")
    return HeaderRow(
        digest(found, "hash"),
        whole(found, "number", 0, (1 << 31) - 1),
        version(found),
        digest(found, "previousblockhash") if before else b"",
        digest(found, "merkle_root"),
        (whole(found, "timestamp"), int.from_bytes(bits[-4:], "big"), whole(found, "nonce")),
        hexadecimal(found, "coinbase_param") if coinbase else None,
        None if count is None else whole(found, "transaction_count"),
        locator,
    )
