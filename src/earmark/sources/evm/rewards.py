"""What a miner was paid by the schedule of Ethereum's main network, until proof of stake.

Source: Yellow Paper §11.3; EIP-649 (3 ETH from block 4,370,000), EIP-1234 (2 ETH from block 7,280,000).
"""

from __future__ import annotations

from earmark.sources.evm.chains import MAINNET, Chain

ETHER_WEI = 10**18
PROOF_OF_STAKE = 15_537_394
"""The first block of the main network that no miner made."""
_STEPS = ((7_280_000, 2), (4_370_000, 3), (1, 5))
_SHARES = 32
_EIGHTHS = 8
_DISTANCE_MAX = 6


def is_mined(chain: Chain, number: int, difficulty: int | None) -> bool:
    """Tell whether the schedule says what a block's miner was paid."""
    return chain.number == MAINNET and 0 < number < PROOF_OF_STAKE and bool(difficulty)


def block_reward(number: int, uncles: int) -> int:
    """Return what the miner of a block gets, in wei, for it and for the uncles it names."""
    base = _base(number)
    return base + uncles * base // _SHARES


def uncle_reward(number: int, uncle_number: int) -> int:
    """Return what the miner of an uncle gets, in wei; raises ValueError for one that is too far away."""
    distance = number - uncle_number
    if not 0 < distance <= _DISTANCE_MAX:
        raise ValueError("an uncle stands one to six blocks before the block that names it")
    return _base(number) * (_EIGHTHS - distance) // _EIGHTHS


def _base(number: int) -> int:
    return next(ether for first, ether in _STEPS if number >= first) * ETHER_WEI
