"""The nodes are what they say, and leave nothing behind in anybody's home."""

from __future__ import annotations

from tests.nodes.rpc import call


def test_anvil_is_a_node_of_chain_1(anvil: str) -> None:
    assert call(anvil, "web3_clientVersion").startswith("anvil/")
    assert call(anvil, "eth_chainId") == "0x1"


def test_bcoin_is_a_full_node_on_regtest(bcoin: str) -> None:
    told = call(bcoin, "getblockchaininfo")
    assert (told["chain"], told["blocks"]) == ("regtest", 0)
