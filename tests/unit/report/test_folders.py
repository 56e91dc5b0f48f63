"""A source that is a folder, a pattern or a list is reported, verified, watched and named as the case lists it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.sources.bitcoin.blocks import chain, framed

from earmark.cases.attaching import attach, is_listed
from earmark.cases.building import noted
from earmark.cases.case import open_case
from earmark.cli.opening import shown_rejects
from earmark.cli.verify import sentence
from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError
from earmark.report.verifying import Difference, verify
from earmark.report.writing import write_report

CASE = """title = "Two files of blocks"
[[source]]
reader = "bitcoin-blocks"
path = {path}
network = "regtest"
"""
PATHS = (
    '"sources/blocks"',
    '"sources/blocks/*.dat"',
    '["sources/blocks/a.dat", "sources/blocks/b.dat"]',
)


def blocks_in(folder: Path, path: str) -> Path:
    """Write a case of three blocks in two files, one of them twice, and the last one broken off."""
    (folder / "sources" / "blocks").mkdir(parents=True)
    first, second, third = chain(3)
    (folder / "sources" / "blocks" / "a.dat").write_bytes(framed(first, second, second))
    (folder / "sources" / "blocks" / "b.dat").write_bytes(framed(third) + framed(first)[:40])
    (folder / "case.toml").write_text(CASE.format(path=path))
    return folder


@pytest.mark.parametrize("path", PATHS)
def test_a_source_of_several_files_is_reported_and_verified(tmp_path: Path, path: str) -> None:
    case = open_case(blocks_in(tmp_path, path))
    write_report(case, upto="public")
    assert verify(tmp_path).agrees
    assert [[name for name, _ in files] for files in case.made.summary.files] == [
        ["sources/blocks/a.dat", "sources/blocks/b.dat"]
    ]


def test_a_changed_file_of_a_folder_is_a_difference(tmp_path: Path) -> None:
    write_report(open_case(blocks_in(tmp_path, '"sources/blocks"')))
    with (tmp_path / "sources" / "blocks" / "b.dat").open("ab") as file:
        file.write(b"\0")
    named = {one.name for one in verify(tmp_path).differences if one.kind == "input"}
    assert named == {"sources/blocks/b.dat"}


def test_files_of_a_folder_are_watched(tmp_path: Path) -> None:
    folder = blocks_in(tmp_path / "case", '"sources"')
    for name in ("a.dat", "b.dat"):
        (folder / "sources" / "blocks" / name).rename(tmp_path / name)
    (folder / "sources" / "blocks").rmdir()
    for name in ("a.dat", "b.dat"):
        attach(folder, tmp_path / name, by="x", obtained_from="", obtained_how="", lacks=[])
    assert is_listed(folder, "sources/a.dat")
    assert len(open_case(folder).settings.source) == 1
    assert not any("custody" in one for one in open_case(folder).made.summary.warnings)
    with (folder / "sources" / "a.dat").open("ab") as file:
        file.write(b"\0")
    assert any("sources/a.dat" in one for one in open_case(folder).made.summary.warnings[-1:])


def test_a_note_of_several_files_names_the_source(tmp_path: Path) -> None:
    warnings = open_case(blocks_in(tmp_path, '"sources/blocks"')).made.summary.warnings
    assert warnings
    assert all(one.startswith("sources/blocks: ") for one in warnings)


def test_a_case_that_cannot_be_written_is_verified_all_the_same(tmp_path: Path) -> None:
    write_report(open_case(blocks_in(tmp_path, '"sources/blocks"')))
    for path in sorted((tmp_path / ".earmark").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (tmp_path / ".earmark").rmdir()
    (tmp_path / ".earmark").write_text("nothing can be kept here")
    assert verify(tmp_path).agrees
    with pytest.raises(EarmarkError, match="cannot be written"):
        open_case(tmp_path, rebuild=True)


def test_unchanged_evidence_that_cannot_be_built_is_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(open_case(blocks_in(tmp_path, '"sources/blocks"')))

    def fails(*_: object, **__: object) -> None:
        raise EarmarkError("the disk is full")

    monkeypatch.setattr("earmark.cases.case.build_case", fails)
    with pytest.raises(EarmarkError, match="could not verify: the disk is full"):
        verify(tmp_path)


def test_a_place_of_several_files_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = open_case(blocks_in(tmp_path, '"sources/blocks"'))
    shown_rejects(case)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("rejected: sources/blocks/b.dat byte ")
    write_report(case)
    page = (tmp_path / "report" / "dossier.html").read_text()
    assert "sources/blocks/b.dat byte" in page
    assert "sources/blocks sources/blocks" not in page


def test_a_note_that_names_its_file_is_left_as_it_is() -> None:
    files = (("a.csv", "0" * 64), ("b.csv", "1" * 64))
    draft = Draft(files=files, rows=0, warnings=("b.csv: odd", "2 rows are odd"))
    assert [noted("*.csv", draft, one) for one in draft.warnings] == [
        "b.csv: odd",
        "*.csv: 2 rows are odd",
    ]
    alone = Draft(files=files[:1], rows=0)
    assert noted("a.csv", alone, "a.csv is odd") == "a.csv: a.csv is odd"


def test_a_difference_in_a_folder_names_its_place_once() -> None:
    one = Difference(
        "row", "legs.csv", source="sources/blocks", locator="sources/blocks/a.dat byte 8"
    )
    assert sentence(one).startswith("row: sources/blocks/a.dat byte 8 (legs.csv)")
    other = Difference("row", "legs.csv", source="a.csv", locator="line 2")
    assert sentence(other).startswith("row: a.csv line 2 (legs.csv)")
