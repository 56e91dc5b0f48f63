"""Fetching a range of blocks from a node of either kind: which chain it is comes first."""

from __future__ import annotations

from dataclasses import dataclass

from earmark.fetch.asking import Line
from earmark.fetch.bitcoin_blocks import fetch_bitcoin, is_block_hash
from earmark.fetch.blocks import Kind, Outcome, Progress, Wanted, refuse_other_chain
from earmark.fetch.evm_blocks import fetch_evm
from earmark.fetch.evm_checks import integer, is_chain_id
from earmark.sources.bitcoin.networks import NETWORKS

READERS: dict[Kind, str] = {"evm": "evm-rpc", "bitcoin": "bitcoin-rpc"}
"""Which reader reads the replies of which kind of node."""


@dataclass(frozen=True)
class Chain:
    """Which chain a node is of: its kind, its EVM chain id or its Bitcoin network, null where it is neither."""

    kind: Kind
    id: int | None = None
    network: str | None = None

    @property
    def name(self) -> str:
        """Return the chain in words."""
        if self.kind == "evm":
            return f"EVM chain {self.id}"
        return f"Bitcoin, network {self.network or 'unknown'}"


def chain_of(line: Line, kind: Kind) -> Chain:
    """Ask a node which chain it is of; raises EarmarkError if the kept replies are of another."""
    if kind == "evm":
        text = refuse_other_chain(line, "eth_chainId", [], "chain id", is_chain_id)
        return Chain(kind, id=integer(text))
    genesis = refuse_other_chain(line, "getblockhash", [0], "first block", is_block_hash)
    names = {network.genesis[::-1].hex(): name for name, network in NETWORKS.items()}
    return Chain(kind, network=names.get(genesis))


def fetch_blocks(
    line: Line, kind: Kind, wanted: Wanted, outcome: Outcome, progress: Progress | None = None
) -> None:
    """Fetch blocks into the line's cache; what came of it, and what did not, is in ``outcome``."""
    if kind == "evm":
        fetch_evm(line, wanted, outcome, progress)
    else:
        fetch_bitcoin(line, wanted, outcome, progress)
