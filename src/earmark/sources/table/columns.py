"""The column mapping of a source, checked once: which column or constant gives each meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.sources.settings import ColumnNames, Source

MEANINGS = tuple(name for name in ColumnNames.__struct_fields__ if name != "sequence")
_NEEDED = ("time", "payer", "payee", "commodity")


@dataclass(frozen=True)
class Mapping:
    """``columns`` and ``constants`` by meaning; ``wanted`` are the names to read, in a fixed order."""

    columns: dict[str, str]
    constants: dict[str, str]
    sequence: tuple[str, ...]
    wanted: tuple[str, ...]

    def gives(self, meaning: str) -> bool:
        """Return whether a column or a constant gives the meaning."""
        return meaning in self.columns or meaning in self.constants


def read_mapping(source: Source) -> Mapping:
    """Check ``columns`` and ``constants``; raises EarmarkError when a row could not be understood."""
    columns = {m: c for m in MEANINGS if (c := getattr(source.columns, m)) is not None}
    constants = {name: value.strip() for name, value in source.constants.items()}
    for name in constants:
        if name not in MEANINGS:
            raise EarmarkError(
                f"constants.{name[:60]} is not known",
                file="case.toml",
                expected=f"one of {', '.join(MEANINGS)}",
                near_miss=near_miss(name, MEANINGS),
            )
    named = source.columns.sequence
    sequence = (named,) if isinstance(named, str) else tuple(named or ())
    wanted = (*columns.values(), *sequence, *(rule.column for rule in source.ignore))
    mapping = Mapping(columns, constants, sequence, tuple(dict.fromkeys(wanted)))
    _check_needed(mapping, source)
    return mapping


def _check_needed(mapping: Mapping, source: Source) -> None:
    missing = [meaning for meaning in _NEEDED if not mapping.gives(meaning)]
    if not any(mapping.gives(meaning) for meaning in ("quantity", "low", "high")):
        missing.append("quantity")
    if not missing:
        return
    first = missing[0]
    unknown = ' (or "unknown")' if first in ("time", "quantity") else ""
    place = source.path if isinstance(source.path, str) else ", ".join(source.path[:3])
    raise EarmarkError(
        f"nothing says where the {first} of {place} stands",
        file="case.toml",
        expected=f"columns.{first} to name a column, or constants.{first} to give a value{unknown}",
    )


def positions(header: Sequence[str], mapping: Mapping, file: str, hint: str = "") -> dict[str, int]:
    """Return where each wanted column stands; raises EarmarkError for a missing or doubled one."""
    found: dict[str, int] = {}
    for name in mapping.wanted:
        if header.count(name) > 1:
            raise EarmarkError(
                f"two columns are called {name[:60]!r}{hint}",
                file=file,
                line=1,
                expected="one of them",
            )
        if name not in header:
            raise missing_column(name, header, file, hint)
        found[name] = header.index(name)
    return found


def missing_column(name: str, header: Iterable[str], file: str, hint: str = "") -> EarmarkError:
    """Return the error for a mapped column that the file does not have."""
    present = list(header)
    shown = ", ".join(column[:40] for column in present[:30])
    return EarmarkError(
        f"there is no column {name[:60]!r}{hint}",
        file=file,
        line=1,
        expected=f"one of: {shown}{', …' if len(present) > 30 else ''}",
        near_miss=near_miss(name, present),
    )


def not_read(header: Iterable[str], mapping: Mapping, file: str) -> tuple[str, ...]:
    """Return the warning that names the columns nobody asked for, if there are any."""
    others = [column[:60] or "(no name)" for column in header if column not in mapping.wanted]
    if not others:
        return ()
    more = f" and {len(others) - 30} more" if len(others) > 30 else ""
    return (f"{file}: columns not read: {', '.join(others[:30])}{more}",)
