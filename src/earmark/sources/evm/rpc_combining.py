"""Facts to movements: each transaction from all that is known of it, then what a block itself pays.

With whole traces the value is theirs; without, the transaction's own, and the record lacks the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from earmark.ledger.quantity import format_quantity
from earmark.sources.evm import movements
from earmark.sources.evm.chains import EXPONENT, MAINNET
from earmark.sources.evm.logs import Log, add_log
from earmark.sources.evm.movements import Movement, Payment, Phase
from earmark.sources.evm.receipts import (
    PLAIN_PAYMENT_GAS,
    created_address,
    moved_before_statuses,
    split,
)
from earmark.sources.evm.rpc_blocks import add_block_payments
from earmark.sources.evm.rpc_branches import blocks_of, chain_by_height, keep_one_branch
from earmark.sources.evm.rpc_facts import COPIES
from earmark.sources.evm.rpc_untied import tie
from earmark.sources.evm.rpc_wholes import Whole, wholes
from earmark.sources.evm.texts import CellError

if TYPE_CHECKING:
    from earmark.sources.evm.chains import Chain
    from earmark.sources.evm.movements import Pile
    from earmark.sources.evm.rpc_facts import Facts, Sent
    from earmark.sources.evm.traces import Call

IDLE = "calls that move nothing: of no value, reverted, or by delegation"
CANCUN_S = 1_710_338_135
"""The time of Ethereum's Cancun fork: from it on a contract that pays its rest to itself keeps it (EIP-6780)."""


@dataclass
class Combined:
    """What came out beside the movements: tips and fees counted by block hash, what the record lacks."""

    tips: dict[str, int] = field(default_factory=dict)
    costed: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    lacks: dict[str, None] = field(default_factory=dict)
    unsure_calls: int = 0

    def lack(self, *words: str) -> None:
        """Note what the record cannot show."""
        self.lacks.update(dict.fromkeys(words))


def combine(facts: Facts, chain: Chain, pile: Pile) -> Combined:
    """Add all movements of the facts to the pile."""
    by_height = chain_by_height(facts.blocks)
    tie(facts, pile)
    keep_one_branch(facts, by_height, pile)
    pile.blocks = blocks_of(facts, by_height)
    combined = Combined()
    for whole in wholes(facts, by_height, pile):
        _add_transaction(whole, chain, pile, combined)
    for block in by_height.values():
        count = len(block.transactions)
        is_costed = combined.costed.get(block.hash, 0) == count
        tips_wei = combined.tips.get(block.hash, 0) if is_costed else None
        combined.lack(*add_block_payments(block, facts, chain, pile, tips_wei))
        if combined.known.get(block.hash, 0) < count:
            combined.lack("other transactions")
    return combined


def _add_transaction(whole: Whole, chain: Chain, pile: Pile, combined: Combined) -> None:
    if whole.block is not None:
        combined.known[whole.block.hash] = combined.known.get(whole.block.hash, 0) + 1
    if whole.at.time_s is None:
        combined.lack("times")
    has_failed = _has_failed(whole, combined)
    _add_value(whole, chain, pile, combined, has_failed=has_failed)
    if not has_failed:
        _add_calls(whole, chain, pile, combined)
    for log in whole.logs:
        place = (log.number, log.contract, log.topics, log.data, log.locator)
        add_log(pile, chain, Log(whole.at, *place))
    _add_fee(whole, chain, pile, combined)


def _has_failed(whole: Whole, combined: Combined) -> bool:
    if whole.trace is not None and whole.trace.traced.is_whole:
        return whole.trace.traced.has_failed
    if whole.received is None:
        if whole.sent is not None:
            combined.lack("failed transactions")
        return False
    if whole.received.status is not None:
        return not whole.received.status
    gas = whole.sent.gas if whole.sent is not None else None
    return gas is not None and not moved_before_statuses(whole.received.cost.gas_used, gas)


def _add_value(
    whole: Whole, chain: Chain, pile: Pile, combined: Combined, *, has_failed: bool
) -> None:
    """Add the value that the transaction itself carries, from its trace or from itself."""
    sent, at = whole.sent, whole.at
    if sent is not None and sent.minted:
        pile.add(_minted(sent, chain, whole))
    calls = whole.trace.traced.calls if whole.trace is not None else ()
    root = calls[0] if calls and calls[0].path == () else None
    if root is not None:
        payment = Payment(root.payer, root.payee, root.wei)
        place = root.pointer if sent is None else sent.locator
    elif sent is not None:
        payment = Payment(sent.payer, _payee(sent, whole), sent.wei)
        place = sent.locator
    else:
        is_known = whole.trace is not None and whole.trace.traced.is_whole
        combined.lack(*(() if is_known else ("native transfers",)))
        return
    one = movements.native_value(chain, at, payment, place)
    if has_failed:
        amount = f"{format_quantity(payment.quantity, EXPONENT)} {chain.symbol}"
        text = f"failed: {amount} from {payment.payer} to {payment.payee} did not move"
        pile.observe(at, "failed", chain.holder(payment.payer), text, place, one.key)
    else:
        pile.add(one)


def _payee(sent: Sent, whole: Whole) -> str:
    if sent.payee is not None:
        return sent.payee
    if whole.received is not None and whole.received.contract is not None:
        return whole.received.contract
    return created_address(sent.payer, sent.nonce)


def _minted(sent: Sent, chain: Chain, whole: Whole) -> Movement:
    """Return what a deposit from the chain below brings in."""
    legs = movements.paid(chain.issued, chain.holder(sent.payer), chain.native, sent.minted)
    key = f"{chain.namespace}:{sent.hash}:mint"
    return Movement(whole.at, Phase.MINT, (), "issuance", legs, key, sent.locator)


def _add_calls(whole: Whole, chain: Chain, pile: Pile, combined: Combined) -> None:
    if whole.trace is not None:
        traced = whole.trace.traced
        pile.ignored[IDLE] += traced.idle
        inner = [call for call in traced.calls if call.path]
        for call in inner:
            pile.add(_internal(whole, call, chain, traced.created))
        if not traced.is_whole:
            combined.unsure_calls += len(inner)
            combined.lack("internal transfers")
    elif whole.operations is not None:
        _add_operations(whole, whole.operations.calls, chain, pile)
    elif not _is_plain(whole):
        combined.lack("internal transfers")


def _add_operations(whole: Whole, calls: tuple[Call, ...], chain: Chain, pile: Pile) -> None:
    for call in calls:
        if _is_own_value(call, whole):
            pile.ignored[COPIES] += 1
            continue
        one = _internal(whole, call, chain, frozenset())
        pile.add(one._replace(key=f"{chain.namespace}:{whole.at.ref}:ots:{call.path[0]}"))


def _is_own_value(call: Call, whole: Whole) -> bool:
    """Tell whether a listed call is the transaction itself, which some nodes list first."""
    sent = whole.sent
    return (
        sent is not None and call.path == (0,) and (call.payer, call.wei) == (sent.payer, sent.wei)
    )


def _is_plain(whole: Whole) -> bool:
    """Tell whether a transaction ran no code: it took the gas of a plain payment and no more."""
    return whole.received is not None and whole.received.cost.gas_used == PLAIN_PAYMENT_GAS


def _internal(whole: Whole, call: Call, chain: Chain, created: frozenset[str]) -> Movement:
    payment = Payment(call.payer, call.payee, call.wei)
    one = movements.internal_call(chain, whole.at, call.path, payment, call.pointer)
    if not (call.is_destruction and call.payer == call.payee):
        return one
    if _keeps_own_rest(whole, chain) and call.payer not in created:
        return one
    burned = movements.paid(one.legs[0].holder, chain.burned, chain.native, call.wei)
    return one._replace(legs=burned)


def _keeps_own_rest(whole: Whole, chain: Chain) -> bool:
    """Tell whether a contract that destroys itself in its own favour keeps what it has."""
    if whole.block is not None and whole.block.has_blobs:
        return True
    return chain.number == MAINNET and (whole.at.time_s or 0) >= CANCUN_S


def _add_fee(whole: Whole, chain: Chain, pile: Pile, combined: Combined) -> None:
    received, sent, block = whole.received, whole.sent, whole.block
    if received is None:
        combined.lack("gas")
        if not whole.logs:
            combined.lack("tokens")
        return
    cost = received.cost
    if not received.has_price:
        if sent is None or sent.price is None:
            combined.lack("gas")
            return
        cost = cost._replace(price=sent.price)
    try:
        parts = split(chain, cost, None if block is None else block.base_price)
    except CellError as error:
        pile.reject(received.locator, str(error), received.hash)
        return
    place = received.locator
    pile.add(movements.fee(chain, whole.at, received.payer, parts.burned, parts.tip, place))
    if block is not None:
        combined.tips[block.hash] = combined.tips.get(block.hash, 0) + parts.tip
        combined.costed[block.hash] = combined.costed.get(block.hash, 0) + 1
