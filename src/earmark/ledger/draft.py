"""What a reader hands to the builder: one source as columns, nothing resolved yet."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from earmark.ledger import schema
from earmark.ledger.values import (
    Commodity,
    Document,
    Entity,
    Finding,
    Holder,
    Link,
    Statement,
)


@dataclass(frozen=True)
class Blocks:
    """The blocks of a chain that a draft's rows stand in, where sources may tell of two branches.

    ``told`` are (height, hash, parent's hash or empty); ``transactions`` and ``observations`` the height of
    each row of the draft's tables, null where unknown.
    """

    chain: str
    told: tuple[tuple[int, str, str], ...]
    transactions: pa.Array
    observations: pa.Array


@dataclass(frozen=True)
class Draft:
    """One source, read.

    ``files`` are the evidence files in reading order as (path inside the case, sha256). ``locator`` texts
    of a draft of several files begin with the path and a space. ``rejected`` and ``observations`` carry
    a null ``source``: the builder fills it in. ``document`` keeps what only the notation says (claims,
    stops, elections, expects). ``lacks`` is what the reader found that the record cannot show.

    Drafts of one ``series`` that is not empty, such as ``bitcoin:main``, are one sequence: their
    ``sequence`` values are positions in it and can be compared across them. ``heights`` are the whole blocks
    of a chain that the draft shows, as ranges (first, last). A transaction of kind ``brought_forward``
    (``reserved.BROUGHT_FORWARD``) is not in ``rows``.
    """

    files: tuple[tuple[str, str], ...]
    rows: int
    transactions: pa.Table = field(default_factory=schema.DRAFT_TRANSACTIONS.empty_table)
    legs: pa.Table = field(default_factory=schema.DRAFT_LEGS.empty_table)
    evidence: pa.Table = field(default_factory=schema.DRAFT_EVIDENCE.empty_table)
    observations: pa.Table = field(default_factory=schema.OBSERVATIONS.empty_table)
    rejected: pa.Table = field(default_factory=schema.REJECTED.empty_table)
    commodities: tuple[Commodity, ...] = ()
    holders: tuple[Holder, ...] = ()
    entities: tuple[Entity, ...] = ()
    statements: tuple[Statement, ...] = ()
    links: tuple[Link, ...] = ()
    findings: tuple[Finding, ...] = ()
    document: Document = field(default_factory=Document)
    ignored: int = 0
    pages: int | None = None
    hidden: int = 0
    warnings: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    series: str = ""
    heights: tuple[tuple[int, int], ...] = ()
    blocks: Blocks | None = None
