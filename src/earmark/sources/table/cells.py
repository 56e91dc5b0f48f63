"""Cell texts: other scripts' digits, invisible marks, and characters that could mislead a reader."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.sources.table.batches import Column, Mask

CELL_MAX = 1_000
"""Characters of a key, reference, holder or label; a note may be longer."""
NOTE_MAX = 10_000

DIGIT_SYSTEMS = {
    "ASCII": "0123456789",
    "Arabic-Indic": "٠١٢٣٤٥٦٧٨٩",
    "Extended Arabic-Indic": "۰۱۲۳۴۵۶۷۸۹",
    "full-width": "".join(chr(0xFF10 + digit) for digit in range(10)),
}
_TO_ASCII = {
    ord(character): str(value)
    for characters in DIGIT_SYSTEMS.values()
    for value, character in enumerate(characters)
}
_SIGNS = {0x2212: "-", 0xFF0D: "-", 0xFF0B: "+", 0xFF0E: ".", 0xFF0C: ",", 0xFF1A: ":", 0xFF0F: "/"}
# Spreadsheets in Arabic and Hebrew put these around numbers and dates; they change nothing.
_DIRECTION_MARKS = dict.fromkeys((0x061C, 0x200E, 0x200F))

# Embeddings, overrides and isolates can make a text look different from what it is.
MISLEADING = "[\\x00-\\x1f\\x7f-\\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
# In a name nothing invisible is wanted but the two joiners that Persian and Indic words need.
INVISIBLE = (
    "[\\x00-\\x1f\\x7f-\\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
)
_MISLEADING = re.compile(MISLEADING)
_INVISIBLE = re.compile(INVISIBLE)


def plain_digits(text: str) -> str:
    """Return ``text`` with ASCII digits and signs and without direction marks.

    Raises ValueError when one text mixes the digits of two scripts.
    """
    if text.isascii():
        return text
    used = [name for name, digits in DIGIT_SYSTEMS.items() if set(text) & set(digits)]
    if len(used) > 1:
        raise ValueError(f"{text[:60]!r} mixes {' and '.join(used)} digits")
    return text.translate(_TO_ASCII).translate(_SIGNS).translate(_DIRECTION_MARKS).strip()


def trimmed(texts: pa.Array) -> pa.Array:
    """Return the texts without white space around them, and nulls as empty texts."""
    return pc.utf8_trim_whitespace(pc.fill_null(texts, ""))


def column_of(texts: pa.Array, marks: int = 0) -> Column:
    """Return a column whose cells all carry the same marks; ``texts`` is a string array."""
    return Column(trimmed(texts), np.full(len(texts), marks, np.uint8))


def to_mask(values: pa.Array) -> Mask:
    """Return a Boolean Arrow array as NumPy, null as false."""
    found: Mask = np.asarray(pc.fill_null(values, fill_value=False).to_numpy(zero_copy_only=False))
    return found.astype(np.bool_)


def is_empty(column: Column) -> Mask:
    """Return where a cell is empty."""
    return to_mask(pc.equal(column.texts, ""))


def with_default(column: Column | None, default: str, rows: int) -> Column:
    """Return the column with its empty cells filled by the constant; no column is the constant alone."""
    if column is None:
        return Column(pa.repeat(pa.scalar(default, pa.string()), rows), np.zeros(rows, np.uint8))
    if not default:
        return column
    return Column(pc.if_else(pc.equal(column.texts, ""), default, column.texts), column.marks)


def name_faults(texts: pa.Array, meaning: str, empty: str = "") -> dict[int, str]:
    """Return rows whose key, reference or holder no person could read safely, with the reason.

    ``empty`` is the reason for an empty cell; "" allows one.
    """
    odd = to_mask(pc.match_substring_regex(texts, _as_re2(INVISIBLE)))
    odd |= to_mask(pc.greater(pc.utf8_length(texts), CELL_MAX))
    if empty:
        odd |= to_mask(pc.equal(texts, ""))
    return {
        int(row): _name_fault(texts[int(row)].as_py(), meaning, empty)
        for row in np.flatnonzero(odd)
    }


def _name_fault(text: str, meaning: str, empty: str) -> str:
    if not text:
        return empty
    found = _INVISIBLE.search(text)
    if found is None:
        return f"{meaning}: longer than {CELL_MAX} characters"
    return f"{meaning}: holds the invisible character U+{ord(found[0]):04X}"


def shown_texts(texts: pa.Array, length_max: int = CELL_MAX) -> tuple[pa.Array, int]:
    """Return notes or labels made safe to show, and how many had to be changed.

    Runs of white space become one space. Control characters and direction overrides become U+FFFD, so
    that a reader sees that something stood there. Longer texts are cut.
    """
    spaced = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, r"[\t\r\n\x0b\x0c]+", " "))
    odd = pc.match_substring_regex(spaced, _as_re2(MISLEADING))
    odd = to_mask(pc.or_(odd, pc.greater(pc.utf8_length(spaced), length_max)))
    if not odd.any():
        return spaced, 0
    changed = [
        _MISLEADING.sub("\ufffd", spaced[int(row)].as_py())[:length_max]
        for row in np.flatnonzero(odd)
    ]
    replaced = pc.replace_with_mask(spaced, pa.array(odd), pa.array(changed, pa.string()))
    return replaced, len(changed)


def _as_re2(pattern: str) -> str:
    return re.sub("[^\\x00-\\x7f]", lambda found: f"\\x{{{ord(found[0]):04X}}}", pattern)


def null_if_empty(texts: pa.Array) -> pa.Array:
    """Return the texts with empty ones as nulls."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
