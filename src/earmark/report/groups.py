"""Which holders are shown together, under what name, and who says that they belong together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from earmark.tracing.asking import entity_of

if TYPE_CHECKING:
    from earmark.ledger.ledger import Ledger


class Saying(NamedTuple):
    """Who says something: the author and the kind of author."""

    by: str
    by_kind: str


class Groups:
    """The groups of one ledger: a holder's entity, or the holder itself where it stands alone.

    A holder that is the only one of its entity keeps its own label: a table of ends then names an address,
    not the group that somebody says it belongs to.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.entities = entity_of(ledger)
        self.sizes = Counter(self.entities.values())
        self.sayings = _sayings(ledger)

    def group(self, holder: str) -> str:
        """Return the name of the group that a holder is shown in."""
        entity = self.entities.get(holder)
        if entity is not None and (self.sizes[entity] > 1 or holder not in self.ledger.labels):
            return entity
        return holder

    def is_entity(self, group: str) -> bool:
        """Tell whether a group is an entity and not a holder."""
        return group not in self.ledger.holder_positions

    def label(self, group: str) -> str:
        """Return what a group is called: its entity's name, a holder's label, or its identifier."""
        return group if self.is_entity(group) else self.ledger.labels.get(group, group)

    def said_by(self, group: str) -> tuple[Saying, ...]:
        """Return who says that the holders of an entity belong to it, each once."""
        return self.sayings.get(group, ())


def _sayings(ledger: Ledger) -> dict[str, tuple[Saying, ...]]:
    found: dict[str, dict[Saying, None]] = {}
    for row in ledger.tables["statements"].to_pylist():
        if row["superseded"]:
            continue
        saying = Saying(row["by"], row["by_kind"])
        if row["predicate"] == "belongs_to":
            found.setdefault(row["value"], {})[saying] = None
        if row["predicate"] in ("controls", "owns"):
            found.setdefault(row["subject"], {})[saying] = None
    return {entity: tuple(sayings) for entity, sayings in found.items()}
