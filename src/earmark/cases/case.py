"""A case as the other rooms see it: its settings, its built ledger, and what it declares for a trace."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from earmark import __version__
from earmark.cases import sealing
from earmark.cases.building import (
    CACHE,
    CaseBuild,
    Summary,
    build_case,
    save,
    with_custody_notes,
)
from earmark.cases.settings import read_settings
from earmark.cases.terms import amount, moment, terms_of
from earmark.ledger.errors import EarmarkError
from earmark.ledger.schema import TABLES
from earmark.ledger.store import read_ledger
from earmark.sources.files import NOT_INPUTS
from earmark.sources.registry import VERSIONS
from earmark.tracing.asking import Terms
from earmark.tracing.trace import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from earmark.cases.config import CaseSettings
    from earmark.ledger.ledger import Ledger


@dataclass(frozen=True)
class Case:
    """A built case; ``not_saved`` says why its build could not be kept, if it could not."""

    folder: Path
    settings: CaseSettings
    made: CaseBuild
    not_saved: str = ""

    @property
    def ledger(self) -> Ledger:
        """The built ledger."""
        return self.made.ledger

    @cached_property
    def terms(self) -> Terms:
        """Claims, stops and elections of ``case.toml`` and of the notation, in that order."""
        return terms_of(self.settings, self.made.summary, self.ledger, self.folder)

    @cached_property
    def tracer(self) -> Tracer:
        """The ledger and its rearrangements."""
        return Tracer(self.ledger, self.terms)

    def narrowed(self, horizon: str | None, dust: list[str], *, follow_fees: bool) -> Tracer:
        """Return a tracer under a horizon, dust limits (``0.01 ETH``) and fees of one call."""
        exponents = {one.symbol: one.exponent for one in self.ledger.commodities}
        limits = dict(self.terms.dust)
        for text in dust:
            number, space, symbol = text.strip().partition(" ")
            if not space:
                raise EarmarkError(f"--dust {text[:60]!r}", expected="a limit such as '0.01 ETH'")
            limits[symbol] = amount(number, symbol, exponents, "--dust")
        terms = msgspec.structs.replace(
            self.terms,
            horizon_us=moment(horizon) if horizon else self.terms.horizon_us,
            dust=limits,
            follow_fees=follow_fees or self.terms.follow_fees,
        )
        return Tracer(self.ledger, terms)


class RejectedRowsError(EarmarkError):
    """Rows were rejected where the user asked for none."""

    exit_code = 3


def open_case(
    folder: Path,
    *,
    rebuild: bool = False,
    must_save: bool | None = None,
    strict: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Case:
    """Return a case, built again only when an input changed.

    A build asked for with ``rebuild`` must be kept unless ``must_save`` says otherwise; any other goes on
    without. Raises EarmarkError; under ``strict`` RejectedRowsError when any row is rejected, and then nothing is
    written.
    """
    settings = read_settings(folder)
    inputs = inputs_digest(folder)
    made = None if rebuild else _cached(folder, inputs)
    not_saved = ""
    if made is None:
        made = build_case(folder, settings, inputs, progress)
        if strict:
            _refuse_rejected(made)
        not_saved = _saved(folder, made, must=rebuild if must_save is None else must_save)
    return Case(folder, settings, with_custody_notes(folder, made), not_saved)


def _saved(folder: Path, made: CaseBuild, *, must: bool) -> str:
    """Save a build; a case on a read-only disk can still be read, so then only say what failed."""
    try:
        save(folder, made)
    except EarmarkError as error:
        if must:
            raise
        return f"{error}; this run goes on without keeping it"
    return ""


def _refuse_rejected(made: CaseBuild) -> None:
    rejected = made.ledger.tables["rejected"]
    if not rejected.num_rows:
        return
    first = rejected.slice(0, 1).to_pylist()[0]
    place = made.place(first["source"], first["locator"] or "")
    raise RejectedRowsError(
        f"{rejected.num_rows} rows are rejected; the first is {place}: {first['reason']}"
    )


def _cached(folder: Path, inputs: str) -> CaseBuild | None:
    pointer = folder / CACHE / "current"
    place = folder / CACHE / inputs[:32]
    if not pointer.is_file() or pointer.read_bytes() != inputs[:32].encode():
        return None
    if not sealing.is_sealed(place):
        return None
    try:
        summary = msgspec.json.decode((place / "summary.json").read_bytes(), type=Summary)
        return CaseBuild(read_ledger(place), summary) if summary.inputs == inputs else None
    except (OSError, msgspec.MsgspecError, EarmarkError):
        return None  # a cache is safe to delete, so a damaged one is built again


def inputs_digest(folder: Path) -> str:
    """Return the SHA-256 of everything a build depends on: versions, columns, every file of the case."""
    columns = {name: schema.to_string() for name, schema in TABLES.items()}
    total = hashlib.sha256(repr((__version__, VERSIONS, columns)).encode())
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if relative.parts[0] in NOT_INPUTS or not path.is_file():
            continue
        total.update(os.fsencode(relative.as_posix()) + b"\0")
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
