"""`earmark report`: the dossier, its tables and its manifest, each file written whole or not at all."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from earmark.ledger.errors import EarmarkError
from earmark.ledger.files import refuse_link, staged
from earmark.locale import words
from earmark.report.making import Made, Progress, dossier_name, make
from earmark.report.manifest import NAME, read_manifest, sha256
from earmark.report.records import counts, rests_on_withheld
from earmark.sources.files import NOT_INPUTS

if TYPE_CHECKING:
    from earmark.cases.case import Case

FOLDER = "report"


class Report(msgspec.Struct, frozen=True):
    """What was written: the folder, its files, the root digest, and what a reader's level left out."""

    folder: str
    dossier: str
    files: tuple[str, ...]
    root: str
    upto: str
    withheld_rows: int
    withheld_sources: int
    rests_on_withheld: bool


def write_report(
    case: Case,
    out: Path | None = None,
    lang: str = "en",
    upto: str = "confidential",
    progress: Progress | None = None,
) -> Report:
    """Write a case's report into ``out`` (``CASE/report`` unless told otherwise).

    Every file appears whole, the manifest last. The dossier of another language stays when it is still
    what the new manifest says, and goes when it is not; so do tables that are no longer made. Raises
    EarmarkError for an unknown language or level, and for a place that would become an input.
    """
    words(lang)
    folder = _place(case, out)
    _refuse_strangers(folder)
    made = make(case, upto, progress)
    files = made.files(lang)
    try:
        stale = _stale(folder, made, files)
        _write(folder, files)
        for path in stale:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise EarmarkError(
            f"the report cannot be written: {error.strerror}",
            file=str(folder),
            expected="a folder that can be written, with room on its disk",
        ) from error
    return _report(folder, made, lang, tuple(files))


def _place(case: Case, out: Path | None) -> Path:
    """Refuse a folder that the next build would read as evidence."""
    folder = case.folder / FOLDER if out is None else out
    root, target = case.folder.resolve(), folder.resolve()
    inside = target.relative_to(root).parts if target.is_relative_to(root) else (FOLDER,)
    if not inside or inside[0] not in NOT_INPUTS:
        raise EarmarkError(
            "a report there would become an input of the case",
            file=str(folder),
            expected=f"{case.folder / FOLDER} or a folder outside the case",
        )
    return folder


def _refuse_strangers(folder: Path) -> None:
    """Raise EarmarkError where files of other names' making would be overwritten."""
    if not (folder / NAME).is_file():
        return
    try:
        read_manifest(folder)
    except EarmarkError as error:
        raise EarmarkError(
            "there is a manifest.json that no report wrote; it is left alone",
            file=str(folder),
            expected="an empty folder, or one that holds an earlier report",
        ) from error


def _stale(folder: Path, made: Made, files: dict[str, bytes]) -> list[Path]:
    """Return what an earlier report left that this one does not confirm; nothing else is touched."""
    others = [name for name in made.dossiers if name not in files]
    found = [
        folder / name
        for name in others
        if (folder / name).is_file()
        and sha256((folder / name).read_bytes()) != made.manifest.dossiers[name]
    ]
    try:
        earlier = read_manifest(folder).tables if (folder / NAME).is_file() else {}
    except EarmarkError:
        return found
    gone = [name for name in earlier if name not in files and _is_table(name)]
    return [*found, *(folder / name for name in gone)]


def _is_table(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return len(parts) == 2 and parts[0] == "tables" and name.endswith(".csv")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for place in (folder, folder / "tables"):
        refuse_link(place)
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    parts: list[tuple[Path, Path]] = []
    try:
        for name, data in files.items():
            parts.append((staged(folder / name, data), folder / name))
        for part, target in parts:
            part.replace(target)
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)


def _report(folder: Path, made: Made, lang: str, files: tuple[str, ...]) -> Report:
    counted = counts(made.study)
    return Report(
        folder=str(folder),
        dossier=str(folder / dossier_name(lang)),
        files=files,
        root=made.manifest.root,
        upto=made.manifest.upto,
        withheld_rows=counted.withheld_rows,
        withheld_sources=counted.withheld_sources,
        rests_on_withheld=rests_on_withheld(made.study),
    )
