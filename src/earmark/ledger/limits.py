"""The limit of DESIGN §2.2: every quantity and every running balance stays below 10^38."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from earmark.ledger import wide
from earmark.ledger.openings import is_pooled
from earmark.ledger.quantity import LIMIT
from earmark.ledger.reserved import may_go_below_zero
from earmark.ledger.schema import IN

if TYPE_CHECKING:
    from collections.abc import Iterator


class Swing(NamedTuple):
    """A holding of the record alone: its balance, the lowest and the highest it ever was, zero included."""

    balance: int = 0
    lowest: int = 0
    highest: int = 0

    def moved(self, out: int, into: int) -> Swing:
        """Return it after one transaction, in which payments come before receipts."""
        low = self.balance - out
        balance = low + into
        return Swing(balance, min(self.lowest, low), max(self.highest, balance))

    def fits(self, *, is_exempt: bool) -> bool:
        """Tell whether the balance stays below the limit wherever openings are placed."""
        if is_exempt:
            return max(self.highest, -self.lowest) < LIMIT
        return self.highest - self.lowest < LIMIT


def beyond_limit(legs: pa.Table, holder_names: list[str]) -> list[int]:
    """Return the transactions that would lift a running balance to 10^38, given those that stand."""
    if _total(legs) < LIMIT:  # no balance, and no opening with it, is larger than all legs together
        return []
    found = []
    swings: dict[tuple[int, int], Swing] = {}
    for tx, moves in _moves(legs):
        after = {key: swings.get(key, Swing()).moved(*move) for key, move in moves.items()}
        if all(
            swing.fits(is_exempt=may_go_below_zero(holder_names[holder]))
            for (holder, _), swing in after.items()
        ):
            swings |= after
        else:
            found.append(tx)
    return found


def _moves(legs: pa.Table) -> Iterator[tuple[int, dict[tuple[int, int], tuple[int, int]]]]:
    """Yield each transaction with what it takes out of and puts into each holding."""
    pooled = legs.filter(pa.array(is_pooled(legs)))
    names = ("tx", "holder", "commodity", "side", "quantity")
    rows = zip(*(pooled.column(name).to_pylist() for name in names), strict=True)
    for tx, group in groupby(rows, key=itemgetter(0)):
        moves: dict[tuple[int, int], tuple[int, int]] = {}
        for _, holder, commodity, side, quantity in group:
            out, into = moves.get((holder, commodity), (0, 0))
            amount = int(quantity)
            moves[holder, commodity] = (out, into + amount) if side == IN else (out + amount, into)
        yield tx, moves


def _total(legs: pa.Table) -> int:
    limbs = wide.read_limbs(legs.column("quantity")).sum(axis=0).tolist()
    return sum(int(limb) << (32 * index) for index, limb in enumerate(limbs))
