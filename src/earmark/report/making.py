"""A report in memory: dossiers, tables and manifest as bytes by name, made from a case and from nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from earmark.locale import LANGUAGES
from earmark.report.handling import shown_upto
from earmark.report.manifest import NAME, Manifest, encoded, manifest_of, sha256
from earmark.report.page import dossier_html
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

    def files(self, lang: str) -> dict[str, bytes]:
        """Return the files of a report in one language by their path; the manifest comes last."""
        name = dossier_name(lang)
        tables = {f"tables/{one.name}.csv": one.text.encode() for one in self.tables}
        return {**tables, name: self.dossiers[name], NAME: encoded(self.manifest)}


def dossier_name(lang: str) -> str:
    """Return the file name of a language's dossier."""
    return "dossier.html" if lang == "en" else f"dossier.{lang}.html"


def make(case: Case, upto: str, progress: Progress | None = None) -> Made:
    """Trace a case and return its report; raises EarmarkError."""
    study = Study(case, shown_upto(case, upto), progress)
    tables = all_tables(study)
    manifest = manifest_of(study, tables)
    dossiers = {
        dossier_name(lang): dossier_html(study, manifest, lang).encode() for lang in LANGUAGES
    }
    digests = {name: sha256(data) for name, data in dossiers.items()}
    return Made(study, msgspec.structs.replace(manifest, dossiers=digests), tables, dossiers)
