"""The settings of a case: ``case.toml`` as frozen values, every unknown key an error."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from earmark.sources.settings import ColumnNames, Ignore, Settings, Source, TableFormat

__all__ = [
    "CaseSettings",
    "ClaimSetting",
    "ColumnNames",
    "CommoditySetting",
    "Ignore",
    "Question",
    "Settings",
    "Source",
    "StopSetting",
    "TableFormat",
]


class StopSetting(Settings, frozen=True):
    """One ``[[stop]]``: exactly one of holder, entity and transaction."""

    role: str = ""
    label: str = ""
    holder: str = ""
    entity: str = ""
    transaction: str = ""
    valid_from: str = ""
    valid_to: str = ""
    jurisdiction: str = ""
    supervisor: str = ""


class ClaimSetting(Settings, frozen=True):
    """One ``[[claim]]``: in-legs by name (``KEY`` or ``KEY#ordinal``), whole or their first units."""

    name: str
    commodity: str
    at: list[str]
    quantity: str | None = None
    behalf: str = ""


class CommoditySetting(Settings, frozen=True):
    """One ``[[commodity]]``."""

    symbol: str
    exponent: Annotated[int, msgspec.Meta(ge=0, le=38)]
    name: str = ""
    identity: str = ""


class Question(Settings, frozen=True):
    """One ``[[question]]`` that the dossier answers: what of a claim is found at a group of holders."""

    text: str
    claim: str
    entity: str
    text_ar: str = ""
    only: bool = False


class CaseSettings(Settings, frozen=True):
    """The whole of ``case.toml``."""

    title: str
    title_ar: str = ""
    summary: str = ""
    summary_ar: str = ""
    openings: Literal["late", "early"] = "late"
    horizon: str | None = None
    dust: dict[str, str] = {}
    follow_fees: bool = False
    handling: Literal["public", "restricted", "confidential"] = "public"
    source: list[Source] = []
    commodity: list[CommoditySetting] = []
    claim: list[ClaimSetting] = []
    stop: list[StopSetting] = []
    election: list[str] = []
    question: list[Question] = []
