"""The ``aws-ethereum`` reader: the Parquet tables of the AWS public data set, told by their columns.

The tables are those of ethereum-etl with amounts as doubles; nightly files repeat what intraday files
held. Fields: the data set's ``analytics/consumer/schema/eth.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.sources.evm import dataset
from earmark.sources.evm.ethereum_etl import SHEETS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from earmark.ledger.draft import Draft
    from earmark.ledger.values import Commodity
    from earmark.sources.settings import Source


def read(
    folder: Path,
    source: Source,
    commodities: Mapping[str, Commodity],
    progress: Callable[[int], None] | None = None,
) -> Draft:
    """Read Parquet files of the data set; token amounts come from logs only, never from a double.

    Raises EarmarkError for a broken file, or one that is none of the tables.
    """
    form = dataset.Format(SHEETS, ("parquet",), transfers_move=False)
    return dataset.read(folder, source, commodities, form, progress)
