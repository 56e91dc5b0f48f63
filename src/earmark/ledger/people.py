"""The tables of names: holders, entities, commodities, and what is said about them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from earmark.ledger import schema
from earmark.ledger.errors import EarmarkError, near_miss

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from earmark.ledger.draft import Draft
    from earmark.ledger.values import Commodity, Finding, Statement


def holders_table(names: Sequence[str], drafts: Sequence[Draft]) -> pa.Table:
    """List every holder with its first declared alias and label."""
    alias: dict[str, str] = {}
    label: dict[str, str] = {}
    owner: dict[str, str] = {}
    for holder in (holder for draft in drafts for holder in draft.holders):
        if holder.alias and owner.setdefault(holder.alias, holder.name) != holder.name:
            raise EarmarkError(
                f"alias {holder.alias} names both {owner[holder.alias]} and {holder.name}"
            )
        if holder.alias:
            alias.setdefault(holder.name, holder.alias)
        if holder.label:
            label.setdefault(holder.name, holder.label)
    columns = {
        "holder": pa.array(range(len(names)), pa.int32()),
        "name": pa.array(names, pa.string()),
        "alias": pa.array([alias.get(name, "") for name in names], pa.string()),
        "label": pa.array([label.get(name, "") for name in names], pa.string()),
    }
    return pa.table(columns, schema=schema.HOLDERS)


def commodities_table(commodities: Sequence[Commodity]) -> pa.Table:
    """List every commodity by position."""
    rows = [
        {"commodity": position, **msgspec.structs.asdict(one)}
        for position, one in enumerate(commodities)
    ]
    return pa.Table.from_pylist(rows, schema=schema.COMMODITIES)


def entities_table(drafts: Sequence[Draft]) -> pa.Table:
    """List every declared entity once, the first declaration standing."""
    entities = {one.name: one for draft in reversed(drafts) for one in reversed(draft.entities)}
    ordered = dict.fromkeys(one.name for draft in drafts for one in draft.entities)
    rows = [msgspec.structs.asdict(entities[name]) for name in ordered]
    return pa.Table.from_pylist(rows, schema=schema.ENTITIES)


def statements_table(drafts: Sequence[Draft]) -> pa.Table:
    """List every statement; a superseded one stays, marked."""
    statements = [one for draft in drafts for one in draft.statements]
    keys = [one.key or _digest(one) for one in statements]
    gone = {one.supersedes for one in statements if one.supersedes}
    for name in sorted(gone - set(keys)):
        raise EarmarkError(
            f"supersedes {name}: there is no statement with that key",
            near_miss=near_miss(name, keys),
        )
    rows = [
        {
            "key": key,
            "said": one.said.start,
            "said_end": one.said.end,
            "by": one.by,
            "by_kind": one.by_kind,
            "subject": one.subject,
            "predicate": one.predicate,
            "value": one.value,
            "valid_from": one.valid_from.start,
            "valid_to": one.valid_to.end if one.valid_to.end is not None else one.valid_to.start,
            "source": one.source,
            "contested_by": one.contested_by,
            "response": one.response,
            "superseded": key in gone,
        }
        for key, one in zip(keys, statements, strict=True)
    ]
    return _from_rows(rows, schema.STATEMENTS)


def findings_table(findings: Sequence[Finding]) -> pa.Table:
    """List every finding, named by the digest of what it says (law 4)."""
    rows = [
        {
            "id": _digest(one),
            "kind": one.kind,
            "version": one.version,
            "time": one.when.start,
            "time_end": one.when.end,
            "subjects": list(one.subjects),
            "reasons": list(one.reasons),
            "score": one.score,
            "evidence": [f"{e.source} {e.locator}".strip() for e in one.evidence],
        }
        for one in findings
    ]
    return _from_rows(rows, schema.FINDINGS)


def _from_rows(rows: Sequence[Mapping[str, object]], target: pa.Schema) -> pa.Table:
    columns = []
    for field in target:
        values = [row[field.name] for row in rows]
        kind = pa.int64() if pa.types.is_timestamp(field.type) else field.type
        columns.append(pa.array(values, kind).cast(field.type))
    return pa.table(columns, schema=target)


def _digest(value: Statement | Finding) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:16]
