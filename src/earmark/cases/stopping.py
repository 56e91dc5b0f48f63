"""Where a case says to stop, for whoever fetches: a stop's holders, and those of a stop's entity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from earmark.cases.building import HAND_WRITTEN
from earmark.cases.case import open_case
from earmark.ledger.errors import EarmarkError
from earmark.sources.names import canonical_holder
from earmark.tracing.asking import question_of

if TYPE_CHECKING:
    from pathlib import Path

    from earmark.cases.config import CaseSettings


def stopped_holders(folder: Path, settings: CaseSettings) -> tuple[dict[str, str], str]:
    """Return each holder at which the case stops with the stop's name, and a note if some are unknown.

    A stop counts here whatever its dates: what lies behind it at other times can be asked for by name. Aliases
    and entities need a ledger; where the case cannot be built, only stops by address are known.
    """
    if not settings.stop and not (folder / HAND_WRITTEN).exists():
        return {}, ""
    try:
        return _of_ledger(folder), ""
    except EarmarkError as error:
        note = f"the case cannot be built, so only stops by address are kept: {error}"
        return _of_settings(settings), note


def _of_ledger(folder: Path) -> dict[str, str]:
    case = open_case(folder)
    ledger, terms = case.ledger, case.terms
    found = {
        _canonical(ledger.aliases.get(stop.name, stop.name)): stop.label or stop.role or stop.name
        for stop in terms.stops
        if stop.kind == "holder"
    }
    plain = msgspec.structs.replace(terms, claims=(), elections=())
    for stop in question_of(ledger, plain, "fifo").stops:
        for position in stop.holders:
            found.setdefault(ledger.holder_names[position], stop.label or stop.role)
    return found


def _of_settings(settings: CaseSettings) -> dict[str, str]:
    return {
        _canonical(stop.holder): stop.label or stop.role or stop.holder
        for stop in settings.stop
        if ":" in stop.holder
    }


def _canonical(holder: str) -> str:
    try:
        return canonical_holder(holder)
    except ValueError as error:
        raise EarmarkError(str(error), file="case.toml", expected="the holder of a stop") from error
