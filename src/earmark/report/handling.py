"""What may be shown: sources above the reader's level are left out, and what that leaves out is counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError, near_miss

if TYPE_CHECKING:
    from earmark.cases.case import Case

LEVELS = ("public", "restricted", "confidential")
WITHHELD = "withheld"


@dataclass(frozen=True)
class Shown:
    """What a dossier for one level may show; sources, transactions and holders by position."""

    case: Case
    upto: str

    @cached_property
    def sources(self) -> frozenset[int]:
        """The sources that may not be shown."""
        levels = self.case.ledger.column("sources", "handling").to_pylist()
        return frozenset(
            number for number, level in enumerate(levels) if is_above(level, self.upto)
        )

    @cached_property
    def own_source(self) -> dict[str, int | None]:
        """Each transaction's first source, by key."""
        return {key: source for key, (source, _) in own_evidence(self.case).items()}

    @cached_property
    def keys(self) -> frozenset[str]:
        """Keys of the transactions that may not be shown."""
        return frozenset(key for key, source in self.own_source.items() if source in self.sources)

    @cached_property
    def holders(self) -> frozenset[str]:
        """Holders of whom only what is withheld speaks."""
        if not self.keys:
            return frozenset()
        ledger = self.case.ledger
        keys = ledger.column("transactions", "key").to_pylist()
        tx, holder = ledger.integers("legs", "tx").tolist(), ledger.integers("legs", "holder")
        is_opening = ledger.column("transactions", "kind").to_pylist()
        hidden: set[str] = set()
        seen: set[str] = set()
        for one, name in zip(tx, holder.tolist(), strict=True):
            if is_opening[one] != "opening":
                (hidden if keys[one] in self.keys else seen).add(ledger.holder_names[name])
        return frozenset(hidden - seen)

    def name(self, holder: str) -> str:
        """Return a holder's name, or the word that stands for every withheld one."""
        return WITHHELD if holder in self.holders else holder

    def source_is_shown(self, source: int | None) -> bool:
        """Tell whether rows of this source may be shown."""
        return source is None or source not in self.sources


def shown_upto(case: Case, upto: str) -> Shown:
    """Return what may be shown; raises EarmarkError for an unknown level and a case above it."""
    if upto not in LEVELS:
        raise EarmarkError(
            f"there is no handling called {upto!r}",
            expected=", ".join(LEVELS),
            near_miss=near_miss(upto, LEVELS),
        )
    if is_above(case.settings.handling, upto):
        raise EarmarkError(
            f"the whole case is {case.settings.handling}: there is nothing to show up to {upto}",
            file="case.toml",
            expected=f"--upto {case.settings.handling}",
        )
    return Shown(case, upto)


def is_above(handling: str, upto: str) -> bool:
    """Tell whether a level is more closely held than another."""
    return LEVELS.index(handling) > LEVELS.index(upto)


def own_evidence(case: Case) -> dict[str, tuple[int | None, str]]:
    """Return each transaction's first source and locator, by key; openings have none."""
    ledger = case.ledger
    keys = ledger.column("transactions", "key").to_pylist()
    found: dict[str, tuple[int | None, str]] = {}
    columns = (ledger.column("evidence", name).to_pylist() for name in ("tx", "source", "locator"))
    for tx, source, locator in zip(*columns, strict=True):
        found.setdefault(keys[tx], (source, locator or ""))
    return found
