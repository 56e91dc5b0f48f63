"""What a chain's data leave open: inputs whose previous output is not there, and fees unknown because of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc

from earmark.ledger.schema import IN, OUT
from earmark.report.amounts import Amount
from earmark.sources.bitcoin.scripts import FEES, UNRESOLVED

if TYPE_CHECKING:
    import numpy.typing as npt

    from earmark.report.study import Study

NAMED = "unresolved input "
"""How the evidence of a transaction names an input without its output; a path may stand before it."""


class Unresolved(NamedTuple):
    """One commodity's inputs without their output.

    ``least`` came from them at least, ``coinbases`` is what coinbases pay beyond known fees and subsidies;
    ``fees_unknown`` of ``payments`` transactions have a fee that nobody can work out.
    """

    inputs_unresolved: int
    inputs: int
    least: Amount
    payments: int
    fees_unknown: int
    coinbases: Amount


def unresolved(study: Study) -> list[Unresolved]:
    """Return what is left open in each commodity that is spent by name; openings apart."""
    ledger = study.ledger
    position = ledger.holder_positions.get(UNRESOLVED)
    if position is None:
        return []
    mine = ledger.integers("legs", "holder") == position
    found = np.unique(ledger.integers("legs", "commodity")[mine]).tolist()
    return [_unresolved(study, commodity, mine) for commodity in found]


def _unresolved(study: Study, commodity: int, mine: npt.NDArray[np.bool_]) -> Unresolved:
    ledger = study.ledger
    unit = study.commodities[commodity]
    tx, side = ledger.integers("legs", "tx"), ledger.integers("legs", "side")
    here = ledger.integers("legs", "commodity") == commodity
    is_payment = _are_payments(study)[tx]
    open_legs = mine & here & (side == OUT)
    spent = here & (side == OUT) & ~mine & _are_named(study) & is_payment
    paid_fee = here & (side == IN) & (ledger.integers("legs", "holder") == _fees(study))
    open_payments = np.unique(tx[open_legs & is_payment])
    inputs = _named_inputs(study, open_payments)
    return Unresolved(
        inputs_unresolved=inputs,
        inputs=inputs + int(spent.sum()),
        least=Amount(_sum(study, open_legs & is_payment), unit),
        payments=len(np.unique(tx[spent | (open_legs & is_payment)])),
        fees_unknown=len(np.setdiff1d(open_payments, tx[paid_fee])),
        coinbases=Amount(_sum(study, open_legs & ~is_payment), unit),
    )


def _are_payments(study: Study) -> npt.NDArray[np.bool_]:
    kinds = study.ledger.column("transactions", "kind")
    return np.asarray(pc.equal(kinds, "payment").to_numpy())


def _are_named(study: Study) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.is_valid(study.ledger.column("legs", "spends")).to_numpy())


def _fees(study: Study) -> int:
    return study.ledger.holder_positions.get(FEES, -1)


def _sum(study: Study, legs: npt.NDArray[np.bool_]) -> int:
    rows = np.flatnonzero(legs)
    quantities = study.ledger.column("legs", "quantity").take(rows)
    return int(pc.sum(quantities).as_py() or 0)


def _named_inputs(study: Study, payments: npt.NDArray[np.int64]) -> int:
    """Count the inputs that evidence names; two sources may name the same one."""
    evidence = study.ledger.tables["evidence"].select(["tx", "locator"])
    named = evidence.filter(pc.match_substring(pc.fill_null(evidence.column("locator"), ""), NAMED))
    wanted = set(payments.tolist())
    pairs = zip(named.column("tx").to_pylist(), named.column("locator").to_pylist(), strict=True)
    return len({(tx, text[text.index(NAMED) :]) for tx, text in pairs if tx in wanted})
