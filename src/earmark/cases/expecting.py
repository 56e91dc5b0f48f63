"""``expect`` lines: what a case or a test says must come out, beside what does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.quantity import format_quantity, parse_quantity
from earmark.ledger.schema import IN
from earmark.ledger.times import parse_when
from earmark.sources.names import namer
from earmark.tracing.events import events_of
from earmark.tracing.origins import holder_position, origins
from earmark.tracing.shares import shares
from earmark.tracing.trace import Traced, balance_rows, ends_by_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.ledger import Ledger
    from earmark.ledger.placing import Bound
    from earmark.ledger.values import Expect, Placement
    from earmark.tracing.trace import Tracer


class Outcome(NamedTuple):
    """One ``expect`` line: what it asked, what it wanted, what came out."""

    line: int
    asked: str
    wanted: str
    found: str

    @property
    def holds(self) -> bool:
        """Tell whether the answer is the expected one."""
        return self.wanted == self.found


def outcomes(tracer: Tracer, expects: Sequence[Expect]) -> list[Outcome]:
    """Answer every ``expect`` line on one ledger; raises EarmarkError where a name fits nothing."""
    return [_outcome(tracer, one) for one in expects]


def _outcome(tracer: Tracer, one: Expect) -> Outcome:
    name = namer(tracer.ledger)
    words = (one.question, *map(name, one.words), one.role, name(one.holder))
    asked = " ".join(word for word in words if word)
    if one.question == "rejected":
        texts = tracer.ledger.column("rejected", "text").to_pylist()
        found = any(str(text).startswith(f"{one.words[0]}:") for text in texts)
        return Outcome(one.line, asked, "rejected", "rejected" if found else "not rejected")
    exponent = next(c.exponent for c in tracer.ledger.commodities if c.symbol == one.commodity)
    answer = {
        "trace": _traced_end,
        "total": _traced_total,
        "origins": _origin,
        "shares": _share,
        "balance": _balance,
        "opening": _opening,
    }[one.question](tracer, one)
    return Outcome(
        one.line, asked, _text(one.quantity, one, exponent), _text(answer, one, exponent)
    )


def _text(quantity: int | None, one: Expect, exponent: int) -> str:
    return f"{'?' if quantity is None else format_quantity(quantity, exponent)} {one.commodity}"


def _walk(tracer: Tracer, words: Sequence[str]) -> tuple[Traced, int]:
    rule, claim, *options = words
    placement: Placement = "early" if "early" in options else "late"
    only = claim if "only" in options else None
    bound: Bound = "low" if "low" in options else "high" if "high" in options else "best"
    question, result = tracer.walked(rule, placement, bound, only)
    names = tuple(one.name for one in tracer.terms.claims if only in (None, one.name))
    if claim not in names:
        raise EarmarkError(f"no claim is called {claim!r}", near_miss=near_miss(claim, names))
    ledger = tracer.placed(placement, bound)
    return Traced(rule, placement, names, ledger, question, result), names.index(claim)


def _traced_end(tracer: Tracer, one: Expect) -> int:
    traced, colour = _walk(tracer, one.words)
    holder = traced.ledger.aliases.get(one.holder, one.holder)
    symbols = [commodity.symbol for commodity in traced.ledger.commodities]
    return sum(
        quantity
        for (claim, name, commodity, role, _, _), quantity in ends_by_key(
            traced.ledger, traced.walk
        ).items()
        if (claim, name, symbols[commodity], role) == (colour, holder, one.commodity, one.role)
    )


def _traced_total(tracer: Tracer, one: Expect) -> int:
    traced, colour = _walk(tracer, one.words[1:])
    exponent = next(c.exponent for c in traced.ledger.commodities if c.symbol == one.commodity)
    for row in balance_rows(traced):
        if (row["claim"], row["commodity"]) == (traced.claims[colour], one.commodity):
            return parse_quantity(row[one.role], exponent)
    return 0


def _origin(tracer: Tracer, one: Expect) -> int:
    rule, holder, *at = one.words
    rows = origins(tracer, holder, rule, tracer.ledger.openings_placed, moment(at))["origins"]
    whom = tracer.ledger.aliases.get(one.holder, one.holder)
    exponent = next(c.exponent for c in tracer.ledger.commodities if c.symbol == one.commodity)
    return sum(
        parse_quantity(row["quantity"], exponent)
        for row in rows
        if row["commodity"] == one.commodity
        and (whom in (row["holder"], row["key"]) or whom in row["from"])
    )


def _share(tracer: Tracer, one: Expect) -> int | None:
    holder, *at = one.words
    whom = tracer.ledger.aliases.get(one.holder, one.holder)
    exponent = next(c.exponent for c in tracer.ledger.commodities if c.symbol == one.commodity)
    for table in shares(tracer, holder, tracer.ledger.openings_placed, moment(at)):
        for row in table["shares"]:
            if table["commodity"] == one.commodity and row["contributor"] in (whom, one.holder):
                return parse_quantity(row["share"], exponent)
    return None


def _balance(tracer: Tracer, one: Expect) -> int:
    holder, *at = one.words
    return balance(tracer.ledger, holder, one.commodity, moment(at))


def balance(ledger: Ledger, holder: str, symbol: str, at_us: int | None) -> int:
    """Return a holding's balance in smallest units, at a time or at the end; unknowns do not count."""
    position = holder_position(ledger, holder)
    symbols = [commodity.symbol for commodity in ledger.commodities]
    return sum(
        (leg.quantity or 0) * (1 if leg.is_in else -1)
        for event in events_of(ledger)
        if at_us is None or event.order_us is None or event.order_us <= at_us
        for leg in event.legs
        if leg.holder == position and symbols[leg.commodity] == symbol
    )


def _opening(tracer: Tracer, one: Expect) -> int:
    ledger = tracer.ledger
    position = holder_position(ledger, one.words[0])
    symbols = [commodity.symbol for commodity in ledger.commodities]
    kinds = ledger.column("transactions", "kind").to_pylist()
    names = ("tx", "holder", "commodity", "quantity", "side")
    return sum(
        int(leg["quantity"])
        for leg in ledger.tables["legs"].select(names).to_pylist()
        if kinds[leg["tx"]] == "opening"
        and (leg["holder"], leg["side"]) == (position, IN)
        and symbols[leg["commodity"]] == one.commodity
    )


def moment(words: Sequence[str]) -> int | None:
    """Return the last microsecond of ``at TIME``, or null without one."""
    if not words:
        return None
    when = parse_when(words[-1])
    return when.end if when.end is not None else when.start
