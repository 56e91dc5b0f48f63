"""What is learnt of an address while its history is fetched: how much there is, and where money went next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from earmark.ledger.errors import EarmarkError

NATIVE = ""
"""The commodity of a step that moved the chain's own coin; any other is a token's contract."""


Check = Callable[[str], None]


class Asker(Protocol):
    """Whoever answers: a node, an index, or the cache of what either has answered before."""

    def ask(self, method: str, params: Sequence[Any], *, is_try: bool = False) -> Any:
        """Return the result of one call; raises EarmarkError where there is none.

        ``is_try`` is for finding out what a server can do: its no is not written down.
        """

    def get(self, path: str, query: Mapping[str, str], check: Check | None = None) -> Any:
        """Return a page as parsed JSON; ``check`` judges its text. Raises EarmarkError likewise."""


@dataclass(frozen=True)
class Step:
    """Money that left an address: where to look next, its commodity, smallest units.

    ``target`` is an EVM address, a Bitcoin script in hexadecimal, or a Bitcoin output as ``TXID:N``.
    """

    target: str
    commodity: str
    quantity: int


@dataclass(frozen=True)
class Span:
    """The blocks that are wanted, both ends included; a null end is open."""

    first: int | None = None
    last: int | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether either end is open."""
        return self.first is None or self.last is None

    def holds(self, height: int) -> bool:
        """Tell whether a block is wanted."""
        after = self.first is None or height >= self.first
        return after and (self.last is None or height <= self.last)


@dataclass(frozen=True)
class History:
    """One address, fetched: its transactions, its payments to others, and what of it could not be had.

    ``found`` are their hashes: two addresses share some.
    """

    transactions: int
    steps: tuple[Step, ...] = ()
    gaps: tuple[str, ...] = ()
    found: frozenset[str] = frozenset()


class TooManyError(EarmarkError):
    """An address has more transactions than are wanted, such as an exchange's."""

    def __init__(self, most: int) -> None:
        """Say how many were wanted at most."""
        super().__init__(f"has more than {most} transactions")


HistoryOf = Callable[[str], History]


def refuse_more(count: int, most: int) -> None:
    """Raise TooManyError where an address has more transactions than are wanted."""
    if count > most:
        raise TooManyError(most)
