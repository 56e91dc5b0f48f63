"""The ``esplora`` reader: transactions of an address index, as parts of their blocks.

A transaction's bytes are proved by its identifier. That it stands in its block, the block's time, and what its
inputs hold are the index's word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from earmark.sources.bitcoin.block import Block
from earmark.sources.bitcoin.esplora_values import (
    Listed,
    Place,
    is_transaction,
    transaction_of,
)
from earmark.sources.bitcoin.json_values import items
from earmark.sources.bitcoin.notices import Notices
from earmark.sources.bitcoin.parts import in_order, part
from earmark.sources.bitcoin.rebuilt import unproved_header
from earmark.sources.bitcoin.saved import Answer, Files, answers, opener
from earmark.sources.bitcoin.stores import Damage, Found, Ignored, Seen
from earmark.sources.bitcoin.wire import BlockError, shown
from earmark.sources.files import source_files
from earmark.sources.settings import Source


class Row(NamedTuple):
    """Where a transaction lies: file, offset, its place in the list (null: alone), its locator."""

    file: int
    offset: int
    place: int | None
    locator: str


@dataclass
class _Index:
    """What the answers list: by block the rows of each transaction, and what stands in no block."""

    blocks: dict[Place, dict[bytes, Row]] = field(default_factory=dict)
    place_of: dict[bytes, Place] = field(default_factory=dict)
    waiting: dict[bytes, Row] = field(default_factory=dict)
    repeated: int = 0
    moved: int = 0


class EsploraStore:
    """One source of Esplora answers, opened."""

    def __init__(self, files: Files) -> None:
        """Read nothing yet."""
        self.files: tuple[tuple[str, Path], ...] = files
        self.counts: Counter[str] = Counter()
        self._notices = Notices()
        self._index = _Index()
        self._value_at = opener(files)

    def find(self) -> Iterator[Found | Damage | Ignored | Seen]:
        """Yield the blocks of which transactions are here; a later answer about one replaces an earlier."""
        index = self._index = _Index()
        for answer in answers(self.files):
            if isinstance(answer, Answer):
                yield from _listed(index, answer)
            else:
                yield answer
        for txid, row in index.waiting.items():
            text = "a transaction that no block held when the index was asked"
            yield Seen(row.locator, "unconfirmed", text, key=f"btc:{shown(txid)}")
        if index.repeated:
            yield Ignored(index.repeated, "transactions that were told more than once")
        if index.moved:
            yield Ignored(
                index.moved, "transactions told before they stood in the block that counts"
            )
        for place, rows in index.blocks.items():
            if rows:
                header = unproved_header(place.block_hash, 0, b"", b"", (place.time_s, 0))
                yield Found(header, place.height, place, next(iter(rows.values())).locator)

    def load(self, found: Found) -> Block:
        """Return the transactions of one block that are here; raises BlockError."""
        rows = list(self._index.blocks[found.place].values())
        read = [self._transaction(row) for row in rows]
        order = in_order([one.told.transaction for one in read])
        chosen = [(read[place].told, rows[place].locator) for place in order]
        return part(found.header, chosen)

    def _transaction(self, row: Row) -> Listed:
        value = self._value_at(row.file, row.offset)
        if row.place is not None:
            value = items(value, "the answer")[row.place]
        return transaction_of(value, self._notices)

    def warnings(self) -> list[str]:
        """Return what the index's word is taken for."""
        return list(self._notices.warnings())

    def close(self) -> None:
        """Close nothing: each answer is opened by itself."""


def open_store(case_folder: Path, source: Source) -> EsploraStore:
    """Return a source of saved replies or of plain JSON; raises EarmarkError for a missing file."""
    return EsploraStore(source_files(case_folder, source))


def _listed(index: _Index, answer: Answer) -> Iterator[Damage | Ignored]:
    value = answer.value
    many = value if isinstance(value, list) else [value]
    if not any(is_transaction(one) for one in many):
        yield Ignored(1, "replies that list no transaction")
        return
    for place, one in enumerate(many):
        alone = not isinstance(value, list)
        locator = answer.locator("" if alone else f"/{place}")
        row = Row(answer.file, answer.offset, None if alone else place, locator)
        try:
            _add(index, transaction_of(one, Notices()), row)
        except BlockError as error:
            yield Damage(locator, str(error), _named(one))


def _add(index: _Index, listed: Listed, row: Row) -> None:
    txid, place = listed.told.transaction.txid, listed.place
    before = index.place_of.get(txid)
    if txid in index.waiting and (place is not None or before is None):
        index.repeated += 1
        del index.waiting[txid]
    if place is None:
        if before is None:
            index.waiting[txid] = row
        else:
            index.repeated += 1
        return
    if before == place:
        index.repeated += 1
        return
    if before is not None:
        index.moved += 1
        del index.blocks[before][txid]
    index.place_of[txid] = place
    index.blocks.setdefault(place, {})[txid] = row


def _named(value: object) -> str:
    txid = value.get("txid") if isinstance(value, dict) else None
    return f"transaction {txid[:64]}" if isinstance(txid, str) else ""
