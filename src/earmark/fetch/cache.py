"""The saved replies of one fetch: a cache that resumes, and the evidence that readers read.

``sources/fetched/NAME.replies.jsonl`` only grows. A line that a kill cut short is cut off when the fetch
goes on. Two fetches never write one file: it is locked, and the lock ends with the process.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from earmark.fetch.journal import Journal, forget
from earmark.ledger.errors import EarmarkError
from earmark.ledger.files import refuse_link
from earmark.sources.replies import LINE_MAX_BYTES, SUFFIX, Exchange

FOLDER = "sources/fetched"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

_PRELIMINARY_METHODS = frozenset(
    {"eth_chainId", "eth_blockNumber", "getblockcount", "getblockhash", "server.features"}
)
_PRELIMINARY_PAGES = re.compile(r"block-height/\d+|blocks/tip/.*|(address|scripthash)/[^/]+")
"""What is asked before anything else; no reader makes rows of it."""


class _PagePath(msgspec.Struct, frozen=True):
    path: str = ""


class Cache:
    """An open file of replies, used as a context; ``inside`` is its path inside the case."""

    def __init__(self, case_folder: Path, name: str) -> None:
        """Open or make the file, lock it, cut off a half line and learn which questions it answers.

        Raises EarmarkError for a bad name, a link, a file that another fetch writes, or a full disk.
        """
        self.name = name
        self.inside = replies_path(name)
        self.path = case_folder / self.inside
        self.added = 0
        self._places: dict[bytes, list[tuple[int, int]]] = {}
        _make_folders(case_folder)
        self._handle = _opened(self.path, self.inside)
        self._size = 0
        self._running = hashlib.sha256()
        self._journal = Journal(self.path)
        try:
            self._learn()
        except BaseException:
            os.close(self._handle)
            raise

    def __enter__(self) -> Self:
        """Return the cache."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Flush and close; a file without a reply is taken away again."""
        try:
            self.flush()
            if self._size == 0:
                self.path.unlink(missing_ok=True)
                forget(self.path)
        finally:
            self._journal.close()
            os.close(self._handle)

    @property
    def replies(self) -> int:
        """How many exchanges the file holds."""
        return sum(len(places) for places in self._places.values())

    @property
    def sha256(self) -> str:
        """Return the digest of the whole lines that were read at the beginning and written since."""
        return self._running.hexdigest()

    def has_answers(self) -> bool:
        """Tell whether any reply is one that a reader can use: no failure, and not only which chain it is."""
        with self.path.open("rb") as file:
            for start, length in sorted(one for places in self._places.values() for one in places):
                file.seek(start)
                if _is_useful(msgspec.json.decode(file.read(length), type=Exchange)):
                    return True
        return False

    def drop(self) -> None:
        """Empty the file, which closing then takes away: nothing in it is of use to anybody."""
        os.truncate(self._handle, 0)
        self._size, self.added = 0, 0
        self._places.clear()
        self._running = hashlib.sha256()

    def found(self, method: str, params: object) -> Iterator[Exchange]:
        """Yield what was answered to a question, the last answer first."""
        for start, length in reversed(self._places.get(question(method, params), [])):
            with self.path.open("rb") as file:
                file.seek(start)
                line = file.read(length)
            yield msgspec.json.decode(line, type=Exchange)

    def keep(self, exchange: Exchange) -> None:
        """Append one exchange, whole or not at all.

        Raises EarmarkError when the disk is full or the exchange is too long for one line.
        """
        line = msgspec.json.encode(exchange) + b"\n"
        if len(line) > LINE_MAX_BYTES:
            raise EarmarkError(
                f"the answer to {exchange.method} is too long to be kept", file=self.inside
            )
        running = self._running.copy()
        running.update(line)
        self._journal.note(self.sha256, running.hexdigest())
        with self._whole_or_nothing():
            _write(self._handle, self._size, line)
        self._running = running
        key = question(exchange.method, exchange.params)
        self._places.setdefault(key, []).append((self._size, len(line)))
        self._size += len(line)
        self.added += 1

    def flush(self) -> None:
        """Put what was kept on the disk; call it after each batch."""
        with self._whole_or_nothing():
            os.fsync(self._handle)

    @contextmanager
    def _whole_or_nothing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            os.truncate(self._handle, self._size)
            raise EarmarkError(
                f"cannot be written: {error.strerror or error}; what was fetched before stands",
                file=self.inside,
                expected="room on the disk; then the same command goes on",
            ) from None
        except BaseException:  # an interruption in the middle of a line
            os.truncate(self._handle, self._size)
            raise

    def _learn(self) -> None:
        decoder = msgspec.json.Decoder(Exchange)
        with self.path.open("rb") as file:
            for line in iter(lambda: file.readline(LINE_MAX_BYTES + 1), b""):
                if not line.endswith(b"\n"):
                    self._cut_half_line(len(line))
                    return
                start, self._size = self._size, self._size + len(line)
                self._running.update(line)
                try:
                    exchange = decoder.decode(line)
                    key = question(exchange.method, exchange.params)
                except (msgspec.MsgspecError, ValueError):
                    continue  # readers reject it with its line; here it only answers nothing
                self._places.setdefault(key, []).append((start, len(line)))

    def _cut_half_line(self, length: int) -> None:
        if length > LINE_MAX_BYTES:
            raise EarmarkError(
                f"a line has more than {LINE_MAX_BYTES} bytes",
                file=self.inside,
                expected="saved replies, one exchange a line",
            )
        os.truncate(self._handle, self._size)


def replies_path(name: str) -> str:
    """Return the path, inside the case, of the replies called ``name``; raises EarmarkError for a bad name."""
    if not _NAME.fullmatch(name):
        shown = "an address of a server" if ":/" in name else repr(name[:100])
        raise EarmarkError(
            f"{shown} is no name for saved replies",
            expected="letters, digits, dots and dashes, such as bridge-blocks",
        )
    return f"{FOLDER}/{name}{SUFFIX}"


def question(method: str, params: object) -> bytes:
    """Return the digest of a question: its method and its parameters, however they are spaced."""
    plain = msgspec.json.decode(params) if isinstance(params, msgspec.Raw) else params
    text = msgspec.json.encode([method, plain], order="deterministic")
    return hashlib.sha256(text).digest()[:16]


def _is_useful(exchange: Exchange) -> bool:
    if exchange.status != 200 or exchange.method in _PRELIMINARY_METHODS:
        return False
    try:
        body = msgspec.json.decode(exchange.body)
        if exchange.method == "GET":
            path = msgspec.json.decode(exchange.params, type=_PagePath).path
            return not _PRELIMINARY_PAGES.fullmatch(path) and not _is_refusal(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False
    return isinstance(body, dict) and body.get("error") is None and body.get("result") is not None


def _is_refusal(page: object) -> bool:
    """Tell whether an account list says why there is none, in place of rows."""
    return isinstance(page, dict) and isinstance(page.get("result"), str)


def _make_folders(case_folder: Path) -> None:
    for folder in (case_folder / "sources", case_folder / FOLDER):
        refuse_link(folder)
        folder.mkdir(exist_ok=True)


def _write(handle: int, at: int, line: bytes) -> None:
    os.lseek(handle, at, os.SEEK_SET)
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _opened(path: Path, inside: str) -> int:
    refuse_link(path)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o644)
    try:
        _lock(handle)
    except OSError:
        os.close(handle)
        raise EarmarkError(
            "another fetch is writing this file", file=inside, expected="its end, or another --name"
        ) from None
    return handle


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        os.lseek(handle, 1 << 40, os.SEEK_SET)  # a locked byte cannot be read: one that never is
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
