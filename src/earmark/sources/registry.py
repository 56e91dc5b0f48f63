"""Which reader reads what: the visible, ordered list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.sources.files import source_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from earmark.ledger.draft import Draft
    from earmark.ledger.values import Commodity
    from earmark.sources.settings import Source

    Progress = Callable[[int], None]
    Reader = Callable[[Path, Source, Mapping[str, Commodity], Progress | None], Draft]

EVM_FORMATS = ("evm-rpc", "ethereum-etl", "aws-ethereum", "etherscan", "cryo")
READERS = ("notation", "table", "document", "bitcoin-blocks", *EVM_FORMATS)
VERSIONS = dict.fromkeys(READERS, "1")


def read_source(
    folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Progress | None = None,
) -> Draft:
    """Read one source of a case with the reader it names; raises EarmarkError for an unknown one.

    The warnings of a source of one file do not name the file: whoever shows them says whose they are.
    """
    return _told_once(_read(folder, source, commodities, progress))


def _told_once(draft: Draft) -> Draft:
    if len(draft.files) != 1:
        return draft
    prefix = f"{draft.files[0][0]}: "
    return replace(draft, warnings=tuple(one.removeprefix(prefix) for one in draft.warnings))


def _read(
    folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Progress | None,
) -> Draft:
    if source.reader == "table":
        from earmark.sources import table

        return table.read(folder, source, commodities, progress)
    if source.reader == "bitcoin-blocks":
        from earmark.sources import bitcoin

        return bitcoin.read(folder, source, progress)
    if source.reader in EVM_FORMATS:
        return _evm_format(source.reader)(folder, source, commodities, progress)
    if source.reader == "document":
        from earmark.sources import document

        return document.read(folder, source)
    if source.reader == "notation":
        from earmark.sources import notation

        return notation.read(folder, _only_path(folder, source), commodities)
    raise EarmarkError(
        f"there is no reader called {source.reader!r}",
        file="case.toml",
        expected=", ".join(READERS),
        near_miss=near_miss(source.reader, READERS),
    )


def _evm_format(reader: str) -> Reader:
    from earmark.sources.evm import aws, cryo, ethereum_etl, etherscan, rpc

    readers: dict[str, Reader] = {
        "evm-rpc": rpc.read,
        "ethereum-etl": ethereum_etl.read,
        "aws-ethereum": aws.read,
        "etherscan": etherscan.read,
        "cryo": cryo.read,
    }
    return readers[reader]


def _only_path(folder: Path, source: Source) -> str:
    files = source_files(folder, source)
    if len(files) == 1:
        return files[0][0]
    raise EarmarkError(
        f"a notation source is one file, not {len(files)}",
        file="case.toml",
        expected="a [[source]] for each file",
    )
