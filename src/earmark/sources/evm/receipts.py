"""What a transaction costs and who gets it: destroyed base fee and blob fee, and the tip.

Source: EIP-1559, EIP-4844; receipts of chains above Ethereum add ``l1Fee``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from Crypto.Hash import keccak

from earmark.sources.evm.texts import CellError

if TYPE_CHECKING:
    from earmark.sources.evm.chains import Chain


class Cost(NamedTuple):
    """What a receipt says of gas; all but counts in wei. ``price`` is the effective price of one gas."""

    gas_used: int
    price: int
    blob_gas_used: int = 0
    blob_price: int = 0
    layer_one: int = 0


class Split(NamedTuple):
    """A fee in wei: what is destroyed, and what goes to the fees."""

    burned: int
    tip: int


def split(chain: Chain, cost: Cost, base_price: int | None) -> Split:
    """Return how a fee parts; ``base_price`` is the block's base fee in wei a gas, null where unknown.

    Raises CellError where the price is below the base fee that every transaction pays.
    """
    whole = cost.gas_used * cost.price
    blobs = cost.blob_gas_used * cost.blob_price
    if base_price is None or not chain.burns_base_fee:
        return Split(0, whole + blobs + cost.layer_one)
    burned = cost.gas_used * base_price
    if burned > whole:
        raise CellError("the gas price is below the block's base fee")
    return Split(burned + blobs, whole - burned + cost.layer_one)


PLAIN_PAYMENT_GAS = 21_000


def moved_before_statuses(gas_used: int, gas_limit: int) -> bool:
    """Tell from gas whether a transaction of before Byzantium, whose receipt has no status, succeeded.

    A failure took all gas then. A plain payment takes exactly 21,000 and cannot fail.
    """
    return gas_used < gas_limit or gas_used == PLAIN_PAYMENT_GAS


def created_address(sender: str, nonce: int) -> str:
    """Return the contract that a creating transaction makes: the Keccak-256 of its sender and nonce in RLP."""
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8)
    word = number if len(number) == 1 and number[0] < 0x80 else bytes([0x80 + len(number)]) + number
    content = b"\x94" + bytes.fromhex(sender[2:]) + word
    digest = keccak.new(digest_bits=256, data=bytes([0xC0 + len(content)]) + content).digest()
    return "0x" + digest[12:].hex()
