"""What a source says oddly without being wrong: counted while it is read, told once at the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

KINDS_MAX = 500
"""Different names, sentences and places that are counted one by one."""
NAME_MAX = 60
"""Characters of a foreign name that a warning repeats."""
_NAME, _SAID, _FIRST = "name\t", "said\t", "first\t"


def words(text: str) -> frozenset[str]:
    """Return the names in a text, parted by spaces."""
    return frozenset(text.split())


class Notices:
    """Names of fields that no reader knows, and sentences with where they were true first.

    All of it is in ``counts``, so that reading can go on from there after it was interrupted.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.counts: Counter[str] = Counter()

    def names(self, found: Iterable[str], known: Collection[str], place: str) -> None:
        """Count names that are not known; ``place`` is a word such as ``tx``."""
        for name in found:
            if name not in known:
                self._add(f"{_NAME}{place}.{name[:NAME_MAX]}")

    def say(self, sentence: str, where: str) -> None:
        """Count a sentence without a tab, and remember where it was true first."""
        if not self.counts[_SAID + sentence]:
            self._add(f"{_FIRST}{sentence}\t{where}")
        self._add(_SAID + sentence)

    def _add(self, key: str) -> None:
        if key in self.counts or len(self.counts) < KINDS_MAX:
            self.counts[key] += 1

    def warnings(self) -> list[str]:
        """Return one sentence for each thing said, and one for all names."""
        first = dict(key.split("\t", 1) for key, _ in self._all(_FIRST))
        found = [
            f"{sentence}: {count} times, first {first.get(sentence, 'unknown')}"
            for sentence, count in self._all(_SAID)
        ]
        names = ", ".join(f"{name!a} ({count})" for name, count in sorted(self._all(_NAME)))
        return [*found, f"fields that are not known, and not read: {names}"] if names else found

    def _all(self, kind: str) -> list[tuple[str, int]]:
        return [
            (key.removeprefix(kind), count)
            for key, count in self.counts.items()
            if key.startswith(kind)
        ]


class Noticing:
    """Base of a store that notices things: its counts are those of its notices, also when set anew."""

    def __init__(self) -> None:
        """Begin with nothing noticed."""
        self.notices = Notices()

    @property
    def counts(self) -> Counter[str]:
        """Return what was counted so far."""
        return self.notices.counts

    @counts.setter
    def counts(self, counts: Counter[str]) -> None:
        self.notices.counts = counts

    def warnings(self) -> list[str]:
        """Return what was noticed."""
        return self.notices.warnings()
