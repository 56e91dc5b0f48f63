"""A built ledger on disk: one Parquet file a table, written whole or not at all."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from earmark.ledger.errors import EarmarkError
from earmark.ledger.ledger import Ledger
from earmark.ledger.schema import TABLES
from earmark.ledger.values import Placement

if TYPE_CHECKING:
    from pathlib import Path

_PLACED = b"openings_placed"


def write_ledger(folder: Path, ledger: Ledger) -> None:
    """Write every table into ``folder``, which appears only when all of them are there."""
    partial = folder.with_name(folder.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        for name, table in ledger.tables.items():
            meta = {_PLACED: ledger.openings_placed.encode()}
            path = partial / f"{name}.parquet"
            pq.write_table(table.replace_schema_metadata(meta), path, write_page_checksum=True)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def read_ledger(folder: Path) -> Ledger:
    """Read a ledger that ``write_ledger`` wrote; raises EarmarkError when the cache is damaged."""
    tables = {}
    placed: Placement = "late"
    for name, schema in TABLES.items():
        path = folder / f"{name}.parquet"
        try:
            table = pq.read_table(path, page_checksum_verification=True)
            tables[name] = table.replace_schema_metadata(None).cast(schema)
        except (OSError, pa.ArrowException, ValueError) as error:
            raise EarmarkError(
                f"the built columns are damaged: {error}",
                file=str(path),
                expected="a cache that `earmark build` wrote; build again",
            ) from error
        placed = "early" if (table.schema.metadata or {}).get(_PLACED) == b"early" else "late"
    return Ledger(tables, placed)
