"""What a failed transaction would have moved: an observation, for it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.ledger.quantity import format_quantity
from earmark.sources.evm.chains import EXPONENT

if TYPE_CHECKING:
    from earmark.sources.evm.movements import Movement, Pile


def observe_failed(pile: Pile, movement: Movement, symbol: str) -> None:
    """Observe the value of a failed transaction; ``symbol`` is the chain's own coin."""
    out, into = movement.legs
    amount = f"{format_quantity(out.quantity, EXPONENT)} {symbol}"
    text = f"failed: {amount} to {into.holder} did not move"
    pile.observe(movement.at, "failed", out.holder, text, movement.locator, movement.key)
