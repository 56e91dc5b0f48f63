"""Files of a public data set to a draft: each file told by its columns, each row read, then all joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError
from earmark.sources.evm.chains import MAINNET, chain_of
from earmark.sources.evm.commodities import Token
from earmark.sources.evm.drafting import draft_of
from earmark.sources.evm.history import History
from earmark.sources.evm.joined import Joined
from earmark.sources.evm.joining import joined
from earmark.sources.evm.rpc import wrapped_contracts
from earmark.sources.evm.tables import Record, record_of
from earmark.sources.evm.tabular import Opened, Row, Sheet, open_table
from earmark.sources.evm.texts import CellError, integer_of
from earmark.sources.files import digests, refuse_changes, source_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from earmark.ledger.draft import Draft
    from earmark.ledger.values import Commodity
    from earmark.sources.settings import Source

REJECTED_MAX = 100_000
"""Rejected rows of one source; with more of them the files are something else."""
PROGRESS_ROWS = 10_000


@dataclass(frozen=True)
class Format:
    """One data set: its tables, csv or parquet or both, and whether its token transfers may move."""

    sheets: Sequence[Sheet]
    formats: tuple[str, ...]
    transfers_move: bool = True


class _Reading:
    """One source while it is read; ``chain`` is the chain's number once the case or a row names it."""

    def __init__(self, chain: int | None) -> None:
        self.history = History()
        self.chain = chain
        self.rejected: list[tuple[str, str, str]] = []
        self.skipped: dict[str, int] = {}
        self.kinds: set[str] = set()
        self.rows = 0

    def read(self, row: Row) -> None:
        """Read one row, or note why it is rejected."""
        self.rows += 1
        try:
            record = record_of(row)
            self._check_chain(row.cells.get("chain_id", ""))
        except CellError as error:
            if len(self.rejected) >= REJECTED_MAX:
                raise EarmarkError(
                    f"more than {REJECTED_MAX} rows cannot be read; the last: {row.locator}: {error}",
                    expected="whole tables of this format",
                ) from None
            self.rejected.append((row.locator, str(error), row.text))
            return
        self._add(record)

    def _add(self, record: Record) -> None:
        self.history.add(record)

    def _check_chain(self, text: str) -> None:
        if not text:
            return
        number = integer_of(text, "chain_id")
        self.chain = self.chain or number
        if number != self.chain:
            raise CellError(f"chain_id is {number}, and this source is of chain {self.chain}")


def read(
    folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    form: Format,
    progress: Callable[[int], None] | None = None,
) -> Draft:
    """Read the files of one data set; ``progress`` is told the rows so far.

    Raises EarmarkError for a broken file, or one that is none of the tables.
    """
    files = source_files(folder, source)
    before = digests(files)
    reading = _Reading(source.chain)
    warnings: list[str] = []
    for name, path in files:
        opened = open_table(
            path, name, form.sheets, form.formats, f"{name} " if len(files) > 1 else ""
        )
        _read_file(reading, opened, progress)
        warnings += opened.warnings
    refuse_changes(files, before)
    chain = chain_of(reading.chain or MAINNET, wrapped_contracts(source))
    refuse = source.inexact == "refuse"
    one = joined(reading.history, chain, refuse_inexact=refuse, transfers_move=form.transfers_move)
    one.pile.rejected += reading.rejected
    for kind, count in reading.skipped.items():
        one.ignore(f"rows of {kind}, which hold no movements", count)
    lacks = _lacks(one, reading.kinds)
    one.pile.warnings += [*warnings, *_unknown(one)]
    tokens = {
        name: Token(row.decimals, row.symbol, row.name) for name, row in one.history.tokens.items()
    }
    if tokens:
        one.ignore("tokens and contracts, read for their decimals and kind", len(tokens))
    one.pile.blocks = one.history.standing_blocks()
    return draft_of(one.pile, chain, before, commodities, tokens, lacks)


def _read_file(reading: _Reading, opened: Opened, progress: Callable[[int], None] | None) -> None:
    reading.history.next_file()
    kind = opened.sheet.kind
    reading.kinds.add(kind)
    for row in opened.rows:
        if opened.sheet.skipped:
            reading.rows += 1
            reading.skipped[kind] = reading.skipped.get(kind, 0) + 1
        else:
            reading.read(row)
        if progress is not None and reading.rows % PROGRESS_ROWS == 0:
            progress(reading.rows)
    if progress is not None:
        progress(reading.rows)


def _lacks(one: Joined, kinds: set[str]) -> tuple[str, ...]:
    """Return what these tables cannot show, in a fixed order."""
    history = one.history
    has_tokens = kinds & {"logs", "token_transfers", "erc20_transfers"}
    is_without = {
        "gas": one.unknown["gas"] or not history.transactions,
        "internal transfers": one.unknown["internal transfers"] or not history.traces,
        "failed transactions": one.unknown["failed transactions"],
        "tokens": one.unknown["tokens"] or not has_tokens,
        "wrapping of coins": has_tokens and "logs" not in kinds,
        "times": any(at.time_s is None for at in one.places.values()),
        "self-destructs": one.unknown["what destroyed contracts paid out"],
        "who receives the fees": one.unknown["who was paid the tips"] or not history.blocks,
        "block rewards": one.unknown["block rewards"] or not history.blocks,
        "withdrawals": not history.blocks,
        "other transactions": one.unknown["other transactions"],
    }
    return tuple(name for name, lacking in is_without.items() if lacking)


def _unknown(one: Joined) -> list[str]:
    said = {
        "gas": "transactions without what they used: their fees are missing",
        "internal transfers": "transactions without traces: what contracts passed on inside is missing",
        "failed transactions": "transactions of which nothing says whether they failed: their value is taken to have moved",
        "the burned part of fees": "fees in blocks that are not there: all of each went to the fees, nothing to the burned",
        "who was paid the tips": "blocks whose tips are not all known: they stay with the fees",
        "what destroyed contracts paid out": "self-destructs without their addresses: what they paid out is missing",
        "block rewards": "mined blocks that name uncles, or do not say: what their miners got is missing",
        "which tokens are items": "token transfers that may be an amount or an item's number: observations; add logs.csv or contracts.csv",
        "tokens": "token transfers without their log are not read: add the logs",
    }
    return [f"{one.unknown[name]} {text}" for name, text in said.items() if one.unknown[name]]
