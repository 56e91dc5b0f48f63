"""Small tables for the tests of the table reader: four columns unless a test says otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from earmark.ledger.draft import Draft
from earmark.ledger.values import Commodity
from earmark.sources import table
from earmark.sources.settings import Source

COMMODITIES = {
    "ETH": Commodity("ETH", 18),
    "USD": Commodity("USD", 2),
    "CAR": Commodity("CAR", 0),
}
COLUMNS = {"time": "time", "payer": "from", "payee": "to", "quantity": "amount"}
HEADER = "time,from,to,amount\n"


def read_table(folder: Path, path: str | list[str], **changes: Any) -> Draft:
    """Read files with the four columns, the namespace ``x`` and dollars."""
    settings: dict[str, Any] = {
        "reader": "table",
        "path": path,
        "columns": COLUMNS | changes.pop("columns", {}),
        "constants": {"commodity": "USD"} | changes.pop("constants", {}),
        "format": {"namespace": "x"} | changes.pop("format", {}),
    }
    return table.read(folder, msgspec.convert(settings | changes, Source), COMMODITIES)


def read_text(folder: Path, text: str | bytes, name: str = "t.csv", **changes: Any) -> Draft:
    """Write one file and read it."""
    data = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(data)
    return read_table(folder, name, **changes)


def read_cells(folder: Path, *rows: str, **changes: Any) -> Draft:
    """Read CSV rows below the usual header."""
    return read_text(folder, HEADER + "".join(f"{row}\n" for row in rows), **changes)


def amounts(draft: Draft) -> list[int | None]:
    """Return the quantity of each transaction, from its in-leg."""
    found = draft.legs.column("quantity").to_pylist()[1::2]
    return [None if value is None else int(value) for value in found]


def column(draft: Draft, name: str) -> list[Any]:
    """Return a column of the transactions."""
    values: list[Any] = draft.transactions.column(name).to_pylist()
    return values


def reasons(draft: Draft) -> list[tuple[str, str]]:
    """Return (locator, reason) of each refused row."""
    rejected = draft.rejected.to_pydict()
    return list(zip(rejected["locator"], rejected["reason"], strict=True))
