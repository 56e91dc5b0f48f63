"""`earmark fetch address`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from earmark.cli.fetching import Manners, Source, counted, finish, host_name, line_to, tell_missing
from earmark.cli.opening import existing_folder
from earmark.cli.output import print_json, progress, tell
from earmark.ledger.errors import EarmarkError

if TYPE_CHECKING:
    from earmark.fetch.addresses import Naming, Starts
    from earmark.fetch.asking import Line
    from earmark.fetch.blocks import Outcome as BlocksOutcome
    from earmark.fetch.following import Asked, Ready
    from earmark.fetch.history import Span
    from earmark.fetch.methods import Method
    from earmark.fetch.missing import Gaps
    from earmark.fetch.outward import Outcome

DEPTH_MAX = 20
BLOCK_MAX = 1 << 40


@Parameter(name="*")
@dataclass(frozen=True)
class Reach:
    """How far and how much."""

    depth: Annotated[
        int, Parameter(help="Steps outwards: 0 fetches only the addresses that are named.")
    ] = 0
    budget: Annotated[int, Parameter(help="Requests that may be sent in this run.")] = 5_000
    addresses: Annotated[int, Parameter(name="--most-addresses", help="Addresses in all.")] = 200
    transactions: Annotated[
        int,
        Parameter(
            name="--most-transactions",
            help="An address with more, such as an exchange's, is left out.",
        ),
    ] = 1_000
    first: Annotated[int | None, Parameter(name="--from", help="The first block.")] = None
    last: Annotated[int | None, Parameter(name="--to", help="The last block.")] = None


@dataclass
class _Run:
    """One run and what came of it so far."""

    folder: Path
    line: Line
    by: str
    ready: Ready | None = None
    walked: Outcome | None = None
    blocks: BlocksOutcome | None = None
    gaps: Gaps | None = None
    missing: str | None = None
    is_cut: bool = False


def address(
    case: Path,
    url: str,
    *addresses: str,
    method: Annotated[
        Literal[
            "auto",
            "trace_filter",
            "ots",
            "etherscan",
            "blockscout",
            "esplora",
            "electrum",
            "scanblocks",
            "blocks",
        ],
        Parameter(help="How to ask; auto finds out what the server can do, and says it."),
    ] = "auto",
    reach: Reach | None = None,
    chain: Annotated[
        int | None, Parameter(help="Chain id, for an index that does not say it; 1 without it.")
    ] = None,
    network: Annotated[
        Literal["", "main", "test", "signet", "regtest"],
        Parameter(help="Bitcoin network; by the addresses and the server without it."),
    ] = "",
    name: Annotated[str, Parameter(help="What the saved replies are called.")] = "",
    certificate: Annotated[
        str, Parameter(help="SHA-256 of an Electrum server's certificate that it made itself.")
    ] = "",
    manners: Manners | None = None,
    by: Annotated[str, Parameter(help="Who fetches; your login name without it.")] = "",
    json: Annotated[bool, Parameter(help="Print what was fetched, and what not, as JSON.")] = False,
) -> int:
    """Fetch the history of addresses, and follow their money outwards as far as asked.

    Breadth first, the largest amount first, never past a stop of the case. The same command asks nothing
    again that is answered. What is not fetched is listed with its reason.

    Parameters
    ----------
    case
        The case folder.
    url
        A node, an index (Etherscan, Blockscout, Esplora) or an Electrum server (ssl://HOST:PORT).
    addresses
        EVM addresses, or Bitcoin addresses, or with Esplora outputs as TXID:N.
    """
    from earmark.fetch.addresses import starts_of
    from earmark.fetch.following import refuse_method
    from earmark.fetch.history import Span

    folder = existing_folder(case)
    reach = reach or Reach()
    _refuse_reach(reach)
    starts = starts_of(list(addresses), network)
    span = Span(reach.first, reach.last)
    if method != "auto":
        refuse_method(method, starts.kind, url, reach.depth, span)
    name = name or f"{host_name(url)}-{_short(starts)}"
    asked = _asked(folder, reach, span, chain)
    with line_to(folder, url, name, manners or Manners(), reach.budget, certificate) as line:
        run = _Run(folder, line, by)
        _fetch(run, None if method == "auto" else method, list(addresses), starts, asked)
        told = _told(run)
    assert run.gaps is not None
    tell_missing(run.gaps, run.missing)
    if json:
        print_json(told)
    elif told["path"]:
        print(told["path"])
    _tell_end(run, told)
    is_short = run.walked.is_short if run.walked is not None else run.gaps.failed > 0
    return 130 if run.is_cut else int(is_short)


def _asked(folder: Path, reach: Reach, span: Span, chain: int | None) -> Asked:
    from earmark.cases.settings import read_settings
    from earmark.cases.stopping import stopped_holders
    from earmark.fetch.following import Asked
    from earmark.fetch.outward import Limits
    from earmark.sources.evm.chains import contract_of

    settings = read_settings(folder)
    stops, note = stopped_holders(folder, settings) if reach.depth else ({}, "")
    if note:
        tell(f"note: {note}")

    def contracts_of(number: int) -> set[str]:
        begin = f"eip155:{number}/erc20:"
        return {
            contract_of(one.identity).lower()
            for one in settings.commodity
            if one.identity.startswith(begin)
        }

    return Asked(
        limits=Limits(reach.depth, reach.addresses),
        span=span,
        most=reach.transactions,
        chain=chain,
        stop_of=lambda holder: stops.get(holder, ""),
        contracts_of=contracts_of,
    )


def _fetch(
    run: _Run, method: Method | None, typed: list[str], starts: Starts, asked: Asked
) -> None:
    """Choose, fetch and record; an interruption leaves a file that the same command goes on with."""
    from earmark.cases.fetched import refuse_other_reader
    from earmark.fetch.following import gaps_of, prepare, reader_of, refuse_method
    from earmark.fetch.methods import SENTENCES, choose
    from earmark.fetch.missing import Gaps

    chosen = method or choose(run.line, starts.kind)
    tell(f"method: {SENTENCES[chosen]}{'' if method else ' (chosen by asking the server)'}")
    refuse_other_reader(run.folder, run.line.cache.inside, reader_of(chosen, starts.kind))
    run.ready = prepare(run.line, chosen, typed, starts, asked)
    url = run.line.client.server.shown
    refuse_method(chosen, starts.kind, url, asked.limits.depth, asked.span)
    run.gaps = Gaps()
    try:
        _walk(run, run.ready)
    except KeyboardInterrupt:
        run.is_cut = True
        run.gaps.add("what is not in the file yet", "interrupted")
    except EarmarkError:
        with contextlib.suppress(OSError, EarmarkError):  # the first mistake is the one to show
            finish(run.folder, run.line, run.gaps, _source(run))
        raise
    if run.walked is not None:
        run.is_cut = run.is_cut or run.walked.is_cut
        run.gaps = gaps_of(run.walked, run.ready.naming)
    if run.blocks is not None:
        run.gaps = run.blocks.gaps
    run.missing = finish(run.folder, run.line, run.gaps, _source(run))


def _walk(run: _Run, ready: Ready) -> None:
    from dataclasses import replace

    from earmark.fetch import following

    host = run.line.client.server.host
    if ready.method == "blocks":
        with progress(f"fetching from {host}", " blocks") as show:
            run.blocks = following.run_blocks(run.line, ready.starts.kind, ready.asked.span, show)
        return
    with progress(f"fetching from {host}", " addresses") as show:
        count = 0

        def begin(_address: str, _depth: int) -> None:
            nonlocal count
            count += 1
            run.line.cache.flush()
            if show:
                show(count)

        run.walked = following.run(
            run.line, replace(ready, asked=replace(ready.asked, begin=begin))
        )


def _source(run: _Run) -> Source:
    assert run.ready is not None
    ready = run.ready
    shown = [ready.naming.shown(one) for one in ready.starts.targets]
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    how = (
        f"earmark fetch address, {ready.method}, {', '.join(shown[:3])}{more}, "
        f"{counted(ready.asked.limits.depth, 'step')} outwards"
    )
    is_main = ready.naming.network.name == "main"
    chain = ready.naming.chain
    says_chain = chain is None or ready.reader != "etherscan"
    return Source(
        ready.reader,
        how,
        "earmark fetch address; custody.log has the method and the addresses of each run",
        run.by,
        "" if is_main else ready.naming.network.name,
        None if says_chain or chain is None else chain.number,
    )


def _told(run: _Run) -> dict[str, Any]:
    from earmark.fetch.following import shown_missing

    assert run.ready is not None
    naming = run.ready.naming
    line = run.line
    return {
        "path": line.cache.inside if line.cache.replies else None,
        "server": line.client.server.shown,
        "method": run.ready.method,
        "reader": run.ready.reader,
        "kind": run.ready.starts.kind,
        "chain": naming.chain.number if naming.chain else None,
        "network": None if naming.chain else naming.network.name,
        "requests": line.client.requests,
        "replies_added": line.cache.added,
        "fetched": _fetched(run.walked, naming),
        "transactions": run.walked.transactions if run.walked else _transactions(run),
        "blocks": run.blocks.blocks if run.blocks else None,
        "missing": shown_missing(run.walked, naming) if run.walked else _listed(run),
        "missing_list": run.missing,
    }


def _transactions(run: _Run) -> int:
    return run.blocks.transactions if run.blocks else 0


def _listed(run: _Run) -> list[Any]:
    return list(run.gaps.listed) if run.gaps else []


def _fetched(walked: Outcome | None, naming: Naming) -> list[dict[str, Any]]:
    return [
        {
            "address": naming.shown(one.address),
            "depth": one.depth,
            "transactions": one.transactions,
        }
        for one in (walked.fetched if walked else ())
    ]


def _tell_end(run: _Run, told: dict[str, Any]) -> None:
    what = (
        counted(told["blocks"], "block")
        if run.blocks
        else counted(len(told["fetched"]), "address", "addresses")
    )
    place = f" to {told['path']}" if told["path"] else ""
    tell(
        f"{what}, {counted(told['transactions'], 'transaction')}; "
        f"{counted(told['requests'], 'request')}, "
        f"{counted(told['replies_added'], 'reply', 'replies')} added{place}"
    )
    if run.is_cut:
        tell("interrupted; what was fetched stands, the same command goes on from there")


def _refuse_reach(reach: Reach) -> None:
    bounds = (
        ("--depth", reach.depth, 0, DEPTH_MAX),
        ("--budget", reach.budget, 1, 10**9),
        ("--most-addresses", reach.addresses, 1, 10**6),
        ("--most-transactions", reach.transactions, 1, 10**6),
        ("--from", reach.first or 0, 0, BLOCK_MAX),
        (
            "--to",
            reach.last if reach.last is not None else reach.first or 0,
            reach.first or 0,
            BLOCK_MAX,
        ),
    )
    for option, value, least, most in bounds:
        if not least <= value <= most:
            raise EarmarkError(f"{option} {value}", expected=f"{least} to {most}")


def _short(starts: Starts) -> str:
    """Return the first target, short, as a part of a file's name."""
    first = starts.targets[0].replace(":", "-")
    more = f"-and-{len(starts.targets) - 1}" if len(starts.targets) > 1 else ""
    return f"{starts.kind}-{first[:24]}{more}"
