"""A cache is read as it was written, or it is refused."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.unit.ledger.texts import ledger_of, paid

from earmark.ledger.errors import EarmarkError
from earmark.ledger.placing import rearranged
from earmark.ledger.schema import TABLES
from earmark.ledger.store import read_ledger, write_ledger

TEXT = (
    paid(1, "a", "bank:a -> bank:b 12345678901234567890123456789012345678 USD", extra='"note"')
    + paid(2, "b", "bank:b -> bank:c 10 [9..] USD")
    + paid("?", "c", "bank:a -> bank:b ? USD")
    + 'statement 2024 by "A" (press): case is "one"\nentity firm\n'
)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    write_ledger(tmp_path / "cache", ledger_of(TEXT))
    return tmp_path / "cache"


def test_what_is_written_is_read(cache: Path) -> None:
    ledger, again = ledger_of(TEXT), read_ledger(cache)
    assert all(again.tables[name].equals(ledger.tables[name]) for name in TABLES)
    assert again.digest() == ledger.digest()
    assert again.openings_placed == "late"


def test_the_placement_is_kept(tmp_path: Path) -> None:
    write_ledger(tmp_path / "cache", rearranged(ledger_of(TEXT), "early"))
    assert read_ledger(tmp_path / "cache").openings_placed == "early"


def test_an_older_cache_is_replaced_whole(cache: Path) -> None:
    (cache / "left-over").write_text("x")
    write_ledger(cache, ledger_of(TEXT))
    assert sorted(path.stem for path in cache.iterdir()) == sorted(TABLES)


@pytest.mark.parametrize("table", ["legs", "transactions", "findings"])
def test_a_missing_or_cut_table_is_refused(cache: Path, table: str) -> None:
    path = cache / f"{table}.parquet"
    data = path.read_bytes()
    for damaged in (data[: len(data) // 2], b"", b"PAR1" + b"\0" * 50, data[:-3]):
        path.write_bytes(damaged)
        with pytest.raises(EarmarkError, match="build again"):
            read_ledger(cache)
    path.unlink()
    with pytest.raises(EarmarkError, match="build again"):
        read_ledger(cache)


def test_one_changed_byte_of_data_never_gives_another_number(cache: Path) -> None:
    path = cache / "legs.parquet"
    data = path.read_bytes()
    ledger = ledger_of(TEXT)
    footer = int.from_bytes(data[-8:-4], "little") + 8
    for place in range(4, len(data) - footer, 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        try:
            again = read_ledger(cache)
        except EarmarkError:
            continue
        assert again.tables["legs"].equals(ledger.tables["legs"])


def test_a_table_of_other_columns_is_refused(cache: Path) -> None:
    wrong = pq.read_table(cache / "holders.parquet").rename_columns(["a", "b", "c", "d"])
    pq.write_table(wrong, cache / "holders.parquet")
    with pytest.raises(EarmarkError, match="build again"):
        read_ledger(cache)
