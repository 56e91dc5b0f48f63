"""Which reader reads what: the visible, ordered list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError, near_miss

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from earmark.ledger.draft import Draft
    from earmark.ledger.values import Commodity
    from earmark.sources.settings import Source

    Progress = Callable[[int], None]

READERS = ("notation", "table", "document")
VERSIONS = {"notation": "1", "table": "1", "document": "1"}


def read_source(
    folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Progress | None = None,
) -> Draft:
    """Read one source of a case with the reader it names; raises EarmarkError for an unknown one."""
    if source.reader == "table":
        from earmark.sources import table

        return table.read(folder, source, commodities, progress)
    if source.reader == "document":
        from earmark.sources import document

        return document.read(folder, source)
    if source.reader == "notation":
        from earmark.sources import notation

        return notation.read(folder, _only_path(source), commodities)
    raise EarmarkError(
        f"there is no reader called {source.reader!r}",
        file="case.toml",
        expected=", ".join(READERS),
        near_miss=near_miss(source.reader, READERS),
    )


def _only_path(source: Source) -> str:
    if isinstance(source.path, str):
        return source.path
    raise EarmarkError("a notation source has one path", file="case.toml", expected="a string")
