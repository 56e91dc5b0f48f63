"""What a source says oddly without being wrong: counted while it is read, told once at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

NAMES_MAX = 100
"""Different names and sentences that are counted one by one."""
NAME_MAX = 60
"""Characters of a foreign name that a warning repeats."""


def words(text: str) -> frozenset[str]:
    """Return the names in a text, parted by spaces."""
    return frozenset(text.split())


@dataclass
class Notices:
    """Names of fields that no reader knows, and sentences with how often and where first."""

    unknown: dict[str, int] = field(default_factory=dict)
    said: dict[str, tuple[int, str]] = field(default_factory=dict)

    def names(self, found: Iterable[str], known: Collection[str], place: str) -> None:
        """Count names that are not known; ``place`` is a word such as ``tx``."""
        for name in found:
            if name not in known:
                full = f"{place}.{name[:NAME_MAX]}"
                if full in self.unknown or len(self.unknown) < NAMES_MAX:
                    self.unknown[full] = self.unknown.get(full, 0) + 1

    def say(self, sentence: str, where: str) -> None:
        """Count a sentence."""
        if sentence in self.said or len(self.said) < NAMES_MAX:
            count, first = self.said.get(sentence, (0, where))
            self.said[sentence] = count + 1, first

    def warnings(self) -> tuple[str, ...]:
        """Return one sentence for all names, and one for each thing said."""
        found = [
            f"{text}: {count} times, first {where}" for text, (count, where) in self.said.items()
        ]
        names = ", ".join(f"{name!a} ({count})" for name, count in sorted(self.unknown.items()))
        return (*found, f"fields that are not known, and not read: {names}") if names else (*found,)
