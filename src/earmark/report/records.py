"""What the record is made of and what it lacks: bases, sources, stops, statements, gaps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from earmark.cases import custody
from earmark.cases.likeness import lookalikes
from earmark.ledger.errors import EarmarkError
from earmark.ledger.reserved import BEFORE_THE_RECORD
from earmark.ledger.schema import IN
from earmark.report.amounts import Amount
from earmark.report.citing import Cited, cited
from earmark.report.groups import Saying
from earmark.report.times import span_text
from earmark.tracing.asking import members

if TYPE_CHECKING:
    from datetime import datetime

    from earmark.ledger.values import Stop
    from earmark.report.study import Study

BASES = ("recorded", "reported", "inferred")


class BasisRow(NamedTuple):
    """What stands on one basis in one commodity; unknown quantities stand beside the sum."""

    basis: str
    transactions: int
    amount: Amount
    unknown: int


@dataclass
class _Sum:
    transactions: set[int] = field(default_factory=set)
    quantity: int = 0
    unknown: int = 0


def bases(study: Study) -> list[BasisRow]:
    """Count and add up what was received, by basis and commodity; openings are not in it."""
    ledger = study.ledger
    transactions = ledger.tables["transactions"].select(["kind", "basis"]).to_pylist()
    found: dict[tuple[str, int], _Sum] = {}
    names = ("tx", "commodity", "side", "quantity")
    columns = (ledger.column("legs", name).to_pylist() for name in names)
    for tx, commodity, side, quantity in zip(*columns, strict=True):
        if side != IN or transactions[tx]["kind"] in BEFORE_THE_RECORD:
            continue
        key = (transactions[tx]["basis"], commodity)
        one = found.setdefault(key, _Sum())
        one.transactions.add(tx)
        one.quantity += int(quantity or 0)
        one.unknown += quantity is None
    ordered = sorted(found.items(), key=lambda item: (BASES.index(item[0][0]), item[0][1]))
    return [
        BasisRow(
            basis,
            len(one.transactions),
            Amount(one.quantity, study.commodities[commodity]),
            one.unknown,
        )
        for (basis, commodity), one in ordered
    ]


class LinkRow(NamedTuple):
    """One conversion: what was paid, what was received for it, and on what basis that is said."""

    name: str
    basis: str
    note: str
    paid: tuple[Amount, ...]
    received: tuple[Amount, ...]
    problem: str
    cites: tuple[Cited, ...]


def links(study: Study) -> list[LinkRow]:
    """Return every conversion of the case."""
    ledger = study.ledger
    rows = ledger.tables["links"].to_pylist()
    evidence = cited(study)
    problems = [one.problem for one in study.named().question.conversions] if study.runs else []
    found = []
    for place, number in enumerate(dict.fromkeys(row["link"] for row in rows)):
        mine = [row for row in rows if row["link"] == number]
        paid, received = ([r["leg"] for r in mine if (r["side"] == IN) == s] for s in (False, True))
        first = mine[0]
        problem = problems[place] if place < len(problems) else ""
        found.append(
            LinkRow(
                first["name"],
                first["basis"],
                first["note"] or "",
                _sums(study, paid),
                _sums(study, received),
                problem,
                _cites(study, paid, evidence),
            )
        )
    return found


def _cites(
    study: Study, paid: list[int], evidence: dict[str, tuple[Cited, ...]]
) -> tuple[Cited, ...]:
    """Return what the payments of a link cite; their own rows are the link's place in the record."""
    tx, keys = study.ledger.column("legs", "tx"), study.ledger.column("transactions", "key")
    each = dict.fromkeys(keys[tx[leg].as_py()].as_py() for leg in paid)
    return tuple(dict.fromkeys(one for key in each for one in evidence.get(key, ())))


def _sums(study: Study, legs: list[int]) -> tuple[Amount, ...]:
    sums: dict[int, int] = {}
    for leg in legs:
        commodity = study.ledger.column("legs", "commodity")[leg].as_py()
        quantity = study.ledger.column("legs", "quantity")[leg].as_py()
        sums[commodity] = sums.get(commodity, 0) + int(quantity or 0)
    return tuple(Amount(total, study.commodities[one]) for one, total in sums.items())


class StopRow(NamedTuple):
    """One declared stop: whether the record reaches it, and whether it shows it paying onwards."""

    stop: Stop
    holders: int
    paid_into: int
    pays_on: int
    traced: tuple[Amount, ...]
    said_by: tuple[Saying, ...]


def stops(study: Study) -> list[StopRow]:
    """Return every declared stop; ``traced`` is the most that any rule ends there, by commodity."""
    return [_stop(study, place, stop) for place, stop in enumerate(study.case.terms.stops)]


def _stop(study: Study, place: int, stop: Stop) -> StopRow:
    ledger = study.ledger
    name = ledger.aliases.get(stop.name, stop.name)
    names = members(ledger, stop.name) if stop.kind == "entity" else [name]
    known = {ledger.holder_positions[one] for one in names if one in ledger.holder_positions}
    into: set[int] = set()
    out: set[int] = set()
    kinds = ledger.column("transactions", "kind").to_pylist()
    columns = (ledger.column("legs", one).to_pylist() for one in ("tx", "holder", "side"))
    for tx, holder, side in zip(*columns, strict=True):
        if holder in known and kinds[tx] not in BEFORE_THE_RECORD:
            (into if side == IN else out).add(holder)
    shown = study.shown.stop(stop)
    said = study.groups.said_by(shown.name) if stop.kind == "entity" else ()
    return StopRow(shown, len(names), len(into), len(out), _stopped(study, place), said)


def _stopped(study: Study, place: int) -> tuple[Amount, ...]:
    most: dict[int, int] = {}
    for run in study.runs.get(None, []):
        sums: dict[int, int] = {}
        for end in run.traced.walk.ends:
            if end.stop == place and run.traced.rule != "poison":
                sums[end.commodity] = sums.get(end.commodity, 0) + end.quantity
        most |= {one: max(total, most.get(one, 0)) for one, total in sums.items()}
    return tuple(Amount(total, study.commodities[one]) for one, total in sorted(most.items()))


class Said(NamedTuple):
    """One statement, or several that say the same of different subjects."""

    saying: Saying
    when: str
    subjects: tuple[str, ...]
    predicate: str
    values: tuple[str, ...]
    source: str
    contested_by: str
    response: str
    superseded: bool


def said(study: Study) -> list[Said]:
    """Return every statement; those alike in all but subject, or subject and number, are one."""
    found: dict[tuple[object, ...], list[dict[str, Any]]] = {}
    for row in study.ledger.tables["statements"].to_pylist():
        if not study.shown.statement_is_shown(row["source"]):
            continue
        value = "" if row["value"].isdigit() else row["value"]
        names = ("by", "by_kind", "predicate", "source", "contested_by", "response", "superseded")
        when = span_text(row["said"], row["said_end"])
        found.setdefault((when, value, *(row[name] for name in names)), []).append(row)
    return [_said(study, rows) for rows in found.values()]


def _said(study: Study, rows: list[dict[str, Any]]) -> Said:
    first = rows[0]
    return Said(
        Saying(first["by"], first["by_kind"]),
        span_text(first["said"], first["said_end"]),
        tuple(study.shown.name(row["subject"]) for row in rows),
        first["predicate"],
        tuple(dict.fromkeys(study.shown.name(row["value"]) for row in rows)),
        first["source"] or "",
        first["contested_by"] or "",
        first["response"] or "",
        bool(first["superseded"]),
    )


def about_the_case(study: Study) -> list[Said]:
    """Return what is said of the whole case, and of those to whom it is attributed."""
    everything = [one for one in said(study) if not one.superseded]
    blamed = {
        value
        for one in everything
        if one.subjects == ("case",) and one.predicate == "attributed_to"
        for value in one.values
    }
    return [
        one for one in everything if "case" in one.subjects or blamed & {*one.subjects, *one.values}
    ]


def period(study: Study) -> tuple[datetime, datetime] | None:
    """Return the first and the last moment that a transaction or an observation of the record names."""
    tables, hidden = study.ledger.tables, study.shown
    rows = [
        row
        for row in tables["transactions"].select(["key", "kind", "time", "time_end"]).to_pylist()
        if row["kind"] != "opening" and row["key"] not in hidden.keys
    ]
    rows += [
        row
        for row in tables["observations"].select(["source", "time", "time_end"]).to_pylist()
        if hidden.source_is_shown(row["source"])
    ]
    moments = [row[name] for row in rows for name in ("time", "time_end") if row[name] is not None]
    return (min(moments), max(moments)) if moments else None


class Custody(NamedTuple):
    """One line of the custody log: when, what was done, to which file, by whom, and from where."""

    at: str
    action: str
    path: str
    by: str
    obtained_from: str


def custody_lines(study: Study) -> list[Custody]:
    """Return the custody log as far as it may be shown; a broken log is a warning of the build."""
    try:
        entries = custody.read_log(study.case.folder)
    except EarmarkError:
        return []
    hidden = study.shown.files[1]
    return [
        Custody(one.at, one.action, one.path, one.by, one.obtained_from)
        for one in entries
        if one.path not in hidden
    ]


class Counts(NamedTuple):
    """How much of the record is rejected, superseded, unknown, or withheld from this reader.

    ``alike`` are the events that two sources may both tell without a common key.
    """

    transactions: int
    observations: int
    rejected: int
    superseded: int
    findings: int
    duplicates: int
    alike: int
    unknown: int
    inexact: int
    withheld_sources: int
    withheld_rows: int


def counts(study: Study) -> Counts:
    """Count the record; withheld rows are in the totals unless they were rejected."""
    tables, hidden = study.ledger.tables, study.shown
    kinds = tables["transactions"].column("kind").to_pylist()
    quantities = tables["legs"].column("quantity")
    inexact = tables["legs"].column("inexact").to_pylist()
    by_source = [
        one
        for name in ("observations", "rejected")
        for one in tables[name].column("source").to_pylist()
    ]
    return Counts(
        transactions=sum(kind not in BEFORE_THE_RECORD for kind in kinds),
        observations=tables["observations"].num_rows,
        rejected=tables["rejected"].num_rows,
        superseded=tables["superseded"].num_rows,
        findings=tables["findings"].num_rows,
        duplicates=study.case.made.summary.duplicates,
        alike=len(lookalikes(study.ledger)),
        unknown=quantities.null_count,
        inexact=sum(bool(one) for one in inexact),
        withheld_sources=len(hidden.sources),
        withheld_rows=len(hidden.keys) + sum(one in hidden.sources for one in by_source),
    )


def rests_on_withheld(study: Study) -> bool:
    """Tell whether any traced quantity passed through a withheld row."""
    if not study.shown.keys or not study.runs:
        return False
    for runs in study.runs.values():
        for run in runs:
            keys = run.traced.ledger.column("transactions", "key")
            tx = run.traced.ledger.column("legs", "tx")
            if any(
                keys[tx[leg].as_py()].as_py() in study.shown.keys for leg in run.traced.walk.legs
            ):
                return True
    return False
