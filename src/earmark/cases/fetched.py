"""What `earmark fetch` leaves in a case: a source in ``case.toml`` and lines in the custody log."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from earmark.cases import attaching, custody
from earmark.cases.settings import parse_settings, read_settings
from earmark.ledger.errors import EarmarkError
from earmark.ledger.files import staged
from earmark.sources.files import digest


class Fetched(msgspec.Struct, frozen=True):
    """Replies that were fetched: their path inside the case, their reader, where and how they were obtained.

    ``retrieved`` is a date. ``network`` is set for a Bitcoin network that is not the main one, ``chain``
    where replies do not say their EVM chain. ``notes`` are further files, logged but listed as no source.
    """

    path: str
    reader: str
    obtained_from: str
    obtained_how: str
    retrieved: str
    network: str = ""
    chain: int | None = None
    notes: tuple[str, ...] = ()


def refuse_altered(folder: Path, inside: str) -> None:
    """Raise EarmarkError when replies that are to be added to are not what was fetched before.

    A killed fetch adds lines without logging them, so the logged digest may be that of the first lines.
    """
    read_settings(folder)
    logged = {entry.path: entry.sha256 for entry in custody.read_log(folder)}.get(inside)
    path = folder / inside
    if logged is None or not path.is_file():
        return
    running = hashlib.sha256()
    with path.open("rb") as file:
        for line in file:
            running.update(line)
            if running.hexdigest() == logged:
                return
    raise EarmarkError(
        f"is not what was fetched before: {custody.NAME} has SHA-256 {logged[:16]}…",
        file=inside,
        expected="another --name; this file stays as it is",
    )


def refuse_other_reader(folder: Path, inside: str, reader: str) -> None:
    """Raise EarmarkError where replies are listed for another reader: one file has one kind of answers."""
    for source in read_settings(folder).source:
        if source.path == inside and source.reader != reader:
            raise EarmarkError(
                f"holds answers for the reader {source.reader}, not {reader}",
                file=inside,
                expected="another --name",
            )


def record(folder: Path, fetched: Fetched, by: str = "") -> bool:
    """List replies in ``case.toml`` if they are not there yet, and log what is new; return whether listed.

    Raises EarmarkError or OSError; ``case.toml`` is then as it was.
    """
    is_new = not attaching.is_listed(folder, fetched.path)
    part = staged(folder / "case.toml", _listing(folder, fetched)) if is_new else None
    try:
        for inside in (fetched.path, *fetched.notes):
            _log(folder, inside, fetched, by or attaching.login_name())
    except BaseException:
        if part:
            part.unlink(missing_ok=True)
        raise
    if part:
        part.replace(folder / "case.toml")
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


def _listing(folder: Path, fetched: Fetched) -> bytes:
    """Return ``case.toml`` with one more source."""
    names = ("reader", "path", "network", "obtained_from", "obtained_how", "retrieved")
    values = [(name, getattr(fetched, name)) for name in names]
    lines = ["", "[[source]]"]
    lines += [f"{name} = {attaching.quoted(value)}" for name, value in values if value]
    if fetched.chain is not None:
        lines.append(f"chain = {fetched.chain}")
    path = folder / "case.toml"
    text = path.read_text(encoding="utf-8").rstrip("\n") + "\n" + "\n".join(lines) + "\n"
    parse_settings(text.encode(), str(path))
    return text.encode()
