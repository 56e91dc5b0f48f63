"""What fetching a range of blocks shares, whatever the chain: what is wanted, what came of it, when to give up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from earmark.fetch.asking import Line
from earmark.fetch.errors import FetchError, RefusedError
from earmark.fetch.jsonrpc import Check, ask
from earmark.fetch.missing import Gaps
from earmark.ledger.errors import EarmarkError

SILENCES_MAX = 3
"""Questions in a row without any answer after which a server is left alone."""
FORK_TRIES_MAX = 3
Kind = Literal["evm", "bitcoin"]
Traces = Literal["auto", "debug", "parity", "none"]
_QUESTIONS: tuple[tuple[Kind, str], ...] = (("evm", "eth_chainId"), ("bitcoin", "getblockcount"))


@dataclass(frozen=True)
class Wanted:
    """Blocks ``first`` to ``last``, both included; of ``contracts`` only the blocks where they logged something."""

    first: int
    last: int
    traces: Traces = "auto"
    contracts: tuple[str, ...] = ()


@dataclass
class Outcome:
    """What a fetch has come to; ``final`` is the last block that the chain will not take back."""

    tip: int = 0
    final: int = 0
    blocks: int = 0
    transactions: int = 0
    methods: dict[str, str] = field(default_factory=dict)
    changed: list[int] = field(default_factory=list)
    gaps: Gaps = field(default_factory=Gaps)


class Linked(NamedTuple):
    """A block's own hash and its parent's, as the server writes them."""

    hash: str
    parent: str


Progress = Callable[[int], None]
FetchBlock = Callable[[int, bool], Linked]
"""Fetch the block of one height with all that belongs to it; true asks again although it is kept."""


def kind_of(line: Line) -> Kind:
    """Return what the server is, by asking; raises EarmarkError when it is neither, or says nothing."""
    reasons = []
    for kind, method in _QUESTIONS:
        try:
            ask(line, method, [], fresh=True, keep="nothing")
        except RefusedError as error:
            reasons.append(f"{method}: {error.reason}")
        else:
            return kind
    raise EarmarkError(
        f"speaks neither as an EVM node nor as a Bitcoin node ({'; '.join(reasons)})",
        file=line.client.server.shown,
        expected="the JSON-RPC address of a node",
    )


def refuse_other_chain(line: Line, method: str, params: list[int], what: str, check: Check) -> str:
    """Ask which chain this is and keep the answer; raises EarmarkError if kept replies are of another."""
    before = {
        exchange.body for exchange in line.cache.found(method, params) if exchange.status == 200
    }
    now = str(ask(line, method, params, fresh=True, keep="nothing", check=check))
    if any(f'"{now}"' not in body for body in before if '"result"' in body):
        raise EarmarkError(
            f"holds replies of another chain than the server's ({what} {now})",
            file=line.cache.inside,
            expected="another --name",
        )
    ask(line, method, params, check=check)
    return now


def fetch_range(
    line: Line,
    heights: Iterable[int],
    fetch: FetchBlock,
    outcome: Outcome,
    progress: Progress | None,
) -> None:
    """Fetch block after block; one that fails is listed and the next one asked for.

    A block that is not its neighbour's parent is asked for again, backwards, until the chain holds together.
    """
    chain: dict[int, str] = {}
    for height in heights:
        try:
            block = fetch(height, False)
            block = _joined(height, block, chain, fetch, outcome)
            chain[height] = block.hash
            outcome.blocks += 1
        except FetchError as error:
            outcome.gaps.add(f"block {height}", str(error))
        line.cache.flush()
        if progress:
            progress(outcome.blocks)
        if line.silences >= SILENCES_MAX:
            reason = f"the server did not answer {SILENCES_MAX} questions in a row"
            outcome.gaps.add(f"the blocks after {height}", reason)
            return


def _joined(
    height: int, block: Linked, chain: dict[int, str], fetch: FetchBlock, outcome: Outcome
) -> Linked:
    """Ask again for parents that the chain has left, and return the block itself as it is then."""
    for _ in range(FORK_TRIES_MAX):
        at, parent = height - 1, block.parent
        while at in chain and chain[at] != parent:
            again = fetch(at, True)
            if again.hash == chain[at]:
                break
            outcome.changed.append(at)
            chain[at], parent, at = again.hash, again.parent, at - 1
        if height - 1 not in chain or chain[height - 1] == block.parent:
            return block
        block = fetch(height, True)
    outcome.gaps.add(f"block {height}", f"it is not the child of block {height - 1} that we got")
    return block
