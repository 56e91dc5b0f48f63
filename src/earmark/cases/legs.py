"""Legs as ``case.toml`` names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError
from earmark.ledger.schema import IN, OUT
from earmark.ledger.values import LegName
from earmark.sources.bitcoin.scripts import FEES
from earmark.sources.names import canonical_key

if TYPE_CHECKING:
    from earmark.ledger.ledger import Ledger

ORDINAL_DIGITS_MAX = 9
_OUTPUT = re.compile(r"(btc:[0-9a-fA-F]{64}):output:([0-9]{1,9})")


def leg_name(text: str) -> LegName:
    """Read ``KEY`` or ``KEY#ordinal``."""
    key, hash_sign, ordinal = text.rpartition("#")
    if hash_sign and ordinal.isdecimal() and len(ordinal) <= ORDINAL_DIGITS_MAX:
        return LegName(canonical_key(key), int(ordinal))
    return LegName(canonical_key(text))


def claimed_leg(text: str, ledger: Ledger) -> LegName:
    """Read ``KEY``, ``KEY#ordinal`` or ``btc:TXID:output:N``, outputs from 0.

    Where only a later input tells an output, that is its key; else it is a leg of its transaction.
    Raises EarmarkError where the transaction has no such output.
    """
    output = _OUTPUT.fullmatch(text)
    whole = leg_name(text)
    if output is None or whole.key in ledger.transaction_positions:
        return whole
    tx = ledger.transaction_positions.get(canonical_key(output[1]))
    if tx is None:
        return whole
    inputs, outputs = _counted(ledger, tx)
    if int(output[2]) >= outputs:
        raise EarmarkError(
            f"{text}: the transaction has {outputs} outputs", expected="outputs counted from 0"
        )
    return LegName(canonical_key(output[1]), inputs + int(output[2]) + 1)


def _counted(ledger: Ledger, tx: int) -> tuple[int, int]:
    """Return how many inputs and outputs a Bitcoin transaction has; its fee is no output."""
    first, end = int(ledger.first_legs[tx]), int(ledger.first_legs[tx + 1])
    legs = ledger.tables["legs"].slice(first, end - first).to_pylist()
    fees = ledger.holder_positions.get(FEES)
    return (
        sum(leg["side"] == OUT for leg in legs),
        sum(leg["side"] == IN and leg["holder"] != fees for leg in legs),
    )
