"""The custody log: what was added, by whom, when, from where; append-only and hash-chained.

One JSON object a line. Each names the SHA-256 of the line before it, so that a changed or missing line
shows. The log never decides a number: it says whether the evidence is still what was attached.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import msgspec

from earmark.ledger.errors import EarmarkError
from earmark.ledger.files import refuse_link

if TYPE_CHECKING:
    from pathlib import Path

NAME = "custody.log"
FIRST = "0" * 64


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the log; ``previous`` is the digest of the line before."""

    at: str
    action: str
    path: str
    sha256: str
    by: str = ""
    obtained_from: str = ""
    obtained_how: str = ""
    previous: str = FIRST


def read_log(folder: Path) -> list[Entry]:
    """Return the log's entries; raises EarmarkError at the first line that breaks the chain."""
    path = folder / NAME
    if not path.exists():
        return []
    entries = []
    previous = FIRST
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            entry = msgspec.json.decode(line, type=Entry)
        except msgspec.MsgspecError as error:
            raise EarmarkError(
                f"is no custody entry: {error}", file=str(path), line=number
            ) from error
        if entry.previous != previous:
            raise EarmarkError(
                "the chain is broken: a line before this one was changed or removed",
                file=str(path),
                line=number,
                expected=f"previous = {previous[:16]}…",
            )
        previous = hashlib.sha256(line).hexdigest()
        entries.append(entry)
    return entries


def append(folder: Path, entry: Entry) -> None:
    """Append one entry, chained to the last line, and flush it to the disk; whole or not at all."""
    read_log(folder)
    path = folder / NAME
    refuse_link(path)
    data = path.read_bytes() if path.exists() else b""
    lines = data.splitlines()
    previous = hashlib.sha256(lines[-1]).hexdigest() if lines else FIRST
    line = msgspec.json.encode(msgspec.structs.replace(entry, previous=previous))
    start = b"" if not data or data.endswith(b"\n") else b"\n"
    try:
        with path.open("ab") as log:
            log.write(start + line + b"\n")
            log.flush()
            os.fsync(log.fileno())
    except OSError:
        os.truncate(path, len(data))
        raise


def changed(folder: Path) -> list[str]:
    """Say which attached files are gone, or are no longer what was attached last."""
    found = []
    for path, digest in {entry.path: entry.sha256 for entry in read_log(folder)}.items():
        file = folder / path
        if not file.is_file():
            found.append(f"{path} was attached and is gone")
            continue
        with file.open("rb") as data:
            now = hashlib.file_digest(data, "sha256").hexdigest()
        if now != digest:
            found.append(_not_attached(path, now, digest))
    return found


def differences(folder: Path, files: dict[str, str]) -> list[str]:
    """Say which files (path to SHA-256) are not what the log says was attached last."""
    attached = {entry.path: entry.sha256 for entry in read_log(folder)}
    found = []
    for path, digest in files.items():
        if attached and path not in attached:
            found.append(f"{path} is not in {NAME}: nobody attached it")
        elif attached and attached[path] != digest:
            found.append(_not_attached(path, digest, attached[path]))
    return found


def _not_attached(path: str, now: str, logged: str) -> str:
    return (
        f"{path} is not the file that was attached: its SHA-256 is {now[:16]}…, "
        f"{NAME} says {logged[:16]}…"
    )
