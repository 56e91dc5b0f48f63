"""The ``table`` reader: CSV, TSV, JSON lines, Parquet and .xlsx through a column mapping."""

from __future__ import annotations

from earmark.sources.table.reader import read

__all__ = ["read"]
