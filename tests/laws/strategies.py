"""Random ledgers and random questions about them, small enough to be worked out by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from hypothesis import settings
from hypothesis import strategies as st

from earmark.cases.building import sources_table
from earmark.ledger.builder import Built, build
from earmark.ledger.values import (
    Claim,
    Commodity,
    Document,
    Election,
    Leg,
    LegName,
    Link,
    Placement,
    Stop,
    Transaction,
    When,
)
from earmark.sources.notation import draft_of
from earmark.sources.settings import Source
from earmark.tracing.asking import Terms
from earmark.tracing.trace import Traced, Tracer, ends_by_key

if TYPE_CHECKING:
    from collections.abc import Sequence

HOLDERS = ("bank:a", "bank:b", "bank:c", "bank:d")
ENDINGS = ("x:fees", "x:burned", "unknown:u", "market:unknown")
COMMODITIES = (Commodity("AAA", 0), Commodity("BBB", 0))
FIXED_EXAMPLES = 100
HOUR_US = 3_600_000_000
RULE_NAMES = ("fifo", "lifo", "pro_rata", "hallett", "oatway", "poison")
CONSERVING = RULE_NAMES[:-1]


def examples(count: int) -> settings:
    """Return settings with so many examples, or with as many as a searching profile asks for."""
    most = settings().max_examples
    return settings(max_examples=most if most > FIXED_EXAMPLES else count)


class Story(NamedTuple):
    """What happened and what is asked."""

    document: Document
    terms: Terms


def built(document: Document, placement: Placement = "late") -> Built:
    """Build one document in memory."""
    source = Source(reader="notation", path="case.ledger")
    draft = draft_of(document, "case.ledger", "0" * 64)
    return build([draft], sources_table([source], [draft]), [], placement)


def tracer_of(story: Story, placement: Placement = "late") -> Tracer:
    """Build a story and put its question; a record the builder refuses is a fault of the test."""
    made = built(story.document, placement).ledger
    assert not made.tables["rejected"].num_rows, made.tables["rejected"].to_pylist()
    return Tracer(made, story.terms)


def payment(
    number: int,
    outs: Sequence[tuple[str, int]],
    ins: Sequence[tuple[str, int]],
    symbol: str = "AAA",
) -> Transaction:
    """Return one recorded payment in its own hour, keyed ``t<number>``."""
    legs = [Leg("out", holder, symbol, quantity) for holder, quantity in outs]
    legs += [Leg("in", holder, symbol, quantity) for holder, quantity in ins]
    return Transaction(When(number * HOUR_US), "payment", "recorded", tuple(legs), f"t{number}")


class _Lot(NamedTuple):
    name: LegName
    holder: str
    symbol: str


@st.composite
def transactions(
    draw: st.DrawFn,
    most: int = 9,
    *,
    with_named: bool = True,
    holders: Sequence[str] = (*HOLDERS, *ENDINGS),
) -> tuple[Transaction, ...]:
    """Return conserving transactions of one or two commodities with several legs each."""
    lots: dict[_Lot, int] = {}
    result = []
    for number in range(draw(st.integers(1, most))):
        legs: list[Leg] = []
        symbols = draw(st.sampled_from([("AAA",), ("BBB",), ("AAA", "BBB"), ("BBB", "AAA")]))
        for symbol in symbols:
            outs = _outs(draw, symbol, lots)
            whole = sum(leg.quantity or 0 for leg in outs)
            ins = _ins(draw, symbol, whole, holders)
            legs += draw(st.permutations(outs + ins)) if draw(st.booleans()) else outs + ins
        for ordinal, leg in enumerate(legs, 1):
            if leg.side == "in" and with_named and draw(st.integers(0, 3)) == 0:
                lot = _Lot(LegName(f"t{number}", ordinal), leg.holder, leg.commodity)
                lots[lot] = leg.quantity or 0
        when = When(number // draw(st.integers(1, 2)) * HOUR_US)
        result.append(Transaction(when, "payment", "recorded", tuple(legs), f"t{number}"))
    times = sorted(one.when.start or 0 for one in result)
    return tuple(
        Transaction(When(time), one.kind, one.basis, one.legs, one.key)
        for time, one in zip(times, result, strict=True)
    )


def _outs(draw: st.DrawFn, symbol: str, lots: dict[_Lot, int]) -> list[Leg]:
    outs = []
    for _ in range(draw(st.integers(1, 3))):
        open_lots = [lot for lot, left in lots.items() if left and lot.symbol == symbol]
        wants_lot = draw(st.booleans())
        if open_lots and wants_lot:
            lot = draw(st.sampled_from(open_lots))
            part = draw(st.integers(1, lots[lot]))
            lots[lot] -= part
            outs.append(Leg("out", lot.holder, symbol, part, spends=lot.name))
        else:
            holder = draw(st.sampled_from(HOLDERS))
            outs.append(Leg("out", holder, symbol, draw(st.integers(1, 12))))
    return outs


def _ins(draw: st.DrawFn, symbol: str, whole: int, holders: Sequence[str]) -> list[Leg]:
    cuts = sorted(draw(st.integers(0, whole)) for _ in range(draw(st.integers(0, 3))))
    bounds = [0, *cuts, whole]
    parts = [b - a for a, b in pairwise(bounds) if b > a]
    return [Leg("in", draw(st.sampled_from(holders)), symbol, part) for part in parts]


def in_legs(made: Sequence[Transaction], symbol: str | None = None) -> list[tuple[LegName, Leg]]:
    """Return every in-leg with its name."""
    return [
        (LegName(one.key, ordinal), leg)
        for one in made
        for ordinal, leg in enumerate(one.legs, 1)
        if leg.side == "in" and symbol in (None, leg.commodity)
    ]


@st.composite
def claims(draw: st.DrawFn, made: Sequence[Transaction]) -> tuple[Claim, ...]:
    """Return one to three claims at in-legs, whole or in part, that may lie on each other."""
    found: list[Claim] = []
    for number in range(draw(st.integers(1, 3))):
        symbol = draw(st.sampled_from(sorted({leg.commodity for _, leg in in_legs(made)})))
        legs = in_legs(made, symbol)
        chosen = draw(
            st.lists(st.sampled_from(legs), min_size=1, max_size=2, unique_by=lambda x: x[0])
        )
        most = sum(leg.quantity or 0 for _, leg in chosen)
        part = draw(st.one_of(st.none(), st.integers(1, most)))
        names = tuple(name for name, _ in chosen)
        found.append(Claim(f"c{number}", symbol, names, part))
    return tuple(found)


class _Out(NamedTuple):
    place: int
    name: LegName
    holding: tuple[str, str]


@st.composite
def links(
    draw: st.DrawFn, made: Sequence[Transaction], claimed: Sequence[Claim]
) -> tuple[Link, ...]:
    """Return at most one link, paid where possible by a holding that a claim reaches at once."""
    reached = {
        (place, leg.holder, leg.commodity)
        for place, one in enumerate(made)
        for name, leg in in_legs([one])
        if any(name in claim.legs for claim in claimed)
    }
    outs = [
        _Out(place, LegName(one.key, ordinal), (leg.holder, leg.commodity))
        for place, one in enumerate(made)
        for ordinal, leg in enumerate(one.legs, 1)
        if leg.side == "out" and in_legs(made[place:], other_symbol(leg.commodity))
    ]
    likely = [
        out
        for out in outs
        if any(out.place > place and out.holding == tuple(h) for place, *h in reached)
    ]
    likely = likely or outs
    if not likely:
        return ()
    first = draw(st.sampled_from(likely))
    same = [out for out in outs if out.holding == first.holding]
    paid = draw(st.lists(st.sampled_from(same), min_size=1, max_size=2, unique=True))
    last = max(out.place for out in paid)
    later = [name for name, _ in in_legs(made[last:], other_symbol(first.holding[1]))]
    received = draw(st.lists(st.sampled_from(later), min_size=1, max_size=3, unique=True))
    return (Link("swap", "reported", tuple(out.name for out in paid), tuple(received)),)


def other_symbol(symbol: str) -> str:
    """Return the commodity that a link from this one leads to."""
    return "BBB" if symbol == "AAA" else "AAA"


@st.composite
def stories(
    draw: st.DrawFn,
    most: int = 9,
    *,
    with_named: bool = True,
    holders: Sequence[str] = (*HOLDERS, *ENDINGS),
) -> Story:
    """Return a ledger with claims, perhaps links, stops, elections, dust, a horizon, followed fees."""
    made = draw(transactions(most, with_named=with_named, holders=holders))
    claimed = draw(claims(made))
    linked = draw(links(made, claimed)) if draw(st.integers(0, 2)) else ()
    last = max(one.when.start or 0 for one in made)
    terms = Terms(
        claims=claimed,
        stops=draw(stops(made)),
        elections=draw(elections(made)),
        horizon_us=draw(st.one_of(st.none(), st.none(), st.integers(0, last))),
        dust={"AAA": draw(st.integers(1, 5))} if draw(st.integers(0, 3)) == 0 else {},
        follow_fees=draw(st.booleans()),
    )
    return Story(Document(COMMODITIES, transactions=made, links=linked), terms)


@st.composite
def stops(draw: st.DrawFn, made: Sequence[Transaction]) -> tuple[Stop, ...]:
    """Return at most one stop at a holder or a transaction, valid always or for a while."""
    which = draw(st.integers(0, 3))
    if which == 0:
        since, until = draw(st.integers(0, 4)), draw(st.integers(4, 9))
        valid = (When(since * HOUR_US), When(until * HOUR_US)) if since else (When(), When())
        name = draw(st.sampled_from(HOLDERS))
        return (Stop("holder", name, "mixer", "", *valid),)
    if which == 1:
        key = draw(st.sampled_from([one.key for one in made]))
        return (Stop("transaction", key, "coinjoin"),)
    return ()


@st.composite
def elections(draw: st.DrawFn, made: Sequence[Transaction]) -> tuple[Election, ...]:
    """Return at most two elected out-legs."""
    outs = [
        LegName(one.key, ordinal)
        for one in made
        for ordinal, leg in enumerate(one.legs, 1)
        if leg.side == "out"
    ]
    chosen = draw(st.lists(st.sampled_from(outs), max_size=2, unique=True))
    return tuple(Election(name) for name in chosen)


def everything_claimed(story: Story) -> Story:
    """Return the story with every in-leg claimed in a colour of its own: no unit stays untraced."""
    legs = in_legs(story.document.transactions)
    claimed = tuple(
        Claim(f"c{place}", leg.commodity, (name,)) for place, (name, leg) in enumerate(legs)
    )
    return story._replace(terms=msgspec.structs.replace(story.terms, claims=claimed))


def plain(story: Story) -> Story:
    """Return the story without stops, dust and horizon: units come to rest where the record leaves them."""
    terms = msgspec.structs.replace(story.terms, stops=(), dust={}, horizon_us=None)
    return story._replace(terms=terms)


def unlinked(story: Story) -> Story:
    """Return the story without links."""
    return story._replace(document=msgspec.structs.replace(story.document, links=()))


def ends_of(traced: Traced) -> dict[tuple[str, str, str, str], int]:
    """Add up the ends by claim, holder, commodity and role."""
    symbols = [one.symbol for one in traced.ledger.commodities]
    sums: dict[tuple[str, str, str, str], int] = {}
    for (claim, holder, commodity, role, _, _), quantity in ends_by_key(
        traced.ledger, traced.walk
    ).items():
        key = (traced.claims[claim], holder, symbols[commodity], role)
        sums[key] = sums.get(key, 0) + quantity
    return {key: quantity for key, quantity in sums.items() if quantity}
