"""The tables that go with a dossier: every row of the record and of the answer, in plain digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.report import answer_tables, citing, record_tables

if TYPE_CHECKING:
    from earmark.report.study import Study
    from earmark.report.table import Table


def all_tables(study: Study) -> list[Table]:
    """Return every table of a dossier, in the order in which they are listed."""
    return [
        record_tables.transactions_table(study),
        citing.evidence_table(study),
        record_tables.observations_table(study),
        record_tables.rejected_table(study),
        record_tables.superseded_table(study),
        record_tables.openings_table(study),
        record_tables.statements_table(study),
        record_tables.findings_table(study),
        record_tables.holders_table(study),
        record_tables.sources_table(study),
        answer_tables.ends_table(study),
        answer_tables.balance_table(study),
        answer_tables.traced_table(study),
        answer_tables.paths_table(study),
        answer_tables.published_table(study),
    ]
