"""Text files in any of the encodings that evidence comes in; an undecodable byte is named by its place."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path

from earmark.ledger.errors import EarmarkError, near_miss

LINE_MAX = 1 << 20
"""Characters in one physical line."""
_SNIFF = 1 << 16
_CHUNK = 1 << 20

# Only text encodings of the standard library: a name never reaches its compression codecs.
ENCODINGS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii", "latin-1",
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    "iso8859-2", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-9", "iso8859-15", "koi8-r", "koi8-u",
    "cp437", "cp720", "cp850", "cp864", "cp866", "mac-roman",
    "gb18030", "gbk", "gb2312", "big5", "cp949", "euc-kr", "shift_jis", "cp932", "euc-jp", "cp874",
)  # fmt: skip
# Mark, codec that swallows it, and the names that agree with it. UTF-32 first: its mark begins like UTF-16's.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", ("utf-8",)),
    (codecs.BOM_UTF32_LE, "utf-32", ("utf-32",)),
    (codecs.BOM_UTF32_BE, "utf-32", ("utf-32",)),
    (codecs.BOM_UTF16_LE, "utf-16", ("utf-16", "utf-16-le")),
    (codecs.BOM_UTF16_BE, "utf-16", ("utf-16", "utf-16-be")),
)
_MAGIC = (
    (b"PK\x03\x04", "a ZIP archive or a workbook", 'format.file = "xlsx" if it is a workbook'),
    (b"PAR1", "a Parquet file", 'format.file = "parquet"'),
    (b"\x89PNG", "a PNG picture", 'a table of text, or reader = "document"'),
    (b"\xff\xd8\xff", "a JPEG picture", 'a table of text, or reader = "document"'),
    (b"%PDF-", "a PDF", 'a table of text, or reader = "document"'),
    (b"\x1f\x8b", "compressed by gzip", "the file unpacked"),
    (b"BZh", "compressed by bzip2", "the file unpacked"),
    (b"\x28\xb5\x2f\xfd", "compressed by Zstandard", "the file unpacked"),
    (b"\xd0\xcf\x11\xe0", "an old binary Office file", "it saved again as .xlsx or .csv"),
    (b"SQLite format 3", "an SQLite database", "a table exported from it"),
)  # fmt: skip


def lines(path: Path, name: str, encoding: str | None) -> Iterator[str]:
    """Yield physical lines with their ends (LF, CRLF or CR), never longer than LINE_MAX characters.

    Raises EarmarkError, with the line, for a binary or empty file, an endless line or bad bytes.
    """
    chosen = choose(path, name, encoding)
    with path.open("rb") as file, io.TextIOWrapper(file, chosen, newline="") as stream:
        number = 0
        try:
            while line := stream.readline(LINE_MAX + 1):
                number += 1
                if len(line) > LINE_MAX:
                    raise _endless(name, number)
                yield line.lstrip("\ufeff") if number == 1 else line
        except UnicodeError as error:
            raise _undecodable(path, name, chosen, error) from error


def choose(path: Path, name: str, encoding: str | None) -> str:
    """Return the codec to read with: the byte order mark's, else the one named, else UTF-8.

    Raises EarmarkError for an empty or binary file and for an unknown or contradicted name.
    """
    wanted = check_name(encoding)
    with path.open("rb") as file:
        head = file.read(_SNIFF)
    if not head:
        raise EarmarkError(
            "the file is empty", file=name, expected="a line of column names and rows"
        )
    for mark, codec, names in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return _agreed(codec, names, wanted, name)
    if wanted in ("utf-16", "utf-32"):
        raise EarmarkError(
            f"{wanted} is named but the file has no byte order mark",
            file=name,
            line=1,
            expected='format.encoding = "utf-16-le" or "utf-16-be"',
        )
    if not (wanted or "").startswith("utf-16"):
        _refuse_binary(head, name)
    return wanted or "utf-8"


def _agreed(codec: str, names: tuple[str, ...], wanted: str | None, file: str) -> str:
    if wanted is None or wanted in names:
        return codec
    raise EarmarkError(
        f"format.encoding says {wanted}, but the file begins with the mark of {names[-1]}",
        file=file,
        line=1,
        expected=f'format.encoding = "{names[-1]}", or none',
    )


def check_name(encoding: str | None) -> str | None:
    """Return the standard spelling of an encoding's name; raises EarmarkError for an unknown one."""
    if encoding is None:
        return None
    known = {codecs.lookup(name).name: name for name in ENCODINGS}
    try:
        found = known.get(codecs.lookup(encoding).name)
    except (LookupError, ValueError):
        found = None
    if found is None:
        raise EarmarkError(
            f"format.encoding {encoding[:60]!r} is not known",
            file="case.toml",
            expected="a text encoding such as utf-8, utf-16, cp1256, gb18030, cp949 or latin-1",
            near_miss=near_miss(encoding.lower(), ENCODINGS),
        )
    return found


def _refuse_binary(head: bytes, name: str) -> None:
    for magic, what, expected in _MAGIC:
        if head.startswith(magic):
            raise EarmarkError(f"this is {what}, not a table of text", file=name, expected=expected)
    at = head.find(b"\0")
    if at >= 0:
        raise EarmarkError(
            f"byte {at} is NUL, so this is no plain text",
            file=name,
            line=head.count(b"\n", 0, at) + 1,
            expected="a table of text; for UTF-16 without a byte order mark name format.encoding",
        )


def _endless(name: str, line: int) -> EarmarkError:
    return EarmarkError(
        f"a line is longer than {LINE_MAX} characters",
        file=name,
        line=line,
        expected="a table with one record a line",
    )


def _undecodable(path: Path, name: str, codec: str, error: UnicodeError) -> EarmarkError:
    offset, line = _first_bad_byte(path, codec)
    reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
    return EarmarkError(
        f"byte {offset} cannot be read as {codec.removesuffix('-sig')} ({reason})",
        file=name,
        line=line,
        expected="format.encoding to name how the file is written (cp1256, gb18030, cp949, …)",
    )


def _first_bad_byte(path: Path, codec: str) -> tuple[int, int]:
    """Return the byte offset and the line of the first byte that does not decode."""
    decoder = codecs.getincrementaldecoder(codec)()
    offset, line = 0, 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            kept = len(decoder.getstate()[0])
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                good = error.object[: error.start]
                line += good.decode(error.encoding, "replace").count("\n")
                return offset - kept + error.start, line
            except UnicodeError:
                return offset, line
            if not chunk:
                return offset, line
            offset += len(chunk)
