"""Which files a source of many files names: a folder stands for what lies in it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.files import is_folder, replace_path
from earmark.sources.files import source_files
from earmark.sources.settings import Source


def files_of(
    case_folder: Path, source: Source, endings: tuple[str, ...]
) -> tuple[tuple[str, Path], ...]:
    """Return (path inside the case, path to open); of a folder the files that end so, however deep.

    Files of a folder or a pattern are sorted by name; hidden ones, and those that a download has not finished
    (``_SUCCESS`` and the like), are left out. Raises EarmarkError where nothing is left.
    """
    patterns = [source.path] if isinstance(source.path, str) else source.path
    wanted = [f"{one.rstrip('/')}/**/*" if is_folder(case_folder, one) else one for one in patterns]
    found = source_files(case_folder, replace_path(source, wanted))
    named = frozenset(patterns)
    kept = [one for one in found if one[0] in named or _is_wanted(one[0], endings)]
    if kept:
        return tuple(kept)
    raise EarmarkError(
        "a source names no file of its format", file="case.toml", expected=", ".join(endings)
    )


def _is_wanted(name: str, endings: tuple[str, ...]) -> bool:
    parts = PurePosixPath(name).parts
    return not any(one.startswith((".", "_")) for one in parts) and name.lower().endswith(endings)
