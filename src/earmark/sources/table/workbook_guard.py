"""A workbook is an archive of XML: what it would unpack to is bounded before anything parses it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring, iterparse

from earmark.ledger.errors import EarmarkError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # noqa: TID251  (a name for the type checker only)

MEMBERS_MAX = 10_000
UNPACKED_BYTES_MAX = 1 << 30
PART_BYTES_MAX = 32 << 20
"""For every part but the sheets and the shared texts."""
RATIO_MAX = 150
_RATIO_FREE_BYTES = 8 << 20
SHEET_BYTES_MAX = 512 << 20
"""For one sheet, unpacked: a full one of a million rows and ten columns has less."""
SHARED_BYTES_MAX = 128 << 20
"""For the shared texts and for every other part: all of the texts are held in memory at once."""
SHARED_MARKS_MAX = 20_000_000
"""``<`` characters in the shared texts: about four for each."""
PENDING_MAX = 2_000_000
"""Elements in one row, or between the rows and the end of the sheet."""
ROW_MAX, COLUMN_MAX = 1_048_576, 16_384
RUN_BYTES_MAX = 1 << 20
"""Bytes from one ``<`` to the next: one text or one tag; a cell's text never needs as many."""
_CONTENT_TYPES = "[Content_Types].xml"


@dataclass(frozen=True)
class Survey:
    """What openpyxl does not say of a sheet: its hidden rows, and (row, column) of unvalued formulas."""

    hidden: frozenset[int]
    unvalued: frozenset[tuple[int, int]]


def check_archive(path: Path, file: str) -> None:
    """Raise EarmarkError unless the file is a whole, unencrypted archive of a bearable size."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members, file)
            _check_shared(archive, members, file)
    except (
        *(ParseError, DefusedXmlException, zipfile.BadZipFile, OSError),
        *(EOFError, NotImplementedError, ValueError),
    ) as error:
        raise EarmarkError(
            f"the file cannot be read as a workbook ({str(error)[:200]})",
            file=file,
            expected="a whole .xlsx file, without a password",
        ) from error


def _check_members(members: list[zipfile.ZipInfo], file: str) -> None:
    problem = ""
    if len(members) > MEMBERS_MAX:
        problem = f"holds {len(members)} parts"
    if sum(member.file_size for member in members) > UNPACKED_BYTES_MAX:
        problem = f"unpacks to more than {UNPACKED_BYTES_MAX} bytes"
    for member in members:
        if member.flag_bits & 1:
            problem = "is encrypted"
        elif member.file_size > max(_RATIO_FREE_BYTES, RATIO_MAX * member.compress_size):
            problem = f"holds {member.filename[:60]!r}, which unpacks to {member.file_size} bytes"
        elif member.file_size > _bytes_max(member.filename):
            problem = f"holds {member.filename[:60]!r} of {member.file_size} bytes"
    if problem:
        raise EarmarkError(
            f"the workbook {problem}",
            file=file,
            expected="a workbook that a spreadsheet program wrote",
        )


def _bytes_max(name: str) -> int:
    if "worksheets/" in name:
        return SHEET_BYTES_MAX
    is_shared = "sharedstrings" in name.lower()
    return (
        PART_BYTES_MAX if name.endswith((".xml", ".rels")) and not is_shared else SHARED_BYTES_MAX
    )


def _check_shared(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], file: str) -> None:
    declared = _declared_shared(archive)
    marks = size = 0
    for member in members:
        if "sharedstrings" not in member.filename.lower() and member.filename not in declared:
            continue
        size += member.file_size
        with archive.open(member) as part:
            watched = _Watched(part, file)
            while chunk := watched.read(1 << 20):
                marks += chunk.count(b"<")
    if marks > SHARED_MARKS_MAX or size > SHARED_BYTES_MAX:
        raise EarmarkError(
            "the workbook holds too many texts", file=file, expected="fewer, or a CSV"
        )


def _declared_shared(archive: zipfile.ZipFile) -> set[str]:
    """Return the parts that the archive itself calls shared texts, whatever their names."""
    if _CONTENT_TYPES not in archive.namelist():
        return set()
    with archive.open(_CONTENT_TYPES) as part:
        types = fromstring(part.read(PART_BYTES_MAX))
    return {
        one.get("PartName", "").removeprefix("/")
        for one in types
        if "sharedstrings" in one.get("ContentType", "").lower()
    }


class _Watched:
    """A part on its way into a parser, stopped at a text or a tag that is too long to be one."""

    def __init__(self, part: IO[bytes], file: str) -> None:
        self.part, self.file, self.pending = part, file, 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; at most RUN_BYTES_MAX at once, so that none hides a longer run."""
        chunk = self.part.read(RUN_BYTES_MAX if size < 0 else min(size, RUN_BYTES_MAX))
        first, last = chunk.find(b"<"), chunk.rfind(b"<")
        longest = self.pending + (first if first >= 0 else len(chunk))
        if longest > RUN_BYTES_MAX:
            raise EarmarkError(
                f"one text of the workbook is longer than {RUN_BYTES_MAX} bytes",
                file=self.file,
                expected="texts that fit into a cell",
            )
        self.pending = len(chunk) - last - 1 if last >= 0 else longest
        return chunk


def survey(path: Path, part: str, file: str) -> Survey:
    """Walk one sheet in one pass of bounded memory; raises EarmarkError for a broken or absurd one."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
            return _walk(_Watched(stream, file), file)
    except (ParseError, DefusedXmlException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise EarmarkError(
            f"the sheet {part[:60]!r} cannot be read ({str(error)[:200]})",
            file=file,
            expected="a whole .xlsx file",
        ) from error


def _walk(stream: _Watched, file: str) -> Survey:
    hidden: set[int] = set()
    unvalued: set[tuple[int, int]] = set()
    number = 0
    for row in _elements(stream, file):
        number = _row_number(row, number, file)
        if row.get("hidden") in ("1", "true"):
            hidden.add(number)
        unvalued.update((number, column) for column in _unvalued(row, number, file))
    return Survey(frozenset(hidden), frozenset(unvalued))


def _elements(stream: _Watched, file: str) -> Iterator[Element]:
    """Yield the rows of a sheet, forgetting each one, and stop at an absurd number of anything."""
    pending = 0
    data = None
    for event, element in iterparse(stream, events=("start", "end")):
        name = _local(element)
        if event == "start":
            data = element if name == "sheetData" else data
            continue
        pending += 1
        if pending > PENDING_MAX:
            raise EarmarkError("the sheet is too wide or too full", file=file, expected="a table")
        if name == "row":
            yield element
            pending = 0
            if data is not None:
                data.clear()


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _row_number(row: Element, before: int, file: str) -> int:
    text = row.get("r")
    number = before + 1 if text is None else int(text)
    if not before < number <= ROW_MAX:
        raise EarmarkError(
            f"row {number} stands after row {before}", file=file, expected="rows in ascending order"
        )
    return number


def _unvalued(row: Element, number: int, file: str) -> list[int]:
    found: list[int] = []
    column = 0
    for cell in row:
        reference = cell.get("r")
        at = column + 1 if reference is None else _column_number(reference)
        if not column < at <= COLUMN_MAX:
            raise EarmarkError(
                f"a cell of row {number} stands out of order",
                file=file,
                expected="ascending columns",
            )
        column = at
        parts = {_local(child): child.text for child in cell}
        if "f" in parts and not parts.get("v"):
            found.append(column)
    return found


def _column_number(reference: str) -> int:
    number = 0
    for character in reference[:4]:
        if not "A" <= character <= "Z":
            break
        number = number * 26 + ord(character) - 64
    return number
