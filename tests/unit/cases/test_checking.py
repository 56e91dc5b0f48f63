"""What `earmark check` says of the findings: each with its subjects and reasons, not only how many."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark.cases.case import open_case
from earmark.cases.checking import check_case
from earmark.cli.check import check

NUMBER = 12
SETTINGS = """title = "T"

[[source]]
reader = "notation"
path = "one.ledger"

[[source]]
reader = "notation"
path = "two.ledger"
"""


def two_that_disagree(folder: Path) -> Path:
    """Return a case of two sources that tell every quantity differently."""
    for name, quantity in (("one", 10), ("two", 11)):
        rows = "".join(
            f"\n2024-01-{day:02}T00:00:00Z payment recorded key pay:{day}\n"
            f"  bank:a -> bank:b  {quantity} USD\n"
            for day in range(1, NUMBER + 1)
        )
        text = "commodity USD exponent 2\n" + rows
        (folder / f"{name}.ledger").write_text(text, encoding="utf-8")
    (folder / "case.toml").write_text(SETTINGS, encoding="utf-8")
    return folder


def test_every_finding_is_listed_with_its_subjects_and_reasons(tmp_path: Path) -> None:
    found = check_case(open_case(two_that_disagree(tmp_path))).findings
    assert {one.subjects for one in found} == {(f"pay:{day}",) for day in range(1, NUMBER + 1)}
    assert {one.kind for one in found} == {"disagreement"}
    for one in found:
        (reason,) = one.reasons
        assert reason.startswith("legs: ")
        assert str(one) == f"disagreement: {one.subjects[0]}: {reason}"


def test_the_text_tells_the_first_ten_and_says_how_many_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check([two_that_disagree(tmp_path)]) == 0
    lines = capsys.readouterr().err.splitlines()
    told = [line for line in lines if line.startswith(f"{tmp_path}: finding disagreement: pay:")]
    assert len(told) == 10
    assert f"{tmp_path}: finding disagreement: and 2 more; `--json` lists them all" in lines


def test_a_subject_is_shown_as_people_write_it(tmp_path: Path) -> None:
    address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    text = (
        "commodity BTC exponent 8\n\n2024-01-01T00:00:00Z payment recorded\n"
        f"  btc:{address} -> btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa  1 BTC\n\n"
        f'finding reuse 1 2024 subjects btc:{address} reasons "used twice"\n'
    )
    (tmp_path / "case.toml").write_text('title = "T"\n', encoding="utf-8")
    (tmp_path / "case.ledger").write_text(text, encoding="utf-8")
    (one,) = check_case(open_case(tmp_path)).findings
    assert one.subjects == ("btc:0014751e76e8199196d454941c45d1b3a323f1433bd6",)
    assert one.subjects_shown == (f"btc:{address}",)
