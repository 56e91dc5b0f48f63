"""Logs as a node answers them; those that may move something are kept, the others counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from earmark.sources.evm import logs
from earmark.sources.evm.hexadecimal import count_of, time_of
from earmark.sources.evm.rpc_facts import COPIES, OTHERWISE, Facts, Logged
from earmark.sources.evm.rpc_shapes import RpcLog
from earmark.sources.evm.texts import CellError, address_of, bytes_of, hash_of

if TYPE_CHECKING:
    from earmark.sources.evm.movements import Pile
    from earmark.sources.evm.rpc_answers import Answer

REMOVED = "logs that the node itself says were removed: their block is no longer on the chain"
_LOGS = msgspec.json.Decoder(list[RpcLog])


def read(answer: Answer, facts: Facts, pile: Pile) -> None:
    """Read the logs of a block or of a range."""
    for number, one in enumerate(_LOGS.decode(answer.result)):
        add(one, facts, pile, f"{answer.locator}/{number}")


def add(one: RpcLog, facts: Facts, pile: Pile, locator: str) -> None:
    """Keep a log, or count it; a broken one is rejected, a removed one was off the chain when it was told."""
    if one.removed:
        pile.ignored[REMOVED] += 1
        return
    try:
        fact = _logged(one, locator)
    except CellError as error:
        pile.reject(locator, str(error), one.transaction_hash)
        return
    before = facts.logged.setdefault((fact.block_hash, fact.number), fact)
    if before is fact:
        return
    if before[:-2] == fact[:-2]:
        pile.ignored[COPIES] += 1
        if before.time_s is None:
            facts.logged[fact.block_hash, fact.number] = before._replace(time_s=fact.time_s)
    else:
        pile.reject(locator, f"{OTHERWISE}, at {before.locator}")


def _logged(one: RpcLog, locator: str) -> Logged:
    if len(one.topics) > logs.TOPICS_MAX:
        raise CellError(f"{len(one.topics)} topics where a log has four at most")
    topics = tuple(hash_of(topic, "topics") for topic in one.topics)
    may_move = bool(topics) and topics[0] in logs.SIGNATURES
    return Logged(
        count_of(one.block_number, "blockNumber"),
        hash_of(one.block_hash, "blockHash"),
        count_of(one.transaction_index, "transactionIndex"),
        hash_of(one.transaction_hash, "transactionHash"),
        count_of(one.log_index, "logIndex"),
        address_of(one.address, "address"),
        topics if may_move else topics[:1],
        bytes_of(one.data, "data") if may_move else b"",
        _time_s(one.block_timestamp),
        locator,
    )


def _time_s(told: str | int | None) -> int | None:
    """Return a block's time, which some nodes write as a number."""
    if told is None:
        return None
    return time_of(told if isinstance(told, str) else f"{told:#x}", "blockTimestamp")
