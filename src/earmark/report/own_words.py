"""A case's own words in another language: ``locale/LANG.po`` in its folder, if its authors wrote one.

Labels, names of groups, and what a source lacks are translated there. What somebody said is translated
only where the catalogue has the whole text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT_BYTES = 1024 * 1024
_NUMBERED = re.compile(r"(.*\S) (\d{1,9})", re.ASCII)


def own_words(folder: Path, lang: str) -> dict[str, str]:
    """Return the translations a case brings along; raises EarmarkError for a catalogue that is none."""
    path = folder / "locale" / f"{lang}.po"
    if not path.is_file():
        return {}
    if path.stat().st_size > SIZE_LIMIT_BYTES:
        raise EarmarkError("is larger than 1 MiB", file=str(path), expected="a message catalogue")
    import polib

    try:
        entries = polib.pofile(str(path), encoding="utf-8")
    except (OSError, ValueError, IndexError) as error:
        raise EarmarkError(
            f"is no message catalogue: {error}", file=str(path), expected="a .po file in UTF-8"
        ) from error
    return {entry.msgid: entry.msgstr for entry in entries if entry.msgstr and not entry.fuzzy}


def translated(words: dict[str, str], text: str) -> str | None:
    """Return a text's translation, or nothing; ``depositor 12`` is found as ``depositor``."""
    if text in words:
        return words[text]
    match = _NUMBERED.fullmatch(text)
    if match is not None and match[1] in words:
        return f"{words[match[1]]} {match[2]}"
    return None
