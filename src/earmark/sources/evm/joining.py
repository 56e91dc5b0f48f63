"""Tables joined by transaction hash: who paid whom, what it cost, which tokens moved, what a block gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.evm.join_blocks import add_blocks, add_fees
from earmark.sources.evm.join_tokens import add_logs, add_transfers
from earmark.sources.evm.join_values import add_traces, add_transactions
from earmark.sources.evm.joined import Joined, find_places, find_roots

if TYPE_CHECKING:
    from earmark.sources.evm.chains import Chain
    from earmark.sources.evm.history import History


def joined(history: History, chain: Chain, *, refuse_inexact: bool, transfers_move: bool) -> Joined:
    """Return what the tables say together; token transfers move only where their log is not there."""
    history.settle()
    one = Joined(history, chain, refuse_inexact, transfers_move)
    one.pile.ignored += history.ignored
    for locator, reason in history.clashes:
        one.pile.reject(locator, reason)
    find_places(one)
    find_roots(one)
    add_transactions(one)
    add_fees(one)
    add_traces(one)
    add_logs(one)
    add_transfers(one)
    add_blocks(one)
    return one
