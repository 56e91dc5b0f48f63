"""Ledgers from short texts, one or several sources."""

from __future__ import annotations

from typing import Any

from earmark.cases.building import sources_table
from earmark.ledger.builder import Built, build
from earmark.ledger.ledger import Ledger
from earmark.ledger.notation import parse
from earmark.ledger.values import Placement
from earmark.sources.notation import draft_of
from earmark.sources.settings import Source

USD = "commodity USD exponent 0\n"


def built_from(*texts: str, placement: Placement = "late") -> Built:
    """Build a ledger from texts, each a source of its own, in this order."""
    sources = [
        Source(reader="notation", path=f"{number}.ledger") for number in range(1, len(texts) + 1)
    ]
    drafts = [
        draft_of(parse(USD + text), str(source.path), str(number) * 64)
        for number, (source, text) in enumerate(zip(sources, texts, strict=True))
    ]
    return build(drafts, sources_table(sources, drafts), [], placement)


def ledger_of(*texts: str, placement: Placement = "late") -> Ledger:
    """Build a ledger from texts."""
    return built_from(*texts, placement=placement).ledger


def paid(day: int | str, key: str, *legs: str, extra: str = "", kind: str = "payment") -> str:
    """Return one transaction of a day of January 2024, or of a written time."""
    when = f"2024-01-{day:02}T00:00:00Z" if isinstance(day, int) else day
    lines = "".join(f"  {leg}\n" for leg in legs)
    return f"{when} {kind} recorded key {key} {extra}\n{lines}"


def keys(ledger: Ledger) -> list[str]:
    """Return the keys of the record in order, without openings."""
    found: list[str] = ledger.column("transactions", "key").to_pylist()
    return [key for key in found if not key.startswith("opening/")]


def rows(ledger: Ledger, table: str) -> list[dict[str, Any]]:
    """Return a table as dictionaries."""
    found: list[dict[str, Any]] = ledger.tables[table].to_pylist()
    return found


def reasons(ledger: Ledger) -> dict[str, str]:
    """Return why each rejected transaction is rejected, by key."""
    return {row["text"].partition(":")[0]: row["reason"] for row in rows(ledger, "rejected")}
