"""What an Electrum server answers, proved: transactions by their bytes, blocks by work and Merkle branch.

Source: the Electrum protocol 1.4. That a block's height is its place on the chain, and that no transaction
was kept back, is the server's word.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.block import has_work, target
from earmark.sources.bitcoin.json_values import hexadecimal, items, record, whole
from earmark.sources.bitcoin.wire import (
    HEADER_BYTES,
    BlockError,
    Header,
    Transaction,
    double_sha256,
    read_header,
    read_transaction,
    shown,
)

if TYPE_CHECKING:
    from earmark.sources.bitcoin.networks import Network

TRANSACTION = "blockchain.transaction.get"
HEADER = "blockchain.block.header"
BRANCH = "blockchain.transaction.get_merkle"
HISTORY = "blockchain.scripthash.get_history"
BRANCH_MAX = 32
HEIGHT_MAX = (1 << 31) - 1
_NODE_BYTES = 64
"""Bytes of two hashes: a transaction as long could be a node of the tree instead (CVE-2017-12842)."""


class Branch(NamedTuple):
    """The hashes beside a transaction's way to the Merkle root, and its position in the block."""

    height: int
    position: int
    hashes: tuple[bytes, ...]


def transaction_of(value: object, params: object) -> Transaction:
    """Return the transaction that was asked for; raises BlockError for other or broken bytes."""
    found = {"hex": value} if isinstance(value, str) else record(value, "the transaction")
    data = hexadecimal(found, "hex")
    try:
        transaction, end = read_transaction(data, 0)
    except (IndexError, struct.error) as error:
        raise BlockError("the transaction is cut off") from error
    if end != len(data):
        raise BlockError(f"{len(data) - end} bytes are left over after the transaction")
    if len(data) == _NODE_BYTES:
        raise BlockError("a transaction of 64 bytes proves nothing: it could be part of a proof")
    asked = asked_txid(params)
    if transaction.txid != asked:
        raise BlockError(f"another transaction, {shown(transaction.txid)}, than {shown(asked)}")
    return transaction


def header_of(value: object, network: Network) -> Header:
    """Return a header that has the work it claims; raises BlockError for any other."""
    found = {"header": value} if isinstance(value, str) else record(value, "the header")
    data = hexadecimal(found, "header")
    if len(data) != HEADER_BYTES:
        raise BlockError(f"a header of {len(data)} bytes, not {HEADER_BYTES}")
    header = read_header(data)
    if not has_work(header) or not 0 < target(header.bits) <= network.target_max:
        raise BlockError(
            "the header's hash does not meet its target: altered, or of another network"
        )
    return header


def branch_of(value: object) -> Branch:
    """Return a Merkle branch; raises BlockError for one that is none."""
    found = record(value, "the branch")
    hashes = [hexadecimal({"hash": one}, "hash") for one in items(found.get("merkle"), "merkle")]
    if len(hashes) > BRANCH_MAX or any(len(one) != 32 for one in hashes):
        raise BlockError("the Merkle branch is not made of at most 32 hashes")
    position = whole(found, "pos", 0, (1 << len(hashes)) - 1)
    height = whole(found, "block_height", 1, HEIGHT_MAX)
    return Branch(height, position, tuple(one[::-1] for one in hashes))


def root_over(txid: bytes, branch: Branch) -> bytes:
    """Return the Merkle root to which a branch leads from a transaction."""
    root, position = txid, branch.position
    for one in branch.hashes:
        root = double_sha256(one + root if position & 1 else root + one)
        position >>= 1
    return root


def heights_of(value: object) -> dict[bytes, int]:
    """Return the height of each transaction of a history; 0 or less where no block holds it yet."""
    rows = [record(one, "a row of the history") for one in items(value, "the history")]
    return {asked_txid([row.get("tx_hash")]): whole(row, "height", -1, HEIGHT_MAX) for row in rows}


def asked_txid(params: object) -> bytes:
    """Return the txid that a question begins with, in the order of the wire."""
    first = params[0] if isinstance(params, list) and params else None
    value = hexadecimal({"txid": first}, "txid")
    if len(value) != 32:
        raise BlockError(f"a txid of {len(value)} bytes")
    return value[::-1]


def asked_height(params: object) -> int:
    """Return the height that a question begins with."""
    first = params[0] if isinstance(params, list) and params else None
    return whole({"height": first}, "height", 0, HEIGHT_MAX)
