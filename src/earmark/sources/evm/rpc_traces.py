"""Traces as a node answers them: geth's frames, Parity's flat rows, Otterscan's list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from earmark.sources.evm.hexadecimal import count_of, hexadecimal_of
from earmark.sources.evm.rpc_facts import COPIES, Facts, Operations, Rewarded, TraceFact, Untied
from earmark.sources.evm.rpc_shapes import InternalOperation
from earmark.sources.evm.texts import CellError, address_of, hash_of
from earmark.sources.evm.traces import Call, Flat, Frame, traced_flat, traced_frames

if TYPE_CHECKING:
    from earmark.sources.evm.movements import Pile
    from earmark.sources.evm.rpc_answers import Answer

UNTIED = (
    "the trace does not say which transaction it is of: an old node's; ask for each transaction"
)


class _Traced(msgspec.Struct, frozen=True, rename="camel"):
    """One transaction of a traced block."""

    tx_hash: str = ""
    result: Frame | None = None
    error: str = ""


_FRAME = msgspec.json.Decoder(Frame)
_FRAMES = msgspec.json.Decoder(list[_Traced])
_FLAT = msgspec.json.Decoder(list[Flat])
_OPERATIONS = msgspec.json.Decoder(list[InternalOperation])
_DESTRUCTION = 1


def read_frame(answer: Answer, facts: Facts, pile: Pile) -> None:
    """Read ``debug_traceTransaction``; its parameters name the transaction."""
    _add_frame(_asked_hash(answer), _FRAME.decode(answer.result), facts, pile, answer.locator)


def read_frames(answer: Answer, facts: Facts, pile: Pile) -> None:
    """Read ``debug_traceBlockByNumber`` or ``…ByHash``."""
    told = _FRAMES.decode(answer.result)
    for number, one in enumerate(told):
        place = f"{answer.locator}/{number}"
        if one.result is None:
            pile.reject(place, f"not traced: {one.error[:200]}", one.tx_hash)
        elif one.tx_hash:
            _add_frame(one.tx_hash, one.result, facts, pile, f"{place}/result")
        else:
            _add_untied(answer, (number, len(told)), one.result, facts, pile)


def _add_untied(
    answer: Answer, place: tuple[int, int], frame: Frame, facts: Facts, pile: Pile
) -> None:
    """Keep a trace of an old node, which only its place among the block's traces ties to a transaction."""
    locator = f"{answer.locator}/{place[0]}/result"
    try:
        height, block_hash = _asked_block(answer)
        payee = address_of(frame.to, "to") if frame.to and frame.type == "CALL" else None
        payer, wei = address_of(frame.from_, "from"), hexadecimal_of(frame.value or "0x0", "value")
        traced = traced_frames(frame, locator)
    except CellError as error:
        pile.reject(locator, str(error))
        return
    facts.untied.append(Untied(height, block_hash, *place, payer, payee, wei, traced, locator))


def _asked_block(answer: Answer) -> tuple[int | None, str | None]:
    """Return the number or the hash of the block that was asked for."""
    asked = answer.params[0] if answer.params else None
    if not isinstance(asked, str) or not asked.startswith("0x"):
        raise CellError(UNTIED)
    if answer.method == "debug_traceBlockByHash":
        return None, hash_of(asked, "the question's block")
    return count_of(asked, "the question's block"), None


def _add_frame(transaction: str, frame: Frame, facts: Facts, pile: Pile, locator: str) -> None:
    try:
        name = hash_of(transaction, "txHash")
        fact = TraceFact(name, None, None, None, traced_frames(frame, locator), locator)
    except CellError as error:
        pile.reject(locator, str(error), transaction)
        return
    facts.traced.setdefault(name, []).append(fact)


def read_flat(answer: Answer, facts: Facts, pile: Pile) -> None:
    """Read ``trace_block``, ``trace_transaction`` or ``trace_filter``.

    A filter by address answers some traces of a transaction; alone they are not taken for all of them.
    """
    is_filtered = answer.method == "trace_filter"
    groups: dict[tuple[str, str | None], list[tuple[Flat, str]]] = {}
    rewards: dict[tuple[int, str], list[Rewarded]] = {}
    for number, row in enumerate(_FLAT.decode(answer.result)):
        place = f"{answer.locator}/{number}"
        if row.type == "reward":
            _add_reward(row, rewards, pile, place)
        elif row.transaction_hash is None:
            pile.reject(place, "a trace that is of no transaction", row.type)
        else:
            groups.setdefault((row.transaction_hash, row.block_hash), []).append((row, place))
    for (transaction, block), rows in groups.items():
        try:
            name = hash_of(transaction, "transactionHash")
            block_hash = None if block is None else hash_of(block, "blockHash")
            first, place = rows[0]
            where = first.block_number, block_hash, first.transaction_position
            fact = TraceFact(name, *where, traced_flat(rows, is_filtered=is_filtered), place)
        except CellError as error:
            pile.reject(rows[0][1], str(error), transaction)
            continue
        facts.traced.setdefault(name, []).append(fact)
    for key, told in rewards.items():
        if facts.rewarded.setdefault(key, told) is not told:
            pile.ignored[COPIES] += len(told)


def _add_reward(
    row: Flat, rewards: dict[tuple[int, str], list[Rewarded]], pile: Pile, locator: str
) -> None:
    if row.block_number is None or not row.action.author:
        pile.reject(locator, "a reward without its block or author")
        return
    try:
        wei = hexadecimal_of(row.action.value or "", "value")
        block_hash = None if row.block_hash is None else hash_of(row.block_hash, "blockHash")
        payee = address_of(row.action.author, "author")
    except CellError as error:
        pile.reject(locator, str(error))
        return
    one = Rewarded(row.block_number, block_hash, payee, wei, locator)
    rewards.setdefault((one.block, block_hash or ""), []).append(one)


def read_operations(answer: Answer, facts: Facts, _pile: Pile) -> None:
    """Read ``ots_getInternalOperations``; its parameters name the transaction."""
    name = hash_of(_asked_hash(answer), "transaction")
    calls = [
        Call(
            (number,),
            address_of(one.sender, "from"),
            address_of(one.to, "to"),
            hexadecimal_of(one.value, "value"),
            f"{answer.locator}/{number}",
            one.type == _DESTRUCTION,
        )
        for number, one in enumerate(_OPERATIONS.decode(answer.result))
    ]
    facts.operations.setdefault(name, Operations(name, tuple(calls), answer.locator))


def _asked_hash(answer: Answer) -> str:
    if not answer.params:
        raise CellError(UNTIED)
    return hash_of(str(answer.params[0]), "the question's transaction")
