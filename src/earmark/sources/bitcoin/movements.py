"""A checked block becomes transactions: inputs by name, outputs in order, fees collected by the coinbase.

DESIGN §2.2, laws 1 to 3. The output ``n`` of a transaction is its leg ``out-legs + n + 1``, so that a lot
can be named without looking at anything but the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.reserved import OPENING
from earmark.ledger.schema import IN, OUT
from earmark.sources.bitcoin.block import COMMITMENT, NOWHERE
from earmark.sources.bitcoin.columns import Columns, Leg, Told
from earmark.sources.bitcoin.lots import Lots
from earmark.sources.bitcoin.networks import subsidy
from earmark.sources.bitcoin.scripts import (
    BURNED,
    FEES,
    ISSUED,
    UNRESOLVED,
    carried_data,
    holder_of,
)
from earmark.sources.bitcoin.stores import Damage
from earmark.sources.bitcoin.wire import shown

if TYPE_CHECKING:
    from earmark.sources.bitcoin.block import Prevout
    from earmark.sources.bitcoin.networks import Network
    from earmark.sources.bitcoin.wire import Header, Transaction

DATA_SHOWN_MAX = 200
"""Bytes of an OP_RETURN output that a note shows."""
NOTE_MAX = 10_000
BROUGHT_FORWARD = "brought_forward"
MARKER = b"\xff\xff\xff\xff"
"""Output of a coinbase that no transaction has: it remembers that there was one of this txid."""
HOLDERS_HELD = 1 << 18
"""Scripts whose holders are remembered."""

REPEATED_BLOCKS = frozenset(
    bytes.fromhex(text)[::-1]
    for text in (
        "00000000000a4d0a398161ffc163c503763b1f4360639393e0e4c8e300e0caec",
        "00000000000743f190a18c5577a3c2d2a1f610ae9601ac046a38084ccb7cd721",
    )
)
"""Blocks 91,842 and 91,880, whose coinbases repeat those of 91,812 and 91,722 (BIP 30)."""


BROUGHT = Leg(OUT, "", 0)
"""Stands for an output that was brought forward, so that it is not made a second time."""
TOO_LATE = (
    "stands after a transaction that spends it, in a block of unknown height: its outputs are counted "
    "where they are spent"
)


class Row(NamedTuple):
    """One transaction as one source shows it: where, and what that source knows of its inputs."""

    source: int
    locator: str
    prevouts: Sequence[Prevout | None] | None
    prevouts_at: str


class Shown(NamedTuple):
    """One transaction of a block and every source that shows it."""

    transaction: Transaction
    rows: list[Row]


@dataclass
class Counts:
    """What the data leave open, and what one source says of itself; quantities in satoshi."""

    inputs: int = 0
    inputs_unresolved: int = 0
    transactions: int = 0
    brought_forward: int = 0
    contradicted: int = 0
    fees_unknown: int = 0
    unresolved: int = 0
    coinbase_unresolved: int = 0
    heights_unknown: int = 0
    subsidies_unknown: int = 0
    overwritten: int = 0


@dataclass
class _Fees:
    """The fee legs of the block that is being read."""

    legs: list[Leg] = field(default_factory=list)
    total: int = 0


class _Drawn(NamedTuple):
    """What the inputs of a transaction are: its out-legs, what the known ones hold, which are unresolved."""

    legs: list[Leg]
    known: int
    missing: list[str]


@dataclass
class Movements:
    """The movements of one chain, block after block, into the columns of each source that shows them."""

    network: Network
    columns: list[Columns]
    counts: list[Counts]
    lots: Lots = field(default_factory=Lots)
    sequence: int = 0
    _holders: dict[bytes, str] = field(default_factory=dict)
    rejected: list[tuple[int, Damage]] = field(default_factory=list)
    _ref: str = ""
    _has_brought: bool = False

    def add_block(
        self, header: Header, height: int | None, shown_: Sequence[Shown], *, is_whole: bool
    ) -> None:
        """Add a block's transactions, the coinbase last.

        Of a block that is not whole, the fees stay with ``btc:fees``.
        """
        fees = _Fees()
        self._ref = shown(header.block_hash)
        self._has_brought = any(counts.brought_forward for counts in self.counts)
        coinbases = [one for one in shown_ if one.transaction.inputs == [NOWHERE]]
        for one in shown_:
            if one.transaction.inputs != [NOWHERE]:
                self._add_payment(one, header, fees)
        for one in coinbases:
            if self._is_too_late(one):
                continue
            self._add_coinbase(one, header, height, fees if is_whole else _Fees())

    def _tell(self, one: Shown, told: Told) -> None:
        for row in one.rows:
            self.columns[row.source].add(told, row.locator)
        self.sequence += 1

    def _add_payment(self, one: Shown, header: Header, fees: _Fees) -> None:
        if self._is_too_late(one):
            return
        paid = sum(value for value, _ in one.transaction.outputs)
        drawn = self._spend(one, header, paid)
        legs = drawn.legs
        lacking = max(0, paid - drawn.known)
        if drawn.missing:
            legs = [leg if leg.quantity >= 0 else leg._replace(quantity=lacking) for leg in legs]
        key = f"btc:{shown(one.transaction.txid)}"
        self._receive(one.transaction, key, legs)
        if drawn.known > paid:
            fee = drawn.known - paid
            legs.append(Leg(IN, FEES, fee))
            fees.legs.append(Leg(OUT, FEES, fee, key, len(legs)))
            fees.total += fee
        told = Told(
            key,
            header.time_s,
            self._ref,
            "payment",
            self.sequence,
            _note(one.transaction),
            legs,
            drawn.missing,
        )
        self._tell(one, told)
        for row in one.rows:
            counts = self.counts[row.source]
            counts.inputs += len(one.transaction.inputs)
            counts.transactions += 1
            if drawn.missing:
                counts.unresolved += lacking
                counts.inputs_unresolved += len(drawn.missing)
                counts.fees_unknown += drawn.known <= paid

    def _spend(self, one: Shown, header: Header, paid: int) -> _Drawn:
        """Return the out-legs; that of unresolved inputs has a quantity of -1."""
        lots = [self._lot(outpoint) for outpoint in one.transaction.inputs]
        stated = self._stated(one, lots, paid) if any(row.prevouts for row in one.rows) else {}
        legs: list[Leg] = []
        missing: list[str] = []
        for number, lot in enumerate(lots):
            if lot is None and number in stated:
                lot = self._bring_forward(one, number, stated[number], header)  # noqa: PLW2901
            if lot is not None:
                legs.append(lot)
                continue
            if not missing:
                legs.append(Leg(OUT, UNRESOLVED, -1))
            txid, output = one.transaction.inputs[number]
            missing.append(f"unresolved input {number}: {shown(txid)}:{output}")
        known = sum(leg.quantity for leg in legs if leg.quantity > 0)
        return _Drawn(legs, known, missing)

    def _lot(self, outpoint: tuple[bytes, int]) -> Leg | None:
        """Return an output that a transaction before made, and mark it spent."""
        lot = self.lots.spend(outpoint[0] + outpoint[1].to_bytes(4, "little"))
        return lot if lot is None or lot.holder else None

    def _stated(
        self, one: Shown, lots: Sequence[Leg | None], paid: int
    ) -> dict[int, tuple[Prevout, list[Row]]]:
        """Return by input what only the sources state: from before the chain, with those who say the same.

        Inputs that all are known and hold less than the transaction pays prove that a statement is false;
        then none of them counts.
        """
        stated: dict[int, tuple[Prevout, list[Row]]] = {}
        known = 0
        for number, lot in enumerate(lots):
            said = [(row, row.prevouts[number]) for row in one.rows if row.prevouts]
            told = [(row, prevout) for row, prevout in said if prevout is not None]
            if lot is None and told:
                rows = [row for row, other in told if self._is_same(told[0][1], other)]
                stated[number] = told[0][1], rows
            holds = self._holds(lot, told[0][1] if told else None)
            known += holds[0] if holds else paid
            for row, (value, script) in told:
                self.counts[row.source].contradicted += holds != (value, self._holder(script))
        if known >= paid:
            return stated
        for _, rows in stated.values():
            for row in rows:
                self.counts[row.source].contradicted += 1
        return {}

    def _holds(self, lot: Leg | None, prevout: Prevout | None) -> tuple[int, str] | None:
        if lot is not None:
            return lot.quantity, lot.holder
        return None if prevout is None else (prevout[0], self._holder(prevout[1]))

    def _is_same(self, one: Prevout, other: Prevout) -> bool:
        return one == other or (one[0], self._holder(one[1])) == (other[0], self._holder(other[1]))

    def _bring_forward(
        self, one: Shown, number: int, stated: tuple[Prevout, list[Row]], header: Header
    ) -> Leg:
        txid, output = one.transaction.inputs[number]
        (value, script), rows = stated
        lot = Leg(OUT, self._holder(script), value, f"btc:{shown(txid)}:output:{output}", 2)
        legs = [Leg(OUT, OPENING, value), Leg(IN, lot.holder, value)]
        told = Told(
            lot.spends,
            header.time_s,
            self._ref,
            BROUGHT_FORWARD,
            self.sequence,
            None,
            legs,
        )
        for row in rows:
            place = row.prevouts_at or row.locator
            self.columns[row.source].add(told, f"{place} input {number}")
            self.counts[row.source].brought_forward += 1
        self.sequence += 1
        self.lots.add(txid + output.to_bytes(4, "little"), BROUGHT)
        self._has_brought = True
        return lot

    def _is_too_late(self, one: Shown) -> bool:
        """Reject a transaction whose output was brought forward before it: it would be counted twice.

        That can only be where a block's height is unknown and its clock is wrong.
        """
        if not self._has_brought:
            return False
        txid = one.transaction.txid
        outpoints = (txid + n.to_bytes(4, "little") for n in range(len(one.transaction.outputs)))
        if all(self.lots.unspent(outpoint) != BROUGHT for outpoint in outpoints):
            return False
        for row in one.rows:
            self.rejected.append((row.source, Damage(row.locator, TOO_LATE, f"btc:{shown(txid)}")))
        return True

    def _receive(
        self, one: Transaction, key: str, legs: list[Leg], holder: str | None = None
    ) -> None:
        """Add the in-legs and remember them as lots."""
        keep, named = self.lots.add, self._holder
        for output, (value, script) in enumerate(one.outputs):
            name = holder or named(script)
            legs.append(Leg(IN, name, value))
            lot = Leg(OUT, name, value, key, len(legs))
            keep(one.txid + output.to_bytes(4, "little"), lot)

    def _holder(self, script: bytes) -> str:
        found = self._holders.get(script)
        if found is None:
            if len(self._holders) >= HOLDERS_HELD:
                self._holders.clear()
            found = self._holders[script] = holder_of(script)
        return found

    def _add_coinbase(self, one: Shown, header: Header, height: int | None, fees: _Fees) -> None:
        legs = list(fees.legs)
        issued = subsidy(self.network, height, header.time_s)
        if issued is not None:
            legs.append(Leg(OUT, ISSUED, issued))
        key, overwritten = self._overwrite(one.transaction, header, height)
        legs += overwritten
        available = fees.total + (issued or 0)
        paid = sum(value for value, _ in one.transaction.outputs)
        lacking = max(0, paid - available)
        if lacking or issued is None:
            legs.append(Leg(OUT, UNRESOLVED, lacking))
        is_first = header.block_hash == self.network.genesis
        self._receive(one.transaction, key, legs, BURNED if is_first else None)
        lost = sum(leg.quantity for leg in overwritten)
        if max(0, available - paid) + lost:
            legs.append(Leg(IN, BURNED, max(0, available - paid) + lost))
        told = Told(
            key,
            header.time_s,
            self._ref,
            "issuance",
            self.sequence,
            _note(one.transaction),
            legs,
        )
        self._tell(one, told)
        for row in one.rows:
            counts = self.counts[row.source]
            counts.coinbase_unresolved += lacking
            counts.heights_unknown += height is None
            counts.subsidies_unknown += issued is None
            counts.overwritten += lost

    def _overwrite(
        self, one: Transaction, header: Header, height: int | None
    ) -> tuple[str, list[Leg]]:
        """Return a coinbase's key and out-legs for the unspent outputs of an earlier one of the same txid."""
        key = f"btc:{shown(one.txid)}"
        marker = one.txid + MARKER
        is_repeated = self.lots.unspent(marker) is not None
        self.lots.add(marker, Leg(OUT, "", 0, key))
        earlier = []
        if is_repeated:
            outpoints = (one.txid + n.to_bytes(4, "little") for n in range(len(one.outputs)))
            unspent = (each for each in outpoints if self.lots.unspent(each) is not None)
            earlier = [lot for each in unspent if (lot := self.lots.spend(each)) is not None]
        if is_repeated or header.block_hash in REPEATED_BLOCKS:
            key += f":{shown(header.block_hash) if height is None else height}"
        return key, earlier


def _note(one: Transaction) -> str | None:
    """Return what OP_RETURN outputs carry, in hexadecimal; the commitment to witnesses is left out."""
    if all(script[:1] != b"\x6a" for _, script in one.outputs):
        return None
    said = []
    for number, (_, script) in enumerate(one.outputs):
        if script[:1] == b"\x6a" and script[:6] != COMMITMENT:
            data = carried_data(script)
            more = f" and {len(data) - DATA_SHOWN_MAX} bytes" if len(data) > DATA_SHOWN_MAX else ""
            said.append(f"output {number} carries {data[:DATA_SHOWN_MAX].hex()}{more}")
    return "; ".join(said)[:NOTE_MAX] or None
