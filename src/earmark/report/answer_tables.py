"""The tables of the answer: ends, balances, the traced graph, paths, published numbers beside the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.ledger.quantity import format_quantity
from earmark.report.handling import WITHHELD
from earmark.report.movements import movements
from earmark.report.published import deposits
from earmark.report.table import Row, Table, digits_of, movement_row
from earmark.tracing.paths import paths
from earmark.tracing.reference import WORDS
from earmark.tracing.trace import balance_rows, end_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from earmark.report.movements import Movement
    from earmark.report.study import Run, Study
    from earmark.tracing.paths import Path, Paths


def _asked(study: Study) -> Iterator[tuple[str, Run]]:
    for only, runs in study.runs.items():
        for run in runs:
            yield only or "", run


def ends_table(study: Study) -> Table:
    """Every end of every trace: rule, openings, order of ties, and the claim walked alone, if any."""
    keys = ("only", "ties", "rule", "openings", "claim", "commodity", "role", "holder", "stop_role")
    header = (*keys, "reason", "entity", "label", "quantity", "low", "high", "holder_shown")
    rows = []
    for only, run in _asked(study):
        asked = (only, run.order, run.traced.rule, run.traced.placement)
        for row in end_rows(run.traced):
            holder = study.shown.name(row["holder"])
            cells = (row["claim"], row["commodity"], row["role"], holder, row["stop_role"])
            is_withheld = holder != row["holder"] or row["label"] in study.shown.withheld_labels
            label = WITHHELD if row["label"] and is_withheld else row["label"]
            rest = (row["reason"], row["entity"], label, row["quantity"])
            texts = (*cells, *rest, row["low"], row["high"], study.shown.written(row["holder"]))
            rows.append((*asked, *("" if one is None else str(one) for one in texts)))
    return Table("ends", 10, header, rows)


def balance_table(study: Study) -> Table:
    """The law of the result for every trace; poison has no difference."""
    header = ("only", "ties", "rule", "openings", "claim", "commodity", *WORDS, "difference")
    rows: list[Row] = []
    for only, run in _asked(study):
        asked = (only, run.order, run.traced.rule, run.traced.placement)
        rows += [
            (*asked, *("" if one is None else str(one) for one in row.values()))
            for row in balance_rows(run.traced)
        ]
    return Table("balance", 6, header, rows)


def traced_table(study: Study) -> Table:
    """The traced quantity on every movement under the named rule, claim by claim: the graph itself."""
    header = (
        *("key", "movement", "claim", "time", "payer", "payee", "commodity", "quantity"),
        *("traced", "payer_shown", "payee_shown", "source", "locator"),
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
        cells = movement_row(study, row)
        rows += [
            (
                *cells[:2],
                traced.claims[colour],
                cells[2],
                *cells[5:9],
                digits_of(study, quantity, row.commodity),
                *cells[-4:],
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
    header = ("claim", "commodity", "path", "holders", "quantity", "holders_shown")
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
        quantity = digits_of(study, path.quantity, path.commodity)
        chain = _chain(study, path, study.shown.name)
        written = _chain(study, path, study.shown.written)
        rows.append((*asked, str(number), chain, quantity, written))
    if found.rest_count:
        exponent = next(c.exponent for c in study.commodities if c.symbol == asked[1])
        rest = format_quantity(found.rest_quantity, exponent)
        rows.append((*asked, "rest", f"{found.rest_count} other paths", rest, ""))
    return rows


def _chain(study: Study, path: Path, name: Callable[[str], str]) -> str:
    ledger = study.named().ledger
    return " > ".join(name(ledger.holder_names[holder]) for holder in path.holders)


def published_table(study: Study) -> Table:
    """Each published number of deposits beside what the record shows."""
    header = (
        *("depositor", "commodity", "deposit_size", "published_deposits", "received"),
        *("deposits_that_fit", "verdict", "said_by", "source", "depositor_shown"),
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
            study.shown.written(one.subject),
        )
        for one in deposits(study)
    ]
    return Table("published", 3, header, rows)
