"""Withdrawals of stake as a cell of a table of blocks: a list in JSON, or as Python prints it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from earmark.sources.evm.texts import CellError, address_of, integer_of

WITHDRAWALS_MAX = 1_000
"""Withdrawals of one block; the chain has allowed sixteen."""
_QUOTED = re.compile(r"'([^'\"\\]*)'")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A validator's withdrawal: its number over the whole chain, the address and Gwei."""

    index: int
    address: str
    amount_gwei: int


class _WrittenWithdrawal(msgspec.Struct):
    index: int | str
    address: str
    amount: int | str


def withdrawals_of(text: str) -> tuple[Withdrawal, ...]:
    """Return the withdrawals of a block; raises CellError for a cell that is no such list."""
    if not text:
        return ()
    try:
        found = msgspec.json.decode(_QUOTED.sub(r'"\1"', text), type=list[_WrittenWithdrawal])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CellError("withdrawals: not a list of index, address and amount") from None
    if len(found) > WITHDRAWALS_MAX:
        raise CellError(f"withdrawals: more than {WITHDRAWALS_MAX}")
    return tuple(
        Withdrawal(
            integer_of(str(one.index), "withdrawals index"),
            address_of(one.address, "withdrawals address"),
            integer_of(str(one.amount), "withdrawals amount"),
        )
        for one in found
    )
