"""Evidence is added whole or not at all, and nothing is overwritten."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest
from pypdf import PdfWriter
from tests.unit.cases.cases import PNG, contents, example

from earmark.cases import attaching, custody
from earmark.cases.case import open_case
from earmark.cases.settings import read_settings
from earmark.ledger.errors import EarmarkError


def pdf(pages: int) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(9, 9)
    with io.BytesIO() as data:
        writer.write(data)
        return data.getvalue()


def attach(case: Path, file: Path) -> tuple[str, bool]:
    return attaching.attach(
        case, file, by="A. Clerk", obtained_from="a court", obtained_how="by hand", lacks=["names"]
    )


def file(folder: Path, name: str, data: bytes = PNG) -> Path:
    path = folder / "elsewhere" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("name", "data", "pages"), [("a.png", PNG, 1), ("b.pdf", pdf(2), 2)])
def test_a_document_becomes_a_source_with_pages(
    tmp_path: Path, name: str, data: bytes, pages: int
) -> None:
    case = example(tmp_path)
    assert attach(case, file(tmp_path, name, data)) == (f"sources/{name}", True)
    assert (case / "sources" / name).read_bytes() == data
    (listed,) = [one for one in read_settings(case).source if one.reader == "document"]
    assert (listed.path, listed.obtained_from, listed.lacks) == (
        f"sources/{name}",
        "a court",
        ["names"],
    )
    (entry,) = custody.read_log(case)
    assert (entry.path, entry.by, entry.obtained_how) == (f"sources/{name}", "A. Clerk", "by hand")
    sources = open_case(case).ledger.tables["sources"].to_pylist()
    assert [row["pages"] for row in sources if row["path"] == f"sources/{name}"] == [pages]


@pytest.mark.parametrize("name", ["a.png", "a[1].png", "a b'c.png", "é ü.png", "صورة.png"])
def test_the_same_file_twice_is_listed_once_and_logged_twice(tmp_path: Path, name: str) -> None:
    case = example(tmp_path)
    assert attach(case, file(tmp_path, name)) == (f"sources/{name}", True)
    settings = (case / "case.toml").read_bytes()
    assert attach(case, file(tmp_path, name)) == (f"sources/{name}", False)
    assert (case / "case.toml").read_bytes() == settings
    assert len(custody.read_log(case)) == 2
    open_case(case)


def test_other_bytes_under_the_same_name_are_refused(tmp_path: Path) -> None:
    case = example(tmp_path)
    attach(case, file(tmp_path, "a.png"))
    before = contents(case)
    with pytest.raises(EarmarkError, match="already attached with other bytes"):
        attach(case, file(tmp_path, "a.png", PNG + b"other"))
    assert contents(case) == before


@pytest.mark.parametrize("name", ["a\nb.png", "a\x1b[2Jb.png", "a\u202eb.png", "a:b.png", "a?.png"])
def test_a_name_that_other_systems_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    case = example(tmp_path)
    before = contents(case)
    with pytest.raises(EarmarkError, match="name that other systems cannot hold"):
        attach(case, file(tmp_path, name))
    assert contents(case) == before


def test_a_folder_or_an_empty_file_is_refused(tmp_path: Path) -> None:
    case = example(tmp_path)
    before = contents(case)
    with pytest.raises(EarmarkError, match="is no file"):
        attach(case, tmp_path)
    with pytest.raises(EarmarkError, match="the file is empty"):
        attach(case, file(tmp_path, "empty.pdf", b""))
    assert contents(case) == before


def test_a_file_that_was_there_before_outlives_a_refusal(tmp_path: Path) -> None:
    case = example(tmp_path)
    (case / "sources" / "empty.pdf").write_bytes(b"")
    before = contents(case)
    with pytest.raises(EarmarkError, match="the file is empty"):
        attach(case, case / "sources" / "empty.pdf")
    assert contents(case) == before


def test_evidence_called_part_is_not_overwritten(tmp_path: Path) -> None:
    case = example(tmp_path)
    attach(case, file(tmp_path, "a.png.part", PNG + b"1"))
    attach(case, file(tmp_path, "a.png", PNG + b"2"))
    assert (case / "sources" / "a.png.part").read_bytes() == PNG + b"1"
    assert (case / "sources" / "a.png").read_bytes() == PNG + b"2"


def test_a_source_elsewhere_of_the_same_name_does_not_count_as_listed(tmp_path: Path) -> None:
    case = example(tmp_path)
    (case / "a.png").write_bytes(PNG)
    with (case / "case.toml").open("a") as settings:
        settings.write('[[source]]\nreader = "document"\npath = "a.png"\n')
    assert attach(case, file(tmp_path, "a.png")) == ("sources/a.png", True)


def test_a_full_disk_while_the_log_is_written_leaves_the_case_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = example(tmp_path)
    attach(case, file(tmp_path, "first.png"))
    before = contents(case)

    def no_room(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space left"):
        attach(case, file(tmp_path, "second.png"))
    assert contents(case) == before


def test_a_broken_log_takes_no_more_entries(tmp_path: Path) -> None:
    case = example(tmp_path)
    (case / "custody.log").write_text("not a log\n")
    before = contents(case)
    with pytest.raises(EarmarkError, match=r"custody.log:1: is no custody entry"):
        attach(case, file(tmp_path, "a.png"))
    assert contents(case) == before


def test_a_machine_that_knows_no_login_name_attaches_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", nobody)
    case = example(tmp_path)
    attaching.attach(
        case, file(tmp_path, "a.png"), by="", obtained_from="", obtained_how="", lacks=[]
    )
    assert custody.read_log(case)[0].by == ""


def test_texts_of_any_kind_survive_in_the_settings(tmp_path: Path) -> None:
    odd = 'quote " backslash \\ tab \t newline \n del \x7f rtl \u202e'
    case = example(tmp_path)
    attaching.attach(
        case, file(tmp_path, "a.png"), by=odd, obtained_from=odd, obtained_how=odd, lacks=[odd]
    )
    listed = read_settings(case).source[-1]
    assert (listed.obtained_from, listed.obtained_how, listed.lacks) == (odd, odd, [odd])
    assert custody.read_log(case)[0].by == odd
