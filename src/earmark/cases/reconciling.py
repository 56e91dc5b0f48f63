"""A chain from its first block adds up: issued less burned is unspent, and issued is what the schedule gives.

Unspent are the lots that nothing spends by name, fees that no coinbase collected included. Only a chain that
starts at block 0 or 1 (the output of block 0 can be spent by nobody), lacks no block and leaves no input
unresolved can be held to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.quantity import format_quantity
from earmark.ledger.reserved import BROUGHT_FORWARD
from earmark.ledger.schema import IN, OUT
from earmark.sources.bitcoin.networks import NETWORKS, Network, subsidy
from earmark.sources.bitcoin.scripts import BURNED, ISSUED, UNRESOLVED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from earmark.ledger.ledger import Ledger
    from earmark.ledger.wide import Index, Mask

EXPONENT = 8
_CHAIN = "bitcoin:"


class Reconciled(msgspec.Struct, frozen=True):
    """One chain: quantities in its coin, ``holds`` null and ``reason`` said where it cannot be reconciled."""

    chain: str
    commodity: str
    first_block: int | None
    last_block: int | None
    holds: bool | None
    reason: str
    issued: str | None = None
    scheduled: str | None = None
    burned: str | None = None
    unspent: str | None = None

    def __str__(self) -> str:
        """Return it as one line for people."""
        name = f"{self.commodity} ({self.chain})"
        if self.holds is None:
            return f"{name} cannot be reconciled: {self.reason}"
        sums = (
            f"{name}, blocks {self.first_block} to {self.last_block}: {self.issued} issued, "
            f"{self.burned} burned, {self.unspent} unspent"
        )
        return sums if self.holds else f"{sums}: {self.reason}"


@dataclass(frozen=True)
class _Chain:
    """The transactions of one series, by position, and the ranges of its whole blocks, joined."""

    network: Network
    is_mine: Mask
    is_others: Mask
    ranges: list[tuple[int, int]]

    @property
    def blocks(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges)


def reconciliations(ledger: Ledger) -> list[Reconciled]:
    """Return the reconciliation of every Bitcoin chain in the ledger, in the order of the sources."""
    series = ledger.column("sources", "series").fill_null("").to_pylist()
    names = dict.fromkeys(name for name in series if name.startswith(_CHAIN))
    return [_reconciled(ledger, name) for name in names]


def _reconciled(ledger: Ledger, series: str) -> Reconciled:
    chain = _chain(ledger, series)
    first = chain.ranges[0][0] if chain.ranges else None
    last = chain.ranges[-1][1] if chain.ranges else None
    about = (series, chain.network.symbol, first, last)
    reason = _hindrance(chain) or _open_end(ledger, chain)
    if reason:
        return Reconciled(*about, None, reason)
    return _compared(ledger, chain, about)


def _chain(ledger: Ledger, series: str) -> _Chain:
    rows = ledger.tables["sources"].select(["source", "series", "heights"]).to_pylist()
    mine = [row for row in rows if row["series"] == series]
    numbers = [row["source"] for row in mine]
    count = ledger.tables["transactions"].num_rows
    tx = ledger.integers("evidence", "tx")
    told = np.isin(ledger.column("evidence", "source").fill_null(-1).to_numpy(), numbers)
    # A transaction's own place is the first of its evidence.
    own, place = np.unique(tx, return_index=True)
    is_mine = np.zeros(count, dtype=np.bool_)
    is_mine[own] = told[place]
    is_told = np.zeros(count, dtype=np.bool_)
    is_told[tx[told]] = True
    ranges = _joined(tuple(one) for row in mine for one in row["heights"] or ())
    network = NETWORKS[series.removeprefix(_CHAIN)]
    return _Chain(network, is_mine, is_told & ~is_mine, ranges)


def _joined(ranges: Iterable[tuple[int, ...]]) -> list[tuple[int, int]]:
    """Return ranges of blocks in order, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def _hindrance(chain: _Chain) -> str:
    """Return what of the chain is missing, or an empty string."""
    if not chain.ranges:
        return "it has no whole block of known height"
    first, last = chain.ranges[0]
    if first > 1:
        return f"it starts at block {first}, and what was issued before is not in it"
    if len(chain.ranges) > 1:
        return f"block {last + 1} is missing; gaps in all: {len(chain.ranges) - 1}"
    return ""


def _open_end(ledger: Ledger, chain: _Chain) -> str:
    """Return what the chain takes from elsewhere, or an empty string."""
    kinds = ledger.column("transactions", "kind")
    is_issuance = np.asarray(pc.equal(kinds, "issuance"))
    is_brought = np.asarray(pc.equal(kinds, BROUGHT_FORWARD))
    tx = ledger.integers("legs", "tx")
    unresolved = np.unique(tx[chain.is_mine[tx] & _is_leg(ledger, UNRESOLVED, OUT)])
    counts = {
        "blocks of unknown height": max(0, int((is_issuance & chain.is_mine).sum()) - chain.blocks),
        "coinbases that stand as a source outside of the chain tells them": (
            is_issuance & chain.is_others
        ).sum(),
        "transactions with unresolved inputs": len(unresolved),
        "lots brought forward from before": (is_brought & chain.is_mine).sum(),
        "inputs that spend what only a source outside of the chain tells": _foreign(ledger, chain),
    }
    return next((f"{what}: {count}" for what, count in counts.items() if count), "")


def _foreign(ledger: Ledger, chain: _Chain) -> int:
    """Count the lots of other transactions that the chain spends by name."""
    tx = ledger.integers("legs", "tx")
    return int((~chain.is_mine[tx[_spent(ledger, chain)]]).sum())


def _spent(ledger: Ledger, chain: _Chain) -> Index:
    """Return the legs that the chain's transactions spend by name."""
    is_mine = pa.array(chain.is_mine[ledger.integers("legs", "tx")])
    lots = ledger.column("legs", "spends").filter(is_mine).drop_null()
    return lots.to_numpy().astype(np.int64)  # type: ignore[no-any-return]


def _is_leg(ledger: Ledger, holder: str, side: int) -> Mask:
    is_holder = ledger.integers("legs", "holder") == ledger.holder_positions.get(holder, -1)
    is_side = ledger.integers("legs", "side") == side
    return is_holder & is_side  # type: ignore[no-any-return]


def _compared(
    ledger: Ledger, chain: _Chain, about: tuple[str, str, int | None, int | None]
) -> Reconciled:
    """Add up on both sides; every unit that the chain issued is burned or rests in an unspent lot."""
    is_mine = chain.is_mine[ledger.integers("legs", "tx")]
    is_burned = _is_leg(ledger, BURNED, IN)
    is_unspent = (ledger.integers("legs", "side") == IN) & ~is_burned
    is_unspent[_spent(ledger, chain)] = False
    masks = (_is_leg(ledger, ISSUED, OUT), is_burned, is_unspent)
    issued, burned, unspent = (_sum(ledger, is_mine & mask) for mask in masks)
    due = _scheduled(chain)
    said = []
    if issued - burned != unspent:
        said.append(f"{_coins(issued - burned)} should be unspent")
    if issued != due:
        said.append(f"the schedule gives {_coins(due)}")
    sums = (_coins(one) for one in (issued, due, burned, unspent))
    return Reconciled(*about, not said, ", and ".join(said), *sums)


def _sum(ledger: Ledger, mask: Mask) -> int:
    total = pc.sum(ledger.column("legs", "quantity").filter(pa.array(mask)), min_count=0)
    return int(total.as_py())


def _scheduled(chain: _Chain) -> int:
    """Return what the blocks may issue by the network's schedule, in satoshi."""
    era = chain.network.halving_blocks
    total = 0
    for first, last in chain.ranges:
        for number in range(first // era, min(last // era, 64) + 1):
            blocks = min(last, (number + 1) * era - 1) - max(first, number * era) + 1
            total += blocks * (subsidy(chain.network, number * era, 0) or 0)
    return total


def _coins(satoshi: int) -> str:
    return format_quantity(satoshi, EXPONENT)
