"""The list of what was asked for and not fetched, and why: shown at the end and kept beside the replies."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from earmark.fetch.cache import FOLDER
from earmark.ledger.files import refuse_link, write_whole

LISTED_MAX = 10_000
Why = Literal["failed", "unavailable", "left_out"]
"""It failed and another run may get it; the server cannot give it; nobody asked for it, or a bound was met."""


class Missing(msgspec.Struct, frozen=True):
    """One thing that is not there: what, why, and whether another run can mend it."""

    what: str
    reason: str
    why: Why


@dataclass
class Gaps:
    """What is missing so far; the same thing is listed once."""

    listed: list[Missing] = field(default_factory=list)
    unlisted: int = 0

    def add(self, what: str, reason: str, why: Why = "failed") -> None:
        """List one thing; beyond ``LISTED_MAX`` things are only counted."""
        one = Missing(what, reason, why)
        if one in self.listed[-100:]:
            return
        if len(self.listed) < LISTED_MAX:
            self.listed.append(one)
        else:
            self.unlisted += 1

    @property
    def failed(self) -> int:
        """How many of the listed things another run may get."""
        return sum(one.why == "failed" for one in self.listed)


def missing_path(name: str) -> str:
    """Return the path, inside the case, of the list beside the replies called ``name``."""
    return f"{FOLDER}/{name}.missing.json"


def write_missing(case_folder: Path, name: str, asked: str, gaps: Gaps) -> str | None:
    """Write the list of the last run beside its replies, whole; return its path if there is such a file.

    An empty list is written only in place of an older one.
    """
    inside = missing_path(name)
    path = case_folder / inside
    refuse_link(path)
    if not gaps.listed and not path.exists():
        return None
    note = {"asked": asked, "missing": gaps.listed, "unlisted": gaps.unlisted}
    write_whole(path, msgspec.json.format(msgspec.json.encode(note), indent=1) + b"\n")
    return inside
