"""Every `.ledger` file of this folder is a test: it builds, keeps the laws, and says what must come out."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark.cases.checking import Checked, check_text, tracer_of_text
from earmark.tracing.rules import RULES
from earmark.tracing.trace import trace_rows

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.ledger"))
BACKWARD = "something was received before all was paid: backward tracing is not supported"
TWICE = "a leg is linked twice"
PAIRS = "several commodities on one side need declared pairs"


def wrong(checked: Checked) -> list[str]:
    answers = [
        f"line {one.line}: {one.asked}: expected {one.wanted}, found {one.found}"
        for one in checked.expects
        if not one.holds
    ]
    return [*checked.problems, *answers]


def reasons(path: Path, rule: str) -> set[str]:
    tracer, _ = tracer_of_text(path)
    rows = trace_rows(tracer.trace(rule, "late"))["ends"]
    return {row["reason"] for row in rows if row["role"] == "stopped"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_holds(path: Path) -> None:
    checked = check_text(path)
    assert wrong(checked) == []
    assert checked.holds
    assert checked.expects, "a file without an expect line tests nothing"


def test_a_wrong_number_is_told_with_its_line(tmp_path: Path) -> None:
    text = (FOLDER / "hallett.ledger").read_text("utf-8")
    right = "expect trace hallett theft: rests account 100 GBP"
    assert right in text
    path = tmp_path / "wrong.ledger"
    path.write_text(text.replace(right, right.replace("100", "99")), "utf-8")
    line = text[: text.index(right)].count("\n") + 1
    assert wrong(check_text(path)) == [
        f"line {line}: trace hallett theft rests bank:account: expected 99 GBP, found 100 GBP"
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("durant-backward", {f"boat-on-credit: {BACKWARD}"}),
        ("conversion-several-commodities", {f"basket: {PAIRS}"}),
        ("conversion-linked-twice", {f"one: {TWICE}", f"two: {TWICE}"}),
    ],
)
def test_a_walk_that_stops_at_a_link_says_why(name: str, said: set[str]) -> None:
    path = FOLDER / f"{name}.ledger"
    assert {f"link {one}" for one in said} <= set(check_text(path).notes)
    for rule in RULES:
        told = reasons(path, rule)
        assert told
        assert told <= said


def test_unknown_quantities_are_counted_and_never_summed() -> None:
    path = FOLDER / "unknown-quantities.ledger"
    assert "4 legs have no known quantity: counted, never summed" in check_text(path).notes
    tracer, _ = tracer_of_text(path)
    assert trace_rows(tracer.trace("fifo", "late"))["unknown_out_legs"] == 2
