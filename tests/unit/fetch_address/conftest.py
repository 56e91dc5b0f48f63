from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.cli.commands import Ran

from earmark.cli.main import app
from earmark.ledger.errors import EarmarkError

Fetch = Callable[..., Ran]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    (folder / "sources").mkdir(parents=True)
    (folder / "case.toml").write_text('title = "T"\n', "utf-8")
    return folder


@pytest.fixture
def fetch(case: Path, capsys: pytest.CaptureFixture[str]) -> Fetch:
    """Call the verb in this process, with one try for each question: retries are tested with the client."""

    def call(url: str, *words: object) -> Ran:
        name = () if "--name" in words else ("--name", "a")
        line = ["fetch", "address", case, url, *name, "--tries", 1, "--json", *words]
        error = ""
        try:
            code = app([str(word) for word in line], result_action="return_value")
        except EarmarkError as found:
            code, error = found.exit_code, str(found)
        told = capsys.readouterr()
        return Ran(code, told.out, told.err + error)

    return call
