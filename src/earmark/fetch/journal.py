"""What a fetch wrote into its replies so far: how a killed one knows its own lines from somebody else's.

It lies in this user's state folder, outside the case, until the custody log has the replies.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from earmark.ledger.files import state_folder

_RECORD_BYTES = 160
"""One record has always this size, so that it is overwritten at once and whole."""


class _Record(msgspec.Struct, frozen=True):
    before: str
    after: str


class Journal:
    """The journal of one file of replies; where it cannot be kept, a killed fetch cannot go on."""

    def __init__(self, replies: Path) -> None:
        """Open nothing yet."""
        self._path = _path(replies)
        self._handle: int | None = None

    def note(self, before: str, after: str) -> None:
        """Keep the SHA-256 of the replies before and after the line that is about to be written."""
        record = msgspec.json.encode(_Record(before, after)).ljust(_RECORD_BYTES)
        try:
            if self._handle is None and self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
                self._handle = os.open(self._path, flags | getattr(os, "O_BINARY", 0), 0o600)
            if self._handle is not None:
                os.lseek(self._handle, 0, os.SEEK_SET)
                os.write(self._handle, record)
        except OSError:
            self._path = None
            self.close()

    def close(self) -> None:
        """Close the journal; it stays where it is."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def noted(replies: Path) -> tuple[str, ...]:
    """Return the SHA-256 that replies may have after a kill, none where no fetch was cut off."""
    path = _path(replies)
    try:
        if path is None:
            return ()
        with path.open("rb") as file:
            record = msgspec.json.decode(file.read(_RECORD_BYTES), type=_Record)
    except (OSError, msgspec.MsgspecError, ValueError):
        return ()
    return record.before, record.after


def forget(replies: Path) -> None:
    """Take the journal away: the custody log has the replies, or there are none."""
    path = _path(replies)
    if path is not None:
        try:
            path.unlink(missing_ok=True)
        except OSError:  # the next run compares with the custody log as well
            return


def _path(replies: Path) -> Path | None:
    """Return the journal's place by that of the replies, null where this user has no home."""
    try:
        name = hashlib.sha256(str(replies.resolve()).encode("utf-8", "surrogateescape"))
        return state_folder() / "fetches" / f"{name.hexdigest()[:32]}.json"
    except (OSError, RuntimeError):
        return None
