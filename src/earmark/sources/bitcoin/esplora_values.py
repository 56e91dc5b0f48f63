"""Transactions as an Esplora index writes them, each proved by its own identifier.

Source: Blockstream's Esplora, ``API.md``. Amounts are satoshi. Every field that a txid covers is there, so
the bytes are put together again and have to hash to it; what an input spends is the index's word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.block import NOWHERE
from earmark.sources.bitcoin.json_values import (
    digest,
    hexadecimal,
    items,
    possible,
    record,
    version,
    whole,
)
from earmark.sources.bitcoin.notices import Notices
from earmark.sources.bitcoin.rebuilt import (
    Prevout,
    Spending,
    Told,
    proved,
    told,
    without_witnesses,
)
from earmark.sources.bitcoin.wire import MONEY_MAX, BlockError

if TYPE_CHECKING:
    from earmark.sources.bitcoin.json_values import Record

HEIGHT_MAX = (1 << 31) - 1
TX_FIELDS = frozenset(
    ["txid", "version", "locktime", "vin", "vout", "size", "weight", "sigops", "fee", "status"]
)
INPUT_FIELDS = frozenset(
    [
        "txid",
        "vout",
        "prevout",
        "scriptsig",
        "scriptsig_asm",
        "witness",
        "is_coinbase",
        "sequence",
        "inner_redeemscript_asm",
        "inner_witnessscript_asm",
    ]
)
OUTPUT_FIELDS = frozenset(
    ["scriptpubkey", "scriptpubkey_asm", "scriptpubkey_type", "scriptpubkey_address", "value"]
)
STATUS_FIELDS = frozenset(["confirmed", "block_height", "block_hash", "block_time"])


class Place(NamedTuple):
    """The block of a confirmed transaction, as the index states it."""

    height: int
    block_hash: bytes
    time_s: int


class Listed(NamedTuple):
    """One transaction; ``place`` is null while no block holds it."""

    told: Told
    place: Place | None


def is_transaction(value: object) -> bool:
    """Tell whether a JSON value is a transaction of Esplora."""
    return isinstance(value, dict) and {"txid", "vin", "vout", "status"} <= value.keys()


def transaction_of(value: object, notices: Notices) -> Listed:
    """Return a transaction; raises BlockError where a field is missing, altered or impossible."""
    found = record(value, "it")
    notices.names(found, TX_FIELDS, "tx")
    txid = digest(found, "txid")
    inputs = [record(one, "an input") for one in items(found.get("vin"), "vin")]
    spendings = [_spending(one, notices) for one in inputs]
    outputs = [_output(one, notices) for one in items(found.get("vout"), "vout")]
    if not spendings or not outputs:
        raise BlockError("there is no input or no output")
    data = without_witnesses(version(found), spendings, outputs, whole(found, "locktime"))
    proved(txid, data)
    prevouts = [_prevout(one, notices) for one in inputs]
    _compare_fee(found, prevouts, outputs, notices)
    known = prevouts if any(one is not None for one in prevouts) else None
    return Listed(Told(told(txid, spendings, outputs), known), _place(found, notices))


def _spending(found: Record, notices: Notices) -> Spending:
    notices.names(found, INPUT_FIELDS, "vin")
    script, sequence = hexadecimal(found, "scriptsig"), whole(found, "sequence")
    if found.get("is_coinbase") is True:
        return Spending(*NOWHERE, script, sequence)
    return Spending(digest(found, "txid"), whole(found, "vout"), script, sequence)


def _output(value: object, notices: Notices) -> tuple[int, bytes]:
    found = record(value, "an output")
    notices.names(found, OUTPUT_FIELDS, "vout")
    return possible(whole(found, "value", 0, MONEY_MAX), "value"), hexadecimal(
        found, "scriptpubkey"
    )


def _prevout(found: Record, notices: Notices) -> Prevout:
    return None if found.get("prevout") is None else _output(found["prevout"], notices)


def _place(found: Record, notices: Notices) -> Place | None:
    status = record(found.get("status"), "status")
    notices.names(status, STATUS_FIELDS, "status")
    if status.get("confirmed") is not True:
        return None
    height = whole(status, "block_height", 0, HEIGHT_MAX)
    return Place(height, digest(status, "block_hash"), whole(status, "block_time"))


def _compare_fee(
    found: Record, prevouts: list[Prevout], outputs: list[tuple[int, bytes]], notices: Notices
) -> None:
    """Refuse prevouts that hold too little, and notice a stated fee that is not what is left over."""
    if None in prevouts:
        return
    spent = sum(one[0] for one in prevouts if one is not None)
    paid = sum(value for value, _ in outputs)
    if spent < paid:
        raise BlockError("its outputs pay more than the prevouts hold")
    if found.get("fee") is not None and whole(found, "fee", 0, MONEY_MAX) != spent - paid:
        sentence = "a stated fee is not what inputs and outputs say; the latter counts"
        notices.say(sentence, f"in transaction {found['txid']}")
