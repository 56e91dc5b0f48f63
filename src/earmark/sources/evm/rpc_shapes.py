"""What an Ethereum node answers, as far as it is read: blocks, transactions, receipts, logs.

Source: the Ethereum JSON-RPC specification. Every quantity is text in hexadecimal; other fields are let be.
"""

from __future__ import annotations

import msgspec


class _Camel(msgspec.Struct, frozen=True, rename="camel"):
    """Base of every shape: names in camel case, unknown fields allowed."""


class RpcWithdrawal(_Camel, frozen=True):
    """A withdrawal of stake; ``amount`` in gwei."""

    index: str
    address: str
    amount: str


class RpcTransaction(msgspec.Struct, frozen=True, rename="camel"):
    """A transaction; ``mint`` is what chains above Ethereum bring in with it, in wei."""

    hash: str
    sender: str = msgspec.field(name="from")
    value: str
    nonce: str
    to: str | None = None
    gas: str | None = None
    gas_price: str | None = None
    mint: str | None = None
    chain_id: str | None = None
    block_hash: str | None = None
    block_number: str | None = None
    transaction_index: str | None = None


class RpcBlock(_Camel, frozen=True):
    """A block; transactions are whole, or only their hashes."""

    number: str
    hash: str
    parent_hash: str
    timestamp: str
    miner: str = ""
    transactions: list[RpcTransaction | str] = []
    base_fee_per_gas: str | None = None
    difficulty: str | None = None
    excess_blob_gas: str | None = None
    uncles: list[str] = []
    withdrawals: list[RpcWithdrawal] | None = None


class RpcLog(_Camel, frozen=True):
    """A log; ``removed`` says that its block is no longer on the chain."""

    address: str
    topics: list[str]
    data: str
    block_number: str
    block_hash: str
    transaction_hash: str
    transaction_index: str
    log_index: str
    block_timestamp: str | int | None = None
    removed: bool = False


class RpcReceipt(msgspec.Struct, frozen=True, rename="camel"):
    """A receipt; before Byzantium it has ``root`` and no ``status``."""

    transaction_hash: str
    transaction_index: str
    block_hash: str
    block_number: str
    sender: str = msgspec.field(name="from")
    gas_used: str
    logs: list[RpcLog]
    contract_address: str | None = None
    status: str | None = None
    root: str | None = None
    effective_gas_price: str | None = None
    blob_gas_used: str | None = None
    blob_gas_price: str | None = None
    l1_fee: str | None = None


class InternalOperation(msgspec.Struct, frozen=True):
    """One row of Otterscan's list of a transaction's moving calls; 1 is a self-destruction."""

    type: int
    sender: str = msgspec.field(name="from")
    to: str
    value: str


class RpcError(msgspec.Struct, frozen=True):
    """Why a node did not answer."""

    code: int = 0
    message: str = ""


class Reply(msgspec.Struct, frozen=True):
    """A JSON-RPC reply; ``result`` is not read yet."""

    result: msgspec.Raw = msgspec.Raw(b"null")
    error: RpcError | None = None
