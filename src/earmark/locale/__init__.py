"""Words for people: message catalogues, and the isolation of what must not be turned round."""

from __future__ import annotations

import gettext
import io
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from earmark.ledger.errors import EarmarkError, near_miss

if TYPE_CHECKING:
    import polib

LANGUAGES = {"en": "ltr", "ar": "rtl"}
"""Languages with a catalogue, and the direction each is written in."""

ISOLATE, CLOSE = "\u2066", "\u2069"


@cache
def words(lang: str) -> gettext.NullTranslations:
    """Return a language's catalogue; raises EarmarkError for a language that has none."""
    if lang not in LANGUAGES:
        raise EarmarkError(
            f"there is no catalogue for the language {lang!r}",
            expected=" or ".join(LANGUAGES),
            near_miss=near_miss(lang, LANGUAGES),
        )
    return gettext.GNUTranslations(io.BytesIO(catalogue(lang).to_binary()))


def catalogue(lang: str) -> polib.POFile:
    """Return a language's ``.po`` file, parsed."""
    import polib

    text = files(__name__).joinpath(f"{lang}.po").read_text(encoding="utf-8")
    return polib.pofile(text, check_for_duplicates=True)


def isolate(text: str) -> str:
    """Wrap an identifier or a quantity for plain text, so that it reads left to right anywhere.

    Characters that would open or close an isolate or an override inside it are taken out.
    """
    return ISOLATE + text.translate(_UNSAFE) + CLOSE


_UNSAFE = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
