"""EVM chains by their number: how holders are named, what is paid in, what wraps it.

Source of the numbers: EIP-155 and the list at chainlist.org. Wrapped contracts: each chain's own documents.
"""

from __future__ import annotations

from typing import NamedTuple

from earmark.ledger.values import Commodity

EXPONENT = 18
MAINNET = 1
ZERO = "0x" + "0" * 40


class Chain(NamedTuple):
    """One chain; ``wrapped`` are the contracts whose Deposit and Withdrawal logs mint and burn.

    ``burns_base_fee`` says that the base fee of a block is destroyed and the rest is its proposer's.
    Elsewhere the record does not say who gets which part, and the whole fee goes to the fees.
    """

    number: int
    namespace: str
    symbol: str
    name: str
    wrapped: frozenset[str] = frozenset()
    burns_base_fee: bool = False

    @property
    def native(self) -> str:
        """Return the identity of the coin that fees are paid in."""
        return f"eip155:{self.number}/slip44:60"

    @property
    def issued(self) -> str:
        """Return the holder that new units come from."""
        return f"{self.namespace}:issued"

    @property
    def burned(self) -> str:
        """Return the holder of what is destroyed."""
        return f"{self.namespace}:burned"

    @property
    def fees(self) -> str:
        """Return the holder that fees are paid to."""
        return f"{self.namespace}:fees"

    def holder(self, address: str) -> str:
        """Return the holder of an address in small letters."""
        return f"{self.namespace}:{address}"

    def erc20(self, contract: str) -> str:
        """Return the identity of a token by its contract, in small letters."""
        return f"eip155:{self.number}/erc20:{contract}"

    def erc721(self, contract: str, item: int) -> str:
        """Return the identity of one numbered item."""
        return f"eip155:{self.number}/erc721:{contract}/{item}"

    def native_commodity(self) -> Commodity:
        """Return the coin that fees are paid in."""
        return Commodity(self.symbol, EXPONENT, self.name, self.native)


_KNOWN = (
    (1, "eth", "ETH", "Ether", "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"),
    (10, "optimism", "ETH.optimism", "Ether", "0x4200000000000000000000000000000000000006"),
    (56, "bsc", "BNB", "BNB", "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"),
    (100, "gnosis", "XDAI", "xDai", "0xe91d153e0b41518a2ce8dd3d7944fa863463a97d"),
    (137, "polygon", "POL", "POL", "0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270"),
    (250, "fantom", "FTM", "Fantom", ""),
    (2020, "ronin", "RON", "Ronin", ""),
    (8453, "base", "ETH.base", "Ether", "0x4200000000000000000000000000000000000006"),
    (42161, "arbitrum", "ETH.arbitrum", "Ether", "0x82af49447d8a07e3bd95bd0d56f35241523fbab1"),
    (43114, "avalanche", "AVAX", "Avalanche", "0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7"),
)

NAMESPACES = frozenset(namespace for _, namespace, *_ in _KNOWN)
"""Namespaces of the chains known here; any other chain N is ``evm-N``."""


def chain_of(number: int, wrapped: frozenset[str] = frozenset()) -> Chain:
    """Return a chain by its number; ``wrapped`` adds contracts (small letters) that wrap its coin."""
    for known, namespace, symbol, name, contract in _KNOWN:
        if known == number:
            contracts = wrapped | ({contract} if contract else frozenset())
            return Chain(number, namespace, symbol, name, contracts, number == MAINNET)
    namespace = f"evm-{number}"
    return Chain(number, namespace, f"NATIVE.{namespace}", "", wrapped, burns_base_fee=True)


def contract_of(identity: str) -> str:
    """Return the contract in a token's or an item's identity, or an empty string for a coin."""
    rest = identity.partition(":0x")[2]
    return f"0x{rest.partition('/')[0]}" if rest else ""
