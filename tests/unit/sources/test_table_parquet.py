from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.sources.tables import amounts, column, read_table, reasons

from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError

MOMENT = datetime(2022, 3, 29, 21, 41, 18, 250_000, tzinfo=UTC)


def _read(
    folder: Path, amount: pa.Array, changes: dict[str, Any] | None = None, **cells: pa.Array
) -> Draft:
    rows = len(amount)
    table = {
        "time": pa.array([MOMENT] * rows, pa.timestamp("us", "UTC")),
        "from": pa.array([b"\xab\x01"] * rows),
        "to": pa.array(["b"] * rows).dictionary_encode(),
        "amount": amount,
    }
    pq.write_table(pa.table(table | cells), folder / "t.parquet", row_group_size=2)
    return read_table(folder, "t.parquet", **(changes or {}))


@pytest.mark.parametrize(
    ("amount", "cents", "inexact"),
    [
        (pa.array([1, 2], pa.int64()), [100, 200], False),
        (pa.array([2**64 - 1], pa.uint64()), [(2**64 - 1) * 100], False),
        (pa.array([Decimal("1.25")], pa.decimal128(38, 2)), [125], False),
        (pa.array([Decimal(10**35)], pa.decimal256(50, 0)), [10**37], False),
        (pa.array(["1.5"], pa.large_string()), [150], False),
        (pa.array([0.1, 1e-2, 1e20], pa.float64()), [10, 1, 10**22], True),
        (pa.array([0.1], pa.float32()), [10], True),
    ],
)
def test_numbers_are_exact_unless_the_column_is_floating(
    tmp_path: Path, amount: pa.Array, cents: list[int], inexact: object
) -> None:
    draft = _read(tmp_path, amount)
    assert amounts(draft) == cents
    assert set(draft.legs.column("inexact").to_pylist()) == {inexact}
    assert draft.legs.column("holder").to_pylist()[:2] == ["x:0xab01", "x:b"]
    assert column(draft, "time")[0] == MOMENT


def test_locators_count_rows_over_row_groups(tmp_path: Path) -> None:
    draft = _read(tmp_path, pa.array([1, None, 3, 4, 5]))
    assert column(draft, "locator") == ["row 1", "row 3", "row 4", "row 5"]
    assert reasons(draft)[0][0] == "row 2"


def test_a_floating_cell_that_is_no_number_is_refused(tmp_path: Path) -> None:
    draft = _read(tmp_path, pa.array([float("nan"), float("inf"), 1.0]))
    assert amounts(draft) == [100]
    assert [locator for locator, _ in reasons(draft)] == ["row 1", "row 2"]


@pytest.mark.parametrize(
    ("time", "zone", "expected"),
    [
        (pa.array([MOMENT], pa.timestamp("ms", "Asia/Seoul")), "UTC", MOMENT),
        (pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("ns")), "UTC", MOMENT),
        (
            pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("s")),
            "+09:00",
            datetime(2022, 3, 29, 12, 41, 18, tzinfo=UTC),
        ),
        (pa.array([date(2022, 3, 29)]), "UTC", datetime(2022, 3, 29, tzinfo=UTC)),
        (pa.array(["2022-03-29T21:41:18.25Z"]), "UTC", MOMENT),
    ],
)
def test_times_of_any_type(tmp_path: Path, time: pa.Array, zone: str, expected: datetime) -> None:
    draft = _read(tmp_path, pa.array([1]), {"format": {"zone": zone}}, time=time)
    assert column(draft, "time") == [expected]
    assert (column(draft, "time_end")[0] is None) == (time.type != pa.date32())


def test_whole_floating_sequence_numbers_count(tmp_path: Path) -> None:
    blocks = pa.array([15_000_000.0, 2.0, 2.5, None])
    draft = _read(tmp_path, pa.array([1] * 4), {"columns": {"sequence": "block"}}, block=blocks)
    assert column(draft, "sequence") == [15_000_000, 2]
    assert [locator for locator, _ in reasons(draft)] == ["row 3", "row 4"]


def test_a_nested_column_is_an_error_only_where_it_is_asked_for(tmp_path: Path) -> None:
    logs = pa.array([[1]])
    assert _read(tmp_path, pa.array([1]), logs=logs).warnings == (
        "t.parquet: columns not read: logs",
    )
    with pytest.raises(EarmarkError, match="'logs' is of type list"):
        _read(tmp_path, pa.array([1]), {"columns": {"note": "logs"}}, logs=logs)


def test_a_missing_column_names_the_near_miss(tmp_path: Path) -> None:
    with pytest.raises(EarmarkError) as caught:
        _read(tmp_path, pa.array([1]), {"columns": {"quantity": "amuont"}})
    assert caught.value.near_miss == "amount"


def test_no_rows_are_no_error(tmp_path: Path) -> None:
    draft = _read(tmp_path, pa.array([], pa.int64()), gas=pa.array([], pa.int64()))
    assert (draft.rows, draft.warnings) == (0, ("t.parquet: columns not read: gas",))


@pytest.mark.parametrize("kept", [0, 3, 4, 100, -1, -9])
def test_a_cut_file_is_an_error(tmp_path: Path, kept: int) -> None:
    _read(tmp_path, pa.array(list(range(1, 60))))
    path = tmp_path / "t.parquet"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(EarmarkError, match="cannot be read as Parquet") as caught:
        read_table(tmp_path, "t.parquet")
    assert caught.value.file == "t.parquet"


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    broken = pa.array([b"\xff\xfe"]).view(pa.string())
    with pytest.raises(EarmarkError, match="cannot be read as Parquet"):
        _read(tmp_path, pa.array([1]), {"columns": {"note": "memo"}}, memo=broken)


def test_a_row_group_that_unpacks_too_far_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("earmark.sources.table.parquet.ROW_GROUP_BYTES_MAX", 100)
    with pytest.raises(EarmarkError, match="row group 0 unpacks to"):
        _read(tmp_path, pa.array([1, 2]))
