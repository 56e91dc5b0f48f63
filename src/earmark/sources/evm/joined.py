"""What the tables of a data set say together, while it is put together: places, counts, the pile."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from earmark.sources.evm.chains import ZERO, Chain
from earmark.sources.evm.history import History
from earmark.sources.evm.movements import At, Movement, Pile
from earmark.sources.evm.tables import BlockRow, Place, ReceiptRow, TraceRow
from earmark.sources.evm.traces import OWN_CONTRACTS

INEXACT = "the amount was stored as a double and is inexact; the case refuses such amounts"
BLOCK_KINDS = frozenset({"reward", "genesis", "daofork"})
_UNKNOWN_PLACE = 1 << 32
"""Transactions of unknown place stand after the others of their block, by their first log."""


@dataclass
class Joined:
    """What the tables say together: the pile, and counts of what could not be known."""

    history: History
    chain: Chain
    refuse_inexact: bool
    transfers_move: bool
    pile: Pile = field(default_factory=Pile)
    unknown: Counter[str] = field(default_factory=Counter)
    places: dict[str, At] = field(default_factory=dict)
    blocks: dict[int, BlockRow] = field(default_factory=dict)
    receipts: dict[str, ReceiptRow] = field(default_factory=dict)
    roots: dict[str, TraceRow] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    rewarded: set[int] = field(default_factory=set)
    created: set[tuple[str, str]] = field(default_factory=set)
    counts: Counter[int] = field(default_factory=Counter)
    tips: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def ignore(self, reason: str, count: int = 1) -> None:
        """Count rows that make no movement of their own."""
        self.pile.ignored[reason] += count

    def add(self, movement: Movement) -> None:
        """Add a movement, unless it is inexact and the case refuses that."""
        if movement.inexact and self.refuse_inexact:
            self.pile.reject(movement.locator, INEXACT, movement.key)
        else:
            self.pile.add(movement)


def find_places(one: Joined) -> None:
    """Find the block, time and place of every transaction that a row names."""
    history = one.history
    for block in history.blocks.values():
        one.blocks[block.place.block] = block
    times = _times(history)
    for row in history.transactions.values():
        _note(one, times, row.hash, row.place, row.place_in_block)
        one.counts[row.place.block] += 1
    for trace in history.traces.values():
        if trace.hash is not None:
            _note(one, times, trace.hash, trace.place, trace.place_in_block)
    for log in history.logs.values():
        _note(one, times, log.hash, log.place, log.place_in_block, log.log_index)
    for each in history.transfers.values():
        _note(one, times, each.hash, each.place, each.place_in_block, each.log_index)


def _times(history: History) -> dict[int, int]:
    times: dict[int, int] = {}
    groups = (history.transactions, history.traces, history.logs, history.transfers, history.blocks)
    for group in groups:
        for record in group.values():
            if record.place.time_s is not None:
                times[record.place.block] = record.place.time_s
    return times


def _note(
    one: Joined, times: dict[int, int], reference: str, place: Place, told: int | None, log: int = 0
) -> None:
    number = _UNKNOWN_PLACE + log if told is None else told
    known = one.places.get(reference)
    if known is None or number < known.place:
        one.places[reference] = At(place.block, times.get(place.block), number, reference)


def find_roots(one: Joined) -> None:
    """Give traces without a hash their transaction, and find the outermost call of each."""
    _name_traces(one)
    for trace in one.history.traces.values():
        if trace.hash is None or trace.kind == "transfer":
            continue
        if not trace.path:
            one.roots[trace.hash] = trace
        if trace.kind == "create" and trace.works and trace.payee is not None:
            one.created.add((trace.hash, trace.payee))
    one.receipts.update({receipt.hash: receipt for receipt in one.history.receipts.values()})


def _name_traces(one: Joined) -> None:
    """Find the transaction of traces that geth made: they tell its place only."""
    by_place = {(at.block, at.place): reference for reference, at in one.places.items()}
    named: dict[str, list[TraceRow]] = {}
    traces = one.history.traces
    for name, trace in list(traces.items()):
        if trace.hash is not None or trace.kind in BLOCK_KINDS or _is_grant(trace):
            continue
        del traces[name]
        reference = by_place.get((trace.place.block, trace.place_in_block or 0))
        if reference is None:
            one.pile.reject(trace.place.locator, "a trace of a transaction that is not there")
        else:
            named.setdefault(reference, []).append(replace(trace, hash=reference))
    for reference, mine in named.items():
        kept = _counted_as_parity(mine)
        traces.update({(reference, trace.path): trace for trace in kept})
        if len(kept) < len(mine):
            one.ignore("calls to the machine's own contracts", len(mine) - len(kept))


def _counted_as_parity(traces: list[TraceRow]) -> list[TraceRow]:
    """Number calls as Parity does, which passes over idle ones to the machine's own contracts."""
    counts: Counter[tuple[int, ...]] = Counter()
    renamed: dict[tuple[int, ...], tuple[int, ...]] = {}
    kept: list[TraceRow] = []
    for trace in sorted(traces, key=lambda each: each.path):
        # What a delegate call tells as its value is that of the call above it.
        is_idle = trace.call == "delegatecall" or not trace.value.quantity
        if trace.path and trace.kind == "call" and trace.payee in OWN_CONTRACTS and is_idle:
            continue
        above = trace.path[:-1]
        path = (*renamed.get(above, above), counts[above]) if trace.path else ()
        counts[above] += bool(trace.path)
        renamed[trace.path] = path
        kept.append(replace(trace, path=path))
    return kept


def _is_grant(trace: TraceRow) -> bool:
    """Tell a block's reward in a table of transfers: from nobody, in no transaction."""
    return trace.hash is None and trace.place_in_block is None and trace.payer == ZERO
