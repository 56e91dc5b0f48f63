"""Mistakes a person can mend: each names the file, the place, what was expected and a near miss."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class EarmarkError(Exception):
    """Something the user can mend; the command line prints it without a traceback."""

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        file: str = "",
        line: int | None = None,
        column: int | None = None,
        expected: str = "",
        near_miss: str = "",
    ) -> None:
        """Keep the parts so that ``--json`` can print them one by one."""
        self.problem = problem
        self.file = file
        self.line = line
        self.column = column
        self.expected = expected
        self.near_miss = near_miss
        super().__init__(self.text())

    def text(self) -> str:
        """Return ``file:line:column: problem; expected …; did you mean …?``."""
        place = ":".join(str(p) for p in (self.file, self.line, self.column) if p not in ("", None))
        parts = [f"{place}: {self.problem}" if place else self.problem]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.near_miss:
            parts.append(f"did you mean {self.near_miss}?")
        return "; ".join(parts)


def near_miss(word: str, known: Iterable[str]) -> str:
    """Return the closest known word, or an empty string when none is close."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else ""
