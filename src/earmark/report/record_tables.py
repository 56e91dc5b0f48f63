"""The tables of the record: movements, observations, refusals, openings, statements, names, sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.report.movements import movements
from earmark.report.table import Row, Table, digits_of, movement_row, path_of
from earmark.report.times import moment_text, span_text

if TYPE_CHECKING:
    from earmark.report.study import Study


def transactions_table(study: Study) -> Table:
    """Every movement of the record in its order, openings apart."""
    header = (
        *("key", "movement", "time", "kind", "basis", "payer", "payee", "commodity", "quantity"),
        *("low", "high", "ref", "note", "payer_shown", "payee_shown", "source", "locator"),
    )
    rows = [
        movement_row(study, row)
        for row in movements(study.case, study.ledger)
        if row.key not in study.shown.keys
    ]
    return Table("transactions", 2, header, rows)


def observations_table(study: Study) -> Table:
    """Every raw record that moved nothing."""
    header = ("source", "locator", "key", "time", "kind", "holder", "text", "holder_shown")
    rows = [
        (
            path_of(study, row["source"]),
            row["locator"] or "",
            row["key"] or "",
            span_text(row["time"], row["time_end"]),
            row["kind"],
            study.shown.name(row["holder"] or ""),
            row["text"] or "",
            study.shown.written(row["holder"] or ""),
        )
        for row in study.ledger.tables["observations"].to_pylist()
        if study.shown.source_is_shown(row["source"])
    ]
    return Table("observations", 3, header, rows)


def rejected_table(study: Study) -> Table:
    """Every row that no reader could take, with the reason."""
    rows = [
        (path_of(study, row["source"]), row["locator"] or "", row["reason"], row["text"] or "")
        for row in study.ledger.tables["rejected"].to_pylist()
        if study.shown.source_is_shown(row["source"])
    ]
    return Table("rejected", 2, ("source", "locator", "reason", "text"), rows)


def superseded_table(study: Study) -> Table:
    """Every row that a later line of the case corrects."""
    rows = [
        (row["key"], row["by"] or "", path_of(study, row["source"]), row["locator"] or "")
        for row in study.ledger.tables["superseded"].to_pylist()
        if study.shown.source_is_shown(row["source"])
    ]
    return Table("superseded", 2, ("key", "superseded_by", "source", "locator"), rows)


def openings_table(study: Study) -> Table:
    """Every opening under both placements: what the record must lack for its payments to be possible."""
    names = ("openings", "key", "time", "holder", "commodity", "quantity", "traced_holding")
    header = (*names, "holder_shown")
    rows: list[Row] = []
    for placement in ("late", "early"):
        ledger = study.case.tracer.placed("late" if placement == "late" else "early")
        for row in movements(study.case, ledger, with_openings=True):
            if row.kind != "opening":
                continue
            holder = "" if row.payee is None else ledger.holder_names[row.payee]
            is_traced = "yes" if holder in study.on_path else "no"
            symbol = study.commodities[row.commodity].symbol
            quantity = digits_of(study, row.quantity, row.commodity)
            time = moment_text(row.time_us)
            key = row.key.replace(holder, study.shown.name(holder)) if holder else row.key
            holders = (study.shown.name(holder), study.shown.written(holder))
            rows.append((placement, key, time, holders[0], symbol, quantity, is_traced, holders[1]))
    return Table("openings", 2, header, rows)


def statements_table(study: Study) -> Table:
    """Every statement with its author; a superseded one is marked."""
    header = (
        *("key", "said", "by", "by_kind", "subject", "predicate", "value", "valid_from"),
        *("valid_to", "source", "contested_by", "response", "superseded"),
    )
    rows = [
        (
            row["key"],
            span_text(row["said"], row["said_end"]),
            row["by"],
            row["by_kind"],
            study.shown.name(row["subject"]),
            row["predicate"],
            study.shown.name(row["value"]),
            span_text(row["valid_from"]),
            span_text(row["valid_to"]),
            row["source"] or "",
            row["contested_by"] or "",
            row["response"] or "",
            "yes" if row["superseded"] else "no",
        )
        for row in study.ledger.tables["statements"].to_pylist()
        if study.shown.statement_is_shown(row["source"])
    ]
    return Table("statements", 1, header, rows)


def findings_table(study: Study) -> Table:
    """Every finding: what a detector or the builder noticed."""
    hidden = study.shown.keys
    rows = [
        (
            row["id"],
            row["kind"],
            row["version"],
            span_text(row["time"], row["time_end"]),
            "; ".join(study.shown.name(one) for one in row["subjects"]),
            "; ".join(row["reasons"]),
            row["score"] or "",
            "; ".join(row["evidence"]),
        )
        for row in study.ledger.tables["findings"].to_pylist()
        if not hidden.intersection(row["subjects"])
    ]
    header = ("id", "kind", "version", "time", "subjects", "reasons", "score", "evidence")
    return Table("findings", 1, header, rows)


def holders_table(study: Study) -> Table:
    """Every holder in full, its group, and whether some trace reached it."""
    rows = [
        (
            row["name"],
            row["alias"],
            row["label"],
            study.groups.entities.get(row["name"], ""),
            "yes" if row["name"] in study.on_path else "no",
            study.shown.written(row["name"]),
        )
        for row in study.ledger.tables["holders"].to_pylist()
        if row["name"] not in study.shown.holders
    ]
    header = ("holder", "alias", "label", "entity", "on_traced_path", "holder_shown")
    return Table("holders", 1, header, rows)


def sources_table(study: Study) -> Table:
    """Every source with its digest, how it was obtained, and what it lacks."""
    names = (
        *("path", "sha256", "original_name", "author", "reader", "reader_version"),
        *("obtained_by", "obtained_from", "obtained_how", "retrieved", "licence", "handling"),
        *("rows", "transactions", "observations", "rejected", "ignored"),
    )
    rows = []
    for row in study.ledger.tables["sources"].to_pylist():
        if study.shown.source_is_shown(row["source"]):
            cells = tuple("" if row[name] is None else str(row[name]) for name in names)
            rows.append((*cells, "; ".join(row["lacks"] or ())))
    return Table("sources", 1, (*names, "lacks"), rows)
