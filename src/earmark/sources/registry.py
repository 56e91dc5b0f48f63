"""Which reader reads what: the visible, ordered list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.sources.files import source_files
from earmark.sources.lacking import lacks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from earmark.ledger.draft import Draft
    from earmark.ledger.values import Commodity
    from earmark.sources.settings import Source

    Progress = Callable[[int], None]
    Reader = Callable[[Path, Source, Mapping[str, Commodity], Progress | None], Draft]

BITCOIN_FORMATS = (
    "bitcoin-blocks",
    "bitcoin-rpc",
    "bitcoin-etl",
    "aws-bitcoin",
    "esplora",
    "electrum",
)
EVM_FORMATS = ("evm-rpc", "ethereum-etl", "aws-ethereum", "etherscan", "cryo")
READERS = ("notation", "table", "document", *BITCOIN_FORMATS, *EVM_FORMATS)
VERSIONS = dict.fromkeys(READERS, "1")


def read_sources(
    folder: Path,
    sources: Sequence[Source],
    commodities: Mapping[str, Commodity],
    progress: Progress | None = None,
) -> list[Draft]:
    """Read the sources of a case, each with the reader it names; raises EarmarkError for an unknown one.

    The Bitcoin sources of one network are one chain, and are read together. Of EVM sources, a row that knows
    no place in its transaction takes the key of the event that it tells. The warnings of a source of one file
    do not name the file: whoever shows them says whose they are.
    """
    known = dict(commodities)
    drafts: dict[int, Draft] = {}
    for numbers in _together(sources):
        of_chains = _coins(sources) if _turn(sources[numbers[0]].reader) == 0 else {}
        mine = [sources[number] for number in numbers]
        read = _read(mine, folder, of_chains | known, progress)
        for number, draft in zip(numbers, read, strict=True):
            told = replace(draft, lacks=lacks_of(sources[number].reader, draft))
            drafts[number] = _told_once(told)
            known |= {one.symbol: one for one in draft.commodities}
    drafts |= _matched({n: one for n, one in drafts.items() if sources[n].reader in EVM_FORMATS})
    return [drafts[number] for number in range(len(sources))]


def read_source(
    folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Progress | None = None,
) -> Draft:
    """Read one source by itself, as ``read_sources`` does."""
    return read_sources(folder, [source], commodities, progress)[0]


def _coins(sources: Sequence[Source]) -> dict[str, Commodity]:
    """Return the coins of the chains that a case reads: notation, which is read first, may speak of them."""
    coins: list[Commodity] = []
    for source in sources:
        if source.reader in BITCOIN_FORMATS:
            from earmark.sources.bitcoin.networks import NETWORKS

            coins.append(NETWORKS[source.network].coin())
        elif source.reader in EVM_FORMATS:
            from earmark.sources.evm.chains import MAINNET, chain_of

            coins.append(chain_of(source.chain or MAINNET).native_commodity())
    return {one.symbol: one for one in coins}


def _together(sources: Sequence[Source]) -> list[list[int]]:
    """Return the numbers of the sources that are read together, in the order of reading."""
    groups: dict[tuple[bool, str], list[int]] = {}
    for number, source in enumerate(sources):
        is_chain = source.reader in BITCOIN_FORMATS
        name = f"bitcoin:{source.network}" if is_chain else str(number)
        groups.setdefault((source.reader != "notation", name), []).append(number)
    return sorted(groups.values(), key=lambda numbers: _turn(sources[numbers[0]].reader))


def _turn(reader: str) -> int:
    """Return when a reader's turn is: notation declares, chains know decimals, exports and tables use them."""
    if reader in (*BITCOIN_FORMATS, *EVM_FORMATS):
        return 2 if reader == "etherscan" else 1
    return 0 if reader == "notation" else 3


def _matched(drafts: dict[int, Draft]) -> dict[int, Draft]:
    if not drafts:
        return drafts
    from earmark.sources.evm.matching import matched

    numbers = sorted(drafts)
    return dict(zip(numbers, matched([drafts[number] for number in numbers]), strict=True))


def names_of_files(folder: Path, source: Source) -> list[str]:
    """Return the paths inside the case of the files that a source's reader reads; raises EarmarkError."""
    if source.reader == "bitcoin-blocks":
        from earmark.sources.bitcoin.files import listed

        listing = listed(folder, source)
        files = (*listing.blocks, *listing.undo.values())
        return [*(one.name for one in files), *(name for name, _ in listing.masks)]
    if source.reader in ("aws-bitcoin", "bitcoin-etl", "bitcoin-rpc"):
        from earmark.sources.bitcoin import aws, etl, rpc
        from earmark.sources.bitcoin.paths import files_of

        formats = {"aws-bitcoin": aws, "bitcoin-etl": etl, "bitcoin-rpc": rpc}
        endings = formats[source.reader].ENDINGS
        return [name for name, _ in files_of(folder, source, endings)]
    return [name for name, _ in source_files(folder, source)]


def forget_readings(folder: Path) -> None:
    """Remove what readers kept to go on from: the build of this case is saved."""
    from earmark.sources.bitcoin.pieces import forget_readings as forget

    forget(folder)


def _told_once(draft: Draft) -> Draft:
    if len(draft.files) != 1:
        return draft
    prefix = f"{draft.files[0][0]}: "
    return replace(draft, warnings=tuple(one.removeprefix(prefix) for one in draft.warnings))


def _read(
    sources: Sequence[Source],
    folder: Path,
    commodities: Mapping[str, Commodity],
    progress: Progress | None,
) -> list[Draft]:
    """Read one source, or those of one chain."""
    source = sources[0]
    if source.reader in BITCOIN_FORMATS:
        from earmark.sources.bitcoin.walk import read_chain

        return read_chain(folder, sources, progress)
    return [_read_one(folder, source, commodities, progress)]


def _read_one(
    folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Progress | None,
) -> Draft:
    if source.reader == "table":
        from earmark.sources import table

        return table.read(folder, source, commodities, progress)
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
