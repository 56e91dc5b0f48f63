"""The words of the notation: what a line can begin with, and the closed lists that a slot can hold."""

from __future__ import annotations

DIRECTIVES = (
    "commodity",
    "holder",
    "entity",
    "statement",
    "observation",
    "link",
    "claim",
    "stop",
    "election",
    "finding",
    "expect",
)
"""First words of a line; any other line at the margin is a transaction and begins with a time."""

QUESTIONS = ("trace", "total", "origins", "shares", "balance", "opening", "rejected")

KEYWORDS = (
    frozenset(DIRECTIVES)
    | frozenset(QUESTIONS)
    | {
        "at",
        "by",
        "contested",
        "contradicting",
        "evidence",
        "exponent",
        "for",
        "from",
        "id",
        "inexact",
        "jurisdiction",
        "key",
        "reasons",
        "ref",
        "response",
        "role",
        "score",
        "source",
        "spends",
        "subjects",
        "supersedes",
        "supervisor",
        "to",
        "transaction",
        "valid",
    }
)
"""Words the grammar knows; the printer quotes a name that is one of them. A test compares the two."""

BASES = ("recorded", "reported", "inferred")
RULES = ("fifo", "lifo", "pro_rata", "hallett", "oatway", "poison")
ROLES = ("rests", "stopped", "fee", "destroyed", "unresolved")
COLUMNS = (
    "claimed",
    "converted_in",
    "rests",
    "stopped",
    "fees",
    "destroyed",
    "unresolved",
    "withdrawn",
    "overlap",
    "converted_out",
)
OPTIONS = (("late", "early"), ("only",), ("high", "low"))
"""Of each group an ``expect trace`` may hold one, and ``words`` keeps the order of the groups."""

RESERVED_SUBJECTS = frozenset({"case", "untraced"})
"""Bare words that name something without being declared."""
