"""The grammar, compiled once: one line of the notation to a tree of tokens."""

from __future__ import annotations

from functools import cache
from importlib import resources

from lark import Lark, Token, Tree

from earmark.ledger.notation.words import DIRECTIVES

MOVEMENT_LINES = ("out", "into", "move", "evidence")


@cache
def line_parser() -> Lark:
    """Return the LALR parser of single lines; its start rules are the kinds of line."""
    text = resources.files(__package__ or "").joinpath("grammar.lark").read_text("utf-8")
    return Lark(
        text,
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=True,
        start=[*DIRECTIVES, "transaction", *MOVEMENT_LINES],
    )


def read_line(text: str, kind: str) -> Tree[Token]:
    """Parse one line without its line end; raises lark's UnexpectedInput."""
    return line_parser().parse(text, start=kind)
