"""Ends under each rule side by side, the law of the result, and the openings of traced holdings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.report.amounts import Amount
from earmark.report.movements import movements
from earmark.report.study import SHOWN_RULES
from earmark.tracing.reference import WORDS, difference
from earmark.tracing.trace import ends_by_key

if TYPE_CHECKING:
    from earmark.ledger.values import Commodity
    from earmark.report.study import Study
    from earmark.tracing.trace import Traced

COLUMNS = 4
"""Groups that stand side by side in a table; the others are added up in one more column."""

Key = tuple[str, int]
"""(claim, commodity)."""


class Cell(NamedTuple):
    """What ended with a group, and with how many of its holders."""

    amount: Amount
    holders: int


class EndRow(NamedTuple):
    """One rule; ``placements`` are the placements of openings that give exactly this."""

    rule: str
    placements: tuple[str, ...]
    cells: tuple[Cell, ...]
    rest: Cell
    overlap: Amount


class EndSheet(NamedTuple):
    """One claim's ends in one commodity; ``others`` groups are in the last column."""

    claim: str
    commodity: Commodity
    groups: tuple[str, ...]
    others: int
    rows: tuple[EndRow, ...]

    @property
    def overlaps(self) -> bool:
        """Tell whether any rule leaves an overlap with another claim."""
        return any(row.overlap.quantity for row in self.rows)


def end_sheets(study: Study) -> list[EndSheet]:
    """Return every claim's ends when all claims are walked together, ties as listed."""
    traces = _listed(study)
    found = [_cells(study, traced) for traced in traces]
    keys = sorted(
        {key for cells in found for key in cells}, key=lambda k: (_rank(study, k[0]), k[1])
    )
    return [_sheet(study, key, traces, found) for key in keys]


def _rank(study: Study, claim: str) -> int:
    return [one.name for one in study.case.terms.claims].index(claim)


def _listed(study: Study) -> list[Traced]:
    return [traced for rule in SHOWN_RULES for traced in study.listed(rule)]


def _cells(study: Study, traced: Traced) -> dict[Key, dict[str, tuple[int, set[str]]]]:
    found: dict[Key, dict[str, tuple[int, set[str]]]] = {}
    for key, quantity in ends_by_key(traced.ledger, traced.walk).items():
        claim, holder, commodity, _, _, _ = key
        cells = found.setdefault((traced.claims[claim], commodity), {})
        group = study.groups.group(holder)
        total, holders = cells.get(group, (0, set()))
        cells[group] = (total + quantity, holders | {holder})
    return found


def _sheet(
    study: Study,
    key: Key,
    traces: list[Traced],
    found: list[dict[Key, dict[str, tuple[int, set[str]]]]],
) -> EndSheet:
    most: dict[str, int] = {}
    for cells in found:
        for group, (quantity, _) in cells.get(key, {}).items():
            most[group] = max(quantity, most.get(group, 0))
    groups = sorted(most, key=lambda group: (-most[group], group))
    shown = groups if len(groups) == COLUMNS + 1 else groups[:COLUMNS]
    unit = study.commodities[key[1]]
    rows: list[EndRow] = []
    for traced, cells in zip(traces, found, strict=True):
        mine = cells.get(key, {})
        rest = [mine[group] for group in groups[len(shown) :] if group in mine]
        row = EndRow(
            traced.rule,
            (traced.placement,),
            tuple(_cell(mine.get(group, (0, set())), unit) for group in shown),
            _cell((sum(q for q, _ in rest), {h for _, held in rest for h in held}), unit),
            Amount(_overlap(traced, key), unit),
        )
        _merge(rows, row)
    return EndSheet(key[0], unit, tuple(shown), len(groups) - len(shown), tuple(rows))


def _cell(found: tuple[int, set[str]], unit: Commodity) -> Cell:
    return Cell(Amount(found[0], unit), len(found[1]))


def _overlap(traced: Traced, key: Key) -> int:
    colour = traced.claims.index(key[0])
    return traced.walk.sums.get((colour, key[1]), {}).get("overlap", 0)


def _merge(rows: list[EndRow], row: EndRow) -> None:
    if rows and rows[-1].rule == row.rule and rows[-1][2:] == row[2:]:
        rows[-1] = row._replace(placements=(*rows[-1].placements, *row.placements))
    else:
        rows.append(row)


class LawRow(NamedTuple):
    """The law of the result for one rule; ``sums`` are in the order of the sheet's words."""

    rule: str
    placements: tuple[str, ...]
    sums: tuple[Amount, ...]
    difference: Amount


class LawSheet(NamedTuple):
    """One claim's balances in one commodity; words of which no rule has any are left out."""

    claim: str
    commodity: Commodity
    words: tuple[str, ...]
    rows: tuple[LawRow, ...]


def law(study: Study) -> list[LawSheet]:
    """Return the balances of the claims walked together, ties as listed."""
    traces = _listed(study)
    keys = dict.fromkeys(key for traced in traces for key in sorted(traced.walk.sums))
    return [_law_sheet(study, colour, commodity, traces) for colour, commodity in keys]


def _law_sheet(study: Study, colour: int, commodity: int, traces: list[Traced]) -> LawSheet:
    unit = study.commodities[commodity]
    sums = [traced.walk.sums.get((colour, commodity), {}) for traced in traces]
    words = tuple(word for word in WORDS if any(one.get(word) for one in sums))
    rows: list[LawRow] = []
    for traced, one in zip(traces, sums, strict=True):
        amounts = tuple(Amount(one.get(word, 0), unit) for word in words)
        row = LawRow(traced.rule, (traced.placement,), amounts, Amount(difference(one), unit))
        if rows and rows[-1].rule == row.rule and rows[-1][2:] == row[2:]:
            rows[-1] = row._replace(placements=(*rows[-1].placements, traced.placement))
        else:
            rows.append(row)
    return LawSheet(traces[0].claims[colour], unit, words, tuple(rows))


class Opening(NamedTuple):
    """One holding's openings added up under each placement, with how many there are."""

    holder: str
    holders: int
    late: Amount
    late_count: int
    early: Amount
    early_count: int


class OpeningSums(NamedTuple):
    """The openings of traced holdings one by one, the bystanders' as one line for each commodity."""

    traced: tuple[Opening, ...]
    others: tuple[Opening, ...]

    @property
    def late(self) -> list[Amount]:
        """The traced holdings' openings by commodity, placed late."""
        return _by_commodity([one.late for one in self.traced])

    @property
    def early(self) -> list[Amount]:
        """The same placed early."""
        return _by_commodity([one.early for one in self.traced])


def _by_commodity(amounts: list[Amount]) -> list[Amount]:
    sums: dict[Commodity, int] = {}
    for one in amounts:
        sums[one.commodity] = sums.get(one.commodity, 0) + one.quantity
    return [Amount(total, unit) for unit, total in sums.items()]


def openings(study: Study) -> OpeningSums:
    """Return the openings of both placements."""
    late, early = (_openings(study, placement) for placement in ("late", "early"))
    traced: list[Opening] = []
    others: dict[int, list[tuple[int, int, int, int]]] = {}
    for key in sorted({*late, *early}):
        holder, commodity = key
        numbers = (*late.get(key, (0, 0)), *early.get(key, (0, 0)))
        if holder in study.on_path:
            traced.append(_opening(study, study.shown.name(holder), commodity, [numbers]))
        else:
            others.setdefault(commodity, []).append(numbers)
    rest = tuple(_opening(study, "", one, many) for one, many in sorted(others.items()))
    return OpeningSums(tuple(traced), rest)


def _openings(study: Study, placement: str) -> dict[tuple[str, int], tuple[int, int]]:
    ledger = study.case.tracer.placed("late" if placement == "late" else "early")
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for row in movements(study.case, ledger, with_openings=True):
        if row.kind == "opening" and row.payee is not None:
            key = (ledger.holder_names[row.payee], row.commodity)
            quantity, count = found.get(key, (0, 0))
            found[key] = (quantity + (row.quantity or 0), count + 1)
    return found


def _opening(
    study: Study, holder: str, commodity: int, many: list[tuple[int, int, int, int]]
) -> Opening:
    unit = study.commodities[commodity]
    late, late_count, early, early_count = (sum(one) for one in zip(*many, strict=True))
    return Opening(
        holder, len(many), Amount(late, unit), late_count, Amount(early, unit), early_count
    )
