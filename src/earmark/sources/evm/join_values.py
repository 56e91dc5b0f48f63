"""What transactions and the calls inside them carry of a chain's own coin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.evm import movements as made
from earmark.sources.evm.chains import ZERO
from earmark.sources.evm.joined import BLOCK_KINDS, Joined
from earmark.sources.evm.movements import Payment
from earmark.sources.evm.receipts import created_address, moved_before_statuses

if TYPE_CHECKING:
    from earmark.sources.evm.tables import ReceiptRow, TraceRow, TransactionRow

_KEEPS_VALUE = frozenset({"delegatecall", "staticcall", "callcode"})


def add_transactions(one: Joined) -> None:
    """Add the value of each transaction that no trace tells, and count what is not known of it."""
    for row in one.history.transactions.values():
        if row.receipt is not None:
            one.receipts.setdefault(row.hash, row.receipt)
        _add_transaction(one, row)


def _add_transaction(one: Joined, row: TransactionRow) -> None:
    root, receipt = one.roots.get(row.hash), one.receipts.get(row.hash)
    one.unknown["internal transfers"] += root is None
    if root is not None and (row.value.inexact or not root.value.inexact):
        one.ignore("transactions whose value their traces tell")
        return
    moved = root.works if root is not None else _moved(row, receipt)
    if moved is False:
        one.ignore("failed transactions, whose value does not move")
        return
    one.unknown["failed transactions"] += moved is None
    payee = row.payee or _created(row, receipt)
    if payee is None:
        reason = "it creates a contract whose address is not told"
        one.pile.reject(row.place.locator, reason, row.hash)
        return
    one.told.add(row.hash)
    payment = Payment(row.payer, payee, row.value.quantity, row.value.inexact)
    one.add(made.native_value(one.chain, one.places[row.hash], payment, row.place.locator))


def _moved(row: TransactionRow, receipt: ReceiptRow | None) -> bool | None:
    """Tell whether a transaction went through; null where nothing says so."""
    if receipt is None:
        return None
    if receipt.status is None and receipt.gas_used is not None and row.gas_limit is not None:
        return moved_before_statuses(receipt.gas_used, row.gas_limit)
    return receipt.status


def _created(row: TransactionRow, receipt: ReceiptRow | None) -> str | None:
    if receipt is not None and receipt.contract is not None:
        return receipt.contract
    return None if row.nonce is None else created_address(row.payer, row.nonce)


def add_traces(one: Joined) -> None:
    """Add the value of calls that went through, delegate and static calls left out."""
    failed: dict[str, set[tuple[int, ...]]] = {}
    first: dict[str, tuple[int, ...]] = {}
    traces = [one_ for one_ in one.history.traces.values() if one_.kind not in BLOCK_KINDS]
    for trace in traces:
        if trace.hash is None:
            continue
        if not trace.works:
            failed.setdefault(trace.hash, set()).add(trace.path)
        if trace.kind == "transfer":
            first[trace.hash] = min(first.get(trace.hash, trace.path), trace.path)
    for trace in traces:
        if trace.hash is None:
            continue
        if trace.kind == "transfer":
            _add_transfer(one, trace, trace.hash, is_first=trace.path == first[trace.hash])
        else:
            _add_call(one, trace, trace.hash, failed.get(trace.hash, set()))


def _add_call(one: Joined, trace: TraceRow, reference: str, failed: set[tuple[int, ...]]) -> None:
    reason = _moves_nothing(trace, failed)
    if reason:
        one.ignore(reason)
        return
    if trace.payer is None or trace.payee is None:
        reason = "a call with value and without both its addresses"
        one.pile.reject(trace.place.locator, reason, reference)
        return
    at, locator = one.places[reference], trace.place.locator
    payment = Payment(trace.payer, trace.payee, trace.value.quantity, trace.value.inexact)
    if trace.path:
        one.add(made.internal_call(one.chain, at, trace.path, payment, locator))
    elif reference in one.told:
        one.ignore("calls whose value their transaction tells exactly")
    else:
        one.add(made.native_value(one.chain, at, payment, locator))


def _moves_nothing(trace: TraceRow, failed: set[tuple[int, ...]]) -> str:
    if failed and any(trace.path[:length] in failed for length in range(len(trace.path) + 1)):
        return "calls that failed or were undone"
    if trace.call in _KEEPS_VALUE:
        return "delegate and static calls, which move nothing"
    return "internal calls without value" if trace.path and not trace.value.quantity else ""


def _add_transfer(one: Joined, trace: TraceRow, reference: str, *, is_first: bool) -> None:
    """Add a transaction's own transfer; of the others nothing says which are delegate calls."""
    payer, payee = trace.payer or ZERO, trace.payee or ZERO
    if reference in one.roots:
        one.ignore("native transfers that a trace tells")
    elif not is_first and not trace.value.quantity:
        one.ignore("internal calls without value")
    elif not is_first:
        text = f"{trace.value.quantity} wei from {payer} to {payee}, or a delegate call"
        holder, locator = one.chain.holder(payee), trace.place.locator
        one.pile.observe(one.places[reference], "ambiguous_call", holder, text, locator)
    elif reference in one.told:
        one.ignore("native transfers that a transaction tells")
    else:
        payment = Payment(payer, payee, trace.value.quantity, trace.value.inexact)
        one.unknown["internal transfers"] += 1
        one.add(made.native_value(one.chain, one.places[reference], payment, trace.place.locator))
