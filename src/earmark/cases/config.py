"""The settings of a case: ``case.toml`` as frozen values, every unknown key an error."""

from __future__ import annotations

from typing import Literal

import msgspec


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every table of ``case.toml``."""


class ColumnNames(Settings):
    """Which column of a table means what; a list of columns is a sequence of several parts."""

    time: str | None = None
    time_end: str | None = None
    payer: str | None = None
    payee: str | None = None
    quantity: str | None = None
    low: str | None = None
    high: str | None = None
    commodity: str | None = None
    key: str | None = None
    ref: str | None = None
    kind: str | None = None
    basis: str | None = None
    note: str | None = None
    payer_label: str | None = None
    payee_label: str | None = None
    sequence: str | list[str] | None = None


class Ignore(Settings):
    """Rows that are left out, counted under the reason."""

    column: str
    reason: str
    equals: str | None = None
    matches: str | None = None


class TableFormat(Settings):
    """How the cells of a table are written."""

    file: Literal["csv", "tsv", "jsonl", "parquet", "xlsx"] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: bool = True
    time: str = "iso"
    zone: str = "UTC"
    decimal: str = "."
    group: str = ""
    unit: Literal["display", "smallest"] = "display"
    round: bool = False
    namespace: str = ""
    key_prefix: str = ""


class Source(Settings):
    """One ``[[source]]``: a reader, the file or files of one sequence, and how they were obtained."""

    reader: str
    path: str | list[str]
    columns: ColumnNames = ColumnNames()
    constants: dict[str, str] = {}
    format: TableFormat = TableFormat()
    ignore: list[Ignore] = []
    lacks: list[str] = []
    author: str = ""
    author_kind: str = ""
    original_name: str = ""
    obtained_by: str = ""
    obtained_from: str = ""
    obtained_how: str = ""
    retrieved: str = ""
    licence: str = ""
    handling: Literal["public", "restricted", "confidential"] = "public"


class StopSetting(Settings):
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


class ClaimSetting(Settings):
    """One ``[[claim]]``: in-legs by name (``KEY`` or ``KEY#ordinal``), whole or their first units."""

    name: str
    commodity: str
    at: list[str]
    quantity: str | None = None
    behalf: str = ""


class CommoditySetting(Settings):
    """One ``[[commodity]]``."""

    symbol: str
    exponent: int
    name: str = ""
    identity: str = ""


class Question(Settings):
    """One ``[[question]]`` that the dossier answers: what of a claim is found at a group of holders."""

    text: str
    claim: str
    entity: str
    text_ar: str = ""
    only: bool = False


class CaseSettings(Settings):
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
