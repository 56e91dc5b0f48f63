"""Questions put to short texts."""

from __future__ import annotations

from typing import Any

from tests.laws.strategies import built, ends_of
from tests.unit.ledger.texts import USD

from earmark.ledger.notation import parse
from earmark.ledger.times import parse_when
from earmark.tracing.asking import Terms
from earmark.tracing.trace import Tracer, balance_rows

EUR = "commodity EUR exponent 0\n"


def tracer(text: str, **terms: Any) -> Tracer:
    """Build one text and ask what it asks; further terms by name."""
    document = parse(USD + EUR + text)
    made = built(document).ledger
    assert not made.tables["rejected"].num_rows, made.tables["rejected"].to_pylist()
    return Tracer(made, Terms(document.claims, document.stops, document.elections, **terms))


def ends(text: str, rule: str = "fifo", only: str | None = None, **terms: Any) -> dict[str, int]:
    """Return the ends as ``claim role holder commodity``."""
    found = ends_of(tracer(text, **terms).trace(rule, "late", only))
    return {
        f"{claim} {role} {holder} {commodity}": quantity
        for (claim, holder, commodity, role), quantity in found.items()
    }


def balance(text: str, rule: str = "fifo", **terms: Any) -> dict[str, dict[str, int]]:
    """Return the nonzero columns of each balance row, by ``claim commodity``."""
    rows = balance_rows(tracer(text, **terms).trace(rule, "late"))
    return {
        f"{row['claim']} {row['commodity']}": {
            name: int(value)
            for name, value in row.items()
            if name not in ("claim", "commodity") and value not in ("0", None)
        }
        for row in rows
    }


def moment(text: str) -> int:
    """Return a written instant in microseconds."""
    start = parse_when(text).start
    assert start is not None
    return start
