"""`earmark trace`: every rule asked for, under both placements of openings, as stable rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from earmark.ledger.placing import Bound, has_bounds, rearranged
from earmark.ledger.quantity import format_quantity
from earmark.tracing.asking import Terms, entity_of, question_of
from earmark.tracing.events import events_of, named_lots
from earmark.tracing.reach import reachable
from earmark.tracing.reference import WORDS, difference, walk
from earmark.tracing.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.ledger import Ledger
    from earmark.ledger.values import Placement
    from earmark.tracing.values import Question, Walk

EndKey = tuple[int, str, int, str, int, str]
"""(claim, holder, commodity, role, stop or -1, reason)."""


@dataclass(frozen=True)
class Traced:
    """One rule under one placement: the ledger walked, the question, the walk, and its scenarios."""

    rule: str
    placement: Placement
    claims: tuple[str, ...]
    ledger: Ledger
    question: Question
    walk: Walk
    low: dict[EndKey, int] | None = None
    high: dict[EndKey, int] | None = None


class Tracer:
    """A ledger and its rearrangements, each made once."""

    def __init__(self, ledger: Ledger, terms: Terms) -> None:
        self.ledger = ledger
        self.terms = terms
        self.made: dict[tuple[str, str], Ledger] = {(ledger.openings_placed, "best"): ledger}

    def placed(self, placement: Placement, bound: Bound = "best") -> Ledger:
        """Return the ledger with its openings placed so, under that scenario."""
        key = (placement, bound)
        if key not in self.made:
            self.made[key] = rearranged(self.ledger, placement, bound)
        return self.made[key]

    def trace(self, rule: str, placement: Placement, only: str | None = None) -> Traced:
        """Walk the claims under one rule and one placement, and its low and high scenarios if any."""
        ledger = self.placed(placement)
        question, result = self.walked(rule, placement, "best", only)
        claims = tuple(c.name for c in self.terms.claims if only in (None, c.name))
        low = high = None
        if has_bounds(self.ledger):
            low, high = (
                ends_by_key(
                    self.placed(placement, bound), self.walked(rule, placement, bound, only)[1]
                )
                for bound in ("low", "high")
            )
        return Traced(rule, placement, claims, ledger, question, result, low, high)

    def walked(
        self, rule: str, placement: Placement, bound: Bound, only: str | None
    ) -> tuple[Question, Walk]:
        """Return the question as put to one scenario, and the walk that answers it."""
        ledger = self.placed(placement, bound)
        question = question_of(ledger, self.terms, rule, only, bound)
        events = events_of(ledger, reachable(ledger, question))
        return question, walk(events, question, named_lots(ledger))

    def trace_all(self, rules: Sequence[str], only: str | None = None) -> list[Traced]:
        """Walk every rule, late; and early too where a traced holding has openings."""
        results = []
        for rule in rules:
            late = self.trace(rule, "late", only)
            results.append(late)
            if touches_openings(late):
                results.append(self.trace(rule, "early", only))
        return results


def touches_openings(traced: Traced) -> bool:
    """Tell whether any holding that ever held traced units needed an opening."""
    return not traced.walk.touched.isdisjoint(holdings_with_openings(traced.ledger))


def holdings_with_openings(ledger: Ledger) -> set[tuple[int, int]]:
    """Return (holder, commodity) of every opening; what is brought forward stands in one place only."""
    kinds = ledger.column("transactions", "kind")
    holder, commodity = ledger.integers("legs", "holder"), ledger.integers("legs", "commodity")
    paid = ledger.first_legs[:-1][np.asarray(pc.equal(kinds, "opening"))] + 1
    return set(zip(holder[paid].tolist(), commodity[paid].tolist(), strict=True))


def rules_named(rule: str) -> list[str]:
    """Return the rules that ``--rule`` means, in the order of the contract."""
    return list(RULES) if rule == "all" else [rule]


def ends_by_key(ledger: Ledger, result: Walk) -> dict[EndKey, int]:
    """Add up ends by claim, holder, commodity, role, stop and reason."""
    sums: dict[EndKey, int] = {}
    for end in result.ends:
        stop = -1 if end.stop is None else end.stop
        name = ledger.holder_names[end.holder]
        key = (end.colour, name, end.commodity, end.role, stop, end.reason)
        sums[key] = sums.get(key, 0) + end.quantity
    return sums


def trace_rows(traced: Traced) -> dict[str, Any]:
    """Return one trace as the stable JSON of DESIGN §5."""
    return {
        "rule": traced.rule,
        "openings_placed": traced.placement,
        "ends": end_rows(traced),
        "balance": balance_rows(traced),
        "unknown_out_legs": traced.walk.unknown_out_legs,
    }


def end_rows(traced: Traced) -> list[dict[str, Any]]:
    """Return the ends of one trace, by claim, commodity, role and holder."""
    ledger = traced.ledger
    entities = entity_of(ledger)
    sums = ends_by_key(ledger, traced.walk)
    scenarios = {**(traced.low or {}), **(traced.high or {})}
    keys = sorted({*sums, *scenarios}, key=_end_order)
    return [_end_row(traced, key, sums.get(key, 0), entities) for key in keys]


def _end_order(key: EndKey) -> tuple[object, ...]:
    claim, holder, commodity, role, stop, reason = key
    return claim, commodity, role, holder, stop, reason


def _end_row(
    traced: Traced, key: EndKey, quantity: int, entities: dict[str, str]
) -> dict[str, Any]:
    claim, holder, commodity, role, stop_position, reason = key
    stop = traced.question.stops[stop_position] if stop_position >= 0 else None
    unit = traced.ledger.commodities[commodity]

    def bound(scenario: dict[EndKey, int] | None) -> str | None:
        return None if scenario is None else format_quantity(scenario.get(key, 0), unit.exponent)

    is_exact = traced.low is None or (
        traced.low.get(key, 0) == quantity == (traced.high or {}).get(key, 0)
    )
    return {
        "claim": traced.claims[claim],
        "holder": holder,
        "entity": entities.get(holder),
        "label": (stop.label if stop and stop.label else traced.ledger.labels.get(holder)),
        "role": role,
        "stop_role": stop.role if stop else None,
        "commodity": unit.symbol,
        "quantity": format_quantity(quantity, unit.exponent),
        "low": None if is_exact else bound(traced.low),
        "high": None if is_exact else bound(traced.high),
        "reason": reason or None,
    }


def balance_rows(traced: Traced) -> list[dict[str, Any]]:
    """Return the law of the result per claim and commodity; poison has no difference."""
    rows = []
    for (colour, commodity), sums in sorted(traced.walk.sums.items()):
        unit = traced.ledger.commodities[commodity]
        row = {"claim": traced.claims[colour], "commodity": unit.symbol}
        row |= {word: format_quantity(sums.get(word, 0), unit.exponent) for word in WORDS}
        conserves = RULES[traced.rule].conserves
        gap = format_quantity(difference(sums), unit.exponent)
        rows.append({**row, "difference": gap if conserves else None})
    return rows
