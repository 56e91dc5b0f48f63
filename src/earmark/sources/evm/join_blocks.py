"""What a block takes and gives: fees, tips to its proposer, rewards, withdrawals of stake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.evm import movements as made
from earmark.sources.evm.chains import ZERO
from earmark.sources.evm.joined import BLOCK_KINDS
from earmark.sources.evm.movements import At, Movement, Phase, paid
from earmark.sources.evm.receipts import Cost, split
from earmark.sources.evm.rewards import block_reward, is_mined
from earmark.sources.evm.texts import CellError

if TYPE_CHECKING:
    from earmark.sources.evm.joined import Joined
    from earmark.sources.evm.tables import BlockRow, ReceiptRow, TraceRow, TransactionRow


LAST = 1 << 40
"""The place of block things: behind every transaction."""
NO_UNCLES = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
"""The hash of an empty list of uncles."""


def add_fees(one: Joined) -> None:
    """Add the fee of each transaction whose gas and price are told."""
    rows = {row.hash for row in one.history.transactions.values()}
    for row in one.history.transactions.values():
        receipt = one.receipts.get(row.hash)
        cost = None if receipt is None else _cost(row, receipt)
        if receipt is None or cost is None:
            one.unknown["gas"] += 1
        else:
            _add_fee(one, row, receipt, cost)
    alone = sum(reference not in rows for reference in one.receipts)
    if alone:
        one.ignore("receipts whose transaction is not there", alone)


def _cost(row: TransactionRow, receipt: ReceiptRow) -> Cost | None:
    price = row.price if receipt.price is None else receipt.price
    if receipt.gas_used is None or price is None:
        return None
    return Cost(receipt.gas_used, price, receipt.blob_gas, receipt.blob_price, receipt.rollup_fee)


def _add_fee(one: Joined, row: TransactionRow, receipt: ReceiptRow, cost: Cost) -> None:
    at, block = one.places[row.hash], one.blocks.get(row.place.block)
    try:
        parts = split(one.chain, cost, block.base_fee if block is not None else None)
    except CellError as error:
        one.pile.reject(receipt.place.locator, str(error), row.hash)
        return
    if one.chain.burns_base_fee:
        one.unknown["the burned part of fees"] += block is None
    one.tips[at.block].append(parts.tip)
    if sum(parts):
        one.add(made.fee(one.chain, at, row.payer, parts.burned, parts.tip, receipt.place.locator))
    else:
        one.ignore("transactions that cost nothing")


def add_blocks(one: Joined) -> None:
    """Add rewards, withdrawals and tips of each block."""
    _add_rewards(one)
    for block in one.blocks.values():
        at = At(block.place.block, block.place.time_s, LAST, block.place.block_hash)
        for each in block.withdrawals:
            number, gwei = each.index, each.amount_gwei
            locator = block.place.locator
            one.add(made.withdrawal(one.chain, at, number, each.address, gwei, locator))
        _add_tips(one, at, block)
        _add_scheduled(one, at, block)
        counts = one.counts[at.block]
        one.unknown["other transactions"] += max(0, (block.transactions or 0) - counts)
    if one.history.blocks:
        one.ignore("blocks, read for times, fees and withdrawals", len(one.history.blocks))


def _add_tips(one: Joined, at: At, block: BlockRow) -> None:
    """Pay a block's tips out to its proposer, where those of all its transactions are known."""
    known = one.tips.get(at.block, [])
    if block.transactions == 0 or block.miner is None or not one.chain.burns_base_fee:
        return
    if block.transactions != len(known):
        one.unknown["who was paid the tips"] += 1
    elif sum(known):
        one.add(made.tips(one.chain, at, block.miner, sum(known), block.place.locator))


def _add_scheduled(one: Joined, at: At, block: BlockRow) -> None:
    """Add what the schedule gave a miner who named no uncles, where no trace tells the reward."""
    if not is_mined(one.chain, at.block, int(block.is_mined)) or at.block in one.rewarded:
        return
    if block.uncles == NO_UNCLES and block.miner is not None:
        wei, locator = block_reward(at.block, 0), block.place.locator
        one.add(made.reward(one.chain, at, block.miner, wei, locator))
    else:
        one.unknown["block rewards"] += 1


def _add_rewards(one: Joined) -> None:
    """Add up what a block's rewards give to one address: one key, one movement."""
    grants: dict[tuple[int, str, str], list[TraceRow]] = {}
    for trace in one.history.traces.values():
        if trace.hash is not None or not (trace.kind in BLOCK_KINDS or trace.payer == ZERO):
            continue
        if trace.payee is None:
            reason = f"a {trace.kind} trace without an address"
            one.pile.reject(trace.place.locator, reason)
            continue
        kind = "reward" if trace.kind == "transfer" else trace.kind
        owner = trace.payer or "" if kind == "daofork" else trace.payee
        grants.setdefault((trace.place.block, kind, owner), []).append(trace)
    for (number, kind, owner), traces in grants.items():
        one.rewarded.update([number] if kind == "reward" else [])
        block = one.blocks.get(number)
        place = traces[0].place if block is None else block.place
        at = At(number, place.time_s, LAST, place.block_hash)
        _add_grant(one, at, f"{kind}:{owner}", traces)


def _add_grant(one: Joined, at: At, name: str, traces: list[TraceRow]) -> None:
    first = traces[0]
    payee, wei = first.payee or ZERO, sum(trace.value.quantity for trace in traces)
    if len(traces) > 1:
        one.ignore("rewards of one address in one block, added to its first", len(traces) - 1)
    # One address may mine a block and its uncle.
    order = int(all(trace.reward == "uncle" for trace in traces))
    locator = first.place.locator
    movement = made.reward(one.chain, at, payee, wei, locator, order)
    key = f"{one.chain.namespace}:block:{at.block}:{name}"
    if first.kind == "daofork":
        # The fork moved these before the first transaction of its block.
        legs = paid(
            one.chain.holder(first.payer or ZERO), one.chain.holder(payee), one.chain.native, wei
        )
        start = at._replace(place=-1)
        movement = Movement(start, Phase.MINT, (), "payment", legs, key, locator)
    inexact = any(trace.value.inexact for trace in traces)
    one.add(movement._replace(key=key, inexact=inexact))
