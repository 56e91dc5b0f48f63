"""A report's files: the same bytes every time, whole, and nothing of anybody else's touched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from earmark.cases.case import open_case
from earmark.ledger.errors import EarmarkError
from earmark.report.manifest import digested_inputs, read_manifest, root_digest, sha256
from earmark.report.writing import write_report


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_runs_give_the_same_bytes(ronin: Path, fresh_ronin: Path) -> None:
    case = open_case(fresh_ronin)
    for lang in ("ar", "en"):
        write_report(case, lang=lang)
    assert everything(fresh_ronin / "report") == everything(ronin / "report")


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_the_order_of_hashes_changes_no_byte(ronin: Path, tmp_path: Path, seed: str) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from earmark.cases.case import open_case\n"
        "from earmark.report.writing import write_report\n"
        "write_report(open_case(Path(sys.argv[1])), Path(sys.argv[2]))\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Pyongyang"}
    command = [sys.executable, "-c", script, str(ronin), str(tmp_path / "out")]
    subprocess.run(command, check=True, env=environment)
    made = everything(tmp_path / "out")
    written = everything(ronin / "report")
    assert made == {name: data for name, data in written.items() if name in made}
    assert "dossier.html" in made


def test_the_manifest_lists_every_input_and_output(ronin: Path) -> None:
    report = ronin / "report"
    manifest = read_manifest(report)
    assert manifest.inputs == digested_inputs(ronin)
    assert {"case.toml", "case.ledger", "sources/hops.csv"} <= set(manifest.inputs)
    for name, digest in {**manifest.tables, **manifest.dossiers}.items():
        assert sha256((report / name).read_bytes()) == digest
    assert manifest.root == root_digest(manifest.inputs, manifest.tables)
    text = (report / "manifest.json").read_text()
    assert str(ronin) not in text
    assert manifest.root in (report / "dossier.html").read_text()


def test_a_dossier_that_is_no_longer_true_goes(fresh_ronin: Path) -> None:
    write_report(open_case(fresh_ronin), lang="ar")
    settings = fresh_ronin / "case.toml"
    settings.write_text(settings.read_text().replace("23 March 2022", "March 2022"))
    write_report(open_case(fresh_ronin))
    report = fresh_ronin / "report"
    assert not (report / "dossier.ar.html").exists()
    assert (report / "dossier.html").exists()


def test_other_files_of_the_folder_stay(fresh_ronin: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "tables").mkdir(parents=True)
    (out / "notes.txt").write_text("mine")
    (out / "tables" / "mine.csv").write_text("mine")
    write_report(open_case(fresh_ronin), out)
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "tables" / "mine.csv").read_text() == "mine"
    assert not list(out.rglob("*.part"))


def test_a_report_may_not_become_evidence(fresh_ronin: Path) -> None:
    case = open_case(fresh_ronin)
    for place in ("", "sources", "sources/report", "dossier"):
        with pytest.raises(EarmarkError, match="would become an input"):
            write_report(case, fresh_ronin / place)


def test_an_unknown_language_names_those_that_there_are(fresh_ronin: Path) -> None:
    with pytest.raises(EarmarkError, match="en or ar"):
        write_report(open_case(fresh_ronin), lang="fr")


def test_a_place_that_cannot_be_written_is_an_error_without_a_traceback(
    fresh_ronin: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EarmarkError, match="cannot be written"):
        write_report(open_case(fresh_ronin), tmp_path / "file")


def test_what_was_written_serialises(fresh_ronin: Path) -> None:
    report = write_report(open_case(fresh_ronin))
    read = msgspec.json.decode(msgspec.json.encode(report))
    assert read["root"] == report.root
    assert read["withheld_rows"] == 0
