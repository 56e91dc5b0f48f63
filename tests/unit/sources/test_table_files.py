from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.unit.sources.tables import HEADER, amounts, column, read_table, read_text

from earmark.ledger.errors import EarmarkError
from earmark.sources.table.batches import Batch
from earmark.sources.table.convert import Chunk, convert
from earmark.sources.table.plan import Plan

ROW = "2022-01-01T00:00:0{0}Z,a,b,{0}\n"


def _write(folder: Path, name: str, *seconds: int) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(ROW.format(second) for second in seconds))


def test_a_list_is_read_as_listed_and_locators_name_the_file(tmp_path: Path) -> None:
    _write(tmp_path, "b.csv", 1)
    _write(tmp_path, "a.csv", 2, 3)
    draft = read_table(tmp_path, ["b.csv", "a.csv"])
    assert column(draft, "locator") == ["b.csv line 2", "a.csv line 2", "a.csv line 3"]
    assert [name for name, _ in draft.files] == ["b.csv", "a.csv"]
    assert draft.files[0][1] == hashlib.sha256((tmp_path / "b.csv").read_bytes()).hexdigest()


def test_a_glob_is_sorted_and_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    for name in ("s/c.csv", "s/a.csv", "s/b.csv"):
        _write(tmp_path, name, 1)
    draft = read_table(tmp_path, ["s/b.csv", "s/*.csv"])
    assert [name for name, _ in draft.files] == ["s/b.csv", "s/a.csv", "s/c.csv"]


@pytest.mark.parametrize("change", ["appended", "removed"])
def test_a_file_that_changes_while_it_is_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    _write(tmp_path, "t.csv", 1)

    def meddle(batch: Batch, plan: Plan) -> Chunk:
        if change == "appended":
            with (tmp_path / "t.csv").open("a") as file:
                file.write(ROW.format(2))
        else:
            (tmp_path / "t.csv").unlink()
        return convert(batch, plan)

    monkeypatch.setattr("earmark.sources.table.reader.convert", meddle)
    with pytest.raises(EarmarkError, match="changed while it was being read") as caught:
        read_table(tmp_path, "t.csv")
    assert caught.value.file == "t.csv"


def test_brackets_in_a_real_name_are_no_pattern(tmp_path: Path) -> None:
    _write(tmp_path, "copy[1].csv", 4)
    assert amounts(read_table(tmp_path, "copy[1].csv")) == [400]


@pytest.mark.parametrize(
    "path", ["../t.csv", "/etc/passwd", "a/../../t.csv", "C:/t.csv", "a\\b.csv", ""]
)
def test_a_path_out_of_the_case_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(EarmarkError, match="leads out of the case folder"):
        read_table(tmp_path, path)


def test_a_link_out_of_the_case_is_refused_and_one_inside_is_read(tmp_path: Path) -> None:
    case = tmp_path / "case"
    _write(case, "real.csv", 1)
    _write(tmp_path, "secret.csv", 1)
    (case / "inside.csv").symlink_to(case / "real.csv")
    (case / "outside.csv").symlink_to(tmp_path / "secret.csv")
    assert read_table(case, "inside.csv").rows == 1
    with pytest.raises(EarmarkError, match="link leads out"):
        read_table(case, "outside.csv")
    with pytest.raises(EarmarkError, match="link leads out"):
        read_table(case, "*.csv")


def test_a_missing_file_names_the_near_miss(tmp_path: Path) -> None:
    _write(tmp_path, "sources/hops.csv", 1)
    with pytest.raises(EarmarkError) as caught:
        read_table(tmp_path, "sources/hopps.csv")
    assert caught.value.near_miss == "sources/hops.csv"
    assert caught.value.file == "sources/hopps.csv"
    with pytest.raises(EarmarkError, match="no such file"):
        read_table(tmp_path, "sources/*.parquet")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(EarmarkError, match="not a regular file"):
        read_table(tmp_path, "t.csv")


def test_the_suffix_or_the_setting_tells_the_format(tmp_path: Path) -> None:
    text = HEADER.replace(",", "\t") + "2022-01-01\ta\tb\t7\n"
    assert amounts(read_text(tmp_path, text, "t.tsv")) == [700]
    assert amounts(read_text(tmp_path, text, "t.txt", format={"file": "tsv"})) == [700]
    with pytest.raises(EarmarkError) as caught:
        read_text(tmp_path, text, "t.tvs")
    assert ".tsv" in caught.value.expected
    assert caught.value.near_miss == ".tsv"


def test_an_empty_file_is_an_error_and_a_header_alone_is_no_row(tmp_path: Path) -> None:
    with pytest.raises(EarmarkError, match="the file is empty"):
        read_text(tmp_path, "")
    with pytest.raises(EarmarkError, match="only empty lines"):
        read_text(tmp_path, "\n\n")
    draft = read_text(tmp_path, HEADER)
    assert (draft.rows, draft.transactions.num_rows, draft.legs.num_rows) == (0, 0, 0)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "a PNG picture"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04aaaa", "a ZIP archive or a workbook"),
        (b"PAR1xxxx", "a Parquet file"),
        (b"\x1f\x8b\x08", "compressed by gzip"),
        (b"time,from\n2022,\0\0\n", "byte 15 is NUL"),
    ],
)
def test_a_binary_file_is_named_for_what_it_is(tmp_path: Path, data: bytes, told: str) -> None:
    with pytest.raises(EarmarkError, match=told) as caught:
        read_text(tmp_path, data)
    assert caught.value.file == "t.csv"


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_an_endless_line_is_refused_early(tmp_path: Path, name: str) -> None:
    with pytest.raises(EarmarkError, match="longer than 1048576 characters") as caught:
        read_text(tmp_path, HEADER + "a" * (2 << 20), name)
    assert caught.value.line == 2


def test_a_line_of_a_gigabyte_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(HEADER.encode() + b"2022-01-01,a,b," + b"1" * (1 << 17))
    with path.open("r+b") as file:
        file.truncate(1 << 30)  # a hole: the rest reads as NUL bytes and takes no disk
    with pytest.raises(EarmarkError, match="longer than 1048576 characters") as caught:
        read_table(tmp_path, "t.csv")
    assert caught.value.line == 2
    path.write_bytes(b"")
    with path.open("r+b") as file:
        file.truncate(1 << 30)
    with pytest.raises(EarmarkError, match="NUL"):
        read_table(tmp_path, "t.csv")


def test_a_record_without_end_is_refused(tmp_path: Path) -> None:
    line = "a" * 100_000 + '\n","'
    with pytest.raises(EarmarkError, match="a record is longer"):
        read_text(tmp_path, HEADER + '"' + line * 60)
