"""Writing files that appear whole or not at all, and never through a link that somebody planted."""

from __future__ import annotations

import os
from pathlib import Path

from earmark.ledger.errors import EarmarkError


def state_folder() -> Path:
    """Return where this user's own state lies, outside every case.

    Raises RuntimeError where there is no home. Source: XDG Base Directory Specification.
    """
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    base = named if named.is_absolute() else Path.home() / ".local" / "state"
    return base / "earmark"


def staged(path: Path, data: bytes) -> Path:
    """Write data beside ``path`` under a new name, flushed to the disk; ``Path.replace`` then puts it there.

    Raises EarmarkError when the folder is a link, OSError when it cannot be written.
    """
    refuse_link(path.parent)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)  # what a killed run left, or a link that was planted
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def write_whole(path: Path, data: bytes) -> None:
    """Put data at ``path`` in one step; a link there is replaced, never followed."""
    staged(path, data).replace(path)


def refuse_link(path: Path) -> None:
    """Raise EarmarkError for a link where something is to be written: it may lead anywhere."""
    if path.is_symlink():
        raise EarmarkError(
            "is a link; nothing is written through one",
            file=str(path),
            expected="a folder or file of its own",
        )
