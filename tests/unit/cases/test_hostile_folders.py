"""A case folder that somebody sent: its links lead nowhere, its cache is not believed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from earmark.cases import custody
from earmark.cases.attaching import attach
from earmark.cases.building import CACHE
from earmark.cases.case import open_case
from earmark.cases.starting import new_case
from earmark.cli.demo import _copied, example_folder
from earmark.ledger.errors import EarmarkError
from earmark.report.writing import write_report


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    new_case(folder, "Case")
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    (folder / "precious").mkdir(parents=True)
    (folder / "precious" / "letter.txt").write_text("mine")
    (folder / ("0" * 32)).mkdir()
    return folder


def everything(folder: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def test_a_cache_that_is_a_link_is_never_written_or_emptied(case: Path, outside: Path) -> None:
    (case / CACHE).symlink_to(outside)
    before = everything(outside)
    with pytest.raises(EarmarkError, match="is a link"):
        open_case(case, rebuild=True)
    assert open_case(case).not_saved
    assert everything(outside) == before


def test_only_builds_are_removed_from_the_cache(case: Path, outside: Path) -> None:
    open_case(case)
    (case / CACHE / "notes").mkdir()
    (case / CACHE / ("a" * 32)).symlink_to(outside)
    (case / CACHE / ("b" * 32)).mkdir()
    before = everything(outside)
    open_case(case, rebuild=True)
    assert everything(outside) == before
    assert (case / CACHE / "notes").is_dir()
    assert not (case / CACHE / ("b" * 32)).exists()


def test_columns_that_were_not_built_here_are_built_again(case: Path) -> None:
    honest = open_case(case).ledger.holder_names
    [holders] = (case / CACHE).glob("*/holders.parquet")
    table = pq.read_table(holders)
    forged = ["eth:0xbystander" if name == honest[1] else name for name in honest]
    index = table.schema.get_field_index("name")
    pq.write_table(table.set_column(index, table.schema.field("name"), [forged]), holders)
    assert open_case(case).ledger.holder_names == honest


def test_a_seal_of_somebody_else_is_not_believed(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_case(case)
    [seal] = (case / CACHE).glob("*/seal")
    mine = seal.read_bytes()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "somebody-else"))
    open_case(case)
    [seal] = (case / CACHE).glob("*/seal")
    assert seal.read_bytes() != mine


@pytest.mark.parametrize("name", ["case.toml.part", "case.toml"])
def test_attach_does_not_write_through_a_link(case: Path, outside: Path, name: str) -> None:
    target = outside / "settings.toml"
    shutil.copy(case / "case.toml", target)
    (case / name).unlink(missing_ok=True)
    (case / name).symlink_to(target)
    before = target.read_bytes()
    picture = case.parent / "photo.txt"
    picture.write_text("a note")
    attach(case, picture, by="x", obtained_from="", obtained_how="", lacks=[])
    assert target.read_bytes() == before


@pytest.mark.parametrize("name", ["sources", custody.NAME])
def test_attach_refuses_links_where_it_would_write(case: Path, outside: Path, name: str) -> None:
    if (case / name).is_dir():
        shutil.copytree(case / name, outside / "s")
        shutil.rmtree(case / name)
        (case / name).symlink_to(outside / "s")
    else:
        (outside / "log").write_bytes(b"")
        (case / name).symlink_to(outside / "log")
    before = everything(outside)
    picture = case.parent / "photo.txt"
    picture.write_text("a note")
    with pytest.raises(EarmarkError, match="is a link"):
        attach(case, picture, by="x", obtained_from="", obtained_how="", lacks=[])
    assert everything(outside) == before


@pytest.mark.parametrize("name", ["report", "report/tables", "report/dossier.html"])
def test_a_report_is_not_written_through_a_link(case: Path, outside: Path, name: str) -> None:
    (case / name).parent.mkdir(exist_ok=True)
    (case / name).symlink_to(outside / "precious")
    before = everything(outside)
    try:
        write_report(open_case(case))
    except EarmarkError as error:
        assert "is a link" in str(error)  # noqa: PT017  (a link to a file is replaced instead)
    assert everything(outside) == before


def test_a_manifest_that_no_report_wrote_is_left_alone(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"name": "a web page"}')
    with pytest.raises(EarmarkError, match="left alone"):
        write_report(open_case(case), folder)
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json"]


@pytest.mark.parametrize("place", ["report", ".earmark"])
def test_evidence_may_not_lie_where_nothing_is_watched(case: Path, place: str) -> None:
    (case / place).mkdir(exist_ok=True)
    shutil.copy(case / "sources" / "payments.csv", case / place / "payments.csv")
    settings = case / "case.toml"
    settings.write_text(
        settings.read_text().replace("sources/payments.csv", f"{place}/payments.csv")
    )
    with pytest.raises(EarmarkError, match="no place for evidence"):
        open_case(case)


def test_the_demo_never_removes_what_it_did_not_make(tmp_path: Path) -> None:
    mine = tmp_path / "ronin-2022"
    new_case(mine, "My own case")
    before = everything(mine)
    for target in (mine, example_folder(), example_folder() / "inside", example_folder().parent):
        with pytest.raises(EarmarkError):
            _copied(example_folder(), target)
    assert everything(mine) == before
    assert (example_folder() / "case.toml").is_file()
    copy = _copied(example_folder(), tmp_path / "demo" / "ronin-2022")
    assert _copied(example_folder(), copy) == copy
