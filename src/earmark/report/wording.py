"""Every word that Python itself puts before people, in the language of one dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.figures.values import Words
from earmark.ledger.quantity import format_quantity
from earmark.ledger.reserved import end_role, is_unknown
from earmark.locale import LANGUAGES, isolate, words
from earmark.report.amounts import Amount, grouped
from earmark.report.own_words import translated
from earmark.report.times import moment_text
from earmark.report.vocabulary import MONTHS, TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from earmark.figures.values import Direction
    from earmark.report.movements import Movement
    from earmark.report.study import Study


class Wording:
    """One language: its catalogue, its direction, and the sentences of figure and lists."""

    def __init__(self, lang: str, own: Mapping[str, str] | None = None) -> None:
        self.lang = lang
        self.own = dict(own or {})
        self.catalogue = words(lang)
        self.direction: Direction = "rtl" if LANGUAGES[lang] == "rtl" else "ltr"

    def text(self, message: str) -> str:
        """Return a message of the catalogue in this language."""
        return self.catalogue.gettext(message)

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form of a message that a count asks for."""
        return self.catalogue.ngettext(one, many, count)

    def term(self, kind: str, word: str) -> str | None:
        """Return a word of the vocabulary in this language, or nothing when it is not in it."""
        known = TERMS[kind].get(word)
        return None if known is None else self.text(known)

    def reserved(self, name: str) -> str | None:
        """Return what a holder that stands for no one is called, or nothing for any other."""
        whole = self.term("reserved", name)
        if whole is None and is_unknown(name):
            _ = self.text
            whole = _("a holder whom the record does not name")
        if whole is None and end_role(name):
            whole = self.term("reserved", name.rpartition(":")[2])
        return whole

    def known(self, text: str) -> str | None:
        """Return a case's own words in this language: by the case's catalogue, then by ours."""
        return translated(self.own, text) or self.term("lacks", text)

    def listed(self, parts: Sequence[str]) -> str:
        """Join parts into one list: ``a, b and c``."""
        _ = self.text
        if len(parts) < 2:
            return "".join(parts)
        first = _(", ").join(parts[:-1])
        return _("%(first)s and %(last)s") % {"first": first, "last": parts[-1]}

    def plain_amount(self, amount: Amount) -> str:
        """Return an amount for plain text, isolated."""
        return isolate(f"{amount.digits}\u00a0{amount.commodity.symbol}")

    def plain_text(self, text: str) -> str:
        """Return a case's own words for plain text: translated where known, else isolated."""
        known = self.known(text)
        if known is not None:
            return known
        return isolate(text) if self.direction == "rtl" else text

    def claim_label(self, study: Study, name: str, drawn: str) -> str:
        """Return what stands beside a claim's colour: its name, and what was claimed or converted."""
        _ = self.text
        claim = next(one for one in study.case.terms.claims if one.name == name)
        if claim.commodity != drawn:
            return _("claim %(name)s, converted from %(commodity)s") % {
                "name": isolate(name),
                "commodity": isolate(claim.commodity),
            }
        return _("claim %(name)s (%(commodity)s)") % {
            "name": isolate(name),
            "commodity": isolate(claim.commodity),
        }

    def figure_title(self, symbol: str) -> str:
        """Return the figure's title."""
        _ = self.text
        return _("Where the traced %(symbol)s went") % {"symbol": isolate(symbol)}

    def figure_subtitle(self, study: Study, rule: str) -> tuple[str, ...]:
        """Return the rule's line, and one line for what each source lacks."""
        _ = self.text
        first = _(
            "Rule: %(rule)s (%(law)s). All claims together; openings late; ties as listed."
        ) % {
            "rule": self.term("rule", rule) or rule,
            "law": self.term("law", rule) or "",
        }
        lines = [first]
        for row in study.ledger.tables["sources"].to_pylist():
            if row["lacks"] and study.shown.source_is_shown(row["source"]):
                lacks = self.listed([self.plain_text(one) for one in row["lacks"]])
                text = _("%(source)s lacks: %(lacks)s.")
                lines.append(text % {"source": isolate(row["path"]), "lacks": lacks})
        return tuple(lines[:6])

    def figure_description(self, study: Study, commodity: int) -> str:
        """Return the text alternative: what came in and where it ended, claim by claim."""
        _ = self.text
        traced = study.named()
        unit = study.commodities[commodity]
        lines = []
        for colour, name in enumerate(traced.claims):
            sums = traced.walk.sums.get((colour, commodity), {})
            came = sums.get("claimed", 0) + sums.get("converted_in", 0)
            parts = [
                _("%(word)s %(amount)s")
                % {
                    "word": self.term("word", word) or word,
                    "amount": self.plain_amount(Amount(sums[word], unit)),
                }
                for word in ("rests", "stopped", "fees", "destroyed", "unresolved", "overlap")
                if sums.get(word)
            ]
            text = _("Claim %(name)s: of %(amount)s: %(ends)s.")
            amount = self.plain_amount(Amount(came, unit))
            ends = self.listed(parts)
            lines.append(text % {"name": isolate(name), "amount": amount, "ends": ends})
        lines.append(_("A quantity in a bar is its peak: the most that the holder held at once."))
        return " ".join(lines)

    def figure_words(self) -> Words:
        """Return the sentences of axis and legend."""
        _ = self.text
        return Words(
            time=_("Time (UTC)"),
            months=tuple(_(month) for month in MONTHS),
            untraced=_("not traced"),
            scale=_(
                "A bar is as high as what its holder holds; a band is as wide as the quantity moved, "
                "on the same scale. Time stands still while a band passes."
            ),
            conversion=_("converted from another commodity"),
            stop=_("the trace stops here"),
            group=_("several holders drawn as one"),
            ledge=_("balance not known"),
            unknown=_("quantity unknown"),
            hairline=_("less than {smallest}"),
            minimum=_(
                "Anything below {smallest} is drawn as a hairline, whose width says nothing of its "
                "quantity."
            ),
            broken=_("Where the axis is broken, a quiet stretch is left out."),
            merged=_("Movements between the same two within {hours} h are drawn as one."),
            movements=_("movements: {count}"),
            dust=_(
                "Not drawn, being too small even together: {sum} in all, not traced, received from "
                "{first} to {last} (movements: {count}; payers: {payers})."
            ),
            peak=_("peak {amount}"),
        )

    def band_detail(self, study: Study, row: Movement) -> str:
        """Return what a band's tooltip says: when, and where it is written."""
        if row.key in study.shown.keys or row.source is None:
            return isolate(moment_text(row.time_us, row.end_us))
        place = study.case.made.place(row.source, row.locator)
        return isolate(f"{moment_text(row.time_us, row.end_us)}, {place}")

    def lane_end(self, ends: Sequence[tuple[str, Amount]]) -> str:
        """Return what stands at a bar's end: ``rests 2 ETH``."""
        _ = self.text
        parts = [
            _("%(word)s %(amount)s")
            % {"word": self.term("role", role) or role, "amount": self.short_amount(amount)}
            for role, amount in ends
        ]
        return _(", ").join(parts)

    def short_amount(self, amount: Amount) -> str:
        """Return an amount for a narrow place: at most four decimals, ``≈`` where any were left out."""
        whole, _point, part = format_quantity(amount.quantity, amount.commodity.exponent).partition(
            "."
        )
        sign = "≈\u00a0" if len(part) > 4 else ""
        cut = f"{grouped(whole)}.{part[:4]}".rstrip("0").rstrip(".")
        return isolate(f"{sign}{cut}\u00a0{amount.commodity.symbol}")

    def lane_of_others(self, lane: str) -> str:
        """Return what a lane of people who are not drawn one by one is called."""
        _ = self.text
        names = {
            "*payers": _("other payers"),
            "*payees": _("others"),
            "*openings": _("not in this record (openings)"),
        }
        return names[lane]
