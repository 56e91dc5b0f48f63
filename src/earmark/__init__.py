"""Earmark: who ended up with how much of what was stolen, under a rule that you name."""

from __future__ import annotations

__version__ = "0.1.0"
