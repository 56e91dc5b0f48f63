"""One fetch of addresses: which chain, which method, then the walk; what is not fetched is listed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from earmark.fetch import outward, pages
from earmark.fetch.account_api import AccountApi, account_history
from earmark.fetch.addresses import Naming, Starts, starts_of
from earmark.fetch.asking import Line
from earmark.fetch.bitcoin_history import (
    BitcoinIndex,
    esplora_history,
    is_output,
    scanned_history,
)
from earmark.fetch.blocks import Kind, Outcome, Progress, Wanted
from earmark.fetch.electrum import is_electrum
from earmark.fetch.electrum_history import electrum_history
from earmark.fetch.errors import FetchError, NoMoreError, RefusedError
from earmark.fetch.evm_history import (
    EvmNode,
    Search,
    node_history,
    search_otterscan,
    search_traces,
)
from earmark.fetch.history import NATIVE, HistoryOf, Span
from earmark.fetch.jsonrpc import ask
from earmark.fetch.methods import LineAsker, Method, refuse_other_kind
from earmark.fetch.missing import Gaps
from earmark.fetch.missing import Why as GapWhy
from earmark.fetch.outward import Limits, Walk
from earmark.fetch.ranges import READERS as BLOCK_READERS
from earmark.fetch.ranges import chain_of, fetch_blocks
from earmark.fetch.tokens import fetch_tokens
from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.networks import NETWORKS, Network
from earmark.sources.evm import chains

READERS: dict[Method, str] = {
    "trace_filter": "evm-rpc",
    "ots": "evm-rpc",
    "etherscan": "etherscan",
    "blockscout": "etherscan",
    "esplora": "esplora",
    "electrum": "electrum",
    "scanblocks": "bitcoin-rpc",
}
MOST_TRANSACTIONS = 1_000
ROW_MAX = 10_000
_GAPS: dict[str, GapWhy] = dict.fromkeys(("failed", "not_whole", "interrupted"), "failed")
_SEARCHES: dict[str, Search] = {"trace_filter": search_traces, "ots": search_otterscan}


@dataclass(frozen=True)
class Asked:
    """What a person asked for: how far, how much, in which blocks, and where the case says to stop.

    ``stop_of`` gets a holder's name in the ledger and returns why to stop there, or an empty text.
    ``contracts_of`` gets the chain's id and returns the tokens that the case declares.
    """

    limits: Limits = field(default_factory=Limits)
    span: Span = field(default_factory=Span)
    most: int = MOST_TRANSACTIONS
    chain: int | None = None
    page_rows: int = ROW_MAX
    stop_of: Callable[[str], str] = field(default=lambda _: "")
    contracts_of: Callable[[int], Collection[str]] = field(default=lambda _: ())
    begin: Callable[[str, int], None] | None = None


@dataclass(frozen=True)
class Ready:
    """A fetch whose chain and method are known."""

    method: Method
    starts: Starts
    naming: Naming
    asked: Asked

    @property
    def reader(self) -> str:
        """Return the reader of the replies."""
        return reader_of(self.method, self.starts.kind)


def reader_of(method: Method, kind: Kind) -> str:
    """Return the reader of what a method fetches."""
    return READERS.get(method) or BLOCK_READERS[kind]


def refuse_method(method: Method, kind: Kind, url: str, depth: int, span: Span) -> None:
    """Raise EarmarkError for a method that does not go with the addresses, the server's address or the reach."""
    refuse_other_kind(method, kind)
    if (method == "electrum") != is_electrum(url):
        raise EarmarkError(
            f"--method {method} does not go with this server's address",
            expected="ssl://HOST:PORT or tcp://HOST:PORT for electrum, https://… for any other",
        )
    if method == "blocks" and (span.first is None or span.last is None):
        raise EarmarkError(
            "without an index of addresses only a range of blocks can be fetched",
            expected="--from and --to, or a server that has an index",
        )
    if method == "blocks" and depth:
        raise EarmarkError("without an index nothing can be followed", expected="--depth 0")


def prepare(line: Line, method: Method, typed: list[str], starts: Starts, asked: Asked) -> Ready:
    """Ask which chain the server is of; raises EarmarkError where the addresses are of another."""
    if starts.kind == "evm":
        number = asked.chain
        if method in ("trace_filter", "ots", "blocks"):
            number = _evm_chain(line)
            if asked.chain not in (None, number):
                raise EarmarkError(
                    f"the node is of chain {number}", expected=f"chain {asked.chain}"
                )
        return Ready(method, starts, Naming(chain=chains.chain_of(number or 1)), asked)
    network = _network(line, method) or starts.network
    if network is not starts.network:
        starts = starts_of(typed, network.name)
    return Ready(method, starts, Naming(network=network), asked)


def _evm_chain(line: Line) -> int | None:
    try:
        return chain_of(line, "evm").id
    except RefusedError as error:
        raise _other_node(line, error, "an EVM node") from error


def _other_node(line: Line, error: RefusedError, what: str) -> EarmarkError:
    """Return that a node which knows no such call is of another kind; any other refusal stands as it is."""
    if error.code is None:
        return error
    return EarmarkError(f"this is not {what}: {error.reason}", file=line.client.server.shown)


def _network(line: Line, method: Method) -> Network | None:
    """Return the network of a Bitcoin server by its first block; null where it does not say."""
    try:
        first = _first_block(line, method)
    except RefusedError as error:
        if method in ("scanblocks", "blocks"):
            raise _other_node(line, error, "a Bitcoin node") from error
        return None
    except FetchError:
        return None
    for network in NETWORKS.values():
        if network.genesis[::-1].hex() == first:
            return network
    raise EarmarkError(
        f"the server is of another chain: its first block is {first[:64]}", expected="Bitcoin"
    )


def _first_block(line: Line, method: Method) -> str:
    if method == "esplora":
        return pages.get(line, pages.Page("block-height/0", is_json=False), keep="answers").strip()
    if method == "electrum":
        features = ask(line, "server.features", [], keep="answers")
        return str(features.get("genesis_hash")) if isinstance(features, dict) else ""
    return str(ask(line, "getblockhash", [0], keep="answers"))


def run(line: Line, ready: Ready) -> outward.Outcome:
    """Fetch histories and follow outwards; raises EarmarkError only where nothing can be asked at all."""
    naming, asked = ready.naming, ready.asked
    way = _way(line, ready)
    declared = {NATIVE}
    if naming.chain is not None:
        declared |= set(asked.contracts_of(naming.chain.number))

    def stop_of(target: str) -> str:
        script = way.scripts.get(target, "") if is_output(target) else target
        return asked.stop_of(naming.holder(script)) if script else ""

    walk = Walk(way.history_of, asked.limits, stop_of, declared, asked.begin)
    outcome = outward.follow(ready.starts.targets, walk)
    if not outcome.is_cut:
        way.finish()
    return outcome


class _Way(NamedTuple):
    """What fetches one address, to which scripts outputs pay that were seen, and what comes last."""

    history_of: HistoryOf
    scripts: Mapping[str, str] = {}
    finish: Callable[[], None] = lambda: None


def _way(line: Line, ready: Ready) -> _Way:
    asked, method = ready.asked, ready.method
    if method in _SEARCHES:
        node = EvmNode(LineAsker(line), asked.span, asked.most)
        search = _SEARCHES[method]
        return _Way(lambda one: node_history(node, one, search), finish=lambda: _tokens(line, node))
    if method in ("etherscan", "blockscout"):
        api = _account_api(line, ready)
        return _Way(lambda one: account_history(api, one))
    fetch = {"esplora": esplora_history, "electrum": electrum_history}.get(method, scanned_history)
    index = BitcoinIndex(LineAsker(line), ready.naming.network, asked.span, asked.most)
    return _Way(lambda one: fetch(index, one), index.scripts)


def _account_api(line: Line, ready: Ready) -> AccountApi:
    """Return the index; Blockscout has one chain, and is not told which."""
    key, chain, asked = line.client.server.api_key, ready.naming.chain, ready.asked
    asker = LineAsker(line, {"apikey": key} if key else {})
    number = chain.number if chain is not None and ready.method == "etherscan" else None
    return AccountApi(asker, asked.span, asked.most, number, rows_max=asked.page_rows)


def _tokens(line: Line, node: EvmNode) -> None:
    """Ask what the tokens say of themselves; a budget that is spent here ends nothing else."""
    try:
        fetch_tokens(line, list(node.contracts), Gaps())
    except NoMoreError:
        return


def run_blocks(line: Line, kind: Kind, span: Span, progress: Progress | None) -> Outcome:
    """Fetch every block of a range, for want of an index; the range is whole, as ``refuse_method`` saw."""
    assert span.first is not None
    assert span.last is not None
    outcome = Outcome()
    fetch_blocks(line, kind, Wanted(span.first, span.last), outcome, progress)
    return outcome


def gaps_of(outcome: outward.Outcome, naming: Naming) -> Gaps:
    """Return what is missing in words, as it is kept beside the replies."""
    gaps = Gaps()
    for one in outcome.missing:
        amount = naming.amount(one.commodity, one.quantity)
        received = f", received {amount}" if amount else ""
        what = f"{naming.shown(one.address)} ({one.depth} steps from the start{received})"
        reason = one.why.replace("_", " ") + (f": {one.detail}" if one.detail else "")
        gaps.add(what, reason, _GAPS.get(one.why, "left_out"))
    return gaps


def shown_missing(outcome: outward.Outcome, naming: Naming) -> list[outward.Missing]:
    """Return what is missing with addresses as people write them."""
    return [
        msgspec.structs.replace(one, address=naming.shown(one.address)) for one in outcome.missing
    ]
