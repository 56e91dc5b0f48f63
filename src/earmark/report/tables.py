"""The tables that go with a dossier: every row of the record and of the answer, in plain digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.quantity import format_quantity
from earmark.report.csv_text import csv_text
from earmark.report.movements import movements
from earmark.report.published import deposits
from earmark.report.study import EXPOSURE, SHOWN_RULES
from earmark.report.times import moment_text, span_text
from earmark.tracing.paths import paths
from earmark.tracing.reference import WORDS
from earmark.tracing.trace import balance_rows, end_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from earmark.ledger.ledger import Ledger
    from earmark.report.movements import Movement
    from earmark.report.study import Run, Study
    from earmark.tracing.paths import Path, Paths

Row = tuple[str, ...]


class Table(NamedTuple):
    """One table: the first ``keys`` columns name a row, ``source`` and ``locator`` say where it stands."""

    name: str
    keys: int
    header: Row
    rows: list[Row]

    @property
    def text(self) -> str:
        """The table as CSV."""
        return csv_text(self.header, self.rows)


def all_tables(study: Study) -> list[Table]:
    """Return every table of a dossier, in the order in which they are listed."""
    return [
        transactions_table(study),
        observations_table(study),
        rejected_table(study),
        superseded_table(study),
        openings_table(study),
        statements_table(study),
        findings_table(study),
        holders_table(study),
        sources_table(study),
        ends_table(study),
        balance_table(study),
        traced_table(study),
        paths_table(study),
        published_table(study),
    ]


def _path(study: Study, source: int | None) -> str:
    if source is None:
        return ""
    return str(study.ledger.column("sources", "path")[source].as_py())


def _name(study: Study, ledger: Ledger, holder: int | None) -> str:
    return "" if holder is None else study.shown.name(ledger.holder_names[holder])


def _digits(study: Study, quantity: int | None, commodity: int) -> str:
    exponent = study.commodities[commodity].exponent
    return "" if quantity is None else format_quantity(quantity, exponent)


def transactions_table(study: Study) -> Table:
    """Every movement of the record in its order, openings apart."""
    header = (
        *("key", "movement", "time", "kind", "basis", "payer", "payee", "commodity", "quantity"),
        *("low", "high", "ref", "note", "source", "locator"),
    )
    rows = [
        _movement_row(study, row)
        for row in movements(study.case, study.ledger)
        if row.key not in study.shown.keys
    ]
    return Table("transactions", 2, header, rows)


def _movement_row(study: Study, row: Movement) -> Row:
    commodity = row.commodity
    return (
        row.key,
        str(row.number),
        moment_text(row.time_us, row.end_us),
        row.kind,
        row.basis,
        _name(study, study.ledger, row.payer),
        _name(study, study.ledger, row.payee),
        study.commodities[commodity].symbol,
        _digits(study, row.quantity, commodity),
        _digits(study, row.low, commodity),
        _digits(study, row.high, commodity),
        row.ref,
        row.note,
        _path(study, row.source),
        row.locator,
    )


def observations_table(study: Study) -> Table:
    """Every raw record that moved nothing."""
    header = ("source", "locator", "key", "time", "kind", "holder", "text")
    rows = [
        (
            _path(study, row["source"]),
            row["locator"] or "",
            row["key"] or "",
            span_text(row["time"], row["time_end"]),
            row["kind"],
            study.shown.name(row["holder"] or ""),
            row["text"] or "",
        )
        for row in study.ledger.tables["observations"].to_pylist()
        if study.shown.source_is_shown(row["source"])
    ]
    return Table("observations", 3, header, rows)


def rejected_table(study: Study) -> Table:
    """Every row that no reader could take, with the reason."""
    rows = [
        (_path(study, row["source"]), row["locator"] or "", row["reason"], row["text"] or "")
        for row in study.ledger.tables["rejected"].to_pylist()
        if study.shown.source_is_shown(row["source"])
    ]
    return Table("rejected", 2, ("source", "locator", "reason", "text"), rows)


def superseded_table(study: Study) -> Table:
    """Every row that a later line of the case corrects."""
    rows = [
        (row["key"], row["by"] or "", _path(study, row["source"]), row["locator"] or "")
        for row in study.ledger.tables["superseded"].to_pylist()
        if study.shown.source_is_shown(row["source"])
    ]
    return Table("superseded", 2, ("key", "superseded_by", "source", "locator"), rows)


def openings_table(study: Study) -> Table:
    """Every opening under both placements: what the record must lack for its payments to be possible."""
    header = ("openings", "key", "time", "holder", "commodity", "quantity", "traced_holding")
    rows: list[Row] = []
    for placement in ("late", "early"):
        ledger = study.case.tracer.placed("late" if placement == "late" else "early")
        for row in movements(study.case, ledger, with_openings=True):
            if row.kind != "opening":
                continue
            holder = "" if row.payee is None else ledger.holder_names[row.payee]
            is_traced = "yes" if holder in study.on_path else "no"
            symbol = study.commodities[row.commodity].symbol
            quantity = _digits(study, row.quantity, row.commodity)
            time = moment_text(row.time_us)
            key = row.key.replace(holder, study.shown.name(holder)) if holder else row.key
            rows.append(
                (placement, key, time, study.shown.name(holder), symbol, quantity, is_traced)
            )
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
        )
        for row in study.ledger.tables["holders"].to_pylist()
        if row["name"] not in study.shown.holders
    ]
    return Table("holders", 1, ("holder", "alias", "label", "entity", "on_traced_path"), rows)


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


def _asked(study: Study) -> Iterator[tuple[str, Run]]:
    for only, runs in study.runs.items():
        for run in runs:
            yield only or "", run


def ends_table(study: Study) -> Table:
    """Every end of every trace: rule, openings, order of ties, and the claim walked alone, if any."""
    keys = ("only", "ties", "rule", "openings", "claim", "commodity", "role", "holder", "stop_role")
    header = (*keys, "reason", "entity", "label", "quantity", "low", "high")
    rows = []
    for only, run in _asked(study):
        asked = (only, run.order, run.traced.rule, run.traced.placement)
        for row in end_rows(run.traced):
            holder = study.shown.name(row["holder"])
            cells = (row["claim"], row["commodity"], row["role"], holder, row["stop_role"])
            rest = (row["reason"], row["entity"], row["label"], row["quantity"])
            texts = (*cells, *rest, row["low"], row["high"])
            rows.append((*asked, *("" if one is None else str(one) for one in texts)))
    return Table("ends", 10, header, rows)


def balance_table(study: Study) -> Table:
    """The law of the result for every trace; poison has no difference."""
    header = ("only", "ties", "rule", "openings", "claim", "commodity", *WORDS, "difference")
    rows = []
    for only, run in _asked(study):
        asked = (only, run.order, run.traced.rule, run.traced.placement)
        for row in balance_rows(run.traced):
            rows.append((*asked, *("" if one is None else str(one) for one in row.values())))
    return Table("balance", 6, header, rows)


def traced_table(study: Study) -> Table:
    """The traced quantity on every movement under the named rule, claim by claim: the graph itself."""
    header = (
        *("key", "movement", "claim", "time", "payer", "payee", "commodity", "quantity"),
        *("traced", "source", "locator"),
    )
    if not study.runs:
        return Table("traced", 3, header, [])
    traced = study.named()
    rows: list[Row] = []
    for row in movements(study.case, traced.ledger):
        leg = row.payee_leg if row.payee_leg is not None else row.payer_leg
        shares = traced.walk.legs.get(-1 if leg is None else leg, {})
        if row.payee_leg is not None and row.payer_leg is not None and row.quantity is not None:
            shares = _smaller_shares(traced.walk.legs, row)
        if row.key in study.shown.keys:
            continue
        cells = _movement_row(study, row)
        rows += [
            (
                *cells[:2],
                traced.claims[colour],
                cells[2],
                *cells[5:9],
                _digits(study, quantity, row.commodity),
                *cells[-2:],
            )
            for colour, quantity in sorted(shares.items())
        ]
    return Table("traced", 3, header, rows)


def _smaller_shares(legs: dict[int, dict[int, int]], row: Movement) -> dict[int, int]:
    """Return the shares of the leg that has no other partner: the in-leg, unless several paid into it."""
    into, out = legs.get(row.payee_leg or 0, {}), legs.get(row.payer_leg or 0, {})
    return into if sum(into.values()) <= (row.quantity or 0) else out


def paths_table(study: Study) -> Table:
    """The largest paths until 99 % is covered, each by itself; the last row of a claim sums the rest."""
    header = ("claim", "commodity", "path", "holders", "quantity")
    if not study.runs:
        return Table("paths", 3, header, [])
    traced = study.named()
    rows: list[Row] = []
    for colour, commodity in sorted(traced.walk.sums):
        found = paths(traced, colour, commodity)
        claim, symbol = traced.claims[colour], study.commodities[commodity].symbol
        rows += _path_rows(study, (claim, symbol), found)
    return Table("paths", 3, header, rows)


def _path_rows(study: Study, asked: tuple[str, str], found: Paths) -> list[Row]:
    rows: list[Row] = []
    for number, path in enumerate(found.largest, 1):
        quantity = _digits(study, path.quantity, path.commodity)
        rows.append((*asked, str(number), _chain(study, path), quantity))
    if found.rest_count:
        exponent = next(c.exponent for c in study.commodities if c.symbol == asked[1])
        rest = format_quantity(found.rest_quantity, exponent)
        rows.append((*asked, "rest", f"{found.rest_count} other paths", rest))
    return rows


def _chain(study: Study, path: Path) -> str:
    ledger = study.named().ledger
    return " > ".join(study.shown.name(ledger.holder_names[holder]) for holder in path.holders)


def published_table(study: Study) -> Table:
    """Each published number of deposits beside what the record shows."""
    header = (
        *("depositor", "commodity", "deposit_size", "published_deposits", "received"),
        *("deposits_that_fit", "verdict", "said_by", "source"),
    )
    rows = [
        (
            study.shown.name(one.subject),
            one.size.commodity.symbol,
            one.size.plain,
            str(one.published),
            "" if one.received is None else one.received.plain,
            "" if one.fits is None else str(one.fits),
            one.verdict,
            one.said_by.by,
            one.source,
        )
        for one in deposits(study)
    ]
    return Table("published", 3, header, rows)


__all__ = ["EXPOSURE", "SHOWN_RULES", "Table", "all_tables"]
