"""What the tables of a data set say together, while it is put together: places, counts, the pile."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from earmark.sources.evm.chains import ZERO, Chain
from earmark.sources.evm.history import History
from earmark.sources.evm.movements import At, Movement, Pile
from earmark.sources.evm.tables import BlockRow, Place, ReceiptRow, TraceRow

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
    history = one.history
    by_place = {(at.block, at.place): reference for reference, at in one.places.items()}
    for name, trace in list(history.traces.items()):
        if trace.kind in BLOCK_KINDS or _is_grant(trace):
            continue
        reference = trace.hash or by_place.get((trace.place.block, trace.place_in_block or 0))
        if reference is None:
            one.pile.reject(trace.place.locator, "a trace of a transaction that is not there")
            del history.traces[name]
            continue
        history.traces[name] = replace(trace, hash=reference)
        if not trace.path and trace.kind != "transfer":
            one.roots[reference] = trace
    one.receipts.update({receipt.hash: receipt for receipt in history.receipts.values()})


def _is_grant(trace: TraceRow) -> bool:
    """Tell a block's reward in a table of transfers: from nobody, in no transaction."""
    return trace.hash is None and trace.place_in_block is None and trace.payer == ZERO
