"""Facts by transaction: all that is known of one, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from earmark.sources.evm.movements import At
from earmark.sources.evm.rpc_branches import BRANCH, off_chain
from earmark.sources.evm.rpc_facts import (
    COPIES,
    BlockFact,
    Facts,
    Logged,
    Received,
    Sent,
    TraceFact,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from earmark.sources.evm.movements import Pile
    from earmark.sources.evm.rpc_facts import Operations

NOT_IN_BLOCK = "its block does not list this transaction"
NO_PLACE = "nothing says in which block this transaction stands"
_Row = TypeVar("_Row", Sent, Received)


class Whole(NamedTuple):
    """All that is known of one transaction; what is unknown is null or empty."""

    at: At
    block: BlockFact | None
    sent: Sent | None
    received: Received | None
    trace: TraceFact | None
    operations: Operations | None
    logs: tuple[Logged, ...]


def wholes(facts: Facts, by_height: Mapping[int, BlockFact], pile: Pile) -> Iterator[Whole]:
    """Yield each transaction of which more than its hash is known."""
    standing = {
        name: (block, place)
        for block in by_height.values()
        for place, name in enumerate(block.transactions)
    }
    abandoned = off_chain(facts, by_height)
    sent = _by_hash(facts.sent.values(), pile)
    received = _by_hash(facts.received.values(), pile)
    logs: dict[str, list[Logged]] = {}
    for log in facts.logged.values():
        logs.setdefault(log.hash, []).append(log)
    for name in dict.fromkeys((*sent, *received, *logs, *facts.traced, *facts.operations)):
        trace = _one_trace(facts.traced.get(name, []), pile)
        one = Whole(
            At(0, None, 0, name),
            None,
            sent.get(name),
            received.get(name),
            trace,
            facts.operations.get(name),
            tuple(logs.get(name, ())),
        )
        placed = _placed(one, standing.get(name), by_height)
        if placed == NO_PLACE and name in abandoned:
            pile.ignored[BRANCH] += len(_rows(one))
        elif isinstance(placed, str):
            _reject(one, placed, pile)
        else:
            yield placed


def _by_hash(rows: Iterable[_Row], pile: Pile) -> dict[str, _Row]:
    """Return rows by transaction; of two blocks that nothing is known of, the last told one counts."""
    found: dict[str, _Row] = {}
    for one in rows:
        pile.ignored[BRANCH] += one.hash in found
        found[one.hash] = one
    return found


def _one_trace(traces: list[TraceFact], pile: Pile) -> TraceFact | None:
    """Return the last whole trace; of parts, all their calls together."""
    if not traces:
        return None
    wholes_ = [one for one in traces if one.traced.is_whole]
    if wholes_:
        pile.ignored[COPIES] += sum(
            len(one.traced.calls) for one in traces if one is not wholes_[-1]
        )
        return wholes_[-1]
    calls = {call.path: call for one in traces for call in one.traced.calls}
    told = sum(len(one.traced.calls) for one in traces)
    pile.ignored[COPIES] += told - len(calls)
    merged = tuple(calls[path] for path in sorted(calls))
    return traces[0]._replace(traced=traces[0].traced._replace(calls=merged))


def _placed(
    one: Whole,
    standing: tuple[BlockFact, int] | None,
    by_height: Mapping[int, BlockFact],
) -> Whole | str:
    """Return a transaction with its place, or the reason why it has none."""
    if standing is not None:
        block, place = standing
        at = At(block.number, block.time_s, place, one.at.ref)
        return one._replace(at=at, block=block)
    row = one.sent or one.received or next(iter(one.logs), None) or one.trace
    if row is None or row.block is None:
        return NO_PLACE
    if row.block in by_height:
        return NOT_IN_BLOCK
    time_s = next((log.time_s for log in one.logs if log.time_s is not None), None)
    at = At(row.block, time_s, -1 if row.place is None else row.place, one.at.ref)
    return one._replace(at=at)


def _reject(one: Whole, reason: str, pile: Pile) -> None:
    for row in _rows(one):
        pile.reject(row.locator, reason, one.at.ref)


def _rows(one: Whole) -> list[Sent | Received | TraceFact | Operations | Logged]:
    known = (one.sent, one.received, one.trace, one.operations, *one.logs)
    return [row for row in known if row is not None]
