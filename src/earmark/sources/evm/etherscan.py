"""The ``etherscan`` reader: what an explorer lists of an address, as CSV of the site or answers of the API.

A list knows no trace address, and most know no log index. Its rows are named by the two parties and by
their place among the transaction's rows between the same two: the lists of both parties agree on that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError
from earmark.sources.evm.chains import MAINNET, chain_of
from earmark.sources.evm.drafting import draft_of
from earmark.sources.evm.etherscan_api import API_ROWS_MAX, Answer, answers
from earmark.sources.evm.etherscan_api import listed as listed_in_api
from earmark.sources.evm.etherscan_csv import SITE_ROWS_MAX, open_csv
from earmark.sources.evm.etherscan_csv import listed as listed_in_csv
from earmark.sources.evm.listings import movements_of
from earmark.sources.evm.rpc import wrapped_contracts
from earmark.sources.evm.texts import CellError
from earmark.sources.files import digests, refuse_changes, source_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from earmark.ledger.draft import Draft
    from earmark.ledger.values import Commodity
    from earmark.sources.evm.etherscan_rows import Listed
    from earmark.sources.settings import Source

_JSON = (".json", ".jsonl", ".ndjson")
_CHAINS = {"BNB": 56, "XDAI": 100, "MATIC": 137, "POL": 137, "FTM": 250, "RON": 2020, "AVAX": 43114}
_OTHER_COINS = frozenset(_CHAINS.values())


@dataclass
class _Reading:
    """One source while it is read; ``chain`` is its number once the case or a file names it."""

    chain: int | None
    rows: list[Listed] = field(default_factory=list)
    rejected: list[tuple[str, str, str]] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    listings: set[str] = field(default_factory=set)


def read(
    folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Callable[[int], None] | None = None,
) -> Draft:
    """Read CSV exports, saved replies and plain JSON answers, each told by its header or shape.

    Raises EarmarkError for a file that is none of them.
    """
    files = source_files(folder, source)
    before = digests(files)
    reading = _Reading(source.chain)
    for name, path in files:
        prefix = f"{name} " if len(files) > 1 else ""
        if name.endswith(_JSON):
            _read_answers(reading, list(answers(path, name, prefix)))
        else:
            _read_csv(reading, path, name, prefix)
        if progress is not None:
            progress(len(reading.rows))
    refuse_changes(files, before)
    chain = chain_of(reading.chain or MAINNET, wrapped_contracts(source))
    found = movements_of(reading.rows, chain, commodities)
    found.pile.rejected += reading.rejected
    found.pile.ignored += reading.ignored
    found.pile.warnings += reading.warnings
    lacks = _lacks(reading.listings)
    return draft_of(found.pile, chain, before, commodities, found.tokens, lacks)


def _lacks(listings: set[str]) -> tuple[str, ...]:
    is_without = {
        "what other addresses did": True,
        "gas": "native" not in listings,
        "the burned part of fees": "native" in listings,
        "internal transfers": "internal" not in listings,
        "tokens": "erc20" not in listings,
        "the order inside transactions": True,
        "block rewards": True,
    }
    return tuple(name for name, lacking in is_without.items() if lacking)


def _read_csv(reading: _Reading, path: Path, name: str, prefix: str) -> None:
    opened, coin = open_csv(path, name, prefix)
    _check_coin(reading, coin, name)
    rows: list[Listed] = []
    count = 0
    for row in opened.rows:
        count += 1
        try:
            rows.append(listed_in_csv(row, name))
        except CellError as error:
            reading.rejected.append((row.locator, str(error), row.text))
    reading.rows += _oldest_first(rows)
    reading.listings.add(opened.sheet.kind)
    reading.warnings += opened.warnings
    if count == SITE_ROWS_MAX:
        reading.warnings.append(f"{name}: exactly {count} rows, where the site cuts an export off")


def _check_coin(reading: _Reading, coin: str, name: str) -> None:
    """Take the chain from the coin in the header, or refuse a header of another chain."""
    told = _CHAINS.get(coin)
    if reading.chain is None:
        reading.chain = told or (MAINNET if coin == "ETH" else None)
        return
    if told not in (None, reading.chain) or (coin == "ETH" and reading.chain in _OTHER_COINS):
        raise EarmarkError(
            f"the amounts are in {coin}, and this source is of chain {reading.chain}",
            file=name,
            line=1,
            expected=f"chain = {told or MAINNET}, and one source for each chain",
        )


def _oldest_first(rows: list[Listed]) -> list[Listed]:
    return rows[::-1] if rows and rows[0].time_s > rows[-1].time_s else rows


def _read_answers(reading: _Reading, found: list[Answer]) -> None:
    last_good = {one.question: place for place, one in enumerate(found) if not one.problem}
    asked: Counter[str] = Counter()
    for place, one in enumerate(found):
        if one.problem and one.question and last_good.get(one.question, -1) > place:
            reading.ignored["failed answers that a later one made good"] += 1
        elif one.problem:
            reading.rejected.append((one.place, one.problem, one.text))
        elif _is_other_chain(reading, one):
            reason = (
                f"an answer about chain {one.chain}, and this source is of chain {reading.chain}"
            )
            reading.rejected.append((one.place, reason, one.text))
        else:
            asked[one.question] += 1
            _read_answer(reading, one, f"{one.list_name} {asked[one.question]}")


def _is_other_chain(reading: _Reading, one: Answer) -> bool:
    if not one.chain.isdecimal() or len(one.chain) > 18:
        return False
    reading.chain = reading.chain or int(one.chain)
    return int(one.chain) != reading.chain


def _read_answer(reading: _Reading, answer: Answer, list_name: str) -> None:
    if answer.listing and not answer.items:
        reading.ignored["answers that nothing was found"] += 1
    rows: list[Listed] = []
    for number in range(len(answer.items)):
        try:
            rows.append(listed_in_api(answer, number, list_name))
        except CellError as error:
            text = bytes(answer.items[number])[:200].decode("utf-8", "replace")
            reading.rejected.append((answer.locator(number), str(error), text))
    reading.rows += _oldest_first(rows)
    reading.listings.add(answer.listing)
    if len(answer.items) == API_ROWS_MAX:
        said = f"exactly {API_ROWS_MAX} rows, where the API cuts a list off"
        reading.warnings.append(f"{answer.list_name[:200]}: {said}")
