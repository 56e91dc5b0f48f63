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


CANDIDATES_MAX = 500
"""Known words that are compared in full; comparing a million keys would take minutes."""

LENGTH_MAX_CHARACTERS = 200


def near_miss(word: str, known: Iterable[str]) -> str:
    """Return the closest known word, or an empty string when none is close."""
    if len(word) > LENGTH_MAX_CHARACTERS:
        return ""
    found = get_close_matches(word, _candidates(word, known), n=1, cutoff=0.6)
    return found[0] if found else ""


def _candidates(word: str, known: Iterable[str]) -> list[str]:
    """Return all of a few words; of many those that begin or end most like this one, in their order."""
    found = [one for one in known if len(one) <= LENGTH_MAX_CHARACTERS]
    enough, too_many = len(word) + 1, 2  # characters in common
    while len(found) > CANDIDATES_MAX and enough - too_many > 1:
        shared = 3 if too_many == 2 else (enough + too_many) // 2
        first, last = word[:shared], word[-shared:]
        nearer = [one for one in found if one.startswith(first) or one.endswith(last)]
        if len(nearer) > CANDIDATES_MAX:
            too_many = shared
        else:
            enough = shared
        if nearer or shared == 3:
            found = nearer
    return found[:CANDIDATES_MAX]
