"""What a case declares for every trace, from ``case.toml`` and from the notation, checked against its ledger."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from earmark.cases.legs import claimed_leg, leg_name
from earmark.cases.settings import line_in
from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.naming import find_leg
from earmark.ledger.quantity import parse_quantity
from earmark.ledger.schema import IN, OUT
from earmark.ledger.times import parse_when
from earmark.ledger.values import Claim, Election, Stop, When
from earmark.sources.names import canonical_key, holder_named, namer, near_holder
from earmark.tracing.asking import Terms, entity_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from earmark.cases.building import Summary
    from earmark.cases.config import CaseSettings, ClaimSetting, StopSetting
    from earmark.ledger.ledger import Ledger


def terms_of(
    settings: CaseSettings, summary: Summary, ledger: Ledger, folder: Path | None = None
) -> Terms:
    """Resolve what the settings and the notation declare for traces; mistakes name a line of the folder's file."""
    exponents = {one.symbol: one.exponent for one in ledger.commodities}
    claims = (
        *(_claim(one, ledger, number, folder) for number, one in enumerate(settings.claim)),
        *summary.document.claims,
    )
    _check_claims(claims)
    terms = Terms(
        claims=claims,
        stops=(
            *(_stop(one, ledger, number, folder) for number, one in enumerate(settings.stop)),
            *summary.document.stops,
        ),
        elections=(
            *(Election(leg_name(one)) for one in settings.election),
            *summary.document.elections,
        ),
        horizon_us=moment(settings.horizon),
        dust={symbol: amount(text, symbol, exponents) for symbol, text in settings.dust.items()},
        follow_fees=settings.follow_fees,
    )
    _check_legs(ledger, terms, settings, folder)
    _check_stops(ledger, terms.stops)
    _check_questions(ledger, terms, settings)
    return terms


def _check_claims(claims: tuple[Claim, ...]) -> None:
    for name, count in Counter(claim.name for claim in claims).items():
        if count > 1:
            raise EarmarkError(
                f"{count} claims are called {name!r}", expected="a name of its own for each claim"
            )
    for claim in claims:
        twice = [leg for leg, count in Counter(claim.legs).items() if count > 1]
        if twice:
            raise EarmarkError(f"claim {claim.name}: {twice[0].key} stands in it twice")
        if not claim.legs or claim.quantity == 0:
            raise EarmarkError(
                f"claim {claim.name} claims nothing", expected="an in-leg and a quantity above zero"
            )


def _check_legs(ledger: Ledger, terms: Terms, settings: CaseSettings, folder: Path | None) -> None:
    """Every claim names in-legs and every election an out-leg; mistakes list the legs that may be meant."""
    shown = namer(ledger)
    for number, claim in enumerate(terms.claims):
        is_setting = folder is not None and number < len(settings.claim)
        for leg in claim.legs:
            with _placed(folder if is_setting else None, "claim", number, "at"):
                find_leg(ledger, leg, IN, claim.commodity, shown)
    for number, election in enumerate(terms.elections):
        is_setting = folder is not None and number < len(settings.election)
        with _placed(folder if is_setting else None, "", 0, "election"):
            find_leg(ledger, election.leg, OUT, "", shown)


@contextmanager
def _placed(folder: Path | None, table: str, number: int, key: str) -> Iterator[None]:
    """Add the place in ``case.toml`` to a mistake; nothing without a folder."""
    try:
        yield
    except EarmarkError as error:
        if folder is None:
            raise
        raise EarmarkError(
            error.problem,
            file="case.toml",
            line=line_in(folder, table, number, key),
            expected=error.expected,
            near_miss=error.near_miss,
        ) from error


def _check_stops(ledger: Ledger, stops: Iterable[Stop]) -> None:
    """A holder that is nowhere in the ledger may be a stop; a name that can be no holder is a mistake."""
    for stop in stops:
        known = stop.name in ledger.aliases or ":" in stop.name
        if stop.kind == "holder" and not known:
            raise EarmarkError(
                f"stop holder {stop.name!r} is not in this case",
                file="case.toml",
                near_miss=near_holder(ledger, stop.name),
            )
        if stop.kind == "entity" and stop.name not in entity_names(ledger):
            raise _unknown("stop entity", stop.name, entity_names(ledger))


def _check_questions(ledger: Ledger, terms: Terms, settings: CaseSettings) -> None:
    names = [claim.name for claim in terms.claims]
    for question in settings.question:
        if question.claim not in names:
            raise _unknown("question: claim", question.claim, names)
        if question.entity not in entity_names(ledger):
            raise _unknown("question: entity", question.entity, entity_names(ledger))


def _unknown(what: str, name: str, known: Iterable[str]) -> EarmarkError:
    return EarmarkError(
        f"{what} {name!r} is not in this case", file="case.toml", near_miss=near_miss(name, known)
    )


def amount(text: str, symbol: str, exponents: dict[str, int], place: str = "case.toml") -> int:
    """Return a written amount of a declared commodity in smallest units; raises EarmarkError."""
    if symbol not in exponents:
        raise EarmarkError(
            f"commodity {symbol!r} is not declared",
            file=place,
            near_miss=near_miss(symbol, exponents),
        )
    try:
        quantity = parse_quantity(text, exponents[symbol])
    except ValueError as error:
        raise EarmarkError(str(error), file=place) from error
    if quantity < 0:
        raise EarmarkError(f"{text[:60]!r} {symbol} is below zero", file=place)
    return quantity


def _claim(one: ClaimSetting, ledger: Ledger, number: int, folder: Path | None) -> Claim:
    exponents = {commodity.symbol: commodity.exponent for commodity in ledger.commodities}
    text = "0" if one.quantity is None else one.quantity
    quantity = amount(text, one.commodity, exponents)
    with _placed(folder, "claim", number, "at"):
        legs = tuple(claimed_leg(text, ledger) for text in one.at)
    whole_legs = one.quantity is None
    return Claim(one.name, one.commodity, legs, None if whole_legs else quantity, one.behalf)


def _stop(one: StopSetting, ledger: Ledger, number: int, folder: Path | None) -> Stop:
    named = {kind: getattr(one, kind) for kind in ("holder", "entity", "transaction")}
    given = [(kind, name) for kind, name in named.items() if name]
    if len(given) != 1:
        raise EarmarkError(
            f"[[stop]] {one.label!r} names {len(given)} things",
            file="case.toml",
            expected="exactly one of holder, entity, transaction",
        )
    kind, name = given[0]
    if kind == "holder":
        name = _stop_holder(name, ledger, number, folder)
    return Stop(
        kind=kind,  # type: ignore[arg-type]
        name=canonical_key(name) if kind == "transaction" else name,
        role=one.role,
        label=one.label,
        valid_from=_when(one.valid_from),
        valid_to=_when(one.valid_to),
        jurisdiction=one.jurisdiction,
        supervisor=one.supervisor,
    )


def _stop_holder(name: str, ledger: Ledger, number: int, folder: Path | None) -> str:
    """Return the ledger's name of a stop's holder; an alias stays, for whoever reads the settings."""
    if name in ledger.aliases:
        return name
    line = None if folder is None else line_in(folder, "stop", number, "holder")
    return holder_named(ledger, name, file="case.toml", line=line)


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
