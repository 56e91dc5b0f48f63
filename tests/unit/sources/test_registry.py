"""What a source is called in its own warnings."""

from __future__ import annotations

from pathlib import Path

import msgspec
from tests.unit.sources.tables import COLUMNS, COMMODITIES

from earmark.sources.registry import read_source
from earmark.sources.settings import Source

ROW = "2022-01-01T00:00:00Z,a,b,1,7\n"


def _warnings(folder: Path, *names: str) -> tuple[str, ...]:
    for name in names:
        (folder / name).write_text(f"time,from,to,amount,gas\n{ROW}")
    settings = {
        "reader": "table",
        "path": list(names),
        "columns": COLUMNS,
        "constants": {"commodity": "USD"},
        "format": {"namespace": "x"},
    }
    return read_source(folder, msgspec.convert(settings, Source), COMMODITIES).warnings


def test_the_warnings_of_one_file_do_not_name_it_again(tmp_path: Path) -> None:
    assert _warnings(tmp_path, "a.csv") == ("columns not read: gas",)


def test_the_warnings_of_several_files_say_which(tmp_path: Path) -> None:
    assert _warnings(tmp_path, "a.csv", "b.csv") == (
        "a.csv: columns not read: gas",
        "b.csv: columns not read: gas",
    )
