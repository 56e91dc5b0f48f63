"""A report in memory: dossiers, tables and manifest as bytes by name, made from a case and from nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from earmark.locale import LANGUAGES
from earmark.report.handling import shown_upto
from earmark.report.manifest import NAME, Manifest, encoded, manifest_of, sha256
from earmark.report.page import dossier_html, flow_svg
from earmark.report.study import Study
from earmark.report.tables import all_tables

if TYPE_CHECKING:
    from earmark.cases.case import Case
    from earmark.report.table import Table

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Made:
    """Everything a report folder holds; every language is made, so that the manifest lists them all."""

    study: Study
    manifest: Manifest
    tables: list[Table]
    dossiers: dict[str, bytes]
    """Dossiers and figures of every language, by file name."""

    def files(self, lang: str) -> dict[str, bytes]:
        """Return the files of a report in one language by their path; the manifest comes last."""
        names = (dossier_name(lang), figure_name(lang))
        pages = {name: self.dossiers[name] for name in names if name in self.dossiers}
        tables = {f"tables/{one.name}.csv": one.text.encode() for one in self.tables}
        return {**tables, **pages, NAME: encoded(self.manifest)}


def dossier_name(lang: str) -> str:
    """Return the file name of a language's dossier."""
    return "dossier.html" if lang == "en" else f"dossier.{lang}.html"


def figure_name(lang: str) -> str:
    """Return the file name of a language's flow figure, which the dossier shows too."""
    return "flow.svg" if lang == "en" else f"flow.{lang}.svg"


def make(case: Case, upto: str, progress: Progress | None = None) -> Made:
    """Trace a case and return its report; raises EarmarkError."""
    shown = shown_upto(case, upto)
    study = Study(shown.case, shown, progress)
    tables = all_tables(study)
    manifest = manifest_of(study, tables)
    dossiers = {}
    for lang in LANGUAGES:
        dossiers[dossier_name(lang)] = dossier_html(study, manifest, lang).encode()
        figure = flow_svg(study, lang)
        if figure:
            dossiers[figure_name(lang)] = figure.encode()
    digests = {name: sha256(data) for name, data in dossiers.items()}
    return Made(study, msgspec.structs.replace(manifest, dossiers=digests), tables, dossiers)
