"""One answer of an Ethereum node to facts: by the method that was asked, or by the result's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from earmark.sources.evm import rpc_logs, rpc_tokens, rpc_traces
from earmark.sources.evm.hexadecimal import count_of, hexadecimal_of, hexadecimal_or_none, time_of
from earmark.sources.evm.receipts import Cost
from earmark.sources.evm.rpc_facts import (
    COPIES,
    OTHERWISE,
    BlockFact,
    Facts,
    Received,
    Sent,
    Uncle,
    Withdrawal,
)
from earmark.sources.evm.rpc_shapes import RpcBlock, RpcReceipt, RpcTransaction
from earmark.sources.evm.texts import CellError, address_of, hash_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from earmark.sources.evm.movements import Pile
    from earmark.sources.evm.rpc_answers import Answer

    Reading = Callable[[Answer, Facts, Pile], None]

NOT_READ = "answers to questions that are not read, such as balances"
UNPLACED = "the result alone does not say what it answers: keep the question with it"
_BLOCK = msgspec.json.Decoder(RpcBlock)
_TRANSACTION = msgspec.json.Decoder(RpcTransaction)
_RECEIPT = msgspec.json.Decoder(RpcReceipt)
_RECEIPTS = msgspec.json.Decoder(list[RpcReceipt])
_Row = TypeVar("_Row", bound=tuple[Any, ...])


def read_answer(answer: Answer, facts: Facts, pile: Pile) -> None:
    """Add what an answer says to the facts; what it says wrongly is rejected in ``pile``."""
    facts.asked += 1
    reading = _READINGS.get(answer.method) if answer.method else _by_shape(answer.result)
    if reading is None:
        if answer.method:
            pile.ignored[NOT_READ] += 1
        else:
            pile.reject(answer.locator.strip() or "/", UNPLACED, _shown(answer))
        return
    try:
        reading(answer, facts, pile)
    except (msgspec.DecodeError, CellError, RecursionError, UnicodeDecodeError) as error:
        what = answer.method or "the result"
        pile.reject(own(answer.locator), f"{what[:60]}: {error}", _shown(answer))


def own(locator: str) -> str:
    """Return the place of a whole result."""
    return locator.strip() or "/"


def kept_once(rows: dict[Any, _Row], key: object, row: _Row, pile: Pile) -> bool:
    """Keep a row unless it is there: a copy is ignored, another story is rejected. The last part is its place."""
    before = rows.setdefault(key, row)
    if before is row:
        return True
    if before[:-1] == row[:-1]:
        pile.ignored[COPIES] += 1
    else:
        pile.reject(row[-1], f"{OTHERWISE}, at {before[-1]}")
    return False


def _shown(answer: Answer) -> str:
    return answer.result[:200].decode("utf-8", errors="replace")


def _by_shape(result: bytes) -> Reading | None:
    if result.lstrip()[:1] == b"[":
        parts = msgspec.json.decode(result, type=list[msgspec.Raw])
        if not parts:
            return _nothing
        keys = _keys(parts[0])
        found = (name for names, name in _LIST_SHAPES if names <= keys)
    else:
        keys = _keys(result)
        found = (name for names, name in _SHAPES if names <= keys)
    return _READINGS.get(next(found, ""))


def _keys(data: bytes | msgspec.Raw) -> frozenset[str]:
    if bytes(data).lstrip()[:1] != b"{":
        return frozenset()
    return frozenset(msgspec.json.decode(data, type=dict[str, msgspec.Raw]))


def _nothing(_answer: Answer, _facts: Facts, _pile: Pile) -> None:
    """Read an empty list: it says nothing."""


def _chain(answer: Answer, facts: Facts, _pile: Pile) -> None:
    number = count_of(msgspec.json.decode(answer.result, type=str), "eth_chainId")
    facts.chains.append((number, own(answer.locator)))


def _block(answer: Answer, facts: Facts, pile: Pile) -> None:
    block = _BLOCK.decode(answer.result)
    fact = _block_fact(block, facts.asked, answer.locator)
    known = facts.blocks.get(fact.hash)
    if known is not None and known[:-2] != fact[:-2]:
        raise CellError(f"{OTHERWISE}, at {known.locator}")
    facts.blocks[fact.hash] = fact if known is None else known._replace(asked=facts.asked)
    for number, one in enumerate(block.transactions):
        if isinstance(one, RpcTransaction):
            _add_sent(one, facts, pile, f"{answer.locator}/transactions/{number}")


def _block_fact(block: RpcBlock, asked: int, locator: str) -> BlockFact:
    return BlockFact(
        count_of(block.number, "number"),
        hash_of(block.hash, "hash"),
        hash_of(block.parent_hash, "parentHash"),
        time_of(block.timestamp, "timestamp"),
        address_of(block.miner, "miner") if block.miner else "",
        hexadecimal_or_none(block.base_fee_per_gas, "baseFeePerGas") or 0,
        hexadecimal_or_none(block.difficulty, "difficulty"),
        block.excess_blob_gas is not None,
        tuple(hash_of(one, "uncles") for one in block.uncles),
        _withdrawals(block, locator),
        tuple(
            hash_of(one if isinstance(one, str) else one.hash, "hash") for one in block.transactions
        ),
        asked,
        own(locator),
    )


def _withdrawals(block: RpcBlock, locator: str) -> tuple[Withdrawal, ...]:
    return tuple(
        Withdrawal(
            count_of(one.index, "index"),
            address_of(one.address, "address"),
            count_of(one.amount, "amount"),
            f"{locator}/withdrawals/{number}",
        )
        for number, one in enumerate(block.withdrawals or ())
    )


def _uncle(answer: Answer, facts: Facts, pile: Pile) -> None:
    block = _BLOCK.decode(answer.result)
    number, miner = count_of(block.number, "number"), address_of(block.miner, "miner")
    kept_once(
        facts.uncles, hash_of(block.hash, "hash"), Uncle(number, miner, own(answer.locator)), pile
    )


def _transaction(answer: Answer, facts: Facts, pile: Pile) -> None:
    _add_sent(_TRANSACTION.decode(answer.result), facts, pile, own(answer.locator))


def _add_sent(one: RpcTransaction, facts: Facts, pile: Pile, locator: str) -> None:
    try:
        if one.chain_id is not None:
            facts.chains.append((count_of(one.chain_id, "chainId"), locator))
        fact = _sent(one, locator)
    except CellError as error:
        pile.reject(locator, str(error), one.hash)
        return
    if fact.block is None:
        pile.reject(locator, "the transaction is in no block yet", fact.hash)
        return
    kept_once(facts.sent, (fact.hash, fact.block_hash), fact, pile)


def _sent(one: RpcTransaction, locator: str) -> Sent:
    return Sent(
        hash_of(one.hash, "hash"),
        address_of(one.sender, "from"),
        None if one.to is None else address_of(one.to, "to"),
        hexadecimal_of(one.value, "value"),
        count_of(one.nonce, "nonce"),
        hexadecimal_or_none(one.gas, "gas"),
        hexadecimal_or_none(one.gas_price, "gasPrice"),
        hexadecimal_or_none(one.mint, "mint") or 0,
        None if one.block_number is None else count_of(one.block_number, "blockNumber"),
        None if one.block_hash is None else hash_of(one.block_hash, "blockHash"),
        None
        if one.transaction_index is None
        else count_of(one.transaction_index, "transactionIndex"),
        locator,
    )


def _receipts(answer: Answer, facts: Facts, pile: Pile) -> None:
    for number, one in enumerate(_RECEIPTS.decode(answer.result)):
        _add_received(one, facts, pile, f"{answer.locator}/{number}")


def _receipt(answer: Answer, facts: Facts, pile: Pile) -> None:
    _add_received(_RECEIPT.decode(answer.result), facts, pile, answer.locator)


def _add_received(one: RpcReceipt, facts: Facts, pile: Pile, locator: str) -> None:
    try:
        fact = _received(one, own(locator))
    except CellError as error:
        pile.reject(own(locator), str(error), one.transaction_hash)
        return
    if not kept_once(facts.received, (fact.hash, fact.block_hash), fact, pile):
        pile.ignored[COPIES] += len(one.logs)
        return
    for number, log in enumerate(one.logs):
        rpc_logs.add(log, facts, pile, f"{locator}/logs/{number}")


def _received(one: RpcReceipt, locator: str) -> Received:
    cost = Cost(
        hexadecimal_of(one.gas_used, "gasUsed"),
        hexadecimal_or_none(one.effective_gas_price, "effectiveGasPrice") or 0,
        hexadecimal_or_none(one.blob_gas_used, "blobGasUsed") or 0,
        hexadecimal_or_none(one.blob_gas_price, "blobGasPrice") or 0,
        hexadecimal_or_none(one.l1_fee, "l1Fee") or 0,
    )
    return Received(
        hash_of(one.transaction_hash, "transactionHash"),
        address_of(one.sender, "from"),
        count_of(one.block_number, "blockNumber"),
        hash_of(one.block_hash, "blockHash"),
        count_of(one.transaction_index, "transactionIndex"),
        _status(one.status),
        cost,
        one.effective_gas_price is not None,
        None
        if one.contract_address is None
        else address_of(one.contract_address, "contractAddress"),
        locator,
    )


def _status(text: str | None) -> bool | None:
    if text is None:
        return None
    number = hexadecimal_of(text, "status")
    if number > 1:
        raise CellError(f"status: {text[:60]!r} is neither 0x0 nor 0x1")
    return bool(number)


_READINGS: dict[str, Reading] = {
    "eth_chainId": _chain,
    "eth_getBlockByNumber": _block,
    "eth_getBlockByHash": _block,
    "eth_getUncleByBlockNumberAndIndex": _uncle,
    "eth_getUncleByBlockHashAndIndex": _uncle,
    "eth_getTransactionByHash": _transaction,
    "eth_getTransactionReceipt": _receipt,
    "eth_getBlockReceipts": _receipts,
    "eth_getLogs": rpc_logs.read,
    "eth_call": rpc_tokens.read,
    "debug_traceTransaction": rpc_traces.read_frame,
    "debug_traceBlockByNumber": rpc_traces.read_frames,
    "debug_traceBlockByHash": rpc_traces.read_frames,
    "trace_block": rpc_traces.read_flat,
    "trace_transaction": rpc_traces.read_flat,
    "trace_filter": rpc_traces.read_flat,
    "ots_getInternalOperations": rpc_traces.read_operations,
}
_SHAPES = (
    (frozenset({"parentHash", "transactions"}), "eth_getBlockByNumber"),
    (frozenset({"transactionHash", "gasUsed", "logs"}), "eth_getTransactionReceipt"),
    (frozenset({"hash", "from", "nonce", "value"}), "eth_getTransactionByHash"),
)
_LIST_SHAPES = (
    (frozenset({"transactionHash", "gasUsed", "logs"}), "eth_getBlockReceipts"),
    (frozenset({"topics", "data", "logIndex"}), "eth_getLogs"),
    (frozenset({"action", "traceAddress"}), "trace_block"),
    (frozenset({"txHash", "result"}), "debug_traceBlockByNumber"),
)
