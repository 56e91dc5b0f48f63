"""The ``bitcoin-blocks`` reader: raw blocks and block files to columns, and scripts to addresses."""

from __future__ import annotations

from earmark.sources.bitcoin.reader import read

__all__ = ["read"]
