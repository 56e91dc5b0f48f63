"""What transactions and the calls inside them carry of a chain's own coin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.evm import movements as made
from earmark.sources.evm.chains import MAINNET, ZERO
from earmark.sources.evm.failures import observe_failed
from earmark.sources.evm.joined import BLOCK_KINDS, Joined
from earmark.sources.evm.movements import Payment, paid
from earmark.sources.evm.receipts import PLAIN_PAYMENT_GAS, created_address, moved_before_statuses

if TYPE_CHECKING:
    from earmark.sources.evm.movements import Movement
    from earmark.sources.evm.tables import ReceiptRow, TraceRow, TransactionRow

CANCUN_S = 1_710_338_135
"""The time of the main network's Cancun fork."""
_KEEPS_VALUE = frozenset({"delegatecall", "staticcall", "callcode"})


def add_transactions(one: Joined) -> None:
    """Add the value of each transaction that no trace tells, and count what is not known of it."""
    for row in one.history.transactions.values():
        if row.receipt is not None:
            one.receipts.setdefault(row.hash, row.receipt)
        _add_transaction(one, row)


def _add_transaction(one: Joined, row: TransactionRow) -> None:
    root, receipt = one.roots.get(row.hash), one.receipts.get(row.hash)
    one.unknown["internal transfers"] += root is None and not _is_plain(receipt)
    if root is not None and (row.value.inexact or not root.value.inexact):
        one.ignore("transactions whose value their traces tell")
        return
    payee = row.payee or _created(row, receipt)
    if payee is None:
        reason = "it creates a contract whose address is not told"
        one.pile.reject(row.place.locator, reason, row.hash)
        return
    one.told.add(row.hash)
    payment = Payment(row.payer, payee, row.value.quantity, row.value.inexact)
    movement = made.native_value(one.chain, one.places[row.hash], payment, row.place.locator)
    moved = root.works if root is not None else _moved(row, receipt)
    if moved is False:
        observe_failed(one.pile, movement, one.chain.symbol)
        return
    one.unknown["failed transactions"] += moved is None
    one.add(movement)


def _is_plain(receipt: ReceiptRow | None) -> bool:
    """Tell whether a transaction ran no code: it took the gas of a plain payment and no more."""
    return receipt is not None and receipt.gas_used == PLAIN_PAYMENT_GAS


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
    if not trace.path and () in failed:
        _observe_failed_root(one, trace, reference)
        return
    reason = _moves_nothing(trace, failed)
    if reason:
        one.unknown["what destroyed contracts paid out"] += (
            trace.kind == "suicide" and not trace.payer
        )
        one.ignore(reason)
        return
    if trace.payer is None or trace.payee is None:
        reason = "a call with value and without both its addresses"
        one.pile.reject(trace.place.locator, reason, reference)
        return
    at, locator = one.places[reference], trace.place.locator
    payment = Payment(trace.payer, trace.payee, trace.value.quantity, trace.value.inexact)
    if trace.path:
        movement = made.internal_call(one.chain, at, trace.path, payment, locator)
        one.add(_burned(one, movement) if _burns(one, trace) else movement)
    elif reference in one.told:
        one.ignore("calls whose value their transaction tells exactly")
    else:
        one.add(made.native_value(one.chain, at, payment, locator))


def _observe_failed_root(one: Joined, trace: TraceRow, reference: str) -> None:
    """Note what a failed transaction would have moved, where its own row does not say so."""
    if reference in one.told or trace.payer is None or trace.payee is None:
        one.ignore("calls that failed or were undone")
    else:
        payment = Payment(trace.payer, trace.payee, trace.value.quantity, trace.value.inexact)
        at, locator = one.places[reference], trace.place.locator
        movement = made.native_value(one.chain, at, payment, locator)
        observe_failed(one.pile, movement, one.chain.symbol)


def _burns(one: Joined, trace: TraceRow) -> bool:
    """Tell whether a contract that destroys itself in its own favour burns what it has.

    Since Cancun only one that was created in the same transaction does (EIP-6780).
    """
    if trace.kind not in ("suicide", "selfdestruct") or trace.payer != trace.payee:
        return False
    block, time_s = one.blocks.get(trace.place.block), one.places[trace.hash or ""].time_s
    is_late = one.chain.number == MAINNET and (time_s or 0) >= CANCUN_S
    keeps = is_late or (block is not None and block.has_blobs)
    return not keeps or (trace.hash or "", trace.payer or "") in one.created


def _burned(one: Joined, movement: Movement) -> Movement:
    out = movement.legs[0]
    return movement._replace(legs=paid(out.holder, one.chain.burned, out.identity, out.quantity))


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
