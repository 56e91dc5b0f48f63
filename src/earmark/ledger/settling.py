"""What stands: corrections, one row a key, the order and the laws, until nothing breaks any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger import schema
from earmark.ledger.duplicates import SAME_KEY, unite_same_keys
from earmark.ledger.encoding import encoded_tables
from earmark.ledger.laws import faults, named_faults, reserved_faults
from earmark.ledger.limits import beyond_limit
from earmark.ledger.order import (
    UNKNOWN_FIRST,
    UNKNOWN_LAST,
    merged,
    order_times,
    sequence_numbers,
    sequence_order,
    times_us,
)
from earmark.ledger.rows import Rows, kept_rows, without_superseded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from earmark.ledger.draft import Draft
    from earmark.ledger.encoding import Encoder
    from earmark.ledger.values import Finding
    from earmark.ledger.wide import Index


class Rejection(NamedTuple):
    """One refused row: its number among all drafts' rows, where it is written, why, and what it says."""

    row: int
    source: int
    kind: str
    locator: str
    reason: str
    text: str
    key: str


class Settled(NamedTuple):
    """Transactions, legs and evidence by position, and what was taken out of them on the way.

    ``duplicates`` has the source of each row that became evidence of another; ``too_large`` are the numbers
    of the rows that would lift a balance to 10^38.
    """

    tables: dict[str, pa.Table]
    superseded: pa.Table
    duplicates: Index
    findings: list[Finding]
    rejected: list[Rejection]
    too_large: list[int]


def settle(rows: Rows, encoder: Encoder) -> Settled:
    """Apply corrections, keys, order and laws; a correction that is itself refused corrects nothing.

    Raises EarmarkError where a correction names no row, or corrections name each other in a circle.
    """
    supersedes = rows.transactions.column("supersedes")
    if supersedes.null_count == len(supersedes):
        last = [rows]
        del rows  # handed over, so that its strings can go as soon as they are in order
        return _settled(last.pop(), encoder)
    rejected: list[Rejection] = []
    too_large: list[int] = []
    while True:
        settled = _settled(rows, encoder)
        failed = _corrections(rows, [*(one.row for one in settled.rejected), *settled.too_large])
        if not failed:
            return settled._replace(
                rejected=rejected + settled.rejected, too_large=too_large + settled.too_large
            )
        rejected += [one for one in settled.rejected if one.row in failed]
        too_large += [row for row in settled.too_large if row in failed]
        is_failed = np.isin(rows.transactions.column("row").to_numpy(), list(failed))
        rows = kept_rows(rows, np.flatnonzero(~is_failed).astype(np.int64))


def _corrections(rows: Rows, failed: Iterable[int]) -> set[int]:
    """Return those of some row numbers whose rows supersede another."""
    is_correction = pc.is_valid(rows.transactions.column("supersedes"))
    numbers = rows.transactions.column("row").filter(is_correction).to_pylist()
    return set(numbers) & set(failed)


def _settled(rows: Rows, encoder: Encoder) -> Settled:
    standing, superseded = without_superseded(rows)
    united = unite_same_keys(standing, [_path_of(one) for one in encoder.drafts])
    rejected = [_rejection(standing, int(tx), SAME_KEY) for tx in united.clashes]
    rows = _in_order(united.rows, sequence_numbers([one.series for one in encoder.drafts]))
    duplicates, findings = united.duplicates, united.findings
    del standing, united  # the strings of a million legs are not held beside their positions
    tables, unlawful, too_large = _lawful(rows, encoder)
    sources = np.zeros(0, dtype=np.int64)
    if duplicates is not None:
        sources, also = _refused_too(duplicates, unlawful)
        unlawful += also
    return Settled(tables, superseded, sources, findings, rejected + unlawful, too_large)


def _refused_too(duplicates: pa.Table, refused: list[Rejection]) -> tuple[Index, list[Rejection]]:
    """Return the sources of the duplicates that stand, and the others: what they repeat was refused."""
    reasons = {one.key: one for one in refused}
    is_gone = pc.is_in(duplicates.column("key"), value_set=pa.array(list(reasons), pa.string()))
    gone = duplicates.filter(is_gone).to_pylist()
    also = [
        Rejection(**row, reason=reasons[row["key"]].reason, text=reasons[row["key"]].text)
        for row in gone
    ]
    kept = duplicates.filter(pc.invert(is_gone)).column("source")
    return kept.to_numpy().astype(np.int64), also


def _path_of(draft: Draft) -> str:
    """Return the path of a draft's only file; locators of several files name them themselves."""
    return draft.files[0][0] if len(draft.files) == 1 else ""


def _in_order(rows: Rows, numbers: Index) -> Rows:
    sequence = numbers[rows.transactions.column("source").to_numpy()]
    time = np.zeros(len(sequence), dtype=np.int64)
    rank = np.zeros(len(sequence), dtype=np.int64)
    for number in np.unique(sequence):
        mine = np.flatnonzero(sequence == number)
        table = rows.transactions.select(["sequence", "time"]).take(pa.array(mine))
        order = sequence_order(table)
        rank[mine[order]] = np.arange(len(order))
        time[mine[order]] = order_times(times_us(table.column("time"))[order])
        if (time[mine] == UNKNOWN_FIRST).all():
            time[mine] = UNKNOWN_LAST
    order = merged(time, sequence, rank)
    ordered = kept_rows(rows, order)
    is_unknown = np.isin(time[order], (UNKNOWN_FIRST, UNKNOWN_LAST))
    timed = pa.array(time[order], mask=is_unknown)
    return Rows(
        ordered.transactions.append_column("order_time", timed.cast(schema.TIME)),
        ordered.legs,
        ordered.evidence,
    )


def _lawful(rows: Rows, encoder: Encoder) -> tuple[dict[str, pa.Table], list[Rejection], list[int]]:
    """Apply the laws until nothing breaks one; what does is rejected, or listed where too large."""
    rejected: list[Rejection] = []
    beyond: list[int] = []
    while True:
        tables = encoded_tables(rows, encoder)
        broken = _broken(rows, tables["legs"], encoder.holder_names)
        too_large = [] if broken else beyond_limit(tables["legs"], encoder.holder_names)
        if not broken and not too_large:
            return tables, rejected, beyond
        rejected += [_rejection(rows, tx, reason) for tx, reason in broken.items()]
        beyond += rows.transactions.column("row").take(pa.array(too_large, pa.int64())).to_pylist()
        gone = np.array([*broken, *too_large], dtype=np.int64)
        rows = kept_rows(rows, np.setdiff1d(np.arange(rows.transactions.num_rows), gone))


def _broken(rows: Rows, legs: pa.Table, holder_names: list[str]) -> dict[int, str]:
    reserved = reserved_faults(rows.transactions, legs, holder_names)
    return reserved | faults(legs) or named_faults(legs)


def _rejection(rows: Rows, tx: int, reason: str) -> Rejection:
    names = ("row", "source", "kind", "locator")
    place = rows.transactions.select([*names, "key"]).slice(tx, 1).to_pylist()[0]
    return Rejection(**place, reason=reason, text=_text(rows, tx, place["key"]))


def _text(rows: Rows, tx: int, key: str) -> str:
    first, last = np.searchsorted(rows.legs.column("transaction").to_numpy(), [tx, tx + 1])
    legs = rows.legs.slice(int(first), min(int(last - first), 6)).to_pylist()
    said = [
        f"{'+' if leg['side'] else '-'} {leg['holder']} {leg['quantity']} {leg['commodity']}"
        for leg in legs
    ]
    return f"{key}: {', '.join(said)} (smallest units)"
