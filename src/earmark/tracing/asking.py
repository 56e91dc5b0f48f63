"""From a case's words (claims, stops, elections by key) to a question on one build's positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.naming import find_leg
from earmark.ledger.schema import IN, OUT
from earmark.tracing.events import reserved_roles
from earmark.tracing.linking import conversions_of
from earmark.tracing.values import ClaimedLeg, Question, Span, StopAt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.ledger import Ledger
    from earmark.ledger.placing import Bound
    from earmark.ledger.values import Claim, Election, Stop, When


class Terms(msgspec.Struct, frozen=True):
    """What a case declares for every trace; ``dust`` is smallest units by commodity symbol."""

    claims: tuple[Claim, ...]
    stops: tuple[Stop, ...] = ()
    elections: tuple[Election, ...] = ()
    horizon_us: int | None = None
    dust: dict[str, int] = {}
    follow_fees: bool = False


def question_of(
    ledger: Ledger, terms: Terms, rule: str, only: str | None = None, bound: Bound = "best"
) -> Question:
    """Resolve the terms to positions in this ledger; ``only`` walks one claim alone.

    Raises EarmarkError when a name fits nothing in the ledger.
    """
    claims = terms.claims
    if only is not None:
        claims = tuple(claim for claim in claims if claim.name == only)
        if not claims:
            names = [claim.name for claim in terms.claims]
            raise EarmarkError(
                f"no claim is called {only!r}",
                expected=", ".join(names) or "a claim in the case",
                near_miss=near_miss(only, names),
            )
    symbols = {one.symbol: position for position, one in enumerate(ledger.commodities)}
    return Question(
        rule=rule,
        colours=len(claims),
        claimed=tuple(
            leg
            for colour, claim in enumerate(claims)
            for leg in _claimed(ledger, colour, claim, bound)
        ),
        conversions=conversions_of(ledger),
        stops=tuple(_stop(ledger, stop) for stop in terms.stops),
        elected=frozenset(find_leg(ledger, one.leg, OUT) for one in terms.elections),
        horizon_us=terms.horizon_us,
        dust={symbols[name]: limit for name, limit in terms.dust.items() if name in symbols},
        follow_fees=terms.follow_fees,
        roles=reserved_roles(ledger),
    )


def _claimed(ledger: Ledger, colour: int, claim: Claim, bound: Bound) -> list[ClaimedLeg]:
    """Give a claim's quantity to its legs in order, each taking what it holds in this scenario."""
    left = claim.quantity
    result = []
    for name in claim.legs:
        leg = find_leg(ledger, name, IN, claim.commodity)
        held = _held(ledger, leg, claim)
        part = held if left is None else min(left, held)
        left = None if left is None else left - part
        result.append(ClaimedLeg(colour, leg, part))
    if left and bound == "best" and not _is_bounded(ledger, [one.leg for one in result]):
        raise EarmarkError(
            f"claim {claim.name} is for more than its legs hold ({left} smallest units too many)"
        )
    return result


def _held(ledger: Ledger, leg: int, claim: Claim) -> int:
    """Return a claimed leg's quantity; an unknown one with bounds holds nothing in the best scenario."""
    held = ledger.column("legs", "quantity")[leg].as_py()
    if held is None and not _is_bounded(ledger, [leg]):
        raise EarmarkError(
            f"claim {claim.name}: the quantity of a claimed leg is unknown",
            expected="a leg whose quantity or bounds are known",
        )
    return int(held or 0)


def _is_bounded(ledger: Ledger, legs: list[int]) -> bool:
    rows = pa.array(legs, pa.int64())
    columns = (ledger.column("legs", name).take(rows) for name in ("low", "high"))
    return any(column.null_count < len(legs) for column in columns)


def _stop(ledger: Ledger, stop: Stop) -> StopAt:
    start, end = _first(stop.valid_from), _last(stop.valid_to)
    if stop.kind == "transaction":
        tx = ledger.transaction_positions.get(stop.name)
        if tx is None:
            raise EarmarkError(
                f"stop: there is no transaction with the key {stop.name}",
                near_miss=near_miss(stop.name, ledger.transaction_positions),
            )
        return StopAt(stop.role, stop.label, frozenset(), tx, start, end)
    if stop.kind == "entity":
        spans = _member_spans_us(ledger, stop.name)
        dated = {holder: given for holder, given in spans.items() if (None, None) not in given}
        return StopAt(stop.role, stop.label or stop.name, frozenset(spans), None, start, end, dated)
    position = ledger.holder_positions.get(ledger.aliases.get(stop.name, stop.name))
    found = frozenset() if position is None else frozenset({position})
    return StopAt(stop.role, stop.label, found, None, start, end)


def _first(when: When) -> int | None:
    return when.start


def _last(when: When) -> int | None:
    return when.end if when.end is not None else when.start


def members(ledger: Ledger, entity: str) -> list[str]:
    """Return the holders that statements say belong to an entity, or to an entity inside it, in order."""
    return list(dict.fromkeys(name for name, _ in _memberships(ledger, entity)))


def _memberships(ledger: Ledger, entity: str) -> list[tuple[str, Span]]:
    """Return each holder, and the time that every statement between it and the entity is true of."""
    ties: dict[str, list[tuple[str, Span]]] = {}
    for owner, owned, span in _ownerships(ledger):
        ties.setdefault(owner, []).append((owned, span))
    found: list[tuple[str, Span]] = []
    open_ties: list[tuple[str, Span]] = [(entity, (None, None))]
    seen: set[tuple[str, Span]] = set()
    for name, span in open_ties:  # the list grows while it is read
        if (name, span) in seen:
            continue
        seen.add((name, span))
        inside = [(owned, _both(span, theirs)) for owned, theirs in ties.get(name, ())]
        found += inside
        open_ties += inside
    return [(name, span) for name, span in found if not _is_empty(span)]


def _both(one: Span, other: Span) -> Span:
    first = max((end for end in (one[0], other[0]) if end is not None), default=None)
    last = min((end for end in (one[1], other[1]) if end is not None), default=None)
    return first, last


def _is_empty(span: Span) -> bool:
    return span[0] is not None and span[1] is not None and span[0] > span[1]


def _ownerships(ledger: Ledger) -> list[tuple[str, str, Span]]:
    """Return who is said to own, control or contain whom, and when; names are not aliases."""
    ends = (
        ledger.column("statements", name).cast(pa.int64()).to_pylist()
        for name in ("valid_from", "valid_to")
    )
    found = []
    for (subject, predicate, value, gone), *span in zip(_tied(ledger), *ends, strict=True):
        first, last = span
        pair = (ledger.aliases.get(subject, subject), ledger.aliases.get(value, value))
        if predicate == "belongs_to" and not gone:
            found.append((pair[1], pair[0], (first, last)))
        if predicate in ("controls", "owns") and not gone:
            found.append((*pair, (first, last)))
    return found


def _member_spans_us(ledger: Ledger, entity: str) -> dict[int, tuple[Span, ...]]:
    spans: dict[int, tuple[Span, ...]] = {}
    for name, span in _memberships(ledger, entity):
        if name in ledger.holder_positions:
            position = ledger.holder_positions[name]
            spans[position] = (*spans.get(position, ()), span)
    return spans


def entity_of(ledger: Ledger) -> dict[str, str]:
    """Return the entity each holder is first said to belong to."""
    found: dict[str, str] = {}
    for subject, predicate, value, gone in _tied(ledger):
        if predicate == "belongs_to" and not gone:
            found.setdefault(ledger.aliases.get(subject, subject), value)
    return found


def entity_names(ledger: Ledger) -> set[str]:
    """Return every entity: declared, or named by a statement that ties somebody to it."""
    declared = set(ledger.column("entities", "name").to_pylist())
    return declared | {owner for owner, _, _ in _ownerships(ledger)}


def _tied(ledger: Ledger) -> list[tuple[str, str, str, bool]]:
    names = ("subject", "predicate", "value", "superseded")
    columns = (ledger.column("statements", name).to_pylist() for name in names)
    return list(zip(*columns, strict=True))


def unused_stops(ledger: Ledger, stops: Sequence[Stop]) -> list[str]:
    """Return the holders declared as stops that the ledger never mentions."""
    return [
        stop.name
        for stop in stops
        if stop.kind == "holder"
        and ledger.aliases.get(stop.name, stop.name) not in ledger.holder_positions
    ]
