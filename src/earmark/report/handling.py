"""What may be shown: sources above the reader's level are left out, and what that leaves out is counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from earmark.cases import custody
from earmark.ledger.errors import EarmarkError, near_miss
from earmark.sources.names import namer
from earmark.tracing.asking import members

if TYPE_CHECKING:
    from collections.abc import Callable

    from earmark.cases.case import Case
    from earmark.ledger.values import Stop

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
    def files(self) -> tuple[frozenset[str], frozenset[str]]:
        """The files that may be shown and those that may not; a file of both kinds is withheld."""
        found = (set[str](), set[str]())
        for number, files in enumerate(self.case.made.summary.files):
            found[number in self.sources].update(name for name, _ in files)
        return frozenset(found[0] - found[1]), frozenset(found[1])

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """The build's warnings that begin with what may be shown, a file or a source's path, and name nothing withheld."""
        everything = self.case.made.summary.warnings
        if not self.sources:
            return everything
        shown, withheld = self.files
        names = (*shown, *self._paths, custody.NAME)
        beginnings = tuple(f"{name}{after}" for name in names for after in ": ")
        secrets = (*withheld, *self.holders)
        return tuple(
            one
            for one in everything
            if one.startswith(beginnings) and not any(secret in one for secret in secrets)
        )

    @property
    def _paths(self) -> frozenset[str]:
        """The paths, as the case lists them, of the sources that may be shown."""
        found = (set[str](), set[str]())
        for number, path in enumerate(self.case.ledger.column("sources", "path").to_pylist()):
            found[number in self.sources].add(path)
        return frozenset(found[0] - found[1])

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

    @cached_property
    def _written(self) -> Callable[[str], str]:
        return namer(self.case.ledger)

    def written(self, holder: str) -> str:
        """Return a holder as people write it, or the word that stands for every withheld one."""
        return WITHHELD if holder in self.holders else self._written(holder)

    def stop(self, stop: Stop) -> Stop:
        """Return a declared stop, without its words where only what is withheld speaks of it."""
        if not self._is_withheld(stop):
            return stop
        return msgspec.structs.replace(
            stop, name=WITHHELD, label=WITHHELD, jurisdiction="", supervisor=""
        )

    def _is_withheld(self, stop: Stop) -> bool:
        ledger = self.case.ledger
        if stop.kind == "transaction":
            return stop.name in self.keys
        if stop.kind == "holder":
            return ledger.aliases.get(stop.name, stop.name) in self.holders
        known = ledger.holder_positions.keys() & set(members(ledger, stop.name))
        return bool(known) and known <= self.holders

    @cached_property
    def withheld_labels(self) -> frozenset[str]:
        """Labels that only stops carry which may not be shown."""
        stops = self.case.terms.stops
        shown = {self.stop(stop).label for stop in stops}
        return frozenset(stop.label for stop in stops) - shown

    def statement_is_shown(self, source: str | None) -> bool:
        """Tell whether a statement that stands in this file, or is cited to it, may be shown."""
        return not self.sources or source not in self.files[1]

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
    shown = Shown(case, upto)
    return Shown(_without_withheld_labels(shown), upto) if shown.sources else shown


def _without_withheld_labels(shown: Shown) -> Case:
    """Return the case with no label that only a withheld table gives; every other column is kept."""
    ledger = shown.case.ledger
    said: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for row in ledger.tables["statements"].to_pylist():
        if row["predicate"] == "labelled":
            is_shown = shown.statement_is_shown(row["source"])
            said[is_shown].add((row["subject"], row["value"]))
    hidden = said[False] - said[True]
    holders = ledger.tables["holders"]
    labels = [
        "" if (row["name"], row["label"]) in hidden else row["label"] for row in holders.to_pylist()
    ]
    at = holders.schema.get_field_index("label")
    tables = {
        **ledger.tables,
        "holders": holders.set_column(at, holders.schema.field(at), pa.array(labels, pa.string())),
    }
    made = replace(shown.case.made, ledger=replace(ledger, tables=tables))
    return replace(shown.case, made=made)


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
