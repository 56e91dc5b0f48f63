"""A source of tables becomes a draft: its files in order, each batch converted, then put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import schema
from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.values import UNKNOWN_TIME, Commodity, Holder, Statement
from earmark.sources.files import digests, refuse_changes, source_files
from earmark.sources.settings import Source
from earmark.sources.table import columns, delimited, json_lines, parquet
from earmark.sources.table.batches import Batch
from earmark.sources.table.convert import Chunk, convert
from earmark.sources.table.plan import Plan, make_plan
from earmark.sources.table.sequences import ranks

KINDS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
WARNINGS_MAX = 50
"""Warnings about single labels that are listed; the rest are counted."""


@dataclass
class _Pile:
    """What the batches of all files have left so far."""

    chunks: list[Chunk] = field(default_factory=list)
    rows: int = 0
    hidden: int = 0
    warnings: list[str] = field(default_factory=list)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)


def read(
    case_folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Callable[[int], None] | None = None,
) -> Draft:
    """Read every file of a ``table`` source; ``progress`` is told the rows read so far.

    Bad rows are in ``rejected``. Raises EarmarkError for settings that fit no row, for a file that is no
    table at all and for one that changes meanwhile.
    """
    plan = make_plan(source, commodities)
    files = source_files(case_folder, source)
    before = digests(files)
    pile = _Pile()
    for name, path in files:
        for batch in _batches(name, path, source, plan.mapping):
            _pile(pile, _prefixed(batch, name, len(files)), plan, name)
            if progress is not None and batch.rows:
                progress(pile.rows)
    refuse_changes(files, before)
    return _draft(pile, plan, source, before)


def _batches(name: str, path: Path, source: Source, mapping: columns.Mapping) -> Iterator[Batch]:
    kind = source.format.file or KINDS.get(Path(name).suffix.lower())
    if kind in ("csv", "tsv"):
        return delimited.batches(path, name, mapping, source.format, kind)
    if kind == "jsonl":
        return json_lines.batches(path, name, mapping, source.format)
    if kind == "parquet":
        return parquet.batches(path, name, mapping)
    if kind == "xlsx":
        from earmark.sources.table import workbook  # openpyxl is slow to start

        return workbook.batches(path, name, mapping, source.format)
    raise EarmarkError(
        "the file's name does not tell what it is",
        file=name,
        expected=f"a name that ends in one of {', '.join(KINDS)}, or format.file",
        near_miss=near_miss(Path(name).suffix.lower(), KINDS),
    )


def _prefixed(batch: Batch, name: str, files: int) -> Batch:
    if files == 1:
        return batch
    return replace(batch, locators=pc.binary_join_element_wise(name, batch.locators, " "))


def _pile(pile: _Pile, batch: Batch, plan: Plan, name: str) -> None:
    pile.warnings += batch.warnings
    pile.hidden += batch.hidden
    pile.rows += batch.rows
    if batch.rows:
        chunk = convert(batch, plan)
        pile.chunks.append(chunk)
        for pair in chunk.labels:
            pile.labels.setdefault(pair, name)


def _draft(pile: _Pile, plan: Plan, source: Source, files: tuple[tuple[str, str], ...]) -> Draft:
    holders, clashes = _holders(pile.labels)
    counts = np.array([chunk.ignored for chunk in pile.chunks], np.int64)
    counts = counts.reshape(len(pile.chunks), len(plan.ignore)).sum(axis=0)
    return Draft(
        files=files,
        rows=pile.rows,
        transactions=_transactions(pile.chunks, plan),
        legs=_legs(pile.chunks),
        observations=_joined([c.observations for c in pile.chunks], schema.OBSERVATIONS),
        rejected=_joined([c.rejected for c in pile.chunks], schema.REJECTED),
        holders=holders,
        statements=_statements(pile.labels, source),
        ignored=int(counts.sum()),
        hidden=pile.hidden,
        warnings=(*pile.warnings, *_ignored(plan, counts.tolist()), *_counted(pile), *clashes),
    )


def _joined(tables: list[pa.Table], form: pa.Schema) -> pa.Table:
    return pa.concat_tables([form.empty_table(), *tables])


def _transactions(chunks: list[Chunk], plan: Plan) -> pa.Table:
    table = _joined([chunk.transactions for chunk in chunks], schema.DRAFT_TRANSACTIONS)
    if not plan.mapping.sequence or not chunks:
        return table
    parts = [np.concatenate(part) for part in zip(*(c.sequence for c in chunks), strict=True)]
    at = table.schema.get_field_index("sequence")
    return table.set_column(at, schema.DRAFT_TRANSACTIONS.field(at), pa.array(ranks(parts)))


def _legs(chunks: list[Chunk]) -> pa.Table:
    tables: list[pa.Table] = []
    before = 0
    for chunk in chunks:
        shifted = pc.add(chunk.legs.column("transaction"), before)
        tables.append(chunk.legs.set_column(0, schema.DRAFT_LEGS.field(0), shifted))
        before += chunk.transactions.num_rows
    return _joined(tables, schema.DRAFT_LEGS)


def _holders(labels: dict[tuple[str, str], str]) -> tuple[tuple[Holder, ...], tuple[str, ...]]:
    """Return the labelled holders, the first label of each, and warnings about others."""
    first: dict[str, str] = {}
    clashes: list[str] = []
    for holder, label in labels:
        if first.setdefault(holder, label) != label:
            clashes.append(f"{holder} is called {first[holder]!r} and also {label!r}")
    more = len(clashes) - WARNINGS_MAX
    clashes = clashes[:WARNINGS_MAX] + (
        [f"{more} more holders with two labels"] if more > 0 else []
    )
    return tuple(Holder(name, label=first[name]) for name in sorted(first)), tuple(clashes)


def _statements(labels: dict[tuple[str, str], str], source: Source) -> tuple[Statement, ...]:
    return tuple(
        Statement(
            said=UNKNOWN_TIME,
            by=source.author or labels[pair],
            by_kind=source.author_kind,
            subject=pair[0],
            predicate="labelled",
            value=pair[1],
            source=labels[pair],
        )
        for pair in sorted(labels)
    )


def _ignored(plan: Plan, counts: list[int]) -> tuple[str, ...]:
    reasons: dict[str, int] = {}
    for rule, count in zip(plan.ignore, counts, strict=True):
        reasons[rule.reason] = reasons.get(rule.reason, 0) + count
    return tuple(f"{count} rows ignored: {reason}" for reason, count in reasons.items())


def _counted(pile: _Pile) -> tuple[str, ...]:
    large = sum(
        int(pc.sum(pc.equal(chunk.observations.column("kind"), "too_large")).as_py() or 0)
        for chunk in pile.chunks
    )
    counts = {
        "rows of 10^38 smallest units or more are observations and move nothing": large,
        "quantities are inexact: stored as floating-point numbers, or rounded": sum(
            chunk.inexact for chunk in pile.chunks
        ),
        "times have no zone and are read as UTC; say format.zone": sum(
            chunk.zoneless for chunk in pile.chunks
        ),
        "times were finer than a microsecond and were cut": sum(c.cut for c in pile.chunks),
        "notes or labels held control characters, shown as U+FFFD, or were cut": sum(
            chunk.changed for chunk in pile.chunks
        ),
        "hidden rows of a workbook were read": pile.hidden,
    }
    return tuple(f"{count} {what}" for what, count in counts.items() if count)
