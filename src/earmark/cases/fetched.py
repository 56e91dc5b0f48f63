"""What `earmark fetch` leaves in a case: a source in ``case.toml`` and lines in the custody log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from earmark.cases import attaching, custody
from earmark.cases.settings import parse_settings, read_settings
from earmark.fetch.journal import forget, noted
from earmark.ledger.errors import EarmarkError
from earmark.ledger.files import staged
from earmark.sources.files import digest
from earmark.sources.replies import LINE_MAX_BYTES

_NOTHING = hashlib.sha256().hexdigest()


class Fetched(msgspec.Struct, frozen=True):
    """Replies that were fetched: their path inside the case, their reader, where and how they were obtained.

    ``obtained_how`` is of this run and goes into the log, ``listed_how`` holds for all runs: into ``case.toml``.
    ``retrieved`` is a date, ``sha256`` that of the replies as the fetch left them. ``network`` is set for a
    Bitcoin network that is not the main one, ``chain`` where replies do not say their EVM chain. ``notes`` are
    further files, logged but listed as no source.
    """

    path: str
    reader: str
    obtained_from: str
    obtained_how: str
    listed_how: str
    retrieved: str
    sha256: str
    network: str = ""
    chain: int | None = None
    notes: tuple[str, ...] = ()


def refuse_altered(folder: Path, inside: str) -> str:
    """Return the SHA-256 of the whole lines of replies that are to be added to, of nothing where there are none.

    Raises EarmarkError when they are not what was fetched before. A killed fetch adds lines without logging
    them: those are known by its journal. A half line at the end does not count; it will be cut off.
    """
    read_settings(folder)
    logged = {entry.path: entry.sha256 for entry in custody.read_log(folder)}.get(inside)
    path = folder / inside
    known = {logged or _NOTHING, *noted(path)}
    running, beyond = hashlib.sha256(), 0 if logged is None else None
    for line in _whole_lines(path):
        running.update(line)
        beyond = 0 if running.hexdigest() in known else beyond if beyond is None else beyond + 1
    if not path.is_file() or beyond == 0:
        return running.hexdigest()
    raise _foreign(inside, beyond, logged)


def _whole_lines(path: Path) -> Iterator[bytes]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(LINE_MAX_BYTES + 1), b""):
            if line.endswith(b"\n") or len(line) > LINE_MAX_BYTES:
                yield line


def _foreign(inside: str, beyond: int | None, logged: str | None) -> EarmarkError:
    """Return the error for replies of which some are on no record of a fetch."""
    if beyond is None:
        problem = (
            f"is not what was fetched before: {custody.NAME} has SHA-256 {(logged or '')[:16]}…"
        )
    else:
        lines = "1 line" if beyond == 1 else f"{beyond} lines"
        problem = (
            f"ends with {lines} that no fetch of this user on this machine is known to have written"
        )
    return EarmarkError(problem, file=inside, expected="another --name; this file stays as it is")


def refuse_other_reader(folder: Path, inside: str, reader: str) -> None:
    """Raise EarmarkError where replies are listed for another reader: one file has one kind of answers."""
    for source in read_settings(folder).source:
        if source.path == inside and source.reader != reader:
            raise EarmarkError(
                f"holds answers for the reader {source.reader}, not {reader}",
                file=inside,
                expected="another --name",
            )


def is_recorded(folder: Path, inside: str) -> bool:
    """Tell whether the case knows these replies: its list of sources, or its custody log."""
    logged = any(entry.path == inside for entry in custody.read_log(folder))
    return logged or attaching.is_listed(folder, inside)


def record(folder: Path, fetched: Fetched, by: str = "") -> bool:
    """List replies in ``case.toml`` if they are not there yet, and log what is new; return whether listed.

    Raises EarmarkError or OSError; ``case.toml`` is then as it was.
    """
    if digest(folder / fetched.path) != fetched.sha256:
        raise EarmarkError(
            "was changed by something else while it was fetched; nothing is recorded",
            file=fetched.path,
            expected="another --name; this file stays as it is",
        )
    by = by or attaching.login_name()
    is_new = not attaching.is_listed(folder, fetched.path)
    part = staged(folder / "case.toml", _listing(folder, fetched, by)) if is_new else None
    try:
        for inside in (fetched.path, *fetched.notes):
            _log(folder, inside, fetched, by)
    except BaseException:
        if part:
            part.unlink(missing_ok=True)
        raise
    if part:
        part.replace(folder / "case.toml")
    forget(folder / fetched.path)
    return is_new


def _log(folder: Path, inside: str, fetched: Fetched, by: str) -> None:
    now = digest(folder / inside)
    logged = {entry.path: entry.sha256 for entry in custody.read_log(folder)}.get(inside)
    if now == logged:
        return
    entry = custody.Entry(
        at=attaching.now_text(),
        action="fetch",
        path=inside,
        sha256=now,
        by=by,
        obtained_from=fetched.obtained_from,
        obtained_how=fetched.obtained_how,
    )
    custody.append(folder, entry)


def _listing(folder: Path, fetched: Fetched, by: str) -> bytes:
    """Return ``case.toml`` with one more source."""
    values = {
        "reader": fetched.reader,
        "path": fetched.path,
        "network": fetched.network,
        "obtained_by": by,
        "obtained_from": fetched.obtained_from,
        "obtained_how": fetched.listed_how,
        "retrieved": fetched.retrieved,
    }
    lines = ["", "[[source]]"]
    lines += [f"{name} = {attaching.quoted(value)}" for name, value in values.items() if value]
    if fetched.chain is not None:
        lines.append(f"chain = {fetched.chain}")
    path = folder / "case.toml"
    text = path.read_text(encoding="utf-8").rstrip("\n") + "\n" + "\n".join(lines) + "\n"
    parse_settings(text.encode(), str(path))
    return text.encode()
