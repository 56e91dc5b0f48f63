"""Logs to movements: a token's Transfer by its exact shape, wrapped coins by their contract.

The shape decides: three topics and one word of data is ERC-20, four topics and no data is ERC-721.
Approval is no Transfer, and a token's own symbol is never looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.evm.chains import ZERO, Chain
from earmark.sources.evm.movements import At, Movement, Payment, Phase, paid

if TYPE_CHECKING:
    from earmark.sources.evm.movements import Pile

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
DEPOSIT = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
WITHDRAWAL = "0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65"
APPROVAL = "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
TRANSFER_SINGLE = "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62"
TRANSFER_BATCH = "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb"
"""The hashes of Transfer(address,address,uint256), Deposit and Withdrawal(address,uint256), Approval(address,
address,uint256), TransferSingle and TransferBatch."""

SIGNATURES = frozenset({TRANSFER, DEPOSIT, WITHDRAWAL, TRANSFER_SINGLE, TRANSFER_BATCH})
"""What may move something; every other log is ignored by its first topic."""

TOPICS_MAX = 4
WORD_BYTES = 32
_PADDED = "0x" + "0" * 24
IGNORED_APPROVALS = "approvals, which move nothing"
IGNORED_LOGS = "logs of other kinds, which move nothing that is known"


class Log(NamedTuple):
    """One log: its number in the block, its contract and topics in small letters, its data."""

    at: At
    number: int
    contract: str
    topics: tuple[str, ...]
    data: bytes
    locator: str


def add_log(pile: Pile, chain: Chain, log: Log) -> None:
    """Add what a log says: a movement, an observation, or one more that is ignored."""
    signature = log.topics[0] if log.topics else ""
    if signature == TRANSFER:
        _add_transfer(pile, chain, log)
    elif signature in (DEPOSIT, WITHDRAWAL) and log.contract in chain.wrapped:
        _add_wrap(pile, chain, log, signature)
    elif signature in (TRANSFER_SINGLE, TRANSFER_BATCH):
        text = f"ERC-1155 transfer in {log.contract}: items and quantities are not read"
        _observe(pile, chain, log, "erc1155_transfer", text)
    else:
        pile.ignored[IGNORED_APPROVALS if signature == APPROVAL else IGNORED_LOGS] += 1


def transfer(
    chain: Chain, at: At, number: int, identity: str, payment: Payment, locator: str
) -> Movement:
    """Return a transfer of a token (``chain.erc20``) or an item (``chain.erc721``, quantity 1).

    The zero address stands for minting and burning. ``number`` is the log's index in its block.
    """
    is_minted, is_burned = payment.payer == ZERO, payment.payee == ZERO
    out = chain.issued if is_minted else chain.holder(payment.payer)
    into = chain.burned if is_burned else chain.holder(payment.payee)
    legs = paid(out, into, identity, payment.quantity)
    key, kind = log_key(chain, at, number), "issuance" if is_minted else "payment"
    return Movement(at, Phase.LOG, (number,), kind, legs, key, locator, payment.inexact)


def log_key(chain: Chain, at: At, number: int) -> str:
    """Return the key of a log's movement."""
    return f"{chain.namespace}:{at.ref}:log:{number}"


def _add_transfer(pile: Pile, chain: Chain, log: Log) -> None:
    parties = _addresses(log.topics[1:3])
    shape = len(log.topics), len(log.data)
    if shape == (3, WORD_BYTES) and parties is not None:
        payment = Payment(*parties, int.from_bytes(log.data))
        _add(pile, chain, log, chain.erc20(log.contract), payment)
    elif shape == (4, 0) and parties is not None:
        item = chain.erc721(log.contract, int(log.topics[3], 16))
        _add(pile, chain, log, item, Payment(*parties, 1))
    else:
        words = f"{shape[0]} topics and {shape[1]} bytes of data"
        text = f"Transfer of {log.contract} with {words}: neither ERC-20 nor ERC-721"
        _observe(pile, chain, log, "odd_transfer", text)


def _add_wrap(pile: Pile, chain: Chain, log: Log, signature: str) -> None:
    """Add a Deposit as minting and a Withdrawal as burning of the wrapped coin."""
    shape = len(log.topics), len(log.data)
    if shape != (2, WORD_BYTES) or not log.topics[1].startswith(_PADDED):
        _observe(
            pile, chain, log, "odd_wrap", f"a log of {log.contract} in another shape than WETH9's"
        )
        return
    holder, is_deposit = _address(log.topics[1]), signature == DEPOSIT
    parties = (ZERO, holder) if is_deposit else (holder, ZERO)
    payment = Payment(*parties, int.from_bytes(log.data))
    _add(pile, chain, log, chain.erc20(log.contract), payment, wraps=1 if is_deposit else -1)


def _add(
    pile: Pile, chain: Chain, log: Log, identity: str, payment: Payment, *, wraps: int = 0
) -> None:
    one = transfer(chain, log.at, log.number, identity, payment, log.locator)
    pile.add(one._replace(kind="conversion", wraps=wraps) if wraps else one)


def _addresses(topics: tuple[str, ...]) -> tuple[str, str] | None:
    if len(topics) != 2 or any(not topic.startswith(_PADDED) for topic in topics):
        return None
    return _address(topics[0]), _address(topics[1])


def _address(topic: str) -> str:
    return "0x" + topic[len(_PADDED) :]


def _observe(pile: Pile, chain: Chain, log: Log, kind: str, text: str) -> None:
    holder = chain.holder(log.contract)
    pile.observe(log.at, kind, holder, text, log.locator, log_key(chain, log.at, log.number))
