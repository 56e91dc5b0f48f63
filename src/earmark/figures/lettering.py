"""How wide a text will be, where it breaks and how it is shortened, without any font at hand."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from earmark.ledger.quantity import format_quantity

if TYPE_CHECKING:
    from earmark.figures.values import Direction

ISOLATES, CLOSE = "\u2066\u2067\u2068", "\u2069"
LEADING = 1800
SIZE = 1400
SHORT = 16
_NARROW = frozenset("ijlftI.,:;'|!()[]/ -\u00a0")
_BROAD = frozenset("mwMW—…@%&")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{12,}", re.ASCII)


def text_width(text: str, size: int = SIZE) -> int:
    """Return a generous estimate of a line's width in hundredths of a unit."""
    return sum(_width_thousandths(sign) for sign in text) * size // 1000


def _width_thousandths(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) == "Cf":
        return 0
    if sign in _NARROW:
        return 350
    if sign in _BROAD or unicodedata.east_asian_width(sign) in "WF":
        return 1000
    return 700 if sign.isupper() else 600


def fitted(text: str, width: int, size: int = SIZE) -> str:
    """Return the text, cut with an ellipsis where it is wider than ``width``."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, width: int, lines: int, size: int = SIZE) -> tuple[str, ...]:
    """Break at spaces into at most ``lines`` lines; the last one is cut; isolates stay whole."""
    rows: list[str] = []
    for word in text.split(" "):
        if rows and (len(rows) == lines or text_width(f"{rows[-1]} {word}", size) <= width):
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return tuple(_isolated([fitted(row, width, size) for row in rows]))


def _isolated(rows: list[str]) -> list[str]:
    """Close every isolate at its line's end and open it again on the next line."""
    done, open_signs = [], ""
    for row in rows:
        text = open_signs + row
        open_signs = ""
        for sign in text:
            if sign in ISOLATES:
                open_signs += sign
            elif sign == CLOSE:
                open_signs = open_signs[:-1]
        done.append(text + CLOSE * len(open_signs))
    return done


def shortened(identifier: str) -> str:
    """Return a long identifier as its two ends: ``0x098b…2f96``; a namespace in front is dropped."""
    bare = identifier.partition(":")[2] or identifier
    if "(" in bare:
        return f"{bare.partition('(')[0]}(…)"  # a multisig: its keys make it long
    if _HEXADECIMAL.fullmatch(bare) or len(bare) > 20:
        return f"{bare[:6]}…{bare[-4:]}"
    return bare


def reading_direction(text: str) -> Direction:
    """Return the direction of the first letter that has one."""
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return "ltr" if first == "L" else "rtl"


def exactly(quantity: int, exponent: int, symbol: str) -> str:
    """Return every digit with thousands marked: ``182,163.95603 ETH``, isolated, kept on one line."""
    whole, point, part = format_quantity(quantity, exponent).partition(".")
    return f"\u2066{int(whole):,}{point}{part}\u00a0{symbol}\u2069"


def roughly(quantity: int, exponent: int, symbol: str) -> str:
    """Return a quantity for a narrow place: four digits at least, ``≈`` where any were left out."""
    exact, unit = exactly(quantity, exponent, symbol), 10**exponent
    if len(exact) <= SHORT:
        return exact
    keep = min(exponent, max(0, 4 - len(str(quantity // unit)))) if quantity >= unit else exponent
    step = 10 ** (exponent - keep)
    rounded = (quantity + step // 2) // step * step
    sign = "" if rounded == quantity else "≈\u00a0"
    return exactly(rounded, exponent, symbol).replace("\u2066", f"\u2066{sign}")
