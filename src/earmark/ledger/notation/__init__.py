"""The notation: one plain-text form of everything a ledger can say (docs/notation.md)."""

from __future__ import annotations

from earmark.ledger.notation.parser import parse
from earmark.ledger.notation.printer import print_document, without_lines
from earmark.ledger.notation.text import decode

__all__ = ["decode", "parse", "print_document", "without_lines"]
