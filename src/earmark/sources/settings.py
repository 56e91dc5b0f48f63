"""What a case says about one source: its reader, files, columns and how its cells are written."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every table of ``case.toml``: frozen, every unknown key an error."""


class ColumnNames(Settings, frozen=True):
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


class Ignore(Settings, frozen=True):
    """Rows that are left out, counted under the reason."""

    column: str
    reason: str
    equals: str | None = None
    matches: str | None = None


class TableFormat(Settings, frozen=True):
    """How the cells of a table are written."""

    file: Literal["csv", "tsv", "jsonl", "parquet", "xlsx"] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: bool = True
    time: str = "iso"
    zone: str | None = None
    decimal: str = "."
    group: str = ""
    unit: Literal["display", "smallest"] = "display"
    round: bool = False
    namespace: str = ""
    key_prefix: str = ""


class Source(Settings, frozen=True):
    """One ``[[source]]``: a reader, the file or files of one sequence, and how they were obtained."""

    reader: str
    path: str | list[str]
    columns: ColumnNames = ColumnNames()
    constants: dict[str, str] = {}
    format: TableFormat = TableFormat()
    ignore: list[Ignore] = []
    network: Literal["main", "test", "signet", "regtest"] = "main"
    chain: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None
    wrapped: list[str] = []
    inexact: Literal["mark", "refuse"] = "mark"
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
