"""Answers to ``getblock HASH 2`` and ``3`` of Bitcoin Core and of nodes that speak like it.

Every transaction is put together again from its fields and has to hash to its txid; the txids to the Merkle
root, the header to the block's hash. Source: Bitcoin Core, ``src/rpc/blockchain.cpp``, ``src/core_io.cpp``.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.block import NOWHERE, merkle_root
from earmark.sources.bitcoin.json_values import (
    digest,
    hexadecimal,
    items,
    record,
    satoshi,
    shown_value,
    version,
    whole,
)
from earmark.sources.bitcoin.notices import words
from earmark.sources.bitcoin.rebuilt import (
    Prevout,
    Spending,
    Told,
    proved,
    proved_header,
    told,
    unproved_header,
    without_witnesses,
)
from earmark.sources.bitcoin.wire import BlockError, Header, read_transaction, shown

if TYPE_CHECKING:
    from earmark.sources.bitcoin.json_values import Record
    from earmark.sources.bitcoin.notices import Notices

HEIGHT_MAX = (1 << 31) - 1
BLOCK_FIELDS = words(
    "hash confirmations size strippedsize weight height version versionHex merkleroot tx time mediantime"
    " nonce bits target difficulty chainwork nTx previousblockhash nextblockhash coinbase coinbase_tx"
)
TX_FIELDS = words(
    "txid hash hex size vsize weight version locktime vin vout fee blockhash confirmations time blocktime"
    " in_active_chain"
)
INPUT_FIELDS = words("coinbase txid vout scriptSig sequence txinwitness prevout address")
OUTPUT_FIELDS = words("value n scriptPubKey")
PREVOUT_FIELDS = words("generated height value scriptPubKey")
SCRIPT_FIELDS = words("asm desc hex type address addresses reqSigs p2sh")
_HEADER_PROVED_BY = "version", "merkleroot", "time", "bits", "nonce"


class NodeBlock(NamedTuple):
    """A block as a node tells it, proved by its hashes."""

    header: Header
    height: int | None
    told: list[Told]


def is_block(value: object) -> bool:
    """Tell whether a result is a block with its transactions, not only with their names."""
    if not isinstance(value, dict) or not isinstance(value.get("hash"), str):
        return False
    listed = value.get("tx")
    return isinstance(listed, list) and bool(listed) and isinstance(listed[0], dict)


def block_of(value: object, notices: Notices) -> NodeBlock:
    """Return a block; raises BlockError where a field is missing, altered or impossible."""
    found = record(value, "the result")
    notices.names(found, BLOCK_FIELDS, "block")
    header = header_of(found)
    listed = items(found.get("tx"), "tx")
    if not listed or found.get("nTx", len(listed)) != len(listed):
        raise BlockError(
            f"the block holds {shown_value(found.get('nTx'))} transactions, {len(listed)} are here"
        )
    all_told = [_told(one, place, notices) for place, one in enumerate(listed)]
    if merkle_root([one.transaction.txid for one in all_told]) != header.merkle_root:
        raise BlockError("the transactions do not hash to the Merkle root of the header")
    return NodeBlock(header, height_of(found), all_told)


def header_of(found: Record) -> Header:
    """Return the header of a block's record, proved by its hash where no field of it is missing."""
    block_hash, root = digest(found, "hash"), digest(found, "merkleroot")
    first = found.get("previousblockhash") is None
    previous = bytes(32) if first else digest(found, "previousblockhash")
    time_s, bits = whole(found, "time"), _bits(found)
    if any(found.get(name) is None for name in _HEADER_PROVED_BY):
        return unproved_header(block_hash, version(found), previous, root, (time_s, bits))
    numbers = time_s, bits, whole(found, "nonce")
    return proved_header(block_hash, version(found), previous, root, numbers)


def height_of(found: Record) -> int | None:
    """Return the height that a node states, or null."""
    return None if found.get("height") is None else whole(found, "height", 0, HEIGHT_MAX)


def is_proved(found: Record) -> bool:
    """Tell whether a record holds every field of the header."""
    return all(found.get(name) is not None for name in _HEADER_PROVED_BY)


def _bits(found: Record) -> int:
    if found.get("bits") is None:
        return 0
    if isinstance(found["bits"], int):
        return whole(found, "bits")
    value = hexadecimal(found, "bits")
    if len(value) != 4:
        raise BlockError(f"bits has {len(value)} bytes, not 4")
    return int.from_bytes(value, "big")


def _told(value: object, place: int, notices: Notices) -> Told:
    try:
        return _transaction(record(value, "it"), notices)
    except BlockError as error:
        raise BlockError(f"transaction {place}: {error}") from error


def _transaction(found: Record, notices: Notices) -> Told:
    notices.names(found, TX_FIELDS, "tx")
    txid = digest(found, "txid")
    inputs = [record(one, "an input") for one in items(found.get("vin"), "vin")]
    spendings = [_spending(one, notices) for one in inputs]
    listed = enumerate(items(found.get("vout"), "vout"))
    outputs = [_output(one, number, notices) for number, one in listed]
    if not spendings or not outputs:
        raise BlockError("there is no input or no output")
    data = without_witnesses(version(found), spendings, outputs, whole(found, "locktime"))
    proved(txid, data)
    wtxid = _wtxid(found, txid)
    prevouts = [_prevout(one, notices) for one in inputs]
    _compare_fee(found, prevouts, outputs, notices)
    known = prevouts if any(one is not None for one in prevouts) else None
    return Told(told(txid, spendings, outputs, wtxid), known)


def _wtxid(found: Record, txid: bytes) -> bytes:
    """Return the hash with witnesses; what ``hex`` holds has to be the same transaction."""
    if found.get("hex") is None:
        return digest(found, "hash") if found.get("hash") is not None else txid
    data = hexadecimal(found, "hex")
    try:
        written, end = read_transaction(data, 0)
    except (IndexError, struct.error) as error:
        raise BlockError("hex is cut off inside the transaction") from error
    if end != len(data) or written.txid != txid:
        raise BlockError(f"hex is another transaction, {shown(written.txid)}")
    return written.wtxid


def _spending(found: Record, notices: Notices) -> Spending:
    notices.names(found, INPUT_FIELDS, "vin")
    sequence = whole(found, "sequence")
    if found.get("coinbase") is not None:
        return Spending(*NOWHERE, hexadecimal(found, "coinbase"), sequence)
    script = record(found.get("scriptSig"), "scriptSig")
    return Spending(
        digest(found, "txid"), whole(found, "vout"), hexadecimal(script, "hex"), sequence
    )


def _output(value: object, number: int, notices: Notices) -> tuple[int, bytes]:
    found = record(value, "an output")
    notices.names(found, OUTPUT_FIELDS, "vout")
    if whole(found, "n") != number:
        raise BlockError(f"output {number} is numbered {found['n']}")
    return satoshi(found.get("value"), f"the value of output {number}"), _script(found, notices)


def _script(found: Record, notices: Notices) -> bytes:
    script = record(found.get("scriptPubKey"), "scriptPubKey")
    notices.names(script, SCRIPT_FIELDS, "scriptPubKey")
    return hexadecimal(script, "hex")


def _prevout(found: Record, notices: Notices) -> Prevout:
    if found.get("prevout") is None:
        return None
    prevout = record(found["prevout"], "prevout")
    notices.names(prevout, PREVOUT_FIELDS, "prevout")
    return satoshi(prevout.get("value"), "the value of a prevout"), _script(prevout, notices)


def _compare_fee(
    found: Record, prevouts: list[Prevout], outputs: list[tuple[int, bytes]], notices: Notices
) -> None:
    """Notice a stated fee that is not inputs less outputs."""
    if found.get("fee") is None or None in prevouts:
        return
    spent = sum(one[0] for one in prevouts if one is not None)
    paid = sum(value for value, _ in outputs)
    if spent < paid:
        raise BlockError("its outputs pay more than the prevouts hold")
    if satoshi(found["fee"], "fee") != spent - paid:
        sentence = "a stated fee is not what inputs and outputs say; the latter counts"
        notices.say(sentence, f"in transaction {found['txid']}")
