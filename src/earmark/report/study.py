"""Everything a dossier asks of a case, walked once: every rule, both placements, ties in both orders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from earmark.ledger.schema import OUT
from earmark.report.groups import Groups
from earmark.report.ties import Ties, tied_reversed, ties
from earmark.tracing.rules import RULES
from earmark.tracing.trace import Tracer, ends_by_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from earmark.cases.case import Case
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.values import Commodity
    from earmark.report.handling import Shown
    from earmark.tracing.trace import EndKey, Traced

Order = Literal["listed", "reversed"]
SHOWN_RULES = ("fifo", "hallett", "pro_rata", "lifo", "oatway")
"""The rules that conserve, in the order in which they stand beside each other."""
EXPOSURE = "poison"
NAMED_RULE = "fifo"
"""The rule under which figure, paths and traced legs are shown."""


class Run(NamedTuple):
    """One trace, and the order in which ties were walked."""

    order: Order
    traced: Traced


class Where(NamedTuple):
    """Where some of a claim ended: commodity by position, the group of holders, the role."""

    claim: str
    commodity: int
    group: str
    role: str


@dataclass(frozen=True)
class Study:
    """A case, what may be shown of it, and its traces."""

    case: Case
    shown: Shown
    progress: Callable[[int], None] | None = None

    @property
    def ledger(self) -> Ledger:
        """The built ledger."""
        return self.case.ledger

    @property
    def commodities(self) -> list[Commodity]:
        """Commodities by position."""
        return self.ledger.commodities

    @cached_property
    def groups(self) -> Groups:
        """The groups of the ledger."""
        return Groups(self.ledger)

    @cached_property
    def ties(self) -> Ties:
        """The ties that could matter."""
        return ties(self.ledger)

    @cached_property
    def runs(self) -> dict[str | None, list[Run]]:
        """Every trace, for the claims together (null) and for each claim that a question walks alone."""
        questions = self.case.settings.question
        alone = dict.fromkeys(one.claim for one in questions if one.only)
        return {only: self._run(only) for only in (None, *alone)} if self.case.terms.claims else {}

    def _run(self, only: str | None) -> list[Run]:
        tracers: list[tuple[Order, Tracer]] = [("listed", self.case.tracer)]
        if self.ties.times:
            tracers.append(("reversed", self._reversed))
        rules = (*SHOWN_RULES, EXPOSURE)
        found = []
        for order, tracer in tracers:
            found += [Run(order, traced) for traced in tracer.trace_all(rules, only)]
            if self.progress:
                self.progress(1)
        return found

    @cached_property
    def _reversed(self) -> Tracer:
        return Tracer(tied_reversed(self.ledger), self.case.terms)

    def named(self, only: str | None = None) -> Traced:
        """Return the one trace that figure and paths show: the named rule, openings late, ties as listed."""
        return self.listed(NAMED_RULE, only)[0]

    def listed(self, rule: str, only: str | None = None) -> list[Traced]:
        """Return a rule's traces with ties as listed: late, and early where openings matter."""
        return [
            run.traced
            for run in self.runs.get(only, [])
            if run.order == "listed" and run.traced.rule == rule
        ]

    @cached_property
    def on_path(self) -> frozenset[str]:
        """Holders that some trace by a rule that conserves reached, and those who paid what is traced.

        Everybody else is a bystander.
        """
        found: set[str] = set()
        for runs in self.runs.values():
            for run in runs:
                if RULES[run.traced.rule].conserves:
                    found |= _reached(run.traced)
        return frozenset(found)


def _reached(traced: Traced) -> set[str]:
    legs, names = traced.ledger.integers("legs", "holder"), traced.ledger.holder_names
    starts = payers_of_starts(traced)
    return {names[int(legs[leg])] for leg in traced.walk.legs} | {names[one] for one in starts}


def payers_of_starts(traced: Traced) -> set[int]:
    """Return who paid the claimed and the converted legs: positions of holders."""
    question, ledger = traced.question, traced.ledger
    starts = {one.leg for one in question.claimed}
    starts |= {leg for link in question.conversions for leg in link.ins}
    tx, holder, side = (ledger.integers("legs", name) for name in ("tx", "holder", "side"))
    spans = [slice(ledger.first_legs[tx[leg]], ledger.first_legs[tx[leg] + 1]) for leg in starts]
    return {int(one) for span in spans for one in holder[span][side[span] == OUT]}


def ends_in_groups(study: Study, traced: Traced) -> list[dict[Where, int]]:
    """Return a trace's ends by group: the best scenario first, then low and high where there are any."""
    scenarios = [ends_by_key(traced.ledger, traced.walk), traced.low, traced.high]
    return [_grouped(study, traced, one) for one in scenarios if one is not None]


def _grouped(study: Study, traced: Traced, ends: dict[EndKey, int]) -> dict[Where, int]:
    sums: dict[Where, int] = {}
    for key, quantity in ends.items():
        claim, holder, commodity, role, _, _ = key
        where = Where(traced.claims[claim], commodity, study.groups.group(holder), role)
        sums[where] = sums.get(where, 0) + quantity
    return sums
