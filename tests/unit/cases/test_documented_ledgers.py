"""Every ``ledger`` block of the page about the notation is a whole text that `earmark check` accepts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from earmark.cases.checking import check_text

PAGE = (Path(__file__).parents[3] / "docs" / "notation.md").read_text("utf-8")
BLOCKS = re.findall(r"^```ledger\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
REJECTED_ON_PURPOSE = "expect rejected"


def test_the_page_has_its_blocks() -> None:
    assert len(BLOCKS) > 10


@pytest.mark.parametrize("text", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_of_the_page_is_accepted(text: str, tmp_path: Path) -> None:
    path = tmp_path / "page.ledger"
    path.write_text(text, encoding="utf-8")
    checked = check_text(path)
    assert checked.holds, checked
    rejected = [note for note in checked.notes if note.startswith("rejected")]
    assert bool(rejected) == (REJECTED_ON_PURPOSE in text), rejected
