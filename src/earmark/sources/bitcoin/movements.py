"""A checked block becomes transactions: inputs by name, outputs in order, fees collected by the coinbase.

DESIGN §2.2, laws 1 to 3. The output ``n`` of a transaction is its leg ``out-legs + n + 1``, so that a lot
can be named without looking at anything but the transaction.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.schema import IN, OUT
from earmark.sources.bitcoin.block import COMMITMENT
from earmark.sources.bitcoin.columns import Columns
from earmark.sources.bitcoin.networks import subsidy
from earmark.sources.bitcoin.scripts import BURNED, FEES, ISSUED, UNRESOLVED, carried_data
from earmark.sources.bitcoin.wire import shown

if TYPE_CHECKING:
    from earmark.sources.bitcoin.block import Block
    from earmark.sources.bitcoin.networks import Network
    from earmark.sources.bitcoin.wire import Transaction

DATA_SHOWN_MAX = 200
"""Bytes of an OP_RETURN output that a note shows."""
NOTE_MAX = 10_000

REPEATED_BLOCKS = frozenset(
    bytes.fromhex(text)[::-1]
    for text in (
        "00000000000a4d0a398161ffc163c503763b1f4360639393e0e4c8e300e0caec",
        "00000000000743f190a18c5577a3c2d2a1f610ae9601ac046a38084ccb7cd721",
    )
)
"""Blocks 91,842 and 91,880, whose coinbases repeat those of 91,812 and 91,722 (BIP 30)."""


class _Lot(NamedTuple):
    """An output that can be spent by name."""

    row: int
    ordinal: int
    holder: int
    quantity: int


@dataclass
class Counts:
    """What the data leave open, and what they say of themselves; quantities in satoshi."""

    inputs: int = 0
    inputs_unresolved: int = 0
    transactions: int = 0
    fees_unknown: int = 0
    unresolved: int = 0
    coinbase_unresolved: int = 0
    heights_unknown: int = 0
    subsidies_unknown: int = 0
    overwritten: int = 0


@dataclass
class Movements:
    """The movements of one chain, block after block; the arrays have an entry for each transaction."""

    network: Network
    columns: Columns = field(default_factory=Columns)
    counts: Counts = field(default_factory=Counts)
    row_of: dict[bytes, int] = field(default_factory=dict)
    first_leg: array[int] = field(default_factory=lambda: array("q"))
    first_output: array[int] = field(default_factory=lambda: array("q"))
    output_count: array[int] = field(default_factory=lambda: array("q"))

    def add_block(self, block: Block, height: int | None, prefix: str, offset: int) -> None:
        """Add a block's transactions, the coinbase last.

        ``prefix`` begins its locators, ``offset`` is its first byte in its file.
        """
        name = str(height) if height is not None else shown(block.header.block_hash)
        fees: list[_Lot] = []
        numbered = [*enumerate(block.transactions)]
        for index, one in numbered[1:] + numbered[:1]:
            locator = f"{prefix}byte {offset + one.start} block {name}:{index}"
            if index:
                self._add_payment(one, block, locator, fees)
            else:
                self._add_coinbase(one, block, height, locator, fees)

    def _begin(self, one: Transaction, block: Block, locator: str, kind: str, key: str) -> None:
        self.columns.add_transaction(
            block.header.time_s,
            key=key,
            ref=shown(block.header.block_hash),
            kind=kind,
            locator=locator,
            note=_note(one),
        )

    def _add_payment(self, one: Transaction, block: Block, locator: str, fees: list[_Lot]) -> None:
        columns = self.columns
        self._begin(one, block, locator, "payment", f"btc:{shown(one.txid)}")
        first = len(columns.leg_row)
        known, unresolved_at, missing = self._spend(one)
        paid = sum(value for value, _ in one.outputs)
        if unresolved_at is not None:
            lacking = max(0, paid - known)
            columns.quantity[unresolved_at] = lacking
            self.counts.unresolved += lacking
            self.counts.inputs_unresolved += missing
            self.counts.fees_unknown += known <= paid
        self._receive(one, first)
        if known > paid:
            holder = columns.holder_named(FEES)
            columns.add_leg(IN, holder, known - paid)
            fees.append(_Lot(columns.rows - 1, len(columns.leg_row) - first, holder, known - paid))
        self.counts.inputs += len(one.inputs)
        self.counts.transactions += 1

    def _spend(self, one: Transaction) -> tuple[int, int | None, int]:
        """Add the out-legs; return what the known inputs hold, the leg of the others, how many they are."""
        columns = self.columns
        known, missing = 0, 0
        unresolved_at = None
        for number, (txid, output) in enumerate(one.inputs):
            lot = self._lot(txid, output)
            if lot is not None:
                columns.add_leg(OUT, lot.holder, lot.quantity, lot.row, lot.ordinal)
                known += lot.quantity
                continue
            if unresolved_at is None:
                unresolved_at = len(columns.leg_row)
                columns.add_leg(OUT, columns.holder_named(UNRESOLVED), 0)
            columns.add_evidence(f"unresolved input {number}: {shown(txid)}:{output}")
            missing += 1
        return known, unresolved_at, missing

    def _lot(self, txid: bytes, output: int) -> _Lot | None:
        row = self.row_of.get(txid, -1)
        if row < 0 or output >= self.output_count[row]:
            return None
        columns = self.columns
        leg = self.first_output[row] + output
        ordinal = leg - self.first_leg[row] + 1
        return _Lot(row, ordinal, columns.holder[leg], columns.quantity[leg])

    def _receive(self, one: Transaction, first_leg: int, holder: int | None = None) -> None:
        columns = self.columns
        self.row_of[one.txid] = columns.rows - 1
        self.first_leg.append(first_leg)
        self.first_output.append(len(columns.leg_row))
        self.output_count.append(len(one.outputs))
        for value, script in one.outputs:
            columns.add_leg(IN, columns.holder_with(script) if holder is None else holder, value)

    def _add_coinbase(
        self, one: Transaction, block: Block, height: int | None, locator: str, fees: list[_Lot]
    ) -> None:
        columns, counts = self.columns, self.counts
        self._begin(one, block, locator, "issuance", self._coinbase_key(one, block, height))
        first = len(columns.leg_row)
        for fee in fees:
            columns.add_leg(OUT, fee.holder, fee.quantity, fee.row, fee.ordinal)
        issued = subsidy(self.network, height, block.header.time_s)
        if issued is not None:
            columns.add_leg(OUT, columns.holder_named(ISSUED), issued)
        overwritten = self._overwrite(one)
        available = sum(fee.quantity for fee in fees) + (issued or 0)
        paid = sum(value for value, _ in one.outputs)
        if paid > available or issued is None:
            lacking = max(0, paid - available)
            columns.add_leg(OUT, columns.holder_named(UNRESOLVED), lacking)
            counts.coinbase_unresolved += lacking
        is_first = block.header.block_hash == self.network.genesis
        burned = columns.holder_named(BURNED)
        self._receive(one, first, burned if is_first else None)
        if max(0, available - paid) + overwritten:
            columns.add_leg(IN, burned, max(0, available - paid) + overwritten)
        counts.heights_unknown += height is None
        counts.subsidies_unknown += issued is None
        counts.overwritten += overwritten

    def _coinbase_key(self, one: Transaction, block: Block, height: int | None) -> str:
        key = f"btc:{shown(one.txid)}"
        if one.txid not in self.row_of and block.header.block_hash not in REPEATED_BLOCKS:
            return key
        return f"{key}:{shown(block.header.block_hash) if height is None else height}"

    def _overwrite(self, one: Transaction) -> int:
        """Add out-legs for the unspent outputs of an earlier coinbase with the same txid; return their sum."""
        earlier = self.row_of.get(one.txid)
        if earlier is None:
            return 0
        columns, total = self.columns, 0
        spendings = zip(columns.spends_row, columns.spends_ordinal, strict=True)
        spent = {ordinal for row, ordinal in spendings if row == earlier}
        for output in range(self.output_count[earlier]):
            lot = self._lot(one.txid, output)
            if lot is not None and lot.ordinal not in spent:
                columns.add_leg(OUT, lot.holder, lot.quantity, lot.row, lot.ordinal)
                total += lot.quantity
        return total


def _note(one: Transaction) -> str | None:
    """Return what OP_RETURN outputs carry, in hexadecimal; the commitment to witnesses is left out."""
    said = []
    for number, (_, script) in enumerate(one.outputs):
        if script[:1] == b"\x6a" and script[:6] != COMMITMENT:
            data = carried_data(script)
            more = f" and {len(data) - DATA_SHOWN_MAX} bytes" if len(data) > DATA_SHOWN_MAX else ""
            said.append(f"output {number} carries {data[:DATA_SHOWN_MAX].hex()}{more}")
    return "; ".join(said)[:NOTE_MAX] or None
