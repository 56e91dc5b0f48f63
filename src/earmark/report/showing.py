"""How one value looks on the page: amounts, holders, times, places and the case's own words, each isolated."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from earmark.report.published import deposit_size
from earmark.report.study import SHOWN_RULES
from earmark.report.times import moment_text, span_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from earmark.report.amounts import Amount, Span
    from earmark.report.citing import Cited
    from earmark.report.groups import Saying
    from earmark.report.study import Study
    from earmark.report.wording import Wording

_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{12,}", re.ASCII)
_LATIN_RUN = re.compile(r"([0-9#]*[A-Za-z](?:[^\u0600-\u06ff]*[0-9A-Za-z])?)")
KEPT_TOGETHER = 24
"""Characters of an identifier that is never broken over two lines."""
_NUMBERS = re.compile(r"(\d+)", re.ASCII)
_SCRIPTS = {
    "ARABIC": "ar",
    "CYRILLIC": "und-Cyrl",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "und-Hani",
    "LATIN": "en",
}


def language_of(text: str) -> str:
    """Guess the language of a case's own words by the script of their first letter.

    Latin letters are taken for English, the language that ``case.toml`` writes without a suffix.
    """
    for sign in text:
        script = unicodedata.name(sign, "").split(" ")[0] if sign.isalpha() else ""
        if script in _SCRIPTS:
            return _SCRIPTS[script]
    return "und"


def shortened(name: str) -> str:
    """Return a bystander's identifier as its two ends: ``0x098b…2f96``, a multisig as ``2-of-3(…)``."""
    bare = name.partition(":")[2] or name
    if "(" in bare:
        return f"{bare.partition('(')[0]}(…)"  # a multisig: its keys make it long
    if _HEXADECIMAL.fullmatch(bare) or len(bare) > 14:
        return f"{bare[:6]}…{bare[-4:]}"
    return bare


def reading_order(label: str) -> list[tuple[int, str]]:
    """Return a sort key in which ``hop 2`` stands before ``hop 10``."""
    parts = _NUMBERS.split(label)
    return [(int(part) if part.isdecimal() else 0, part) for part in parts]


class Showing:
    """The filters of the page for one case in one language."""

    def __init__(self, study: Study, wording: Wording) -> None:
        self.study = study
        self.wording = wording

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filters by name."""
        names = "amount digits span spans text quoted code when moment holder group author place"
        more = "listed term predicate address amounts cited rules"
        return {name: getattr(self, name) for name in f"{names} {more}".split()}

    def code(self, text: str) -> Markup:
        """Show an identifier as it is written."""
        kept = ' class="k"' if len(text) <= KEPT_TOGETHER else ""
        return Markup(f'<bdi dir="ltr"><code{kept}>{{}}</code></bdi>').format(text)  # noqa: S704

    def amount(self, amount: Amount) -> Markup:
        """Show every digit and the symbol, kept on one line."""
        return self._quantity(amount.digits, amount.commodity.symbol)

    def _quantity(self, digits: str, symbol: str) -> Markup:
        return Markup('<bdi dir="ltr" class="q">{}\u00a0{}</bdi>').format(digits, symbol)

    def _sentence(self, message: str, **parts: Markup) -> Markup:
        """Fill a message of the catalogue with shown parts; the message itself is escaped."""
        return escape(message) % parts

    def digits(self, amount: Amount) -> Markup:
        """Show every digit where the column names the commodity."""
        return Markup('<bdi dir="ltr" class="q">{}</bdi>').format(amount.digits)

    def amounts(self, amounts: Iterable[Amount]) -> Markup:
        """Show several amounts as one list."""
        return self.listed([self.amount(one) for one in amounts])

    def span(self, span: Span) -> Markup:
        """Show a range with its symbol, or the one amount that it is."""
        return self._span(span, self.amount)

    def spans(self, span: Span) -> Markup:
        """Show a range in digits alone, on two lines where it is one."""
        return self._span(span, self.digits)

    def _span(self, span: Span, show: Callable[[Amount], Markup]) -> Markup:
        low, high = span.ends
        if span.is_one:
            return show(low)
        _ = self.wording.text
        return self._sentence(_("%(low)s to %(high)s"), low=show(low), high=show(high))

    def text(self, text: str) -> Markup:
        """Show the case's own words: translated where the catalogue has them, else isolated and marked."""
        known = self.wording.known(text)
        if known is not None:
            return self._translated(known)
        lang = language_of(text)
        return Markup('<bdi lang="{}">{}</bdi>').format(lang, text)

    def _translated(self, text: str) -> Markup:
        """Show a translation; in it names in Latin letters are isolated where the page runs leftwards."""
        if self.wording.direction == "ltr":
            return escape(text)
        parts = _LATIN_RUN.split(text)
        isolated = [
            Markup('<bdi dir="ltr">{}</bdi>').format(part) if place % 2 else escape(part)
            for place, part in enumerate(parts)
        ]
        return Markup("").join(isolated)

    def cited(self, cites: Iterable[Cited]) -> Markup:
        """Show pieces of evidence as one list; those of one source stand together."""
        places: dict[int | None, list[Cited]] = {}
        for one in cites:
            places.setdefault(one.source, []).append(one)
        return self.listed(
            [part for source, many in places.items() for part in self._cited(source, many)]
        )

    def _cited(self, source: int | None, many: list[Cited]) -> list[Markup]:
        _ = self.wording.text
        path = "" if source is None else self.study.ledger.column("sources", "path")[source].as_py()
        shown = []
        for one in many:
            place = self.text(one.locator) if source is None else self.code(one.locator)
            if one.role == "contradicting":
                place = self._sentence(_("%(place)s (against it)"), place=place)
            shown.append(place)
        return (
            shown
            if source is None
            else [Markup("{} {}").format(self.code(path), self.listed(shown))]
        )

    def rules(self, names: Iterable[str]) -> Markup:
        """Show some rules by their short names, or that they are all of them."""
        found = tuple(names)
        if set(found) == set(SHOWN_RULES):
            _ = self.wording.text
            return escape(_("every rule"))
        return escape(self.wording.text(", ")).join(self.code(one) for one in found)

    def quoted(self, text: str) -> Markup:
        """Quote somebody's words in their language."""
        return Markup('<q lang="{}" dir="auto">{}</q>').format(language_of(text), text)

    def when(self, start_us: int | None, end_us: int | None = None) -> Markup:
        """Show a time of the record, or that it is unknown."""
        return self._moment(moment_text(start_us, end_us))

    def moment(self, start: datetime | None, end: datetime | None = None) -> Markup:
        """Show a time from a column, or that it is unknown."""
        return self._moment(span_text(start, end))

    def _moment(self, text: str) -> Markup:
        if not text:
            _ = self.wording.text
            return escape(_("at an unknown time"))
        shown = text.replace("T", " ").replace("Z", "").replace("..", "\u2009–\u2009")
        return Markup('<bdi dir="ltr" class="t">{}</bdi>').format(shown)

    def holder(self, name: str) -> Markup:
        """Show a holder by its label, or by its identifier where it has none; an entity by its name."""
        if ":" not in name:
            return self.text(name)
        if self.study.shown.name(name) != name:
            return self.withheld()
        reserved = self.reserved(name)
        if reserved is not None:
            return reserved
        label = self.study.ledger.labels.get(name)
        return self.text(label) if label else self.address(name)

    def withheld(self) -> Markup:
        """Show the word that stands for whatever may not be shown."""
        _ = self.wording.text
        return escape(_("withheld"))

    def reserved(self, name: str) -> Markup | None:
        """Show a holder that stands for no one in words."""
        words = self.wording.reserved(name)
        return None if words is None else escape(words)

    def address(self, name: str) -> Markup:
        """Show an identifier: in full on a traced path, shortened for a bystander."""
        if self.study.shown.name(name) != name:
            return self.withheld()
        is_known = name in self.study.on_path or name not in self.study.ledger.holder_positions
        written = self.study.shown.written(name)
        return self.code(written.partition(":")[2] or written if is_known else shortened(written))

    def group(self, group: str) -> Markup:
        """Show a group by its name, a single holder by its own."""
        return self.text(group) if self.study.groups.is_entity(group) else self.holder(group)

    def author(self, saying: Saying) -> Markup:
        """Show who says something, and what kind of author that is."""
        kind = self.wording.term("author", saying.by_kind)
        shown = self.text(saying.by_kind) if kind is None else escape(kind)
        if saying.by_kind == "ours":
            return shown
        return Markup("{} ({})").format(self.text(saying.by), shown)

    def place(self, source: int | None, locator: str) -> Markup:
        """Show where something is written."""
        if source is None:
            return self.code(locator)
        if source in self.study.shown.sources:
            return self.withheld()
        return self.code(self.study.case.made.place(source, locator))

    def term(self, word: str, kind: str) -> Markup:
        """Show a word of the vocabulary in the page's language, any other as the case wrote it."""
        known = self.wording.term(kind, word)
        return self.text(word) if known is None else escape(known)

    def predicate(self, word: str) -> Markup:
        """Show what a statement says of its subject."""
        known = self.wording.term("predicate", word)
        size = deposit_size(word)
        if size is not None:
            number, symbol = size
            _ = self.wording.text
            text = _("paid this many deposits of %(size)s into the mixer:")
            return self._sentence(text, size=self._quantity(f"{number:,}", symbol))
        return self.code(word) if known is None else escape(known)

    def listed(self, parts: Iterable[Markup]) -> Markup:
        """Join shown parts into one list; nothing in them is escaped twice."""
        return Markup(self.wording.listed([str(escape(part)) for part in parts]))  # noqa: S704
