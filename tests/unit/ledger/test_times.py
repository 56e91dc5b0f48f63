from __future__ import annotations

import pytest

from earmark.ledger.times import FIRST, LAST, format_instant, format_when, parse_when
from earmark.ledger.values import UNKNOWN_TIME, When

DAY = 86_400_000_000
YEAR_2018 = 17_532 * DAY
NOVEMBER_2017 = 17_471 * DAY


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("1970-01-01T00:00:00Z", When(0)),
        ("1970-01-01T00:00:00.000001Z", When(1)),
        ("1969-12-31T23:59:59.999999Z", When(-1)),
        ("2018-01-01T00:00:01.5Z", When(YEAR_2018 + 1_500_000)),
        ("2018-01-01T09:00:00+09:00", When(YEAR_2018)),
        ("2017-12-31T19:30:00-04:30", When(YEAR_2018)),
        ("2018-01-01T00:00Z", When(YEAR_2018, YEAR_2018 + 59_999_999)),
        ("2018-01-01", When(YEAR_2018, YEAR_2018 + DAY - 1)),
        ("2018-01", When(YEAR_2018, YEAR_2018 + 31 * DAY - 1)),
        ("2018", When(YEAR_2018, YEAR_2018 + 365 * DAY - 1)),
        ("2016-02", When(16_832 * DAY, 16_861 * DAY - 1)),
        ("2017-11-03..2017-11", When(NOVEMBER_2017 + 2 * DAY, NOVEMBER_2017 + 30 * DAY - 1)),
        ("..2017-12-31", When(None, YEAR_2018 - 1)),
        ("2018..", When(YEAR_2018, LAST)),
        ("0001-01-01T00:00:00Z", When(FIRST)),
        ("9999", When(LAST - 365 * DAY + 1, LAST)),
        ("?", UNKNOWN_TIME),
    ],
)
def test_a_time_is_read(text: str, when: When) -> None:
    assert parse_when(text) == when


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("2018-01-01..2018-12-31", "2018"),
        ("2018-01-01..2018-01-31", "2018-01"),
        ("2018-01-05T00:00Z..2018-01-05T23:59Z", "2018-01-05"),
        ("2018-01-05T13:29Z", "2018-01-05T13:29Z"),
        ("2017-11-03..2017-11", "2017-11-03..2017-11-30"),
        ("2018..2018-06", "2018-01..2018-06"),
        ("2017..2018", "2017..2018"),
        ("2022-03-23T22:29:09.120000+09:00", "2022-03-23T13:29:09.12Z"),
        ("2022-03-23T13:29:09Z..2022-03", "2022-03-23T13:29:09Z..2022-03"),
        (
            "2022-03-23T13:29:09Z..2022-03-23T13:29:09Z",
            "2022-03-23T13:29:09Z..2022-03-23T13:29:09Z",
        ),
        ("..2018-03-30", "..2018-03-30"),
        ("..2018-12-31", "..2018"),
        ("2018-01-01..", "2018.."),
        ("?", "?"),
    ],
)
def test_a_time_is_printed_in_the_coarsest_precision_that_says_the_same(
    text: str, printed: str
) -> None:
    assert format_when(parse_when(text)) == printed
    assert parse_when(printed) == parse_when(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2018-13", "not in the calendar"),
        ("2018-02-30", "not in the calendar"),
        ("2018-01-01T24:00:00Z", "not in the calendar"),
        ("2018-01-01T23:59:60Z", "not in the calendar"),
        ("2018-01-01T00:00:00+25:00", "not in the calendar"),
        ("0000", "not in the calendar"),
        ("0001-01-01T00:00:00+09:00", "outside the years"),
        ("2018-01-01T10:00:00", "no time zone"),
        ("2018-1-5", "not a time"),
        ("yesterday", "not a time"),
        ("", "not a time"),
        ("٢٠١٨", "not a time"),
        ("2018-01-01T00:00:00.0000001Z", "not a time"),
        ("..", "no time at all"),
        ("2019..2018", "ends before it begins"),
        ("2018..2019..2020", "not a time"),
    ],
)
def test_what_is_no_time_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_when(text)


@pytest.mark.parametrize(
    "when", [When(LAST + 1), When(FIRST - 1), When(2, 1), When(None, LAST + 1)]
)
def test_a_time_that_cannot_be_written_is_refused(when: When) -> None:
    with pytest.raises(ValueError, match=r"outside the years|ends before"):
        format_when(when)


def test_an_instant_prints_every_microsecond_it_has() -> None:
    assert format_instant(1) == "1970-01-01T00:00:00.000001Z"
    assert format_instant(LAST) == "9999-12-31T23:59:59.999999Z"
