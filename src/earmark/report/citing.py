"""What each transaction cites: its own row first, then every further piece of evidence that the case names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.report.table import Row, Table, path_of

if TYPE_CHECKING:
    from earmark.report.study import Study

NOTATION = "notation"
"""The reader of what people type in by hand."""


class Cited(NamedTuple):
    """One piece of evidence: a source of the case by position, or null for one outside it."""

    source: int | None
    locator: str
    role: str


def cited(study: Study) -> dict[str, tuple[Cited, ...]]:
    """Return the evidence of each transaction by key, its own row first; what is withheld is left out."""
    ledger = study.ledger
    keys = ledger.column("transactions", "key").to_pylist()
    names = ("tx", "source", "locator", "role")
    columns = (ledger.column("evidence", name).to_pylist() for name in names)
    found: dict[str, list[Cited]] = {}
    for tx, source, locator, role in zip(*columns, strict=True):
        is_shown = keys[tx] not in study.shown.keys and study.shown.source_is_shown(source)
        if is_shown:
            found.setdefault(keys[tx], []).append(Cited(source, locator or "", role))
    return {key: tuple(dict.fromkeys(many)) for key, many in found.items()}


def is_typed(study: Study, source: int | None) -> bool:
    """Tell whether a source was typed in by hand."""
    return source is not None and study.ledger.column("sources", "reader")[source].as_py() == (
        NOTATION
    )


def evidence_table(study: Study) -> Table:
    """Every piece of evidence of every transaction; a source outside the case stands in the locator."""
    rows: list[Row] = [
        (key, path_of(study, one.source), one.locator, one.role)
        for key, many in cited(study).items()
        for one in many
    ]
    return Table("evidence", 3, ("key", "source", "locator", "role"), rows)
