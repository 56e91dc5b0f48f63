"""The ``electrum`` reader: transactions that an Electrum server gave by their bytes, as parts of their blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.block import Block
from earmark.sources.bitcoin.electrum_values import (
    BRANCH,
    HEADER,
    HISTORY,
    TRANSACTION,
    Branch,
    asked_height,
    asked_txid,
    branch_of,
    header_of,
    heights_of,
    root_over,
    transaction_of,
)
from earmark.sources.bitcoin.networks import NETWORKS, Network
from earmark.sources.bitcoin.parts import in_order, part
from earmark.sources.bitcoin.rebuilt import Prevout, Told
from earmark.sources.bitcoin.saved import Answer, Files, answers, opener
from earmark.sources.bitcoin.stores import Damage, Found, Ignored, Seen
from earmark.sources.bitcoin.wire import BlockError, Header, Transaction, shown
from earmark.sources.files import source_files
from earmark.sources.replies import SUFFIX
from earmark.sources.settings import Source

TRANSACTIONS_HELD = 4_096
_UNPROVED = "transactions placed in their block on the server's word: there is no Merkle branch"


class Row(NamedTuple):
    """Where the bytes of a transaction lie, and its locator."""

    file: int
    offset: int
    locator: str


@dataclass
class _Index:
    """What the answers say of each transaction and each height; a later answer replaces an earlier."""

    rows: dict[bytes, Row] = field(default_factory=dict)
    spent: set[bytes] = field(default_factory=set)
    heights: dict[bytes, int] = field(default_factory=dict)
    branches: dict[bytes, Branch] = field(default_factory=dict)
    headers: dict[int, dict[bytes, Header]] = field(default_factory=dict)
    blocks: dict[bytes, list[tuple[int, bytes]]] = field(default_factory=dict)


class ElectrumStore:
    """One source of Electrum answers, opened."""

    def __init__(self, files: Files, network: Network) -> None:
        """Read nothing yet."""
        self.files: tuple[tuple[str, Path], ...] = files
        self.counts: Counter[str] = Counter()
        self._network = network
        self._index = _Index()
        self._value_at = opener(files)
        self._read = lru_cache(maxsize=TRANSACTIONS_HELD)(self._read_again)

    def find(self) -> Iterator[Found | Damage | Ignored | Seen]:
        """Yield the blocks of which transactions are here, and what can be placed in none."""
        self._index = _Index()
        for answer in answers(self.files):
            if isinstance(answer, Answer):
                try:
                    yield from self._learn(answer)
                except BlockError as error:
                    yield Damage(answer.locator(), str(error), answer.method)
            else:
                yield answer
        found: dict[bytes, tuple[Header, int]] = {}
        for txid, row in self._index.rows.items():
            try:
                yield from self._place(txid, row, found)
            except BlockError as error:
                yield Damage(row.locator, str(error), f"transaction {shown(txid)}")
        for block_hash, (header, height) in found.items():
            first = self._index.rows[self._index.blocks[block_hash][0][1]]
            yield Found(header, height, block_hash, first.locator)

    def _learn(self, answer: Answer) -> Iterator[Ignored]:
        index, value, params = self._index, answer.value, answer.params
        if answer.method == TRANSACTION:
            transaction = transaction_of(value, params)
            if transaction.txid in index.rows:
                yield Ignored(1, "transactions that were told more than once")
                return
            row = Row(answer.file, answer.offset, answer.locator())
            index.rows[transaction.txid] = row
            index.spent.update(txid for txid, _ in transaction.inputs)
            return
        if answer.method == HEADER:
            header = header_of(value, self._network)
            headers = index.headers.setdefault(asked_height(params), {})
            headers.pop(header.block_hash, None)  # the one that was told last comes last
            headers[header.block_hash] = header
        elif answer.method == BRANCH:
            index.branches[asked_txid(params)] = branch_of(value)
        elif answer.method == HISTORY:
            index.heights |= heights_of(value)
        yield Ignored(1, "replies that are no transaction")

    def _place(
        self, txid: bytes, row: Row, found: dict[bytes, tuple[Header, int]]
    ) -> Iterator[Ignored | Seen]:
        """Put a transaction into its block; raises BlockError where the proof fails or time is unknown."""
        index = self._index
        branch = index.branches.get(txid)
        height = branch.height if branch else index.heights.get(txid)
        if height is None and txid in index.spent:
            yield Ignored(1, "transactions that only say what inputs hold")
            return
        if height is None or height <= 0:
            text = "a transaction that no block held when the server was asked"
            yield Seen(row.locator, "unconfirmed", text, key=f"btc:{shown(txid)}")
            return
        header = self._header(txid, height, branch)
        if branch is None:
            self.counts[_UNPROVED] += 1
        found.setdefault(header.block_hash, (header, height))
        position = branch.position if branch else -1
        index.blocks.setdefault(header.block_hash, []).append((position, txid))

    def _header(self, txid: bytes, height: int, branch: Branch | None) -> Header:
        headers = list(self._index.headers.get(height, {}).values())
        if not headers:
            raise BlockError(f"the header of block {height} is not here, so its time is unknown")
        if branch is None:
            return headers[-1]
        root = root_over(txid, branch)
        for header in reversed(headers):
            if header.merkle_root == root:
                return header
        raise BlockError(f"the Merkle branch does not lead to the root of block {height}")

    def load(self, found: Found) -> Block:
        """Return the transactions of one block that are here; raises BlockError."""
        entries = self._index.blocks[found.place]
        read = [self._read(txid) for _, txid in entries]
        order = in_order(read)
        if all(position >= 0 for position, _ in entries):
            order = sorted(range(len(entries)), key=lambda place: entries[place])
        rows = [self._index.rows[entries[place][1]] for place in order]
        told = [Told(read[place], self._prevouts(read[place])) for place in order]
        return part(found.header, [(one, row.locator) for one, row in zip(told, rows, strict=True)])

    def _prevouts(self, transaction: Transaction) -> list[Prevout] | None:
        found = [self._output(txid, number) for txid, number in transaction.inputs]
        return found if any(one is not None for one in found) else None

    def _output(self, txid: bytes, number: int) -> Prevout:
        if txid not in self._index.rows:
            return None
        outputs = self._read(txid).outputs
        return outputs[number] if number < len(outputs) else None

    def _read_again(self, txid: bytes) -> Transaction:
        row = self._index.rows[txid]
        return transaction_of(self._value_at(row.file, row.offset), [shown(txid)])

    def warnings(self) -> list[str]:
        """Return what the server's word is taken for."""
        return [f"{count} {text}" for text, count in self.counts.items()]

    def close(self) -> None:
        """Close nothing: each answer is opened by itself."""


def open_store(case_folder: Path, source: Source) -> ElectrumStore:
    """Return a source of saved replies; raises EarmarkError for a missing file, or one without questions."""
    files = source_files(case_folder, source)
    for name, _ in files:
        if not name.endswith(SUFFIX):
            raise EarmarkError(
                "answers of an Electrum server say little without their questions",
                file=name,
                expected=f"a file {SUFFIX} as `earmark fetch address` saves it",
            )
    return ElectrumStore(files, NETWORKS[source.network])
