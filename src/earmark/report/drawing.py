"""The flow figure of a case: who is drawn by itself, who together, and what each bar ends with."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from earmark.figures.balances import points_of
from earmark.figures.flow import flow_figure
from earmark.figures.order import arranged
from earmark.figures.values import Band, Flow, FlowClaim, Lane
from earmark.ledger.reserved import BEFORE_THE_RECORD
from earmark.report.amounts import Amount
from earmark.report.answers import is_nobody
from earmark.report.movements import Movement, movements
from earmark.report.study import NAMED_RULE, payers_of_starts

if TYPE_CHECKING:
    from earmark.figures.values import Role
    from earmark.report.study import Study
    from earmark.report.wording import Wording

LANES = 12
"""Lanes of holders in one figure; where there are more, the smallest are drawn together."""
SOURCES = 4
"""Lanes of those from whom it came; where there are more, the smallest are drawn together."""
PAYERS, PAYEES, OPENINGS = "*payers", "*payees", "*openings"


class LaneSums(NamedTuple):
    """A lane in numbers: the table twin of the figure.

    ``opened`` are openings, not receipts; ``again`` names the claims that came back to it after leaving.
    """

    label: str
    identifier: str
    holders: int
    opened: Amount
    received: Amount
    traced: tuple[Amount, ...]
    paid: Amount
    end: tuple[tuple[str, Amount], ...]
    is_source: bool
    again: tuple[str, ...]


class Picture(NamedTuple):
    """The figure as SVG, its numbers, and the claims in the order of their colours."""

    svg: str
    lanes: tuple[LaneSums, ...]
    claims: tuple[str, ...]
    symbol: str


class _Plan(NamedTuple):
    """Who is drawn where: lane by holder, holders by lane, roles and rows."""

    commodity: int
    lane_of: dict[int, str]
    members: dict[str, set[int]]
    ends: dict[str, Counter[str]]
    rows: list[Movement]
    sources: set[str]


def picture(study: Study, wording: Wording) -> Picture | None:
    """Return the figure of the claims walked together under the named rule, or nothing to draw."""
    if not study.runs or not study.named().walk.ends:
        return None
    plan = _plan(study)
    flow = _flow(study, plan, wording)
    if not flow.bands:
        return None
    sums = tuple(_sums(study, plan, lane, flow.bands) for lane in flow.lanes)
    return Picture(flow_figure(flow), sums, study.named().claims, flow.symbol)


def _plan(study: Study) -> _Plan:
    traced = study.named()
    sizes: Counter[int] = Counter()
    for end in traced.walk.ends:
        sizes[end.commodity] += end.quantity
    commodity = min(sizes, key=lambda one: (-sizes[one], one))
    rows = [
        row
        for row in movements(study.case, traced.ledger, with_openings=True)
        if row.commodity == commodity
    ]
    reached = {
        row.payee for row in rows if row.payee is not None and row.payee_leg in traced.walk.legs
    }
    lane_of = _lanes(study, rows, reached)
    sources = _sources(rows, payers_of_starts(traced) - reached)
    lane_of |= {h: _group_lane(study, h) for h in sources}
    members: dict[str, set[int]] = {}
    for holder, lane in lane_of.items():
        members.setdefault(lane, set()).add(holder)
    kept = [r for r in rows if r.payer in lane_of or r.payee in lane_of]
    return _Plan(
        commodity,
        lane_of,
        members,
        _ends(study, commodity, lane_of),
        [r for r in kept if {r.payer, r.payee} & reached],
        {lane_of[h] for h in sources},
    )


def _lanes(study: Study, rows: list[Movement], reached: set[int]) -> dict[int, str]:
    """Give each reached holder a lane: its own where it pays on, else its group's; the smallest share."""
    received: Counter[int] = Counter()
    pays_on = {row.payer for row in rows if row.kind != "opening"}
    for row in rows:
        if row.payee in reached:
            received[row.payee] += row.quantity or 0
    lanes = {h: _own(h) if h in pays_on else _group_lane(study, h) for h in reached}
    sizes: Counter[str] = Counter()
    for holder, lane in lanes.items():
        sizes[lane] += received[holder]
    ordered = sorted(sizes, key=lambda lane: (-sizes[lane], lane))
    if len(ordered) <= LANES:
        return lanes
    small = set(ordered[LANES - 1 :])
    return {h: PAYEES if lane in small else lane for h, lane in lanes.items()}


def _own(holder: int) -> str:
    return f"h{holder}"


def _group_lane(study: Study, holder: int) -> str:
    group = study.groups.group(study.ledger.holder_names[holder])
    return f"g{group}" if study.groups.is_entity(group) else _own(holder)


def _sources(rows: list[Movement], payers: set[int]) -> set[int]:
    """Return the payers of the largest sums, as many as there are lanes for them."""
    paid: Counter[int] = Counter()
    for row in rows:
        if row.payer is not None and row.payer in payers:
            paid[row.payer] += row.quantity or 0
    return set(sorted(paid, key=lambda one: (-paid[one], one))[:SOURCES])


def _ends(study: Study, commodity: int, lane_of: dict[int, str]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for end in study.named().walk.ends:
        if end.commodity == commodity and end.holder in lane_of:
            found.setdefault(lane_of[end.holder], Counter())[end.role] += end.quantity
    return found


def _flow(study: Study, plan: _Plan, wording: Wording) -> Flow:
    traced = study.named()
    bands = _bands(study, plan, wording)
    used = {band.payer for band in bands} | {band.payee for band in bands}
    lanes = [_lane(study, plan, lane, bands, wording) for lane in sorted(used)]
    unit = study.commodities[plan.commodity]
    claims = tuple(
        FlowClaim(name, wording.claim_label(study, name, unit.symbol)) for name in traced.claims
    )
    return arranged(
        Flow(
            title=wording.figure_title(unit.symbol),
            subtitle=wording.figure_subtitle(study, NAMED_RULE),
            description=wording.figure_description(study, plan.commodity),
            symbol=unit.symbol,
            exponent=unit.exponent,
            claims=claims,
            lanes=tuple(lanes),
            bands=bands,
            words=wording.figure_words(),
            direction=wording.direction,
        )
    )


def _bands(study: Study, plan: _Plan, wording: Wording) -> tuple[Band, ...]:
    traced = study.named()
    converted = {leg for one in traced.question.conversions for leg in one.ins}
    bands: list[Band] = []
    for row in plan.rows:
        if row.time_us is None or row.payer is None or row.payee is None:
            continue
        is_before = row.kind in BEFORE_THE_RECORD
        payer = OPENINGS if is_before else plan.lane_of.get(row.payer, PAYERS)
        payee = plan.lane_of.get(row.payee, PAYEES)
        detail = wording.band_detail(study, row)
        whole = Band(
            row.time_us,
            payer,
            payee,
            "",
            row.quantity,
            row.payee_leg in converted,
            detail,
            movement=f"{row.key} {row.number}",
            party=str(row.payer),
            until=row.end_us,
        )
        for claim, quantity in _parts(study, row):
            bands.append(msgspec.structs.replace(whole, claim=claim, quantity=quantity))
    return tuple(bands)


def _parts(study: Study, row: Movement) -> list[tuple[str, int | None]]:
    """Split a movement by claim, the untraced rest last; an unknown quantity stays whole."""
    if row.quantity is None:
        return [("", None)]
    traced = study.named()
    into = traced.walk.legs.get(-1 if row.payee_leg is None else row.payee_leg, {})
    out = traced.walk.legs.get(-1 if row.payer_leg is None else row.payer_leg, {})
    shares = into if sum(into.values()) <= row.quantity else out
    if sum(shares.values()) > row.quantity:
        shares = {}
    parts: list[tuple[str, int | None]] = [
        (traced.claims[colour], quantity) for colour, quantity in sorted(shares.items()) if quantity
    ]
    rest = row.quantity - sum(shares.values())
    return [*parts, ("", rest)] if rest else parts


def _lane(study: Study, plan: _Plan, name: str, bands: tuple[Band, ...], wording: Wording) -> Lane:
    members = sorted(plan.members.get(name, set()))
    ends = plan.ends.get(name, Counter())
    is_source = name in plan.sources or name in (PAYERS, OPENINGS)
    points = () if is_source or not members else points_of(name, bands, study.named().claims)
    unit = study.commodities[plan.commodity]
    return Lane(
        name=name,
        label=lane_label(study, plan.members, name, wording),
        identifier=study.shown.written(_identifier(study, members)),
        role=_role(ends, is_source=is_source),
        holders=max(1, len(members) or _others(plan, name)),
        points=points,
        end=wording.lane_end([(role, Amount(q, unit)) for role, q in sorted(ends.items()) if q]),
    )


def _others(plan: _Plan, name: str) -> int:
    """Count the holders of a lane that collects who is not drawn."""
    if name == PAYERS:
        rows = [row for row in plan.rows if row.kind not in BEFORE_THE_RECORD]
        return len({row.payer for row in rows if row.payer not in plan.lane_of})
    if name == PAYEES:
        return len({row.payee for row in plan.rows if row.payee not in plan.lane_of})
    return 1


def _identifier(study: Study, members: list[int]) -> str:
    """Return the name of a lane's only holder, as far as it may be shown; reserved holders have words."""
    if len(members) != 1:
        return ""
    name = study.shown.name(study.ledger.holder_names[members[0]])
    return "" if is_nobody(name) else name


def lane_label(study: Study, members: dict[str, set[int]], name: str, wording: Wording) -> str:
    """Return what a lane is called: its holder's label, its group's name, or who is drawn together."""
    if name in (PAYERS, PAYEES, OPENINGS):
        return wording.lane_of_others(name)
    holders = [study.ledger.holder_names[one] for one in sorted(members.get(name, set()))]
    if name.startswith("g"):
        return wording.plain_text(name[1:])
    shown = study.shown.name(holders[0])
    label = study.ledger.labels.get(shown, "")
    return wording.plain_text(label) if label else wording.reserved(shown) or ""


def _role(ends: Counter[str], *, is_source: bool) -> Role:
    if is_source:
        return "source"
    if ends["stopped"] > ends["rests"]:
        return "stopped"
    for role in ("rests", "unresolved", "fee", "destroyed"):
        if ends[role]:
            return role
    return "through"


def _sums(study: Study, plan: _Plan, lane: Lane, bands: tuple[Band, ...]) -> LaneSums:
    unit = study.commodities[plan.commodity]
    received, opened, paid = 0, 0, 0
    traced: Counter[str] = Counter()
    for band in bands:
        if band.payee == lane.name and band.payer != lane.name:
            if band.payer == OPENINGS:
                opened += band.quantity or 0
            else:
                received += band.quantity or 0
            traced[band.claim] += band.quantity or 0
        if band.payer == lane.name and band.payee != lane.name:
            paid += band.quantity or 0
    ends = plan.ends.get(lane.name, Counter())
    return LaneSums(
        lane.label,
        _identifier(study, sorted(plan.members.get(lane.name, set()))),
        lane.holders,
        Amount(opened, unit),
        Amount(received, unit),
        tuple(Amount(traced[claim], unit) for claim in study.named().claims),
        Amount(paid, unit),
        tuple((role, Amount(q, unit)) for role, q in sorted(ends.items()) if q),
        lane.role == "source",
        tuple(one for one in study.named().claims if _comes_back(lane.name, one, bands)),
    )


def _comes_back(lane: str, claim: str, bands: tuple[Band, ...]) -> bool:
    """Tell whether a claim's units that left a lane can have come to it again, by time and by hands."""
    reached: set[str] = set()
    for band in sorted(bands, key=lambda one: one.time):
        if band.claim != claim or band.payer == band.payee:
            continue
        if band.payer in reached and band.payee == lane:
            return True
        if band.payer == lane or band.payer in reached:
            reached.add(band.payee)
    return False
