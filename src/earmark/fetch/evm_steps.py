"""Whom an EVM address paid in what was fetched: only to know where to go next, the readers count the money."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from earmark.fetch.history import NATIVE, Step
from earmark.fetch.tokens import TRANSFER

_MOVES = frozenset({"", "call", "create", "create2"})
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_NOBODY = "0x" + "0" * 40


def steps_of_transaction(
    transaction: dict[str, Any], receipt: dict[str, Any], trace: Any, address: str
) -> tuple[Step, ...]:
    """Return what ``address`` paid to others in one transaction: coin, internal calls, tokens."""
    if _integer(receipt.get("status", "0x1")) != 1:
        return ()
    to = transaction.get("to") or receipt.get("contractAddress")
    found = [(transaction.get("from"), to, transaction.get("value"))]
    if trace:
        found = [*([] if _is_whole(trace) else found), *_calls(trace)]
    steps = [_step(sender, to, NATIVE, value, address) for sender, to, value in found]
    logs = receipt.get("logs")
    return (*_kept(steps), *steps_of_logs(logs if isinstance(logs, list) else [], address))


def steps_of_logs(logs: Iterable[Any], address: str) -> tuple[Step, ...]:
    """Return the ERC-20 transfers that ``address`` sent."""
    steps = []
    for log in logs:
        topics = log.get("topics") if isinstance(log, dict) else None
        if not isinstance(topics, list) or len(topics) != 3 or topics[0] != TRANSFER:
            continue
        sender, to = (f"0x{str(topic)[-40:]}" for topic in topics[1:])
        steps.append(_step(sender, to, str(log.get("address")).lower(), log.get("data"), address))
    return _kept(steps)


def steps_of_rows(rows: Iterable[Any], address: str) -> tuple[Step, ...]:
    """Return what ``address`` paid by the rows of an Etherscan-style list; failed rows pay nothing."""
    steps = []
    for row in rows:
        if isinstance(row, dict) and row.get("isError", "0") == "0" and "tokenID" not in row:
            token = str(row.get("contractAddress", "")).lower() if "tokenDecimal" in row else NATIVE
            to = row.get("to") or row.get("contractAddress")
            steps.append(_step(row.get("from"), to, token, row.get("value"), address))
    return _kept(steps)


def _kept(steps: Iterable[Step | None]) -> tuple[Step, ...]:
    return tuple(one for one in steps if one is not None)


def _step(sender: Any, to: Any, commodity: str, value: Any, address: str) -> Step | None:
    quantity = _integer(value)
    target = str(to).lower()
    if str(sender).lower() != address or target in (address, _NOBODY) or quantity <= 0:
        return None
    is_named = _ADDRESS.fullmatch(target) and (not commodity or _ADDRESS.fullmatch(commodity))
    return Step(target, commodity, quantity) if is_named else None


def _calls(trace: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield (from, to, value) of the calls that moved coin, in either shape of a trace."""
    if isinstance(trace, list):
        failed: set[tuple[str, ...]] = set()
        for one in trace:
            if isinstance(one, dict):
                yield from _flat(one, failed)
        return
    waiting: list[Any] = [trace]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict) or one.get("error"):
            continue
        if str(one.get("type", "")).lower() in {*_MOVES, "selfdestruct"}:
            yield one.get("from"), one.get("to"), one.get("value")
        calls = one.get("calls")
        waiting += calls[::-1] if isinstance(calls, list) else []


def _flat(one: dict[str, Any], failed: set[tuple[str, ...]]) -> Iterator[tuple[Any, Any, Any]]:
    action = one.get("action")
    if not isinstance(action, dict):  # Otterscan's internal operations
        yield one.get("from"), one.get("to"), one.get("value")
        return
    address = one.get("traceAddress")
    place = tuple(str(part) for part in address) if isinstance(address, list) else ()
    if one.get("error"):
        failed.add(place)
    if any(place[:length] in failed for length in range(len(place) + 1)):
        return
    if one.get("type") == "suicide":
        yield action.get("address"), action.get("refundAddress"), action.get("balance")
    elif str(action.get("callType", "")) in _MOVES:
        result = one.get("result")
        created = result.get("address") if isinstance(result, dict) else None
        yield action.get("from"), action.get("to") or created, action.get("value")


def _is_whole(trace: Any) -> bool:
    """Tell whether a trace holds the transaction's own value too: Otterscan's operations do not."""
    first = trace[0] if isinstance(trace, list) and trace else trace
    return isinstance(first, dict) and (isinstance(trace, dict) or "action" in first)


def _integer(value: Any) -> int:
    """Return a hexadecimal or decimal number, 0 for anything else: a bad row is for the reader to reject."""
    if not isinstance(value, str) or not 0 < len(value) <= 80:
        return 0
    try:
        return int(value, 16 if value.startswith("0x") else 10)
    except ValueError:
        return 0
