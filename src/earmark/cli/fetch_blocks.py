"""`earmark fetch blocks`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from earmark.cli.fetching import Manners, Source, counted, finish, host_name, line_to, tell_missing
from earmark.cli.opening import existing_folder
from earmark.cli.output import print_json, progress, tell
from earmark.ledger.errors import EarmarkError

if TYPE_CHECKING:
    from earmark.fetch.asking import Line
    from earmark.fetch.blocks import Outcome, Wanted
    from earmark.fetch.ranges import Chain

HEIGHT_MAX = 1 << 31
CONTRACT_DIGITS = 40


def blocks(
    case: Path,
    url: str,
    *,
    first: Annotated[int, Parameter(name="--from", help="The first block.")],
    last: Annotated[int, Parameter(name="--to", help="The last block.")],
    kind: Annotated[
        Literal["auto", "evm", "bitcoin"], Parameter(help="What the node is; auto asks it.")
    ] = "auto",
    name: Annotated[str, Parameter(help="What the saved replies are called.")] = "",
    traces: Annotated[
        Literal["auto", "debug", "parity", "none"],
        Parameter(help="How an EVM node is asked for internal transfers; auto tries both ways."),
    ] = "auto",
    contract: Annotated[
        list[str] | None,
        Parameter(negative="", help="Only EVM blocks in which this contract logged something."),
    ] = None,
    manners: Manners | None = None,
    by: Annotated[str, Parameter(help="Who fetches; your login name without it.")] = "",
    json: Annotated[bool, Parameter(help="Print what was fetched, and what not, as JSON.")] = False,
) -> int:
    """Fetch a range of blocks from a node of an EVM chain or of Bitcoin.

    EVM: blocks with their transactions, receipts, traces where the node has them, decimals and symbol of
    the tokens that moved. Bitcoin: blocks with previous outputs where the node knows them.

    Parameters
    ----------
    case
        The case folder.
    url
        The node's JSON-RPC address, such as http://127.0.0.1:8545.
    """
    from earmark.fetch.blocks import Outcome, Wanted

    folder = existing_folder(case)
    wanted = Wanted(first, last, traces, _contracts(contract or []))
    _refuse_range(wanted)
    name = name or f"{host_name(url)}-blocks-{first}-{last}"
    outcome = Outcome()
    with line_to(folder, url, name, manners or Manners()) as line:
        chain, missing, is_cut = _fetch(folder, line, kind, wanted, outcome, by)
        told = _told(line, chain, wanted, outcome, missing)
    tell_missing(outcome.gaps, missing)
    if json:
        print_json(told)
    elif told["path"]:
        print(told["path"])
    _tell_end(told, outcome, is_cut)
    return 130 if is_cut else int(outcome.gaps.failed > 0)


def _fetch(
    folder: Path,
    line: Line,
    kind: Literal["auto", "evm", "bitcoin"],
    wanted: Wanted,
    outcome: Outcome,
    by: str,
) -> tuple[Chain, str | None, bool]:
    """Fetch and record; return the chain, the path of the list of what is missing, whether it was cut short."""
    from earmark.cases.fetched import refuse_other_reader
    from earmark.fetch.blocks import kind_of
    from earmark.fetch.ranges import READERS, chain_of, fetch_blocks

    is_cut = False
    known = kind_of(line) if kind == "auto" else kind
    if known == "bitcoin" and (wanted.contracts or wanted.traces != "auto"):
        raise EarmarkError(
            "--contract and --traces mean nothing to a Bitcoin node", file=line.client.server.shown
        )
    refuse_other_reader(folder, line.cache.inside, READERS[known])
    chain = chain_of(line, known)
    how = f"earmark fetch blocks, JSON-RPC, {chain.name}, blocks {wanted.first} to {wanted.last}"
    listed_how = (
        f"earmark fetch blocks, JSON-RPC, {chain.name}; custody.log has the blocks of each run"
    )
    source = Source(READERS[known], how, listed_how, by, _network(chain))
    try:
        with progress(f"fetching from {line.client.server.host}", " blocks") as show:
            fetch_blocks(line, known, wanted, outcome, show)
    except KeyboardInterrupt:
        is_cut = True
        outcome.gaps.add("what is not in the file yet", "interrupted")
    except EarmarkError:
        with contextlib.suppress(OSError, EarmarkError):  # the first mistake is the one to show
            finish(folder, line, outcome.gaps, source)
        raise
    return chain, finish(folder, line, outcome.gaps, source), is_cut


def _network(chain: Chain) -> str:
    return "" if chain.network in (None, "main") else str(chain.network)


def _told(
    line: Line, chain: Chain, wanted: Wanted, outcome: Outcome, missing: str | None
) -> dict[str, Any]:
    return {
        "path": line.cache.inside if line.cache.replies else None,
        "server": line.client.server.shown,
        "kind": chain.kind,
        "chain": chain.id,
        "network": chain.network,
        "from": wanted.first,
        "to": wanted.last,
        "tip": outcome.tip,
        "final": outcome.final,
        "blocks": outcome.blocks,
        "transactions": outcome.transactions,
        "requests": line.client.requests,
        "replies_added": line.cache.added,
        "methods": outcome.methods,
        "changed_blocks": sorted(set(outcome.changed)),
        "missing": outcome.gaps.listed,
        "missing_unlisted": outcome.gaps.unlisted,
        "missing_list": missing,
    }


def _tell_end(told: dict[str, Any], outcome: Outcome, is_cut: bool) -> None:  # noqa: FBT001
    ways = ", ".join(f"{what} by {way}" for what, way in outcome.methods.items()) or "no method"
    tell(
        f"{counted(told['blocks'], 'block')}, {counted(told['transactions'], 'transaction')}; "
        f"{counted(told['requests'], 'request')}, "
        f"{counted(told['replies_added'], 'reply', 'replies')} added{_to(told)}; {ways}"
    )
    if told["blocks"]:
        tell(_depth(told["to"], outcome))
    for height in told["changed_blocks"][:10]:
        tell(f"note: block {height} has changed since it was fetched; both are kept")
    if is_cut:
        tell("interrupted; what was fetched stands, the same command goes on from there")


def _to(told: dict[str, Any]) -> str:
    return f" to {told['path']}" if told["path"] else ""


def _depth(last: int, outcome: Outcome) -> str:
    at = min(last, outcome.tip)
    text = f"block {at} is {outcome.tip - at + 1} deep: the chain ends at block {outcome.tip}"
    if at > outcome.final:
        text += f"; it is not final (block {outcome.final} is), so the chain may still change it"
    return text


def _refuse_range(wanted: Wanted) -> None:
    if not 0 <= wanted.first <= wanted.last < HEIGHT_MAX:
        raise EarmarkError(
            f"--from {wanted.first} --to {wanted.last}", expected="two heights, the lower one first"
        )


def _contracts(typed: list[str]) -> tuple[str, ...]:
    found = []
    for text in typed:
        digits = text.lower().removeprefix("0x")
        if len(digits) != CONTRACT_DIGITS or set(digits) - set("0123456789abcdef"):
            raise EarmarkError(f"--contract {text[:60]!r}", expected="0x and 40 hexadecimal digits")
        found.append(f"0x{digits}")
    return tuple(dict.fromkeys(found))
