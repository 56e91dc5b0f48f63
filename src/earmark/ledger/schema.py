"""The columns of a build, and of what a reader hands to the builder (DESIGN §2.2)."""

from __future__ import annotations

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")
QUANTITY = pa.decimal128(38, 0)
OUT, IN = 0, 1


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


DRAFT_TRANSACTIONS = _schema(
    key=pa.string(),  # null: the builder names it by source digest and locator
    time=TIME,  # null: unknown
    time_end=TIME,  # null: an instant; otherwise the last microsecond of an interval
    ref=pa.string(),
    kind=pa.string(),
    basis=pa.string(),
    sequence=pa.int64(),  # position inside the source's own sequence; null in a plain table
    locator=pa.string(),
    supersedes=pa.string(),
    note=pa.string(),
)
DRAFT_LEGS = _schema(
    transaction=pa.int64(),  # row of the draft's transactions
    side=pa.int8(),
    holder=pa.string(),
    commodity=pa.string(),
    quantity=QUANTITY,
    low=QUANTITY,
    high=QUANTITY,
    spends_key=pa.string(),
    spends_ordinal=pa.int64(),
    inexact=pa.bool_(),
)
DRAFT_EVIDENCE = _schema(
    transaction=pa.int64(), source=pa.string(), locator=pa.string(), role=pa.string()
)
OBSERVATIONS = _schema(
    time=TIME,
    time_end=TIME,
    kind=pa.string(),
    holder=pa.string(),
    text=pa.string(),
    source=pa.int32(),
    locator=pa.string(),
    key=pa.string(),
)
REJECTED = _schema(source=pa.int32(), locator=pa.string(), reason=pa.string(), text=pa.string())

TRANSACTIONS = _schema(
    tx=pa.int64(),
    key=pa.string(),
    time=TIME,
    time_end=TIME,
    order_time=TIME,
    ref=pa.string(),
    kind=pa.string(),
    basis=pa.string(),
    note=pa.string(),
    sequenced=pa.bool_(),
)
LEGS = _schema(
    tx=pa.int64(),
    leg=pa.int64(),
    ordinal=pa.int64(),
    holder=pa.int32(),
    commodity=pa.int32(),
    quantity=QUANTITY,
    low=QUANTITY,
    high=QUANTITY,
    side=pa.int8(),
    spends=pa.int64(),
    inexact=pa.bool_(),
)
EVIDENCE = _schema(tx=pa.int64(), source=pa.int32(), locator=pa.string(), role=pa.string())
HOLDERS = _schema(holder=pa.int32(), name=pa.string(), alias=pa.string(), label=pa.string())
ENTITIES = _schema(name=pa.string(), kind=pa.string(), label=pa.string())
COMMODITIES = _schema(
    commodity=pa.int32(),
    symbol=pa.string(),
    exponent=pa.int32(),
    name=pa.string(),
    identity=pa.string(),
)
STATEMENTS = _schema(
    key=pa.string(),
    said=TIME,
    said_end=TIME,
    by=pa.string(),
    by_kind=pa.string(),
    subject=pa.string(),
    predicate=pa.string(),
    value=pa.string(),
    valid_from=TIME,
    valid_to=TIME,
    source=pa.string(),
    contested_by=pa.string(),
    response=pa.string(),
    superseded=pa.bool_(),
)
LINKS = _schema(
    link=pa.int32(),
    name=pa.string(),
    basis=pa.string(),
    side=pa.int8(),
    leg=pa.int64(),
    note=pa.string(),
)
FINDINGS = _schema(
    id=pa.string(),
    kind=pa.string(),
    version=pa.string(),
    time=TIME,
    time_end=TIME,
    subjects=pa.list_(pa.string()),
    reasons=pa.list_(pa.string()),
    score=pa.string(),
    evidence=pa.list_(pa.string()),
)
SUPERSEDED = _schema(key=pa.string(), by=pa.string(), source=pa.int32(), locator=pa.string())
SOURCES = _schema(
    source=pa.int32(),
    path=pa.string(),
    sha256=pa.string(),
    original_name=pa.string(),
    reader=pa.string(),
    reader_version=pa.string(),
    series=pa.string(),  # sources of one series are one sequence; empty: the source is one by itself
    heights=pa.list_(pa.list_(pa.int64())),  # whole blocks of a chain, as ranges [first, last]
    obtained_by=pa.string(),
    obtained_from=pa.string(),
    obtained_how=pa.string(),
    retrieved=pa.string(),
    licence=pa.string(),
    handling=pa.string(),
    author=pa.string(),
    lacks=pa.list_(pa.string()),
    pages=pa.int64(),
    rows=pa.int64(),
    transactions=pa.int64(),
    observations=pa.int64(),
    rejected=pa.int64(),
    ignored=pa.int64(),
)

TABLES: dict[str, pa.Schema] = {
    "transactions": TRANSACTIONS,
    "legs": LEGS,
    "evidence": EVIDENCE,
    "holders": HOLDERS,
    "entities": ENTITIES,
    "commodities": COMMODITIES,
    "statements": STATEMENTS,
    "links": LINKS,
    "findings": FINDINGS,
    "observations": OBSERVATIONS,
    "rejected": REJECTED,
    "superseded": SUPERSEDED,
    "sources": SOURCES,
}
