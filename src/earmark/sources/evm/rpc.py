"""The ``evm-rpc`` reader: saved answers of an Ethereum node to columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError
from earmark.sources.evm.addresses import in_small_letters
from earmark.sources.evm.chains import MAINNET, Chain, chain_of
from earmark.sources.evm.drafting import draft_of
from earmark.sources.evm.movements import Pile
from earmark.sources.evm.rpc_answers import answers
from earmark.sources.evm.rpc_combining import combine
from earmark.sources.evm.rpc_facts import Facts
from earmark.sources.evm.rpc_reading import read_answer
from earmark.sources.evm.texts import address_of
from earmark.sources.files import digests, refuse_changes, source_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from earmark.ledger.draft import Draft
    from earmark.ledger.values import Commodity
    from earmark.sources.settings import Source

PROGRESS_ANSWERS = 200


def read(
    case_folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Callable[[int], None] | None = None,
) -> Draft:
    """Read saved replies of one chain; ``progress`` is told the answers read so far.

    Whatever is broken is in ``rejected``. Raises EarmarkError for evidence of two chains, and for a file
    that changes meanwhile.
    """
    files = source_files(case_folder, source)
    before = digests(files)
    pile, facts = Pile(), Facts()
    for answer in answers(files, pile):
        read_answer(answer, facts, pile)
        if progress is not None and facts.asked % PROGRESS_ANSWERS == 0:
            progress(facts.asked)
    refuse_changes(files, before)
    chain = _chain(source, facts)
    combined = combine(facts, chain, pile)
    if combined.unsure_calls:
        pile.warnings.append(
            f"{combined.unsure_calls} internal transfers stand without the calls above them: "
            "whether those were reverted is not known"
        )
    lacks = tuple(combined.lacks)
    return draft_of(pile, chain, before, commodities, facts.tokens, lacks)


def _chain(source: Source, facts: Facts) -> Chain:
    """Return the chain that the case names, else the one that the evidence does, else Ethereum's own."""
    told = dict(reversed(facts.chains))
    if source.chain is not None:
        told.setdefault(source.chain, "case.toml")
    if len(told) > 1:
        said = ", ".join(f"{number} at {place}" for number, place in sorted(told.items()))
        raise EarmarkError(
            f"the evidence of one source is of several chains: {said[:300]}",
            file=source.path if isinstance(source.path, str) else source.path[0],
            expected="one [[source]] for each chain",
        )
    return chain_of(next(iter(told), MAINNET), wrapped_contracts(source))


def wrapped_contracts(source: Source) -> frozenset[str]:
    """Return the contracts that the case says wrap the coin; raises EarmarkError for a mistyped one."""
    try:
        return frozenset(in_small_letters(_checked(one)) for one in source.wrapped)
    except ValueError as error:
        raise EarmarkError(
            f"wrapped: {error}", file="case.toml", expected="addresses of contracts"
        ) from error


def _checked(text: str) -> str:
    address_of(text, "wrapped")
    return text
