"""A case as the other rooms see it: its settings, its built ledger, and what it declares for a trace."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from earmark import __version__
from earmark.cases import sealing
from earmark.cases.building import CACHE, CaseBuild, Summary, build_case, save
from earmark.cases.settings import read_settings
from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.quantity import parse_quantity
from earmark.ledger.schema import TABLES
from earmark.ledger.store import read_ledger
from earmark.ledger.times import parse_when
from earmark.ledger.values import Claim, Election, LegName, Stop, When
from earmark.sources.files import NOT_INPUTS
from earmark.sources.registry import VERSIONS
from earmark.tracing.asking import Terms
from earmark.tracing.trace import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from earmark.cases.config import CaseSettings, ClaimSetting, StopSetting
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
        return terms_of(self.settings, self.made.summary, self.ledger)

    @cached_property
    def tracer(self) -> Tracer:
        """The ledger and its rearrangements."""
        return Tracer(self.ledger, self.terms)

    def narrowed(self, horizon: str | None, dust: list[str], *, follow_fees: bool) -> Tracer:
        """Return a tracer under a horizon, dust limits (``0.01 ETH``) and fees of one call."""
        exponents = {one.symbol: one.exponent for one in self.ledger.commodities}
        limits = dict(self.terms.dust)
        for text in dust:
            number, _, symbol = text.strip().partition(" ")
            limits[symbol] = _quantity(number, symbol, exponents)
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
    strict: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Case:
    """Return a case, built again only when an input changed.

    Raises EarmarkError; under ``strict`` RejectedRowsError when any row is rejected, and then nothing is
    written.
    """
    settings = read_settings(folder)
    inputs = inputs_digest(folder)
    made = None if rebuild else _cached(folder, inputs)
    if made is None:
        made = build_case(folder, settings, inputs, progress)
        if strict:
            _refuse_rejected(made)
        return Case(folder, settings, made, _saved(folder, made, must=rebuild))
    return Case(folder, settings, made)


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
    path = made.ledger.column("sources", "path")[first["source"]].as_py()
    raise RejectedRowsError(
        f"{rejected.num_rows} rows are rejected; the first is {path} {first['locator']}: "
        f"{first['reason']}"
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


def terms_of(settings: CaseSettings, summary: Summary, ledger: Ledger) -> Terms:
    """Resolve what the settings and the notation declare for traces."""
    exponents = {one.symbol: one.exponent for one in ledger.commodities}
    claims = (*(_claim(one, exponents) for one in settings.claim), *summary.document.claims)
    for name, count in Counter(claim.name for claim in claims).items():
        if count > 1:
            raise EarmarkError(
                f"{count} claims are called {name!r}", expected="a name of its own for each claim"
            )
    return Terms(
        claims=claims,
        stops=(*(_stop(one) for one in settings.stop), *summary.document.stops),
        elections=(
            *(Election(leg_name(one)) for one in settings.election),
            *summary.document.elections,
        ),
        horizon_us=moment(settings.horizon),
        dust={symbol: _quantity(text, symbol, exponents) for symbol, text in settings.dust.items()},
        follow_fees=settings.follow_fees,
    )


def leg_name(text: str) -> LegName:
    """Read ``KEY`` or ``KEY#ordinal``."""
    key, hash_sign, ordinal = text.rpartition("#")
    if hash_sign and ordinal.isdecimal():
        return LegName(key, int(ordinal))
    return LegName(text)


def _quantity(text: str, symbol: str, exponents: dict[str, int]) -> int:
    if symbol not in exponents:
        raise EarmarkError(
            f"commodity {symbol!r} is not declared",
            file="case.toml",
            near_miss=near_miss(symbol, exponents),
        )
    try:
        quantity = parse_quantity(text, exponents[symbol])
    except ValueError as error:
        raise EarmarkError(str(error), file="case.toml") from error
    if quantity < 0:
        raise EarmarkError(f"{text[:60]!r} {symbol} is below zero", file="case.toml")
    return quantity


def _claim(one: ClaimSetting, exponents: dict[str, int]) -> Claim:
    text = "0" if one.quantity is None else one.quantity
    quantity = _quantity(text, one.commodity, exponents)
    legs = tuple(leg_name(text) for text in one.at)
    whole_legs = one.quantity is None
    return Claim(one.name, one.commodity, legs, None if whole_legs else quantity, one.behalf)


def _stop(one: StopSetting) -> Stop:
    named = {kind: getattr(one, kind) for kind in ("holder", "entity", "transaction")}
    given = [(kind, name) for kind, name in named.items() if name]
    if len(given) != 1:
        raise EarmarkError(
            f"[[stop]] {one.label!r} names {len(given)} things",
            file="case.toml",
            expected="exactly one of holder, entity, transaction",
        )
    return Stop(
        kind=given[0][0],  # type: ignore[arg-type]
        name=given[0][1],
        role=one.role,
        label=one.label,
        valid_from=_when(one.valid_from),
        valid_to=_when(one.valid_to),
        jurisdiction=one.jurisdiction,
        supervisor=one.supervisor,
    )


def _when(text: str) -> When:
    try:
        return parse_when(text) if text else When()
    except ValueError as error:
        raise EarmarkError(
            str(error), expected="a time such as 2022-03-23T13:29:09Z or 2022-03"
        ) from error


def moment(text: str | None) -> int | None:
    """Return the last microsecond of a written time, or null without one; raises EarmarkError."""
    when = _when(text or "")
    return when.end if when.end is not None else when.start
