"""Tokens and items: from logs, and from tables of transfers only where the log is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.evm.logs import Log, add_log, log_key, transfer
from earmark.sources.evm.movements import Payment
from earmark.sources.evm.tables import Amount

if TYPE_CHECKING:
    from earmark.sources.evm.joined import Joined
    from earmark.sources.evm.tables import TransferRow


def add_logs(one: Joined) -> None:
    """Add what each log says."""
    for row in one.history.logs.values():
        at = one.places[row.hash]
        log = Log(at, row.log_index, row.contract, row.topics, row.data, row.place.locator)
        add_log(one.pile, one.chain, log)


def add_transfers(one: Joined) -> None:
    """Add transfers whose log is not there, where the format's amounts can be believed."""
    told = {(row.hash, row.log_index) for row in one.history.logs.values()}
    for row in one.history.transfers.values():
        if (row.hash, row.log_index) in told:
            one.ignore("token transfers whose log is there")
        elif one.transfers_move:
            _add_transfer(one, row)
        else:
            one.unknown["tokens"] += 1
            one.ignore("token transfers without their log: a double tells no item from an amount")


def _add_transfer(one: Joined, row: TransferRow) -> None:
    value, is_item = row.value or Amount(0), _is_item(one, row)
    if is_item is None:
        _observe_ambiguous(one, row, value)
        return
    if is_item and row.item is None and value.inexact:
        reason = "the number of an item was stored as a double"
        one.pile.reject(row.place.locator, reason, row.contract)
        return
    item = value.quantity if row.item is None else row.item
    identity = one.chain.erc721(row.contract, item) if is_item else one.chain.erc20(row.contract)
    quantity, inexact = (1, False) if is_item else (value.quantity, value.inexact)
    payment = Payment(row.payer, row.payee, quantity, inexact)
    at, locator = one.places[row.hash], row.place.locator
    one.add(transfer(one.chain, at, row.log_index, identity, payment, locator))


def _observe_ambiguous(one: Joined, row: TransferRow, value: Amount) -> None:
    at = one.places[row.hash]
    text = (
        f"{value.quantity} of {row.contract} from {row.payer}: an amount, or the number of an item"
    )
    key, holder = log_key(one.chain, at, row.log_index), one.chain.holder(row.payee)
    one.unknown["which tokens are items"] += 1
    one.pile.observe(at, "ambiguous_transfer", holder, text, row.place.locator, key)


def _is_item(one: Joined, row: TransferRow) -> bool | None:
    """Tell an item from an amount; null where nothing says so. Only amounts have decimals."""
    if row.item is not None or row.is_coin:
        return row.item is not None
    token = one.history.tokens.get(row.contract)
    if token is None:
        return None
    return False if token.is_item is None and token.decimals else token.is_item
