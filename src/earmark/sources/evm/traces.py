"""Traces to the calls that moved value, from both shapes: nested frames of geth, flat ones of Parity.

Value moves where nothing above was reverted, and never by DELEGATECALL, CALLCODE or STATICCALL. Trace
addresses count as Parity does: calls of no value to the machine's own contracts are passed over.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from earmark.sources.evm.hexadecimal import hexadecimal_of
from earmark.sources.evm.texts import CellError, address_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Path = tuple[int, ...]
DEPTH_MAX = 1024
OWN_CONTRACTS = frozenset(f"0x{number:040x}" for number in (*range(1, 0x12), 0x100))
"""What the machine answers by itself (precompiles): hashes, curves, signatures."""
_CALLING = frozenset({"CALL", "CALLCODE", "STATICCALL"})
_MOVING = frozenset({"CALL", "CREATE", "CREATE2", "SELFDESTRUCT", "SUICIDE"})


class Frame(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """One call as geth's callTracer tells it; ``calls`` are the calls inside it."""

    type: str
    from_: str
    to: str | None = None
    value: str | None = None
    error: str | None = None
    calls: list[Frame] = []


class Action(msgspec.Struct, frozen=True, rename={"from_": "from", "call_type": "callType"}):
    """What a Parity trace says was done; which fields there are depends on its type."""

    from_: str | None = None
    to: str | None = None
    value: str | None = None
    call_type: str | None = None
    address: str | None = None
    refund: str | None = msgspec.field(default=None, name="refundAddress")
    balance: str | None = None
    author: str | None = None
    reward_type: str | None = msgspec.field(default=None, name="rewardType")


class Result(msgspec.Struct, frozen=True):
    """What came of it; ``address`` is a new contract."""

    address: str | None = None


class Flat(msgspec.Struct, frozen=True, rename="camel"):
    """One trace of Parity's ``trace_block``, ``trace_transaction`` or ``trace_filter``."""

    action: Action
    type: str
    trace_address: list[int]
    block_number: int | None = None
    block_hash: str | None = None
    transaction_hash: str | None = None
    transaction_position: int | None = None
    error: str | None = None
    result: Result | None = None
    subtraces: int | None = None


class Call(NamedTuple):
    """A call that moved value: path, payer, payee (small letters), wei, and its place in the reply."""

    path: Path
    payer: str
    payee: str
    wei: int
    pointer: str
    is_destruction: bool = False


class Traced(NamedTuple):
    """One transaction's calls: those that moved value, whether it failed, who was created, how many did not.

    ``is_whole`` is false where calls above some of these are missing, so that a revert would go unseen, and
    where a filter may have left out others.
    """

    calls: tuple[Call, ...]
    has_failed: bool
    created: frozenset[str]
    idle: int
    is_whole: bool = True


def traced_frames(root: Frame, pointer: str) -> Traced:
    """Return the moving calls of one transaction from its outermost frame; raises CellError."""
    calls: list[Call] = []
    created: set[str] = set()
    idle = 0
    waiting: list[tuple[Frame, Path, str]] = [(root, (), pointer)]
    while waiting:
        frame, path, place = waiting.pop()
        if frame.error:
            idle += _size(frame)
            continue
        call = _frame_call(frame, path, place)
        calls += [call] if call else []
        idle += call is None
        if frame.type.startswith("CREATE") and frame.to:
            created.add(address_of(frame.to, "to"))
        waiting += reversed(list(_inside(frame, path, place)))
    return Traced(tuple(calls), bool(root.error), frozenset(created), idle)


def _size(frame: Frame) -> int:
    count, waiting = 0, [frame]
    while waiting:
        waiting += waiting.pop().calls
        count += 1
    return count


def _inside(frame: Frame, path: Path, place: str) -> Iterator[tuple[Frame, Path, str]]:
    number = 0
    for index, one in enumerate(frame.calls):
        if _is_passed_over(one):
            continue
        yield one, (*path, number), f"{place}/calls/{index}"
        number += 1


def _is_passed_over(frame: Frame) -> bool:
    if (frame.to or "").lower() not in OWN_CONTRACTS:
        return False
    kind = frame.type.upper()
    # What a delegate call tells as its value is that of the call above it.
    return kind == "DELEGATECALL" or (kind in _CALLING and not _wei(frame.value))


def _wei(text: str | None) -> int:
    return hexadecimal_of(text, "value") if text else 0


def _frame_call(frame: Frame, path: Path, place: str) -> Call | None:
    kind = frame.type.upper()
    wei = _wei(frame.value)
    if kind not in _MOVING or not wei or frame.to is None:
        return None
    payer, payee = address_of(frame.from_, "from"), address_of(frame.to, "to")
    return Call(path, payer, payee, wei, place, kind in ("SELFDESTRUCT", "SUICIDE"))


def traced_flat(rows: Sequence[tuple[Flat, str]], *, is_filtered: bool = False) -> Traced:
    """Return the moving calls of one transaction from its flat traces with their pointers; raises CellError.

    ``is_filtered`` says that only some of its traces may be here: then each has to have all those below it.
    """
    by_path = {tuple(row.trace_address): (row, place) for row, place in rows}
    if len(by_path) < len(rows):
        raise CellError("two traces of one transaction have the same trace address")
    calls: list[Call] = []
    created: set[str] = set()
    stands: dict[Path, bool] = {}
    for path in sorted(by_path):
        row, place = by_path[path]
        if len(path) > DEPTH_MAX:
            raise CellError(f"deeper than the {DEPTH_MAX} calls that the machine allows")
        stands[path] = not row.error and stands.get(path[:-1], True)
        call = _flat_call(row, path, place) if stands[path] else None
        calls += [call] if call else []
        if stands[path] and row.type == "create" and row.result and row.result.address:
            created.add(address_of(row.result.address, "address"))
    is_whole = all(path[:-1] in stands for path in stands)
    if is_filtered:
        below = Counter(path[:-1] for path in by_path if path)
        is_whole = is_whole and all(
            row.subtraces == below[path] for path, (row, _) in by_path.items()
        )
    has_failed = () in by_path and bool(by_path[()][0].error)
    return Traced(tuple(calls), has_failed, frozenset(created), len(rows) - len(calls), is_whole)


def _flat_call(row: Flat, path: Path, place: str) -> Call | None:
    action = row.action
    is_destruction = row.type in ("suicide", "selfdestruct")
    if is_destruction:
        payer, payee, value = action.address, action.refund, action.balance
    else:
        payee = row.result.address if row.type == "create" and row.result else action.to
        payer, value = action.from_, action.value
    is_moving = row.type == "create" or (row.type == "call" and action.call_type in (None, "call"))
    wei = _wei(value)
    if not (is_moving or is_destruction) or not wei or payer is None or payee is None:
        return None
    return Call(
        path, address_of(payer, "from"), address_of(payee, "to"), wei, place, is_destruction
    )
