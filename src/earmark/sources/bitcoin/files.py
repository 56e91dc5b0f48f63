"""Block files and undo files as plain bytes: bz2 unpacked, and the mask of ``xor.dat`` taken off by absolute offset."""

from __future__ import annotations

import bz2
import tempfile
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Self

import numpy as np

from earmark.ledger.errors import EarmarkError
from earmark.sources.files import source_files
from earmark.sources.settings import Source

UNPACKED_MAX = 1 << 30
"""Bytes of a bz2 file, unpacked."""
MASK_BYTES = 8
OPEN_MAX = 16
"""Files held open at once."""
CHUNK_BYTES = 1 << 20
MASK_NAME = "xor.dat"


@dataclass(frozen=True)
class Listed:
    """One file of a source: its name in the case, where it is, and the mask of its folder."""

    name: str
    path: Path
    mask: bytes = b""


@dataclass(frozen=True)
class Listing:
    """The files of a source in order; ``masks`` are the ``xor.dat`` read beside them.

    ``undo`` are the ``rev*.dat`` files by the place of their block file in ``blocks``, ``undo_alone`` the
    names of those without one.
    """

    blocks: tuple[Listed, ...]
    masks: tuple[tuple[str, Path], ...]
    undo: dict[int, Listed]
    undo_alone: tuple[str, ...]


def listed(case_folder: Path, source: Source) -> Listing:
    """Return a source's block files and undo files; a folder stands for the files in it, sorted by name.

    ``xor.dat`` and hidden files are neither. Raises EarmarkError for a path that is missing or leads out of
    the case, and for a mask that is none.
    """
    patterns = [source.path] if isinstance(source.path, str) else source.path
    wanted = [f"{one.rstrip('/')}/*" if is_folder(case_folder, one) else one for one in patterns]
    found = source_files(case_folder, replace_path(source, wanted))
    named = [
        one for one in found if not _last(one[0]).startswith(".") and _last(one[0]) != MASK_NAME
    ]
    masks = _masks(case_folder, source, [name for name, _ in named])
    files = [_masked(name, path, masks) for name, path in named]
    blocks = tuple(one for one in files if not _is_undo(one.name))
    if not blocks:
        raise EarmarkError("a source names no block file", file="case.toml", expected="blk*.dat")
    undo = {_numbered_as(one.name): one for one in files if _is_undo(one.name)}
    beside = {place: undo.pop(one.name) for place, one in enumerate(blocks) if one.name in undo}
    alone = tuple(one.name for one in undo.values())
    return Listing(blocks, tuple((name, path) for name, (path, _) in masks.items()), beside, alone)


def replace_path(source: Source, path: list[str]) -> Source:
    """Return the source with other paths."""
    return Source(reader=source.reader, path=path)


def is_folder(case_folder: Path, pattern: str) -> bool:
    """Tell whether a path of a source names a folder of the case."""
    with suppress(ValueError, OSError):
        return bool(pattern) and (case_folder / pattern).is_dir()
    return False


def _last(name: str) -> str:
    return PurePosixPath(name).name


def _is_undo(name: str) -> bool:
    return PurePosixPath(_last(name)).match("rev*.dat")


def _is_numbered(name: str) -> bool:
    return PurePosixPath(_last(name)).match("blk*.dat") or _is_undo(name)


def _numbered_as(undo: str) -> str:
    """Return the name of the block file that an undo file belongs to."""
    return PurePosixPath(undo).with_name(f"blk{_last(undo).removeprefix('rev')}").as_posix()


def _masks(case_folder: Path, source: Source, names: list[str]) -> dict[str, tuple[Path, bytes]]:
    """Return the masks that stand beside ``blk*.dat`` and ``rev*.dat`` files, by name."""
    folders = dict.fromkeys(PurePosixPath(name).parent for name in names if _is_numbered(name))
    wanted = [(folder / MASK_NAME).as_posix() for folder in folders]
    there = [name for name in wanted if (case_folder / name).exists()]
    if not there:
        return {}
    found = source_files(case_folder, replace_path(source, there))
    return {name: (path, _mask(name, path)) for name, path in found}


def _mask(name: str, path: Path) -> bytes:
    with path.open("rb") as file:
        mask = file.read(MASK_BYTES + 1)
    if len(mask) != MASK_BYTES:
        raise EarmarkError(
            "the mask of block files has another length", file=name, expected=f"{MASK_BYTES} bytes"
        )
    return mask if any(mask) else b""


def _masked(name: str, path: Path, masks: dict[str, tuple[Path, bytes]]) -> Listed:
    beside = (PurePosixPath(name).parent / MASK_NAME).as_posix()
    if not _is_numbered(name) or beside not in masks:
        return Listed(name, path)
    return Listed(name, path, masks[beside][1])


class BlockFile:
    """One file, read by offset; ``size`` is that of what was packed."""

    def __init__(self, listed_file: Listed) -> None:
        """Open it; raises EarmarkError for an empty file and for a bz2 file that is broken or too large."""
        self.name = listed_file.name
        self.mask = listed_file.mask
        self.handle = _opened(listed_file)
        if self.handle.read(3) == b"BZh":
            self.handle = _unpacked(self.handle, self.name)
        self.size = self.handle.seek(0, 2)
        if not self.size:
            self.handle.close()
            raise EarmarkError("the file is empty", file=self.name, expected="a block")

    def read(self, at: int, count: int) -> bytes:
        """Return up to ``count`` bytes from ``at`` on, without the mask."""
        data = self.stored(at, count)
        return _unmasked(data, self.mask, at) if self.mask else data

    def stored(self, at: int, count: int) -> bytes:
        """Return the bytes as they stand in the file."""
        self.handle.seek(at)
        return self.handle.read(count)

    def find(self, wanted: bytes, at: int) -> int:
        """Return where ``wanted`` next stands, from ``at`` on, or the size of the file."""
        while at < self.size:
            chunk = self.read(at, CHUNK_BYTES)
            place = chunk.find(wanted)
            if place >= 0:
                return at + place
            at += max(len(chunk) - len(wanted) + 1, 1)
        return self.size

    def after_zeros(self, at: int) -> int:
        """Return where zeros end that begin at ``at``: a node lengthens its files with them beforehand."""
        read = self.read if not any(self.read(at, 8)) else self.stored
        while at < self.size:
            chunk = read(at, CHUNK_BYTES)
            rest = chunk.lstrip(b"\0")
            at += len(chunk) - len(rest)
            if rest:
                break
        return at

    def close(self) -> None:
        """Close it."""
        self.handle.close()


def _opened(listed_file: Listed) -> IO[bytes]:
    try:
        return listed_file.path.open("rb")
    except OSError as error:
        raise EarmarkError(f"cannot be read: {error.strerror}", file=listed_file.name) from error


def _unmasked(data: bytes, mask: bytes, at: int) -> bytes:
    turned = mask[at % len(mask) :] + mask[: at % len(mask)]
    repeated = np.frombuffer(turned * (len(data) // len(mask) + 1), np.uint8)[: len(data)]
    return (np.frombuffer(data, np.uint8) ^ repeated).tobytes()


def _unpacked(packed: IO[bytes], name: str) -> IO[bytes]:
    unpacked = tempfile.TemporaryFile()  # noqa: SIM115  (closed by its BlockFile)
    packed.seek(0)
    try:
        with packed, bz2.open(packed) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                if unpacked.tell() + len(chunk) > UNPACKED_MAX:
                    break
                unpacked.write(chunk)
    except (OSError, EOFError) as error:
        unpacked.close()
        raise EarmarkError(
            "the bz2 file is cut off or damaged", file=name, expected="a whole bz2 file"
        ) from error
    if chunk:
        unpacked.close()
        raise EarmarkError(f"unpacked it has more than {UNPACKED_MAX} bytes", file=name)
    return unpacked


class Shelf:
    """The files of a source, at most ``OPEN_MAX`` of them open at once."""

    def __init__(self, files: tuple[Listed, ...]) -> None:
        """Open nothing yet."""
        self.files = files
        self._open: OrderedDict[int, BlockFile] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close whatever is open; what is asked for afterwards is opened again."""
        while self._open:
            self._open.popitem()[1].close()

    def file(self, number: int) -> BlockFile:
        """Return a file by its place in the list."""
        if number not in self._open:
            if len(self._open) >= OPEN_MAX:
                self._open.popitem(last=False)[1].close()
            self._open[number] = BlockFile(self.files[number])
        self._open.move_to_end(number)
        return self._open[number]
