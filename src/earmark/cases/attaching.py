"""`earmark attach` and `earmark new`: how evidence and cases come into being."""

from __future__ import annotations

import getpass
import hashlib
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from earmark.cases import custody
from earmark.cases.settings import parse_settings, read_settings
from earmark.ledger.errors import EarmarkError
from earmark.ledger.files import refuse_link, staged
from earmark.sources.document import read as read_document
from earmark.sources.registry import names_of_files
from earmark.sources.settings import Source

FORBIDDEN = set('\\/:*?"<>|\0')


def attach(
    folder: Path, file: Path, *, by: str, obtained_from: str, obtained_how: str, lacks: list[str]
) -> tuple[str, bool]:
    """Copy a file into ``sources/``, log its custody, and list it in ``case.toml`` as a document.

    Nothing is overwritten: the same bytes are left alone, other bytes under the same name are an error.
    Returns the path inside the case, and whether it had to be listed. Raises EarmarkError; the case is then
    as it was.
    """
    read_settings(folder)
    custody.read_log(folder)
    target = _target(folder, file)
    inside = target.relative_to(folder).as_posix()
    digest = _digest(file)
    is_new = not target.exists()
    if not is_new and _digest(target) != digest:
        raise EarmarkError(
            "is already attached with other bytes", file=inside, expected="another file name"
        )
    staged_settings: Path | None = None
    try:
        if is_new:
            _copy(file, target, digest)
        was_listed = is_listed(folder, inside)
        if not was_listed:
            read_document(folder, Source(reader="document", path=inside))
            text = _listing(folder, inside, obtained_from, obtained_how, lacks)
            staged_settings = staged(folder / "case.toml", text.encode())
        custody.append(
            folder, _entry(inside, digest, by or login_name(), obtained_from, obtained_how)
        )
    except BaseException:
        if staged_settings:
            staged_settings.unlink(missing_ok=True)
        if is_new:
            target.unlink(missing_ok=True)
        raise
    if staged_settings:
        staged_settings.replace(folder / "case.toml")
    return inside, not was_listed


def _entry(
    inside: str, digest: str, by: str, obtained_from: str, obtained_how: str
) -> custody.Entry:
    return custody.Entry(
        at=now_text(),
        action="attach",
        path=inside,
        sha256=digest,
        by=by,
        obtained_from=obtained_from,
        obtained_how=obtained_how,
    )


def login_name() -> str:
    """Return the name of whoever runs this, or an empty string."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a machine may know no name for whoever runs this
        return ""


def now_text() -> str:
    """Return the present time; only the custody log knows what time it is."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: TID251


def _target(folder: Path, file: Path) -> Path:
    if not file.is_file():
        raise EarmarkError("is no file", file=str(file))
    if FORBIDDEN & set(file.name) or not file.name.isprintable():
        raise EarmarkError("has a name that other systems cannot hold", file=str(file))
    sources = folder / "sources"
    refuse_link(sources)
    sources.mkdir(exist_ok=True)
    return sources / file.name


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(file: Path, target: Path, digest: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".attach-")
    os.close(handle)
    partial = Path(name)
    try:
        shutil.copyfile(file, partial)
        partial.chmod(0o644)
        if _digest(partial) != digest:
            raise EarmarkError("changed while it was copied", file=str(file))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def is_listed(folder: Path, inside: str) -> bool:
    """Say whether a source of the case reads the file."""
    return any(inside in _names(folder, source) for source in read_settings(folder).source)


def _names(folder: Path, source: Source) -> list[str]:
    try:
        return names_of_files(folder, source)
    except EarmarkError:  # another source's missing file is for `build` to tell
        return [source.path] if isinstance(source.path, str) else source.path


def _listing(
    folder: Path, inside: str, obtained_from: str, obtained_how: str, lacks: list[str]
) -> str:
    """Return ``case.toml`` with one more source."""
    lines = ["", "[[source]]", 'reader = "document"', f"path = {quoted(inside)}"]
    if obtained_from:
        lines.append(f"obtained_from = {quoted(obtained_from)}")
    if obtained_how:
        lines.append(f"obtained_how = {quoted(obtained_how)}")
    if lacks:
        lines.append(f"lacks = [{', '.join(quoted(one) for one in lacks)}]")
    path = folder / "case.toml"
    text = path.read_text(encoding="utf-8").rstrip("\n") + "\n" + "\n".join(lines) + "\n"
    parse_settings(text.encode(), str(path))
    return text


def quoted(text: str) -> str:
    """Return a TOML basic string."""
    body = "".join(
        f"\\u{ord(char):04X}"
        if ord(char) < 32 or char == "\x7f"
        else "\\" + char
        if char in '"\\'
        else char
        for char in text
    )
    return f'"{body}"'
