"""`earmark build`: a case folder to columns, whole or not at all."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from earmark.cases import custody, likeness, sealing
from earmark.ledger import schema
from earmark.ledger.builder import Built, build
from earmark.ledger.errors import EarmarkError
from earmark.ledger.files import refuse_link, write_whole
from earmark.ledger.reserved import BEFORE_THE_RECORD, BROUGHT_FORWARD
from earmark.ledger.store import write_ledger
from earmark.ledger.values import Commodity, Document
from earmark.sources.registry import VERSIONS, forget_readings, read_sources
from earmark.sources.settings import Source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from earmark.cases.config import CaseSettings
    from earmark.ledger.draft import Draft
    from earmark.ledger.ledger import Ledger

    Progress = Callable[[int], None]

CACHE = ".earmark"
HAND_WRITTEN = "case.ledger"
_BUILD = re.compile(r"[0-9a-f]{32}(\.part)?")


class Summary(msgspec.Struct, frozen=True):
    """What a build keeps beside the columns: its digests, counts, warnings and the notation's own words.

    ``files`` are those that each source was read from, as (path inside the case, SHA-256), by source.
    """

    inputs: str
    duplicates: int
    warnings: tuple[str, ...]
    document: Document
    files: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True)
class CaseBuild:
    """A built case in memory."""

    ledger: Ledger
    summary: Summary

    def place(self, source: int, locator: str) -> str:
        """Say where a row of a source is; a locator of several files names its file itself."""
        files = self.summary.files[source]
        if len(files) > 1 and any(locator.startswith(f"{name} ") for name, _ in files):
            return locator
        path = self.ledger.column("sources", "path")[source].as_py()
        return f"{path} {locator}".strip()


def all_sources(folder: Path, settings: CaseSettings) -> list[Source]:
    """Return the case's sources as listed, with ``case.ledger`` last unless it is listed itself."""
    listed = list(settings.source)
    paths = {source.path for source in listed if isinstance(source.path, str)}
    hand_written = folder / HAND_WRITTEN
    if (hand_written.exists() or hand_written.is_symlink()) and HAND_WRITTEN not in paths:
        listed.append(Source(reader="notation", path=HAND_WRITTEN, author="this case"))
    return listed


def build_case(
    folder: Path, settings: CaseSettings, inputs: str, progress: Progress | None = None
) -> CaseBuild:
    """Read every source and build the ledger in memory; nothing is written."""
    sources = all_sources(folder, settings)
    commodities = [Commodity(**msgspec.structs.asdict(one)) for one in settings.commodity]
    known = {one.symbol: one for one in commodities}
    drafts = read_sources(folder, sources, known, progress)
    table = sources_table(sources, drafts)
    built = build(drafts, table, commodities, settings.openings)
    names = [path_of(source) for source in sources]
    warnings = [
        noted(name, draft, warning)
        for name, draft in zip(names, drafts, strict=True)
        for warning in draft.warnings
    ]
    warnings += likeness.warnings(built.ledger, names)
    return CaseBuild(built.ledger, _summary(built, drafts, inputs, warnings))


def noted(name: str, draft: Draft, warning: str) -> str:
    """Say whose a warning is; one of several files that names its file says so itself."""
    beginnings = tuple(f"{path}{after}" for path, _ in draft.files for after in ": ")
    is_named = len(draft.files) > 1 and warning.startswith(beginnings)
    return warning if is_named else f"{name}: {warning}"


def with_custody_notes(folder: Path, made: CaseBuild) -> CaseBuild:
    """Add what the custody log says of the evidence today; the log is no input, so nothing is kept.

    A broken log says nothing about the evidence, so it stops no build; `check` fails on it.
    """
    read = (file for files in made.summary.files for file in files)
    files = {path: digest for path, digest in read if not path.endswith(".ledger")}
    try:
        notes = custody.differences(folder, files)
    except EarmarkError as error:
        notes = [str(error)]
    warnings = (*made.summary.warnings, *notes)
    return replace(made, summary=msgspec.structs.replace(made.summary, warnings=warnings))


def _summary(built: Built, drafts: list[Draft], inputs: str, warnings: list[str]) -> Summary:
    texts = [draft.document for draft in drafts]
    document = Document(
        claims=tuple(one for text in texts for one in text.claims),
        stops=tuple(one for text in texts for one in text.stops),
        elections=tuple(one for text in texts for one in text.elections),
        expects=tuple(one for text in texts for one in text.expects),
    )
    files = tuple(draft.files for draft in drafts)
    return Summary(inputs, built.duplicates, tuple(warnings), document, files)


def path_of(source: Source) -> str:
    """Return a source's path as the case lists it; several are joined by commas."""
    return source.path if isinstance(source.path, str) else ", ".join(source.path)


def sources_table(sources: list[Source], drafts: list[Draft]) -> pa.Table:
    """List the sources as the case does; a source of several files has the digest of their digests."""
    rows = []
    for number, (source, draft) in enumerate(zip(sources, drafts, strict=True)):
        rows.append(
            {
                "source": number,
                "path": path_of(source),
                "sha256": _digest(draft.files),
                "original_name": source.original_name,
                "reader": source.reader,
                "reader_version": VERSIONS[source.reader],
                "obtained_by": source.obtained_by,
                "obtained_from": source.obtained_from,
                "obtained_how": source.obtained_how,
                "retrieved": source.retrieved,
                "licence": source.licence,
                "handling": source.handling,
                "author": source.author,
                "lacks": list(dict.fromkeys((*source.lacks, *draft.lacks))),
            }
        )
    return pa.Table.from_pylist(rows, schema=schema.SOURCES)


def _digest(files: tuple[tuple[str, str], ...]) -> str:
    if len(files) == 1:
        return files[0][1]
    listing = "".join(f"{digest}  {path}\n" for path, digest in files)
    return hashlib.sha256(listing.encode()).hexdigest()


def save(folder: Path, made: CaseBuild) -> None:
    """Write a build beside the old one and then point to it, so that a kill leaves one of the two."""
    cache = folder / CACHE
    refuse_link(cache)
    name = made.summary.inputs[:32]
    try:
        cache.mkdir(exist_ok=True)
        write_ledger(cache / name, made.ledger)
        write_whole(cache / name / "summary.json", msgspec.json.encode(made.summary))
        write_whole(cache / name / sealing.NAME, sealing.seal(cache / name) or b"")
        write_whole(cache / "current", name.encode())
    except OSError as error:
        raise EarmarkError(
            f"the build cannot be written: {error.strerror}",
            file=str(cache),
            expected="a folder that can be written, with room on its disk",
        ) from error
    forget_readings(folder)
    for other in cache.iterdir():
        is_ours = _BUILD.fullmatch(other.name) and not other.is_symlink()
        if is_ours and other.name != name:
            shutil.rmtree(other, ignore_errors=True)


def build_rows(made: CaseBuild) -> dict[str, Any]:
    """Return a build's counts as the stable JSON of DESIGN §5."""
    ledger = made.ledger
    transactions = ledger.tables["transactions"]
    kinds = Counter(transactions.column("kind").to_pylist())
    openings = sum(kinds[kind] for kind in BEFORE_THE_RECORD)
    names = (
        "path",
        "sha256",
        "reader",
        "rows",
        "transactions",
        "observations",
        "rejected",
        "ignored",
    )
    return {
        "transactions": transactions.num_rows - openings,
        "legs": ledger.tables["legs"].num_rows - 2 * openings,
        "holders": ledger.tables["holders"].num_rows,
        "openings": openings,
        "brought_forward": kinds[BROUGHT_FORWARD],
        "observations": ledger.tables["observations"].num_rows,
        "rejected": ledger.tables["rejected"].num_rows,
        "duplicates": made.summary.duplicates,
        "findings": ledger.tables["findings"].num_rows,
        "sources": ledger.tables["sources"].select(list(names)).to_pylist(),
        "digest": ledger.digest(),
        "warnings": list(made.summary.warnings),
    }
