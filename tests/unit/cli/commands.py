"""Running the command line as a user does: a process of its own, its output and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any, NamedTuple

import msgspec

CALL = [sys.executable, "-c", "from earmark.cli.main import main; main()"]


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)


def earmark(*words: object, timeout_s: float = 120) -> Ran:
    """Run one command; a traceback on standard error fails whatever test ran it."""
    ran = subprocess.run(
        [*CALL, *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout_s,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return Ran(ran.returncode, ran.stdout, ran.stderr)
