"""Which files a source names: always inside the case folder, always in the same order."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.sources.settings import Source

FILES_MAX = 10_000
NOT_INPUTS = frozenset({".earmark", "report", "custody.log"})
"""What lies in a case folder without being evidence: derived columns, reports, the custody log."""
_GLOB = frozenset("*?[")


def source_files(case_folder: Path, source: Source) -> tuple[tuple[str, Path], ...]:
    """Return (path inside the case, path to open) as listed, a glob's own matches sorted by name.

    Raises EarmarkError for a path that leaves the case folder, is missing or is no regular file.
    """
    patterns = [source.path] if isinstance(source.path, str) else source.path
    found: dict[str, Path] = {}
    for pattern in patterns:
        for name in _expand(case_folder, pattern):
            found.setdefault(name, _inside(case_folder, name))
        if len(found) > FILES_MAX:
            raise EarmarkError(f"{pattern} names more than {FILES_MAX} files", file="case.toml")
    if not found:
        raise EarmarkError(
            "a source names no file", file="case.toml", expected='path = "sources/…"'
        )
    return tuple(found.items())


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(files: tuple[tuple[str, Path], ...]) -> tuple[tuple[str, str], ...]:
    """Return (path inside the case, SHA-256) of each file, in order."""
    return tuple((name, digest(path)) for name, path in files)


def refuse_changes(
    files: tuple[tuple[str, Path], ...], before: tuple[tuple[str, str], ...]
) -> None:
    """Raise EarmarkError for a file that is no longer what ``digests`` saw before it was read."""
    for (name, path), (_, seen) in zip(files, before, strict=True):
        if not path.is_file() or digest(path) != seen:
            raise EarmarkError(
                "the file changed while it was being read",
                file=name,
                expected="evidence that nobody writes to; then run the command again",
            )


def _expand(case_folder: Path, pattern: str) -> list[str]:
    _refuse_escape(pattern)
    if not _GLOB & set(pattern) or (case_folder / pattern).is_file():
        return [PurePosixPath(pattern).as_posix()]
    matches = (path for path in case_folder.glob(pattern) if path.is_file())
    names = sorted(path.relative_to(case_folder).as_posix() for path in matches)
    if not names:
        raise _missing(case_folder, pattern)
    return names


def _refuse_escape(pattern: str) -> None:
    path = PurePosixPath(pattern)
    drive = len(pattern) > 1 and pattern[1] == ":"
    if (
        not pattern
        or path.is_absolute()
        or ".." in path.parts
        or drive
        or set("\\\0") & set(pattern)
    ):
        raise EarmarkError(
            f"source path {pattern[:200]!r} leads out of the case folder",
            file="case.toml",
            expected="a path inside it, written with forward slashes",
        )


def _inside(case_folder: Path, name: str) -> Path:
    if PurePosixPath(name).parts[0] in NOT_INPUTS:
        raise EarmarkError(
            f"source path {name[:200]!r} is no place for evidence",
            file="case.toml",
            expected="a path such as sources/…; nothing is watched for changes there",
        )
    path = case_folder / name
    if not path.exists():
        raise _missing(case_folder, name)
    if not path.resolve().is_relative_to(case_folder.resolve()):
        raise EarmarkError(
            "a link leads out of the case folder",
            file=name,
            expected="a copy of the file in the case",
        )
    if not path.is_file():
        raise EarmarkError("this is not a regular file", file=name, expected="a file")
    return path


def _missing(case_folder: Path, name: str) -> EarmarkError:
    folder = case_folder / PurePosixPath(name).parent
    siblings: list[str] = []
    if not _GLOB & set(str(folder)) and folder.is_dir():
        siblings = sorted(path.relative_to(case_folder).as_posix() for path in folder.iterdir())
    return EarmarkError(
        "there is no such file", file=name, expected="a file", near_miss=near_miss(name, siblings)
    )
