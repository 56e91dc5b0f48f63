"""Whoever changes an input, a row or a page is named, to the cell."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from tests.unit.report.conftest import copied

from earmark.cases.case import open_case
from earmark.ledger.errors import EarmarkError
from earmark.report.verifying import Difference, Verification, verify
from earmark.report.writing import write_report


@pytest.fixture(scope="module")
def written_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a case with a report in one language; it is copied, never changed."""
    folder = copied(tmp_path_factory.mktemp("written") / "case")
    write_report(open_case(folder))
    return folder


@pytest.fixture
def written(written_once: Path, tmp_path: Path) -> Path:
    """Return a case with a report that a test may tamper with."""
    folder = tmp_path / "case"
    shutil.copytree(written_once, folder, ignore=shutil.ignore_patterns(".earmark"))
    return folder


def change(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode()
    assert text.count(old) == 1
    path.write_bytes(text.replace(old, new).encode())


def of_kind(found: Verification, kind: str) -> list[Difference]:
    return [one for one in found.differences if one.kind == kind]


def test_an_honest_report_agrees(ronin: Path) -> None:
    found = verify(ronin)
    assert found == Verification(
        agrees=True,
        differences=(),
        root_was=found.root_was,
        root_now=found.root_was,
        dossiers={
            "dossier.html": True,
            "flow.svg": True,
            "dossier.ar.html": True,
            "flow.ar.svg": True,
        },
    )


def test_one_wei_in_a_source_is_named_with_its_line(written: Path) -> None:
    hops = written / "sources" / "hops.csv"
    number, line = next(
        (number, line)
        for number, line in enumerate(hops.read_text().splitlines(), 1)
        if line.endswith(",1001")
    )
    change(hops, line, line.removesuffix("1001") + "1001.000000000000000001")
    found = verify(written)
    assert not found.agrees
    assert of_kind(found, "input")[0].name == "sources/hops.csv"
    row = next(one for one in of_kind(found, "row") if one.name == "tables/transactions.csv")
    key = f"ronin-hop:{line.split(',')[0]} 1"
    assert row == Difference(
        kind="row",
        name="tables/transactions.csv",
        key=key,
        source="sources/hops.csv",
        locator=f"line {number}",
        column="quantity",
        was="1001",
        now="1001.000000000000000001",
    )
    assert found.dossiers == {"dossier.html": False, "flow.svg": False}
    assert found.root_now != found.root_was


def test_a_row_that_was_taken_out_is_named_whole(written: Path) -> None:
    hops = written / "sources" / "hops.csv"
    lines = hops.read_text().splitlines(keepends=True)
    gone = next(line for line in lines if line.endswith(",1001\n"))
    hops.write_text("".join(line for line in lines if line != gone))
    key = f"ronin-hop:{gone.split(',')[0]} 1"
    rows = [one for one in of_kind(verify(written), "row") if one.key == key]
    assert [(row.column, row.now) for row in rows if row.name.endswith("transactions.csv")] == [
        ("", None)
    ]


def test_a_changed_table_is_named_and_so_is_its_cell(written: Path) -> None:
    change(written / "report" / "tables" / "published.csv", "3275.64547", "3275.64548")
    found = verify(written)
    assert [one.kind for one in found.differences] == ["table", "row"]
    (row,) = of_kind(found, "row")
    assert (row.column, row.was, row.now) == ("received", "3275.64548", "3275.64547")


def test_a_changed_page_is_named(written: Path) -> None:
    page = written / "report" / "dossier.html"
    page.write_text(page.read_text().replace("Nothing, or", "At least"))
    found = verify(written)
    assert [(one.kind, one.name) for one in found.differences] == [("dossier", "dossier.html")]


def test_a_page_and_a_manifest_changed_together_do_not_agree(written: Path) -> None:
    page, manifest = (written / "report" / name for name in ("dossier.html", "manifest.json"))
    from earmark.report.manifest import sha256

    before = sha256(page.read_bytes())
    page.write_text(page.read_text().replace("Nothing, or", "At least"))
    change(manifest, before, sha256(page.read_bytes()))
    assert not verify(written).agrees


def test_a_missing_table_and_a_new_file_are_named(written: Path) -> None:
    (written / "report" / "tables" / "ends.csv").unlink()
    (written / "note.txt").write_text("new")
    kinds = {(one.kind, one.name) for one in verify(written).differences}
    assert {("table", "tables/ends.csv"), ("input", "note.txt")} <= kinds


def test_a_case_that_no_longer_builds_is_a_difference_not_a_traceback(written: Path) -> None:
    (written / "case.ledger").write_text("commodity ???\n")
    found = verify(written)
    assert found.root_now is None
    assert {one.kind for one in found.differences} == {"input", "case"}


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b"[" * 10_000, b'{"title": 1}'])
def test_what_is_no_manifest_is_refused(written: Path, data: bytes) -> None:
    (written / "report" / "manifest.json").write_bytes(data)
    with pytest.raises(EarmarkError, match="manifest"):
        verify(written)


def test_a_folder_without_a_report_says_what_was_expected(fresh_ronin: Path) -> None:
    with pytest.raises(EarmarkError, match="earmark report"):
        verify(fresh_ronin)


def test_a_page_that_is_gone_is_named_with_its_figure_or_without(written: Path) -> None:
    report = written / "report"
    (report / "flow.svg").unlink()
    assert [(one.kind, one.name) for one in verify(written).differences] == [
        ("dossier", "flow.svg")
    ]
    (report / "dossier.html").unlink()
    found = [(one.kind, one.name, one.now) for one in verify(written).differences]
    assert found == [("dossier", "dossier.html", None)]


def test_a_strangers_table_is_named(written: Path) -> None:
    (written / "report" / "tables" / "mine.csv").write_text("a\r\n")
    (row,) = verify(written).differences
    assert (row.kind, row.name, row.column) == ("table", "tables/mine.csv", "not of this report")


def test_line_endings_are_told_once(written: Path) -> None:
    for path in (written / "report" / "tables").iterdir():
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
    (row,) = verify(written).differences
    assert (row.kind, row.column) == ("table", "line endings")
    assert "tables/ends.csv" in row.name


def test_differences_serialise(written: Path) -> None:
    change(written / "report" / "tables" / "published.csv", "3275.64547", "=1")
    read = msgspec.json.decode(msgspec.json.encode(verify(written)))
    assert read["agrees"] is False
    assert read["differences"][1]["was"] == "=1"
