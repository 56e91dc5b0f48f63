"""Events that two sources may both tell without a common key: how many, and of which source."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from earmark.ledger.lookalikes import LIKELY_DUPLICATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earmark.ledger.ledger import Ledger


def lookalikes(ledger: Ledger) -> list[list[str]]:
    """Return the keys of each group of transactions that look like one event."""
    table = ledger.tables["findings"]
    kinds = pc.equal(table.column("kind"), LIKELY_DUPLICATE)
    found: list[list[str]] = table.filter(kinds).column("subjects").to_pylist()
    return found


def warnings(ledger: Ledger, names: Sequence[str]) -> list[str]:
    """Say of each source how many of its transactions look like those of one listed before it.

    ``names`` are the sources' paths, with which a warning begins.
    """
    groups = lookalikes(ledger)
    if not groups:
        return []
    tellers = _first_sources(ledger, [key for group in groups for key in group])
    later: Counter[int] = Counter()
    for group in groups:
        sources = [tellers[key] for key in group if key in tellers]
        later.update(one for one in sources if one != min(sources))
    return [
        f"{names[source]}: {count} transactions look like those of a source listed before it and have no "
        "common key: both are counted, and sums may hold an event twice (findings likely_duplicate)"
        for source, count in sorted(later.items())
    ]


def _first_sources(ledger: Ledger, keys: Sequence[str]) -> dict[str, int]:
    positions = ledger.transaction_positions
    tx = {positions[key]: key for key in keys if key in positions}
    evidence = ledger.tables["evidence"].select(["tx", "source"])
    mine = evidence.filter(pc.is_in(evidence.column("tx"), value_set=pa.array(tx, pa.int64())))
    found: dict[str, int] = {}
    for row in mine.to_pylist():
        if row["source"] is not None:
            found.setdefault(tx[row["tx"]], row["source"])
    return found
