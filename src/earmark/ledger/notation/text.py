"""Bytes to text and quoted text to values: nothing that is read or printed may hide."""

from __future__ import annotations

import codecs
import re

from earmark.ledger.errors import EarmarkError
from earmark.ledger.notation.words import KEYWORDS

TEXT_LIMIT_BYTES = 64 * 2**20
LINE_LIMIT_CHARACTERS = 2**20

# Spaces that are no plain space, controls, what is not drawn, what turns the reading direction and what
# each font draws its own way. Listed by hand: the unicodedata of two Pythons differ.
_UNSEEN = (
    "\\x00-\\x1f\\x7f-\\xa0\\xad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f"
    "\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\u3164\\ud800-\\uf8ff\\ufe00-\\ufe0f"
    "\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffe\\uffff\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a"
    "\\U000e0000-\\U0010ffff"
)
_HIDDEN = re.compile(f"[{_UNSEEN}]")
_ESCAPED = re.compile(f'["\\\\{_UNSEEN}]')
_FORBIDDEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
_BARE = re.compile(r'[A-Za-z0-9_\u0080-\U0010ffff](?:[^\s";,:]|:(?=[^\s";,]))*')
_ESCAPE = re.compile(r'\\(?:(["\\])|(n)|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|())')


def decode(data: bytes, file: str = "") -> str:
    """Read the bytes of a notation text as UTF-8 (a byte order mark is dropped).

    Raises EarmarkError with line and column for other bytes, and for more than ``TEXT_LIMIT_BYTES``.
    """
    if len(data) > TEXT_LIMIT_BYTES:
        raise EarmarkError(
            f"the text has {len(data)} bytes",
            file=file,
            expected=f"at most {TEXT_LIMIT_BYTES}; split it into several sources",
        )
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        before = data[data.rfind(b"\n", 0, error.start) + 1 : error.start]
        raise EarmarkError(
            f"byte 0x{data[error.start]:02x} is not UTF-8 text",
            file=file,
            line=line,
            column=len(before.decode("utf-8", "replace")) + 1,
            expected="a text file in UTF-8",
        ) from None


def refuse_forbidden(text: str, file: str) -> None:
    """Raise EarmarkError at the first control or direction-changing character."""
    match = _FORBIDDEN.search(text)
    while match and match[0] == "\r" and text.startswith("\n", match.end()):
        match = _FORBIDDEN.search(text, match.end())
    if match is None:
        return
    code = f"{ord(match[0]):04X}"
    raise EarmarkError(
        f"the character U+{code} does not show, or changes how the line is read",
        file=file,
        line=text.count("\n", 0, match.start()) + 1,
        column=match.start() - text.rfind("\n", 0, match.start()),
        expected=f"\\u{code} inside quotation marks, if it is meant",
    )


def hidden_character(text: str) -> str:
    """Return the first character of a bare word that does not show, or an empty string."""
    match = _HIDDEN.search(text)
    return match[0] if match else ""


def is_bare(text: str) -> bool:
    """Say whether a name can stand without quotation marks in every slot."""
    return bool(_BARE.fullmatch(text)) and text not in KEYWORDS and not _HIDDEN.search(text)


def quote(text: str) -> str:
    """Put a text between quotation marks, with everything that does not show written out.

    Raises ValueError for half a surrogate pair: no file can hold it.
    """
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError(f"U+{code:04X} is half a surrogate pair and cannot be written")
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def unquote(text: str) -> str:
    """Read a text between quotation marks; raises EscapeError at an escape that says nothing."""
    return _ESCAPE.sub(_unescape, text[1:-1]) if "\\" in text else text[1:-1]


class EscapeError(ValueError):
    """An escape that the notation does not know, and where in the quoted text it stands."""

    def __init__(self, position: int) -> None:
        """Keep the position, counted from the opening quotation mark."""
        self.position = position
        super().__init__("unknown escape")


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    if match[2]:
        return "\n"
    code = int(match[3] or match[4] or "D800", 16)
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        raise EscapeError(match.start() + 1)
    return chr(code)
