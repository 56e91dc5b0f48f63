"""The page itself: one self-contained HTML file, the same bytes for the same case and language."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from earmark.report import (
    adding,
    answers,
    citing,
    drawing,
    endings,
    published,
    record_tables,
    records,
    routes,
    unresolved,
)
from earmark.report.amounts import Amount
from earmark.report.own_words import own_words
from earmark.report.showing import Showing, reading_order
from earmark.report.study import EXPOSURE, NAMED_RULE, SHOWN_RULES
from earmark.report.wording import Wording

if TYPE_CHECKING:
    from earmark.ledger.values import Claim
    from earmark.report.manifest import Manifest
    from earmark.report.study import Study

SHEETS_SHOWN = 5
"""Sheets to add up on the pages; any others follow from the table of transactions."""
ROWS_SHOWN = 45
"""Rows of a list on a page; the others are counted and stand in the tables."""


def environment(showing: Showing, wording: Wording) -> Environment:
    """Return the templates with everything escaped and every sentence from the catalogue."""
    made = Environment(
        loader=PackageLoader("earmark.report"),
        autoescape=True,
        undefined=StrictUndefined,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(wording.text, wording.plural, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(showing.filters())
    return made


def dossier_html(study: Study, manifest: Manifest, lang: str) -> str:
    """Return the dossier of a case in one language."""
    wording = Wording(lang, own_words(study.case.folder, lang))
    made = environment(Showing(study, wording), wording)
    style = made.get_template("dossier.css.j2").render(root=manifest.root)
    found = _everything(study, wording)
    return made.get_template("dossier.html.j2").render(
        **found,
        lang=lang,
        direction=wording.direction,
        manifest=manifest,
        style=Markup(style),  # noqa: S704  our own text and a digest
        style_digest=_policy_digest(style),
    )


def flow_svg(study: Study, lang: str) -> str:
    """Return the dossier's flow figure to be opened alone, or an empty text where there is none."""
    picture = drawing.picture(study, Wording(lang, own_words(study.case.folder, lang)))
    return picture.svg if picture else ""


def _policy_digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _everything(study: Study, wording: Wording) -> dict[str, Any]:
    """Gather every value that the templates show."""
    settings = study.case.settings
    is_arabic = wording.lang == "ar"
    deposits = published.deposits(study)
    return {
        "study": study,
        "settings": settings,
        "title": (settings.title_ar if is_arabic else "") or settings.title,
        "summary": (settings.summary_ar if is_arabic else "") or settings.summary,
        "is_arabic": is_arabic,
        "terms": study.case.terms,
        "claims": _claims(study),
        "rules": SHOWN_RULES,
        "exposure": EXPOSURE,
        "named_rule": NAMED_RULE,
        "answers": answers.answers(study),
        "places": answers.places(study),
        "overlaps": answers.overlaps(study),
        "about": records.about_the_case(study),
        "said": records.said(study),
        "period": records.period(study),
        "quiet": (quiet := answers.quiet_groups(study)),
        "nameless": answers.quiet_nameless(study, quiet),
        "custody_lines": records.custody_lines(study),
        "sheets": adding.sheets(study),
        "picture": drawing.picture(study, wording),
        "end_sheets": endings.end_sheets(study),
        "deposits": deposits,
        "published_deposits": published.published_deposits(deposits),
        "fitting_sum": published.fitting_sum(deposits),
        "received_by_depositors": published.received_by_depositors(deposits),
        "routes": routes.routes(study),
        "law": endings.law(study),
        "openings": endings.openings(study),
        "unresolved": unresolved.unresolved(study),
        "bases": records.bases(study),
        "links": records.links(study),
        "stops": records.stops(study),
        "counts": records.counts(study),
        "rests_on_withheld": records.rests_on_withheld(study),
        "sources": [
            row
            for row in study.ledger.tables["sources"].to_pylist()
            if study.shown.source_is_shown(row["source"])
        ],
        "rejected": study.ledger.tables["rejected"].to_pylist(),
        "superseded": study.ledger.tables["superseded"].to_pylist(),
        "findings": study.ledger.tables["findings"].to_pylist(),
        "shown_findings": {row[0] for row in record_tables.findings_table(study).rows},
        "warnings": study.shown.warnings,
        "warnings_in_all": len(study.case.made.summary.warnings),
        "rows_shown": ROWS_SHOWN,
        "sheets_shown": SHEETS_SHOWN,
        "path_holders": _path_holders(study),
        "has_log": (study.case.folder / "custody.log").is_file(),
    }


def _claims(study: Study) -> list[dict[str, Any]]:
    """Return each claim with the in-legs it stands on, and their sum."""
    if not study.runs:
        return []
    return [_claim(study, colour, claim) for colour, claim in enumerate(study.case.terms.claims)]


def _claim(study: Study, colour: int, claim: Claim) -> dict[str, Any]:
    claimed = [one for one in study.named().question.claimed if one.colour == colour]
    evidence = citing.cited(study)
    legs = [_claimed_leg(study, one.leg, one.quantity, evidence) for one in claimed]
    shown = [leg for leg in legs if not leg["is_withheld"]]
    units = {leg["amount"].commodity for leg in legs}
    whole = sum(leg["amount"].quantity for leg in legs)
    return {"claim": claim, "legs": shown, "whole": Amount(whole, units.pop()) if units else None}


def _claimed_leg(
    study: Study, leg: int, quantity: int | None, evidence: dict[str, tuple[citing.Cited, ...]]
) -> dict[str, Any]:
    ledger = study.named().ledger
    row = ledger.tables["legs"].slice(leg, 1).to_pylist()[0]
    transaction = ledger.tables["transactions"].slice(row["tx"], 1).to_pylist()[0]
    whole = int(row["quantity"]) if quantity is None else quantity
    cites = evidence.get(transaction["key"], ())
    return {
        "amount": Amount(whole, study.commodities[row["commodity"]]),
        "holder": ledger.holder_names[row["holder"]],
        "key": transaction["key"],
        "time": transaction["time"],
        "basis": transaction["basis"],
        "note": transaction["note"] or "",
        "cites": cites,
        "is_typed": bool(cites) and citing.is_typed(study, cites[0].source),
        "is_withheld": transaction["key"] in study.shown.keys,
    }


def _path_holders(study: Study) -> list[str]:
    """Return the labelled holders that some trace reached, in the order of their labels."""
    labels = study.ledger.labels
    found = [name for name in labels if name in study.on_path - study.shown.holders]
    return sorted(found, key=lambda name: (reading_order(labels[name]), name))
