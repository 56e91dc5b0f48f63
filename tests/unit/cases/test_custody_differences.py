"""What a build compares with the log: the evidence that it read, file by file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.unit.cases.cases import PNG, example

from earmark.cases import custody
from earmark.cases.attaching import attach
from earmark.cases.case import open_case

SAME, OTHER = hashlib.sha256(PNG).hexdigest(), "0" * 64


def attached(folder: Path) -> Path:
    case = example(folder)
    (folder / "a.png").write_bytes(PNG)
    attach(case, folder / "a.png", by="A", obtained_from="", obtained_how="", lacks=[])
    return case


def test_each_line_names_the_digest_of_the_line_before(tmp_path: Path) -> None:
    case = attached(tmp_path)
    attach(case, tmp_path / "a.png", by="B", obtained_from="", obtained_how="", lacks=[])
    first, second = (case / "custody.log").read_bytes().splitlines()
    assert json.loads(first)["previous"] == custody.FIRST
    assert json.loads(second)["previous"] == hashlib.sha256(first).hexdigest()


def test_a_case_without_a_log_has_nothing_to_differ_from(tmp_path: Path) -> None:
    case = example(tmp_path)
    assert custody.read_log(case) == []
    assert custody.differences(case, {"sources/payments.csv": OTHER}) == []


def test_files_that_differ_or_were_never_attached_are_told(tmp_path: Path) -> None:
    case = attached(tmp_path)
    told = "not the file that was attached: its SHA-256 is 0000000000000000…, custody.log says "
    told += f"{SAME[:16]}…"
    assert custody.differences(case, {"sources/a.png": SAME}) == []
    assert custody.differences(case, {"sources/a.png": OTHER, "sources/b.csv": SAME}) == [
        f"sources/a.png is {told}",
        "sources/b.csv is not in custody.log: nobody attached it",
    ]


def test_the_last_entry_of_a_file_counts(tmp_path: Path) -> None:
    case = attached(tmp_path)
    custody.append(case, custody.Entry("2024-01-01T00:00:00Z", "attach", "sources/a.png", OTHER))
    assert custody.differences(case, {"sources/a.png": OTHER}) == []
    assert len(custody.differences(case, {"sources/a.png": SAME})) == 1


def test_the_build_says_what_nobody_attached(tmp_path: Path) -> None:
    warnings = open_case(attached(tmp_path)).made.summary.warnings
    assert "sources/payments.csv is not in custody.log: nobody attached it" in warnings
    assert not any(one.startswith("sources/a.png") for one in warnings)
