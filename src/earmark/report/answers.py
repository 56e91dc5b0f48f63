"""The case's questions answered, and where the money is: ranges over rules, openings, ties and bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.reserved import end_role, is_unknown
from earmark.ledger.schema import OUT
from earmark.report.amounts import Amount, Span, span_of
from earmark.report.study import EXPOSURE, SHOWN_RULES, ends_in_groups
from earmark.report.vocabulary import TERMS
from earmark.tracing.asking import members
from earmark.tracing.trace import ends_by_key

if TYPE_CHECKING:
    from earmark.cases.config import Question
    from earmark.report.study import Run, Study
    from earmark.tracing.trace import EndKey, Traced
    from earmark.tracing.values import Conversion


NO_AUTHORITY = "lifo"
"""The rule that conserves and that no court has adopted."""


class Shared(NamedTuple):
    """One answer that several rules give alike."""

    span: Span
    rules: tuple[str, ...]


class Answer(NamedTuple):
    """One question in one commodity; spans by rule, and over every rule that conserves.

    ``holders`` counts who belongs to the group asked about: with none there is no answer. ``depends`` names
    what the answer turns on: rule, openings, ties, bounds. ``links`` are the conversions by which the claim
    comes to this commodity, ``together`` the answers of a claim walked alone when it is walked with the others.
    """

    question: Question
    holders: int
    by_rule: dict[str, Span]
    exposure: Span
    whole: Span
    best: dict[str, Amount]
    depends: tuple[str, ...]
    links: tuple[str, ...]
    together: tuple[Shared, ...] = ()

    @property
    def low_rules(self) -> tuple[str, ...]:
        """The rules that give the least."""
        return _rules_at(self.by_rule, is_low=True)

    @property
    def high_rules(self) -> tuple[str, ...]:
        """The rules that give the most."""
        return _rules_at(self.by_rule, is_low=False)

    @property
    def with_authority(self) -> Span | None:
        """The range without the rule that has no authority, where that rule alone makes an end."""
        return _with_authority(self.by_rule)


def _rules_at(spans: dict[str, Span], *, is_low: bool) -> tuple[str, ...]:
    least, most = min(s.low for s in spans.values()), max(s.high for s in spans.values())
    return tuple(
        rule for rule, span in spans.items() if (span.low == least if is_low else span.high == most)
    )


def _with_authority(spans: dict[str, Span]) -> Span | None:
    alone = (NO_AUTHORITY,)
    if alone not in (_rules_at(spans, is_low=True), _rules_at(spans, is_low=False)):
        return None
    kept = [span for rule, span in spans.items() if rule != NO_AUTHORITY]
    return span_of((q for span in kept for q in (span.low, span.high)), kept[0].commodity)


def answers(study: Study) -> list[Answer]:
    """Answer every question of the case, one answer for each commodity that the claim ended in."""
    return [answer for one in study.case.settings.question for answer in _answers(study, one)]


def _answers(study: Study, question: Question) -> list[Answer]:
    runs = study.runs.get(question.claim if question.only else None, [])
    holders = frozenset(members(study.ledger, question.entity))
    commodities = _commodities(study, runs, question.claim)
    found = [_answer(study, question, runs, holders, commodity) for commodity in commodities]
    if not question.only:
        return found
    others = study.runs.get(None, [])
    places = list(study.commodities)
    return [
        one._replace(
            together=_shared(
                _answer(study, question, others, holders, places.index(one.whole.commodity))
            )
        )
        for one in found
    ]


def _shared(answer: Answer) -> tuple[Shared, ...]:
    rules: dict[Span, list[str]] = {}
    for rule, span in answer.by_rule.items():
        rules.setdefault(span, []).append(rule)
    return tuple(
        Shared(span, tuple(rules[span])) for span in sorted(rules, key=lambda s: (s.low, s.high))
    )


def _links(runs: list[Run], claim: str, commodity: int) -> tuple[str, ...]:
    """Return the links that carried the claim to a commodity, in the order of the walk backwards."""
    found: dict[str, None] = {}
    wanted = [commodity]
    for asked in wanted:
        for run in runs:
            if run.traced.rule not in SHOWN_RULES:
                continue
            commodity_of = run.traced.ledger.column("legs", "commodity")
            for link in _walked(run.traced, claim):
                if asked in {commodity_of[leg].as_py() for leg in link.ins}:
                    found[link.name] = None
                    paid = {commodity_of[leg].as_py() for leg in link.outs}
                    wanted += sorted(paid - set(wanted))
    return tuple(found)


def _walked(traced: Traced, claim: str) -> list[Conversion]:
    if claim not in traced.claims:
        return []
    colour, legs = traced.claims.index(claim), traced.walk.legs
    return [
        link
        for link in traced.question.conversions
        if not link.problem and any(legs.get(leg, {}).get(colour) for leg in link.outs)
    ]


def _commodities(study: Study, runs: list[Run], claim: str) -> list[int]:
    found = {
        end.commodity
        for run in runs
        for end in run.traced.walk.ends
        if run.traced.claims[end.colour] == claim and end.quantity
    }
    symbols = {one.symbol: place for place, one in enumerate(study.commodities)}
    own = [symbols[one.commodity] for one in study.case.terms.claims if one.name == claim]
    return sorted(found) or own


def _answer(
    study: Study, question: Question, runs: list[Run], holders: frozenset[str], commodity: int
) -> Answer:
    found: dict[str, list[list[int]]] = {}
    for run in runs:
        values = _values(run.traced, question.claim, holders, commodity)
        found.setdefault(run.traced.rule, []).append(values)
    unit = study.commodities[commodity]
    spans = {
        rule: span_of((v for values in many for v in values), unit) for rule, many in found.items()
    }
    whole = span_of(
        (q for rule in SHOWN_RULES if rule in spans for q in (spans[rule].low, spans[rule].high)),
        unit,
    )
    best = {rule: Amount(many[0][0], unit) for rule, many in found.items()}
    return Answer(
        question,
        len(holders & set(study.ledger.holder_positions)),
        {rule: spans[rule] for rule in SHOWN_RULES if rule in spans},
        spans.get(EXPOSURE, Span(0, 0, unit)),
        whole,
        best,
        _depends(runs, found),
        _links(runs, question.claim, commodity),
    )


def _values(traced: Traced, claim: str, holders: frozenset[str], commodity: int) -> list[int]:
    """Return the quantity that ended with the holders: best, then low and high where they differ."""
    scenarios = [ends_by_key(traced.ledger, traced.walk), traced.low, traced.high]

    def total(ends: dict[EndKey, int]) -> int:
        return sum(
            quantity
            for (colour, holder, what, _, _, _), quantity in ends.items()
            if traced.claims[colour] == claim and what == commodity and holder in holders
        )

    return [total(one) for one in scenarios if one is not None]


def _depends(runs: list[Run], found: dict[str, list[list[int]]]) -> tuple[str, ...]:
    """Say what moves the answer, by holding everything else still."""
    best: dict[tuple[str, str, str], int] = {}
    counted: dict[str, int] = {}
    for run in runs:
        rule = run.traced.rule
        number = counted.get(rule, 0)
        counted[rule] = number + 1
        best[rule, run.traced.placement, run.order] = found[rule][number][0]
    kept = {key: value for key, value in best.items() if key[0] in SHOWN_RULES}
    reasons = []
    for place, name in enumerate(("rule", "openings", "ties")):
        if _varies(kept, place):
            reasons.append(name)
    if any(len(set(values)) > 1 for rule in SHOWN_RULES for values in found.get(rule, [])):
        reasons.append("bounds")
    return tuple(reasons)


def _varies(best: dict[tuple[str, str, str], int], place: int) -> bool:
    sets: dict[tuple[str, ...], set[int]] = {}
    for key, value in best.items():
        rest = (*key[:place], *key[place + 1 :])
        sets.setdefault(rest, set()).add(value)
    return any(len(values) > 1 for values in sets.values())


class Place(NamedTuple):
    """How much of one claim is with one group, over every rule that conserves."""

    claim: str
    group: str
    holders: int
    span: Span
    low_rules: tuple[str, ...]
    high_rules: tuple[str, ...]
    with_authority: Span | None


def places(study: Study) -> list[Place]:
    """Return where each claim is when all are walked together, largest first within a claim."""
    runs = [run for run in study.runs.get(None, []) if run.traced.rule in SHOWN_RULES]
    scenarios: dict[str, list[dict[tuple[str, int, str], int]]] = {}
    for run in runs:
        scenarios.setdefault(run.traced.rule, []).extend(_by_group(study, run.traced))
    keys = dict.fromkeys(key for many in scenarios.values() for sums in many for key in sums)
    held = _holders(study, runs)
    found = [_place(study, key, scenarios, len(held[key])) for key in keys]
    names = [claim.name for claim in study.case.terms.claims]
    shown = [place for place in found if place.span.high]
    return sorted(shown, key=lambda p: (names.index(p.claim), -p.span.high, p.group))


def _place(
    study: Study,
    key: tuple[str, int, str],
    scenarios: dict[str, list[dict[tuple[str, int, str], int]]],
    holders: int,
) -> Place:
    claim, commodity, group = key
    unit = study.commodities[commodity]
    spans = {
        rule: span_of((sums.get(key, 0) for sums in many), unit) for rule, many in scenarios.items()
    }
    whole = span_of((q for span in spans.values() for q in (span.low, span.high)), unit)
    ends = (_rules_at(spans, is_low=True), _rules_at(spans, is_low=False))
    return Place(claim, group, holders, whole, *ends, _with_authority(spans))


def quiet_groups(study: Study) -> list[tuple[str, int]]:
    """Return the groups at which something ended and of which no row shows a holder paying onwards.

    Each with the number of those holders. Left out are holders that stand for no one, and groups within a
    declared stop that pays nobody: the stop says it already.
    """
    runs = [run for run in study.runs.get(None, []) if run.traced.rule in SHOWN_RULES]
    ends: dict[str, set[str]] = {}
    for (_, _, group), holders in _holders(study, runs).items():
        ends.setdefault(group, set()).update(holders)
    ledger = study.ledger
    kinds = ledger.column("transactions", "kind").to_pylist()
    columns = (ledger.column("legs", name).to_pylist() for name in ("tx", "holder", "side"))
    payers = {
        ledger.holder_names[holder]
        for tx, holder, side in zip(*columns, strict=True)
        if side == OUT and kinds[tx] != "opening"
    }
    said = [names for names in _stopped(study) if not names & payers]
    return [
        (group, len(holders))
        for group, holders in ends.items()
        if not holders & payers
        and not any(is_nobody(one) for one in holders)
        and not any(holders <= names for names in said)
    ]


def _stopped(study: Study) -> list[set[str]]:
    """Return the holders of each declared stop."""
    ledger, found = study.ledger, []
    for stop in study.case.terms.stops:
        is_entity = stop.kind == "entity"
        alone = ledger.aliases.get(stop.name, stop.name)
        found.append(set(members(ledger, stop.name)) if is_entity else {alone})
    return found


def quiet_nameless(study: Study, quiet: list[tuple[str, int]]) -> list[str]:
    """Return those of the quiet groups that are one holder without a label; nothing when it is only one."""
    labels, groups = study.ledger.labels, study.groups
    found = [group for group, _ in quiet if not groups.is_entity(group) and not labels.get(group)]
    return found if len(found) > 1 else []


def is_nobody(holder: str) -> bool:
    """Tell whether a holder stands for no one: reserved, or not named by the record."""
    return is_unknown(holder) or bool(end_role(holder)) or holder in TERMS["reserved"]


def _by_group(study: Study, traced: Traced) -> list[dict[tuple[str, int, str], int]]:
    found = []
    for ends in ends_in_groups(study, traced):
        sums: dict[tuple[str, int, str], int] = {}
        for where, quantity in ends.items():
            key = where[:3]
            sums[key] = sums.get(key, 0) + quantity
        found.append(sums)
    return found


def _holders(study: Study, runs: list[Run]) -> dict[tuple[str, int, str], set[str]]:
    found: dict[tuple[str, int, str], set[str]] = {}
    for run in runs:
        for key in ends_by_key(run.traced.ledger, run.traced.walk):
            colour, holder, commodity, _, _, _ = key
            where = (run.traced.claims[colour], commodity, study.groups.group(holder))
            found.setdefault(where, set()).add(holder)
    return found


def overlaps(study: Study) -> dict[str, Span]:
    """Return, by claim, what two claims meet in: counted once, under the claim that came first."""
    runs = [run for run in study.runs.get(None, []) if run.traced.rule in SHOWN_RULES]
    found: dict[tuple[str, int], list[int]] = {}
    for run in runs:
        for (colour, commodity), sums in run.traced.walk.sums.items():
            key = (run.traced.claims[colour], commodity)
            found.setdefault(key, []).append(sums.get("overlap", 0))
    return {
        claim: span_of(quantities, study.commodities[commodity])
        for (claim, commodity), quantities in sorted(found.items())
        if any(quantities)
    }
