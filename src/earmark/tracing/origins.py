"""`earmark origins`: asked backward, the transpose of the forward assignment.

Every in-leg that could lead to the holder is claimed in a colour of its own; a claim colours only untraced
units, so each unit bears the in-leg where it first entered the known record. What then rests with the
holder, or ends there (fees, destruction, a stop), is its origins, and it adds up. Hallett and Oatway are
refused: under them which units leave depends on which are claimed, so there is no assignment to turn round.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.errors import EarmarkError, near_miss
from earmark.ledger.quantity import format_quantity
from earmark.ledger.schema import IN
from earmark.ledger.times import format_instant
from earmark.tracing.asking import question_of
from earmark.tracing.events import events_of, named_lots
from earmark.tracing.linking import conversions_of
from earmark.tracing.reference import walk
from earmark.tracing.values import ClaimedLeg

if TYPE_CHECKING:
    from earmark.ledger.ledger import Ledger
    from earmark.ledger.values import Placement
    from earmark.ledger.wide import Index
    from earmark.tracing.trace import Tracer

BACKWARD_RULES = ("fifo", "lifo", "pro_rata")
REFUSAL = (
    "under {rule} what leaves a holding depends on what is claimed, so there is no assignment to ask "
    "backward; name candidate origins as claims and trace them forward"
)


def origins(
    tracer: Tracer, holder: str, rule: str, placement: Placement, at_us: int | None = None
) -> dict[str, Any]:
    """Return where the units that rest or end with a holder entered the record.

    At a time; else at the case's horizon, as a trace has it; else at the end. ``unknown_legs`` are the
    holder's own legs whose quantity nobody knows: what they moved is in no row.
    """
    if rule not in BACKWARD_RULES:
        raise EarmarkError(REFUSAL.format(rule=rule), expected=", ".join(BACKWARD_RULES))
    ledger = tracer.placed(placement)
    target = holder_position(ledger, holder)
    chosen, needed = _cone(ledger, target)
    question = question_of(ledger, tracer.terms, rule)
    if at_us is None:
        at_us = question.horizon_us
    question = msgspec.structs.replace(
        question, claimed=_every_in_leg(ledger, chosen, needed), horizon_us=at_us, dust={}
    )
    result = walk(events_of(ledger, chosen), question, named_lots(ledger))
    sums: dict[tuple[int, int], int] = {}
    for end in result.ends:
        if end.holder == target:
            key = (end.commodity, end.colour)
            sums[key] = sums.get(key, 0) + end.quantity
    return {
        "rule": rule,
        "openings_placed": placement,
        "holder": ledger.holder_names[target],
        "at": None if at_us is None else format_instant(at_us),
        "unknown_legs": sum(unknown_legs(ledger, target, at_us).values()),
        "origins": [_row(ledger, key, quantity) for key, quantity in sorted(sums.items())],
    }


def holder_position(ledger: Ledger, holder: str) -> int:
    """Return a holder's position by name or alias; raises EarmarkError with a near miss."""
    position = ledger.holder_positions.get(ledger.aliases.get(holder, holder))
    if position is None:
        known = [*ledger.aliases, *ledger.holder_names]
        raise EarmarkError(
            f"no holder is called {holder!r}",
            expected="namespace:identifier or an alias of the case",
            near_miss=near_miss(holder, known),
        )
    return position


def unknown_legs(ledger: Ledger, holder: int, at_us: int | None) -> dict[int, int]:
    """Count a holder's legs of unknown quantity up to a time, by commodity: they are in no sum."""
    legs = ledger.tables["legs"]
    is_unknown = np.asarray(pc.is_null(legs.column("quantity")))
    mine = np.flatnonzero(is_unknown & (ledger.integers("legs", "holder") == holder))
    if at_us is not None and len(mine):
        order = ledger.column("transactions", "order_time").cast(pa.int64())
        times = order.take(legs.column("tx").take(pa.array(mine))).fill_null(at_us)
        mine = mine[times.to_numpy() <= at_us]
    return Counter(ledger.integers("legs", "commodity")[mine].tolist())


def _cone(ledger: Ledger, target: int) -> tuple[Index, set[tuple[int, int]]]:
    """Sweep backward for the holdings whose units could have come to the target, and their events.

    Through a link the sweep goes on with what was paid, not with who handed over what it bought.
    """
    legs = ledger.tables["legs"]
    columns = ("tx", "holder", "commodity", "side", "leg")
    tx, holder, commodity, side, position = (
        legs.column(name).to_numpy().tolist() for name in columns
    )
    paid_for = {
        leg: link.outs for link in conversions_of(ledger) if not link.problem for leg in link.ins
    }
    count = len(ledger.commodities)
    needed = {(target, position) for position in range(count)}
    for number in range(ledger.tables["transactions"].num_rows - 1, -1, -1):
        span = range(int(ledger.first_legs[number]), int(ledger.first_legs[number + 1]))
        ins = [leg for leg in span if side[leg] == IN and (holder[leg], commodity[leg]) in needed]
        paid = {commodity[leg] for leg in ins if leg not in paid_for}
        needed |= {
            (holder[leg], commodity[leg])
            for leg in span
            if side[leg] != IN and commodity[leg] in paid
        }
        for leg in ins:
            needed |= {(holder[out], commodity[out]) for out in paid_for.get(leg, ())}
    # A link gives all that it is worth, so all its in-legs are walked, whoever receives them.
    touched = sorted(
        {
            number
            for number, leg, *holding in zip(tx, position, holder, commodity, strict=True)
            if tuple(holding) in needed or leg in paid_for
        }
    )
    return np.array(touched, dtype=np.int64), needed


def _every_in_leg(
    ledger: Ledger, chosen: Index, needed: set[tuple[int, int]]
) -> tuple[ClaimedLeg, ...]:
    return tuple(
        ClaimedLeg(leg.position, leg.position, None)
        for event in events_of(ledger, chosen)
        for leg in event.legs
        if leg.is_in and leg.quantity is not None and (leg.holder, leg.commodity) in needed
    )


def _row(ledger: Ledger, key: tuple[int, int], quantity: int) -> dict[str, Any]:
    commodity, leg = key
    row = ledger.tables["legs"].slice(leg, 1).to_pylist()[0]
    tx = ledger.tables["transactions"].slice(row["tx"], 1).to_pylist()[0]
    span = range(int(ledger.first_legs[row["tx"]]), int(ledger.first_legs[row["tx"] + 1]))
    legs = ledger.tables["legs"]
    payers = [
        ledger.holder_names[legs.column("holder")[one].as_py()]
        for one in span
        if legs.column("side")[one].as_py() != IN
        and legs.column("commodity")[one].as_py() == row["commodity"]
    ]
    entered = ledger.commodities[row["commodity"]]
    unit = ledger.commodities[commodity]
    return {
        "holder": ledger.holder_names[row["holder"]],
        "from": list(dict.fromkeys(payers)),
        "key": tx["key"],
        "ordinal": row["ordinal"],
        "kind": tx["kind"],
        "entered_as": entered.symbol,
        "commodity": unit.symbol,
        "quantity": format_quantity(quantity, unit.exponent),
    }
