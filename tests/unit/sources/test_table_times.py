from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.sources.tables import HEADER, column, read_cells, read_text, reasons

from earmark.ledger.errors import EarmarkError
from earmark.sources.table.batches import DATE
from earmark.sources.table.time_texts import time_format
from earmark.sources.table.times import parse_cell


def _texts(
    text: str, kind: str = "iso", zone: str = "UTC", marks: int = 0
) -> tuple[str, str | None]:
    start, end, _ = parse_cell(text, marks, time_format(kind, zone))
    assert start is not None
    return _iso(start), None if end is None else _iso(end)


def _iso(microseconds: int) -> str:
    seconds, rest = divmod(microseconds, 1_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
    return moment.replace(tzinfo=None).isoformat()


@pytest.mark.parametrize(
    ("text", "kind", "zone", "expected"),
    [
        ("2022-03-29T21:41:18+00:00", "iso", "UTC", "2022-03-29T21:41:18"),
        ("2022-03-29 21:41:18", "iso", "UTC", "2022-03-29T21:41:18"),
        ("2022-03-29 21:41:18 UTC", "iso", "+09:00", "2022-03-29T21:41:18"),
        ("2022-03-29T21:41:18Z", "iso", "+09:00", "2022-03-29T21:41:18"),
        ("2022-03-29T21:41:18", "iso", "+09:00", "2022-03-29T12:41:18"),
        ("2022-03-29T21:41:18-0530", "iso", "UTC", "2022-03-30T03:11:18"),
        ("2022-03-29T21:41:18.25", "iso", "UTC", "2022-03-29T21:41:18.250000"),
        ("2022-03-29T21:41:18,123456000Z", "iso", "UTC", "2022-03-29T21:41:18.123456"),
        ("2022-03-29T21:41:18", "iso", "Asia/Pyongyang", "2022-03-29T12:41:18"),
        ("2015-08-14T12:00:00", "iso", "Asia/Pyongyang", "2015-08-14T03:00:00"),
        ("2015-08-16T12:00:00", "iso", "Asia/Pyongyang", "2015-08-16T03:30:00"),
        ("٢٠٢٢-٠٣-٢٩ ٢١:٤١:١٨", "iso", "UTC", "2022-03-29T21:41:18"),
        ("1648590078", "unix_s", "UTC", "2022-03-29T21:41:18"),
        ("1648590078.25", "unix_s", "UTC", "2022-03-29T21:41:18.250000"),
        ("١٦٤٨٥٩٠٠٧٨", "unix_s", "UTC", "2022-03-29T21:41:18"),
        ("1648590078250", "unix_ms", "UTC", "2022-03-29T21:41:18.250000"),
        ("1648590078250001", "unix_us", "UTC", "2022-03-29T21:41:18.250001"),
        ("-1", "unix_s", "UTC", "1969-12-31T23:59:59"),
        ("-0.25", "unix_s", "UTC", "1969-12-31T23:59:59.750000"),
        ("29/03/2022 21.41", "%d/%m/%Y %H.%M", "+03:00", "2022-03-29T18:41:00"),
        ("2022-03-29T21:41:18+0900", "%Y-%m-%dT%H:%M:%S%z", "UTC", "2022-03-29T12:41:18"),
        ("۲۹/۰۳/۲۰۲۲ ۲۱:۴۱", "%d/%m/%Y %H:%M", "UTC", "2022-03-29T21:41:00"),
    ],
)
def test_instants(text: str, kind: str, zone: str, expected: str) -> None:
    assert _texts(text, kind, zone) == (expected, None)


@pytest.mark.parametrize(
    ("text", "kind", "zone", "start", "end"),
    [
        ("2022-03-29", "iso", "UTC", "2022-03-29T00:00:00", "2022-03-29T23:59:59.999999"),
        ("2022-03-29", "iso", "+09:00", "2022-03-28T15:00:00", "2022-03-29T14:59:59.999999"),
        ("2022-03-27", "iso", "Europe/Berlin", "2022-03-26T23:00:00", "2022-03-27T21:59:59.999999"),
        ("2022-03-29T21:41Z", "iso", "UTC", "2022-03-29T21:41:00", "2022-03-29T21:41:59.999999"),
        ("29.3.2022", "%d.%m.%Y", "UTC", "2022-03-29T00:00:00", "2022-03-29T23:59:59.999999"),
        (
            "\u200f٢٩\u200f/٣/٢٠٢٢",
            "%d/%m/%Y",
            "UTC",
            "2022-03-29T00:00:00",
            "2022-03-29T23:59:59.999999",
        ),
        ("9999-12-31", "iso", "UTC", "9999-12-31T00:00:00", "9999-12-31T23:59:59.999999"),
    ],
)
def test_dates_and_minutes_are_intervals(
    text: str, kind: str, zone: str, start: str, end: str
) -> None:
    assert _texts(text, kind, zone) == (start, end)


@pytest.mark.parametrize(
    ("text", "kind", "zone", "told"),
    [
        ("2022-02-30", "iso", "UTC", "day"),
        ("2022-03-29T24:00:00", "iso", "UTC", "hour"),
        ("2022-03-29T21:41:60", "iso", "UTC", "second"),
        ("2022-03-29T21:41:18+25:00", "iso", "UTC", "offset"),
        ("0000-01-01", "iso", "UTC", "year"),
        ("29/03/2022", "iso", "UTC", "is not a time such as"),
        ("2022-3-9", "iso", "UTC", "is not a time such as"),
        ("20٢٢-03-29", "iso", "UTC", "mixes"),
        ("", "iso", "UTC", "the cell is empty"),
        ("2022-03-27T02:30:00", "iso", "Europe/Berlin", "does not exist in Europe/Berlin"),
        ("2022-10-30 02:30:00", "iso", "Europe/Berlin", "happens twice in Europe/Berlin"),
        ("1648590078250", "unix_s", "UTC", "these may be milliseconds"),
        ("noon", "unix_s", "UTC", "is not a number of unix_s"),
        ("1e9", "unix_s", "UTC", "is not a number of unix_s"),
        ("31/02/2022", "%d/%m/%Y", "UTC", "does not match"),
        ("12/31/2022", "%d/%m/%Y", "UTC", "does not match"),
    ],
)
def test_times_that_are_refused(text: str, kind: str, zone: str, told: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        _texts(text, kind, zone)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "zone", "told"),
    [
        ("isoo", "UTC", "neither a known word nor a pattern"),
        ("%H:%M", "UTC", "does not hold a whole date"),
        ("%m/%Y", "UTC", "does not hold a whole date"),
        ("%d/%m/%Y %Z", "UTC", "names are ambiguous"),
        ("%d/%m/%Y %Q", "UTC", "is not a pattern"),
        ("iso", "Asia/Pyongjang", "is not known"),
        ("iso", "../../etc/passwd", "is not known"),
        ("iso", "", "is not known"),
        ("iso", "+25:00", "is not known"),
    ],
)
def test_settings_that_cannot_work(kind: str, zone: str, told: str) -> None:
    with pytest.raises(EarmarkError, match=told) as caught:
        time_format(kind, zone)
    assert caught.value.expected
    if "yongj" in zone:
        assert caught.value.near_miss == "Asia/Pyongyang"


def test_a_cell_that_the_file_types_as_a_date_needs_no_pattern() -> None:
    assert _texts("2022-03-29T21:41:18", "%d/%m/%Y", "UTC", DATE) == ("2022-03-29T21:41:18", None)
    with pytest.raises(ValueError, match="does not match"):
        _texts("2022-03-29T21:41:18", "%d/%m/%Y")


def test_finer_than_a_microsecond_is_cut_and_counted(tmp_path: Path) -> None:
    rows = ["2022-01-01T00:00:00.1234567Z,a,b,1", "2022-01-01T00:00:00.1234560Z,a,b,1"]
    draft = read_cells(tmp_path, *rows)
    assert [time.microsecond for time in column(draft, "time")] == [123456, 123456]
    assert draft.warnings == ("1 times were finer than a microsecond and were cut",)


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Dhaka"])
def test_clock_times_without_a_zone_are_counted_until_the_case_names_one(
    tmp_path: Path, zone: str | None
) -> None:
    times = [
        "2022-01-01T10:00:00",
        "2022-01-01 10:00",
        "٢٠٢٢-٠١-٠١ ١٠:٠٠:٠٠",
        "2022-01-01T10:00:00Z",
        "2022-01-01T10:00:00 UTC",
        "2022-01-01T10:00-05:00",
        "2022-01-01",
        "unknown",
        "2022-13-01T10:00:00",
    ]
    draft = read_cells(
        tmp_path, *(f"{time},a,b,1" for time in times), format={"namespace": "x", "zone": zone}
    )
    assert len(reasons(draft)) == 1
    told = ("3 times have no zone and are read as UTC; say format.zone",)
    assert draft.warnings == (told if zone is None else ())


@pytest.mark.parametrize(
    ("kind", "time", "count"),
    [
        ("unix_s", "1648590078", 0),
        ("%d/%m/%Y", "29/03/2022", 0),
        ("%d/%m/%Y %H:%M", "29/03/2022 21:41", 1),
        ("%d/%m/%Y %H:%M%%z", "29/03/2022 21:41%z", 1),
        ("%d/%m/%Y %H:%M %z", "29/03/2022 21:41 +0600", 0),
    ],
)
def test_a_pattern_carries_a_zone_or_not(tmp_path: Path, kind: str, time: str, count: int) -> None:
    draft = read_cells(tmp_path, f"{time},a,b,1", format={"namespace": "x", "time": kind})
    assert draft.transactions.num_rows == 1
    assert len(draft.warnings) == count


def test_one_impossible_date_refuses_one_row_of_a_plain_batch(tmp_path: Path) -> None:
    rows = [f"2022-02-{day:02d}T00:00:00Z,a,b,1" for day in (27, 28, 29)]
    draft = read_cells(tmp_path, *rows)
    assert [time.day for time in column(draft, "time")] == [27, 28]
    assert reasons(draft)[0][0] == "line 4"


def test_an_unknown_time_has_to_be_said(tmp_path: Path) -> None:
    rows = [",a,b,1", "unknown,a,b,2", "?,a,b,3"]
    draft = read_cells(tmp_path, *rows)
    assert column(draft, "time") == [None, None]
    assert reasons(draft)[0][1].startswith("time: the cell is empty")
    said = read_cells(tmp_path, rows[0], constants={"time": "unknown"})
    assert column(said, "time") == [None]


def test_two_columns_make_an_interval(tmp_path: Path) -> None:
    text = (
        "till,"
        + HEADER
        + "".join(
            f"{till},{start},a,b,1\n"
            for start, till in [
                ("2022-01-01", "2022-01-03"),
                ("2022-01-01T05:00:00Z", ""),
                ("2022-01-01", ""),
                ("2022-01-01T05:00:00Z", "2022-01-01T05:00:00Z"),
                ("2022-01-02", "2022-01-01"),
                ("unknown", "2022-01-01T05:00:00Z"),
            ]
        )
    )
    draft = read_text(tmp_path, text, columns={"time_end": "till"})
    ends = [None if end is None else end.isoformat()[:19] for end in column(draft, "time_end")]
    assert ends == ["2022-01-03T23:59:59", None, "2022-01-01T23:59:59", None, "2022-01-01T05:00:00"]
    assert column(draft, "time")[-1] is None
    assert reasons(draft) == [("line 6", "time_end: the end lies before the beginning")]
