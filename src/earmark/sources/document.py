"""The ``document`` reader: a PDF or a picture that nobody parses becomes a source with its pages."""

from __future__ import annotations

import logging
from pathlib import Path

from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError
from earmark.sources.files import digests, refuse_changes, source_files
from earmark.sources.settings import Source

PDF_BYTES_MAX = 256 << 20
"""A larger PDF is kept and hashed, but its pages are not counted."""
PAGES_MAX = 100_000

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"P6", b"P5")
_BOXES = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif")


def read(case_folder: Path, source: Source) -> Draft:
    """Return the files with their SHA-256 and pages, and no rows.

    A picture is one page. ``pages`` is null, with a warning, where they cannot be counted: evidence is
    kept even when it is broken or locked. Raises EarmarkError for an empty or missing file.
    """
    files = source_files(case_folder, source)
    before = digests(files)
    warnings: list[str] = []
    pages: int | None = 0
    for name, path in files:
        found = _pages(path, name, warnings)
        pages = None if pages is None or found is None else pages + found
    refuse_changes(files, before)
    return Draft(files=before, rows=0, pages=pages, warnings=tuple(warnings))


def _pages(path: Path, name: str, warnings: list[str]) -> int | None:
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise EarmarkError("the file is empty", file=name, expected="a document or a picture")
    if head.startswith(_PICTURES) or head[4:12] in _BOXES or _is_webp(head):
        return 1
    if b"%PDF-" not in head:
        warnings.append(f"{name}: pages not counted: neither a PDF nor a picture of one page")
        return None
    if path.stat().st_size > PDF_BYTES_MAX:
        warnings.append(f"{name}: pages not counted: larger than {PDF_BYTES_MAX} bytes")
        return None
    return _pdf_pages(path, name, warnings)


def _is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _pdf_pages(path: Path, name: str, warnings: list[str]) -> int | None:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # a broken PDF is told of once, by us
    try:
        with PdfReader(path) as reader:
            count = reader.get_num_pages()
    except Exception as error:  # noqa: BLE001  (a hostile file can raise anything in the library)
        reason = f"{type(error).__name__}: {error}".partition("\n")[0][:200]
        warnings.append(f"{name}: pages not counted: the PDF is broken or locked ({reason})")
        return None
    if not 1 <= count <= PAGES_MAX:
        warnings.append(f"{name}: pages not counted: the PDF says {count}")
        return None
    return count
