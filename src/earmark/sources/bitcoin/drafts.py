"""What a walk along a chain leaves of one source: its draft, with what a reader of the numbers should know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from earmark.ledger import schema
from earmark.ledger.draft import Draft
from earmark.ledger.quantity import format_quantity
from earmark.sources.bitcoin.networks import EXPONENT

if TYPE_CHECKING:
    from earmark.sources.bitcoin.chain import Order
    from earmark.sources.bitcoin.movements import Counts, Movements
    from earmark.sources.bitcoin.pieces import Pieces
    from earmark.sources.bitcoin.stores import Damage, Seen
    from earmark.sources.bitcoin.walk import Reading


def draft_of(
    number: int,
    movements: Movements,
    pieces: Pieces,
    order: Order,
    readings: Sequence[Reading],
) -> Draft:
    """Return the draft of one source, by its number in the chain."""
    reading, network = readings[number], movements.network
    tables = pieces.read(number, reading.pieces, movements.columns[number].piece())
    rejected = [*reading.index.rejected, *reading.blocks.rejected]
    ignored = reading.index.ignored + reading.blocks.ignored
    counts = movements.counts[number]
    told = tables["transactions"].num_rows - counts.brought_forward
    return Draft(
        files=reading.files,
        rows=told + ignored + len(rejected) + len(reading.seen),
        transactions=tables["transactions"],
        legs=tables["legs"],
        evidence=tables["evidence"],
        observations=_observations(reading.seen),
        rejected=_rejected(rejected),
        commodities=(network.coin(),),
        ignored=ignored,
        warnings=(
            *_warnings(counts, network.symbol),
            *_index_warnings(reading, order, number),
            *reading.store.warnings(),
        ),
        series=f"bitcoin:{network.name}",
        heights=tuple(reading.blocks.heights),
    )


def _observations(seen: Sequence[Seen]) -> pa.Table:
    rows = [
        {
            "time": None if one.time_s is None else one.time_s * 1_000_000,
            "kind": one.kind,
            "holder": one.holder or None,
            "text": one.text,
            "locator": one.locator,
            "key": one.key or None,
        }
        for one in seen
    ]
    return pa.Table.from_pylist(rows, schema=schema.OBSERVATIONS)


def _rejected(damages: Sequence[Damage]) -> pa.Table:
    rows = [{"locator": one.locator, "reason": one.reason, "text": one.text} for one in damages]
    return pa.Table.from_pylist(rows, schema=schema.REJECTED)


def _warnings(counts: Counts, symbol: str) -> tuple[str, ...]:
    def amount(satoshi: int) -> str:
        return f"{format_quantity(satoshi, EXPONENT)} {symbol}"

    said = {
        f"{counts.inputs_unresolved} of {counts.inputs} inputs spend outputs that are not in these "
        f"files: {amount(counts.unresolved)} came from them at least, and the fees of "
        f"{counts.fees_unknown} of {counts.transactions} transactions are unknown": counts.inputs_unresolved,
        f"{counts.brought_forward} inputs spend outputs of before these files; what they held is what "
        "the files say of them": counts.brought_forward,
        f"{counts.contradicted} inputs held something else than the files say; the spent transaction "
        "counts": counts.contradicted,
        f"coinbases pay out {amount(counts.coinbase_unresolved)} beyond known fees and "
        "subsidies": counts.coinbase_unresolved,
        f"the height of {counts.heights_unknown} blocks is unknown, and the subsidy of "
        f"{counts.subsidies_unknown} of them": counts.heights_unknown,
        f"repeated coinbases overwrote {amount(counts.overwritten)}": counts.overwritten,
    }
    return tuple(text for text, count in said.items() if count)


def _index_warnings(reading: Reading, order: Order, number: int) -> tuple[str, ...]:
    orphans = sum(any(source == number for source, _ in one.copies) for one in order.orphans)
    said = {
        f"{reading.blocks.orphaned} transactions ignored: in {orphans} blocks off the chain with most "
        "work": orphans,
        f"{reading.blocks.copies} copies of blocks ignored: the block stands there more than "
        "once": reading.blocks.copies,
    }
    reasons = [f"{count} rows ignored: {reason}" for reason, count in reading.reasons.items()]
    return (*(text for text, count in said.items() if count), *reasons)
