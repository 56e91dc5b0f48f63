"""The ``notation`` reader: hand-written text to the same columns that every other reader fills."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa

from earmark.ledger import schema
from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError
from earmark.ledger.notation import decode, parse
from earmark.ledger.notation.names import Spelling
from earmark.ledger.reserved import BROUGHT_FORWARD
from earmark.ledger.schema import IN, OUT
from earmark.sources.names import canonical_holder, canonical_key, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from earmark.ledger.values import Commodity, Document, Leg

SIZE_LIMIT_BYTES = 64 * 1024 * 1024
SPELLING = Spelling(canonical_holder, canonical_key, shown)


def read(folder: Path, path: str, commodities: Mapping[str, Commodity]) -> Draft:
    """Read one ``.ledger`` file of a case folder.

    Raises EarmarkError with line and column where the text is not notation, not UTF-8 or too large.
    """
    text, digest = read_text(folder, path)
    return draft_of(parse(text, path, commodities, spelling=SPELLING), path, digest)


def read_text(folder: Path, path: str) -> tuple[str, str]:
    """Return a notation file's text and the SHA-256 of its bytes; at most 64 MiB are read."""
    try:
        with (folder / path).open("rb") as file:
            data = file.read(SIZE_LIMIT_BYTES + 1)
    except OSError as error:
        raise EarmarkError(f"cannot be read: {error.strerror}", file=path) from error
    return decode(data, path), hashlib.sha256(data).hexdigest()


def draft_of(document: Document, path: str, digest: str) -> Draft:
    """Return a parsed document as columns; locators are ``line N``."""
    told = [one for one in document.transactions if one.kind != BROUGHT_FORWARD]
    return Draft(
        files=((path, digest),),
        rows=len(told) + len(document.observations),
        transactions=_transactions(document),
        legs=_legs(document),
        evidence=_evidence(document),
        observations=_observations(document),
        commodities=document.commodities,
        holders=document.holders,
        entities=document.entities,
        statements=document.statements,
        links=document.links,
        findings=document.findings,
        document=document,
    )


def _transactions(document: Document) -> pa.Table:
    made = document.transactions
    count = len(made)
    columns: dict[str, Sequence[object]] = {
        "key": [one.key or None for one in made],
        "time": [one.when.start if one.when.start is not None else one.when.end for one in made],
        "time_end": [one.when.end for one in made],
        "ref": [one.ref or None for one in made],
        "kind": [one.kind for one in made],
        "basis": [one.basis for one in made],
        "sequence": [None] * count,
        "locator": [f"line {one.line}" for one in made],
        "supersedes": [one.supersedes or None for one in made],
        "note": [one.note or None for one in made],
    }
    return _table(columns, schema.DRAFT_TRANSACTIONS)


def _legs(document: Document) -> pa.Table:
    rows: list[tuple[int, Leg]] = [
        (number, leg) for number, one in enumerate(document.transactions) for leg in one.legs
    ]
    columns: dict[str, Sequence[object]] = {
        "transaction": [number for number, _ in rows],
        "side": [IN if leg.side == "in" else OUT for _, leg in rows],
        **{
            name: [getattr(leg, name) for _, leg in rows]
            for name in ("holder", "commodity", "quantity", "low", "high", "inexact")
        },
        "spends_key": [leg.spends.key if leg.spends else None for _, leg in rows],
        "spends_ordinal": [leg.spends.ordinal if leg.spends else None for _, leg in rows],
    }
    return _table(columns, schema.DRAFT_LEGS)


def _evidence(document: Document) -> pa.Table:
    rows = [
        (number, cited)
        for number, one in enumerate(document.transactions)
        for cited in one.evidence
    ]
    columns: dict[str, Sequence[object]] = {
        "transaction": [number for number, _ in rows],
        **{
            name: [getattr(cited, name) for _, cited in rows]
            for name in ("source", "locator", "role")
        },
    }
    return _table(columns, schema.DRAFT_EVIDENCE)


def _observations(document: Document) -> pa.Table:
    seen = document.observations
    columns: dict[str, Sequence[object]] = {
        "time": [one.when.start for one in seen],
        "time_end": [one.when.end for one in seen],
        "kind": [one.kind for one in seen],
        "holder": [one.holder or None for one in seen],
        "text": [one.text for one in seen],
        "source": [None] * len(seen),
        "locator": [f"line {one.line}" for one in seen],
        "key": [one.key or None for one in seen],
    }
    return _table(columns, schema.OBSERVATIONS)


def _table(columns: Mapping[str, Sequence[object]], target: pa.Schema) -> pa.Table:
    arrays = []
    for field in target:
        kind = pa.int64() if pa.types.is_timestamp(field.type) else field.type
        values = columns[field.name]
        if pa.types.is_decimal(field.type):
            arrays.append(_decimals(values))
        else:
            arrays.append(pa.array(values, kind).cast(field.type))
    return pa.table(arrays, schema=target)


def _decimals(values: Sequence[object]) -> pa.Array:
    texts = pa.array([None if value is None else str(value) for value in values], pa.string())
    return texts.cast(schema.QUANTITY)
