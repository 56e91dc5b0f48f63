"""How every Bitcoin format hands over its blocks: first an index, then one block at a time.

A format is a module with a function ``open_store(case_folder, source) -> Store``, listed in ``OPENERS``. All
sources of one network in a case are one chain (``walk``): their indexes are put together, ordered through
headers and, where a format knows no headers, heights; then each block is loaded once from every source that
has it, and each source's draft gets what that source shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from earmark.sources.bitcoin.block import Block
from earmark.sources.bitcoin.wire import BlockError, Header


class Damage(NamedTuple):
    """One row of the source that is rejected: its locator with the file before it, why, and what it says."""

    locator: str
    reason: str
    text: str = ""


class Ignored(NamedTuple):
    """Rows of the source that say nothing of a block, such as a node's height; ``reason`` is a plural noun.

    A warning adds up the rows of each reason: "12 rows ignored: replies that hold no block".
    """

    rows: int
    reason: str


class Seen(NamedTuple):
    """One row that moves nothing yet and becomes an observation, such as an unconfirmed transaction."""

    locator: str
    kind: str
    text: str
    key: str = ""
    holder: str = ""
    time_s: int | None = None


class Found(NamedTuple):
    """A block of the index: its header as far as the format knows it, and what ``load`` needs to read it.

    ``height`` is what the evidence states, null where it does not. ``place`` belongs to the store; an index of
    a million blocks is held in memory, so it is small. ``locator`` names the block's place, file first.
    Several ``Found`` of one hash are copies: the first that loads counts, the others are ignored.
    """

    header: Header
    height: int | None
    place: Any
    locator: str


class BrokenBlockError(BlockError):
    """A block that cannot be loaded and is more than one row of its source: each of them is rejected."""

    def __init__(self, reason: str, damages: tuple[Damage, ...]) -> None:
        """Keep the rows; ``reason`` is for whoever only asks whether it loads."""
        super().__init__(reason)
        self.damages = damages


class Store(Protocol):
    """One source of a format, opened; closed when its chain has been walked.

    ``files`` are the evidence files as (path inside the case, path to open), in reading order. ``counts`` is
    what ``find`` and ``load`` count for ``warnings``; a build that goes on after a kill gets it back.
    """

    files: tuple[tuple[str, Path], ...]
    counts: Counter[str]

    def find(self) -> Iterator[Found | Damage | Ignored | Seen]:
        """Yield what the source holds, in its order, without reading bodies where that can be avoided."""

    def load(self, found: Found) -> Block:
        """Return one block whole and checked; raises BlockError (one row) or BrokenBlockError (several)."""

    def warnings(self) -> list[str]:
        """Return what a reader of the numbers should know, once everything is read."""

    def close(self) -> None:
        """Close whatever is open."""


def prefix(files: tuple[tuple[str, Path], ...], number: int) -> str:
    """Return how the locators of a file begin: its name and a space where a source has several files."""
    return f"{files[number][0]} " if len(files) > 1 else ""
