"""The networks that speak Bitcoin's format: what tells their blocks, subsidies and addresses apart.

Source: Bitcoin Core, ``src/kernel/chainparams.cpp``.
"""

from __future__ import annotations

from dataclasses import dataclass

from earmark.ledger.values import Commodity

EXPONENT = 8
COIN = 100_000_000
"""Satoshi in one bitcoin."""

_DAY_S = 86_400
_FIRST_HALVING_S = 1_354_116_278
"""Time of block 210,000 of the main network. Blocks that do not carry their height are older than April 2013."""


@dataclass(frozen=True)
class Network:
    """One network; hashes are in the order of the wire, ``target_max`` is the easiest proof of work."""

    name: str
    symbol: str
    magic: bytes
    genesis: bytes
    target_max: int
    halving_blocks: int
    key_version: int
    script_version: int
    prefix: str

    def coin(self) -> Commodity:
        """Return what moves on this network."""
        return Commodity(self.symbol, EXPONENT, "Bitcoin", f"bitcoin:{self.name}")


def _wire(text: str) -> bytes:
    return bytes.fromhex(text)[::-1]


MAIN = Network(
    name="main",
    symbol="BTC",
    magic=bytes.fromhex("f9beb4d9"),
    genesis=_wire("000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"),
    target_max=0xFFFF << 208,
    halving_blocks=210_000,
    key_version=0,
    script_version=5,
    prefix="bc",
)
TEST = Network(
    name="test",
    symbol="tBTC",
    magic=bytes.fromhex("0b110907"),
    genesis=_wire("000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943"),
    target_max=0xFFFF << 208,
    halving_blocks=210_000,
    key_version=111,
    script_version=196,
    prefix="tb",
)
SIGNET = Network(
    name="signet",
    symbol="sBTC",
    magic=bytes.fromhex("0a03cf40"),
    genesis=_wire("00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6"),
    target_max=0x0377AE << 216,
    halving_blocks=210_000,
    key_version=111,
    script_version=196,
    prefix="tb",
)
REGTEST = Network(
    name="regtest",
    symbol="rBTC",
    magic=bytes.fromhex("fabfb5da"),
    genesis=_wire("0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"),
    target_max=0x7FFFFF << 232,
    halving_blocks=150,
    key_version=111,
    script_version=196,
    prefix="bcrt",
)
NETWORKS = {one.name: one for one in (MAIN, TEST, SIGNET, REGTEST)}


def subsidy(network: Network, height: int | None, time_s: int) -> int | None:
    """Return what a block may issue, in satoshi; null where neither height nor time says it."""
    if height is not None:
        halvings = height // network.halving_blocks
        return 50 * COIN >> halvings if halvings < 64 else 0
    if network is not MAIN or abs(time_s - _FIRST_HALVING_S) < _DAY_S:
        return None
    return 50 * COIN if time_s < _FIRST_HALVING_S else 25 * COIN


def is_plausible_height(network: Network, height: int, time_s: int) -> bool:
    """Tell whether a height that a block claims goes with its time, at about ten minutes a block."""
    if network is not MAIN:
        return 0 <= height < 1 << 31
    expected = max(time_s - 1_231_006_505, 0) // 600
    return 4 * expected <= 5 * height <= 6 * expected + 50_000
