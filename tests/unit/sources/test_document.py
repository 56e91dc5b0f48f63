from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from pypdf import PdfWriter

from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError
from earmark.sources import document
from earmark.sources.settings import Source

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def _pdf(pages: int, password: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=100, height=100)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _read(folder: Path, **files: bytes) -> Draft:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return document.read(folder, Source(reader="document", path=list(files)))


def test_a_pdf_becomes_a_source_with_its_pages(tmp_path: Path) -> None:
    data = _pdf(3)
    draft = _read(tmp_path, exhibit=data)
    assert draft.files == (("exhibit", hashlib.sha256(data).hexdigest()),)
    assert (draft.pages, draft.rows, draft.transactions.num_rows, draft.warnings) == (3, 0, 0, ())


@pytest.mark.parametrize(
    "data",
    [PNG, b"\xff\xd8\xff\xe0JFIF", b"GIF89a..", b"RIFF\0\0\0\0WEBPVP8 ", b"\0\0\0\x18ftypheic"],
)
def test_a_picture_is_one_page(tmp_path: Path, data: bytes) -> None:
    assert _read(tmp_path, picture=data).pages == 1


def test_pages_of_several_files_add_up(tmp_path: Path) -> None:
    assert _read(tmp_path, a=_pdf(2), b=PNG).pages == 3


@pytest.mark.parametrize(
    "data",
    [_pdf(3)[:300], b"%PDF-1.7\n" + b"\0" * 100, _pdf(2).replace(b"/Kids", b"/Kid"), b"words"],
)
def test_pages_that_cannot_be_counted_are_unknown_and_said_so(tmp_path: Path, data: bytes) -> None:
    draft = _read(tmp_path, a=_pdf(2), b=data)
    assert draft.pages is None
    assert len(draft.files) == 2
    assert draft.warnings[0].startswith("b: pages not counted: ")


def test_a_locked_pdf_is_kept(tmp_path: Path) -> None:
    draft = _read(tmp_path, locked=_pdf(2, "secret"))
    assert len(draft.files) == 1
    assert draft.pages == 2 or draft.warnings


def test_a_very_large_pdf_is_kept_and_not_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "PDF_BYTES_MAX", 100)
    draft = _read(tmp_path, large=_pdf(2))
    assert (draft.pages, draft.warnings) == (
        None,
        ("large: pages not counted: larger than 100 bytes",),
    )


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EarmarkError, match="the file is empty") as caught:
        _read(tmp_path, nothing=b"")
    assert caught.value.file == "nothing"


def test_a_document_that_changes_while_it_is_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meddle(path: Path, _name: str, _warnings: list[str]) -> int:
        path.write_bytes(_pdf(2))
        return 1

    monkeypatch.setattr(document, "_pages", meddle)
    with pytest.raises(EarmarkError, match="changed while it was being read"):
        _read(tmp_path, exhibit=_pdf(1))
