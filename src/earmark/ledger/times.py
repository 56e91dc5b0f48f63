"""Times as people state them: instants, dates of a stated precision, ranges, half-open ranges, unknown."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from earmark.ledger.values import UNKNOWN_TIME, When

DAY_MICROSECONDS = 86_400_000_000
_EPOCH = date(1970, 1, 1).toordinal()
FIRST = (date.min.toordinal() - _EPOCH) * DAY_MICROSECONDS
"""The first microsecond that a time can name: year 1."""
LAST = (date.max.toordinal() - _EPOCH + 1) * DAY_MICROSECONDS - 1
"""The last microsecond of the year 9999; ``2018..`` ends here."""

_MOMENT = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:\d\d))?)?)?",
    re.ASCII,
)
_NO_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII)
# A year, a month, a day and a minute are this many characters of a full instant.
_PRECISIONS_CHARACTERS = (4, 7, 10, 16)


def parse_when(text: str) -> When:
    """Read ``2022-03-23T13:29:09Z``, ``2018-01``, ``2017-11..2018-02-03``, ``..2018``, ``2018..`` or ``?``.

    Years, months, days and minutes are intervals of their full length; seconds and finer are instants.
    Raises ValueError with a sentence for people.
    """
    if text == "?":
        return UNKNOWN_TIME
    if ".." in text:
        return _parse_range(text)
    first, last = _parse_moment(text)
    return When(first, None if first == last else last)


def _parse_range(text: str) -> When:
    before, _, after = text.partition("..")
    if not before and not after:
        raise ValueError("'..' names no time at all; an unknown time is written ?")
    start = _parse_moment(before)[0] if before else None
    end = _parse_moment(after)[1] if after else LAST
    if start is not None and start > end:
        raise ValueError(f"{text[:60]!r} ends before it begins")
    return When(start, end)


def _parse_moment(text: str) -> tuple[int, int]:
    """Return the first and last microsecond; they are the same for an instant."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        if _NO_ZONE.fullmatch(text):
            raise ValueError(
                f"{text[:60]!r} has no time zone: end it with Z or an offset like +09:00"
            )
        raise ValueError(f"{text[:60]!r} is not a time")
    try:
        first, last = _parse_clock(match) if match[4] else _parse_date(match)
    except ValueError:
        raise ValueError(f"{text[:60]!r} is not in the calendar") from None
    if not FIRST <= first <= last <= LAST:
        raise ValueError(f"{text[:60]!r} lies outside the years 1 to 9999")
    return first, last


def _parse_date(match: re.Match[str]) -> tuple[int, int]:
    year, month, day = int(match[1]), match[2], match[3]
    first = date(year, int(month or 1), int(day or 1))
    last_month = int(month or 12)
    last = date(year, last_month, int(day or monthrange(year, last_month)[1]))
    return _midnight(first), _midnight(last) + DAY_MICROSECONDS - 1


def _parse_clock(match: re.Match[str]) -> tuple[int, int]:
    hour, minute, second = int(match[4]), int(match[5]), int(match[6] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("not on the clock")
    minutes = hour * 60 + minute - _parse_offset_minutes(match[8])
    day = _midnight(date(int(match[1]), int(match[2]), int(match[3])))
    first = day + (minutes * 60 + second) * 1_000_000 + int((match[7] or "").ljust(6, "0"))
    return first, first if match[6] else first + 60_000_000 - 1


def _parse_offset_minutes(zone: str) -> int:
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError("not an offset")
    return (-1 if zone[0] == "-" else 1) * (hours * 60 + minutes)


def _midnight(day: date) -> int:
    return (day.toordinal() - _EPOCH) * DAY_MICROSECONDS


def format_when(when: When) -> str:
    """Print a time in the coarsest stated precision that says exactly the same.

    ``parse_when(format_when(w)) == w``. Raises ValueError outside the years 1 to 9999 and for an interval
    that ends before it begins.
    """
    if when.end is None:
        return "?" if when.start is None else format_instant(when.start)
    if when.start is None:
        return ".." + _last_at(when.end)
    if when.start > when.end:
        raise ValueError("the time ends before it begins")
    if when.end == LAST:
        return _first_at(when.start) + ".."
    return _format_interval(when.start, when.end)


def format_instant(microseconds: int) -> str:
    """Print microseconds since 1970 as ``2022-03-23T13:29:09Z``, with a fraction only where there is one."""
    text, fraction = _clock_text(microseconds)
    return f"{text}.{fraction}".rstrip("0") + "Z" if fraction.strip("0") else text + "Z"


def _clock_text(microseconds: int) -> tuple[str, str]:
    if not FIRST <= microseconds <= LAST:
        raise ValueError(f"{microseconds} microseconds lie outside the years 1 to 9999")
    days, rest = divmod(microseconds, DAY_MICROSECONDS)
    seconds, fraction = divmod(rest, 1_000_000)
    minutes, second = divmod(seconds, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
    return f"{date.fromordinal(days + _EPOCH).isoformat()}T{clock}", f"{fraction:06}"


def _cut(microseconds: int, characters: int) -> str:
    return _clock_text(microseconds)[0][:characters] + ("Z" if characters > 10 else "")


def _format_interval(start: int, end: int) -> str:
    for characters in _PRECISIONS_CHARACTERS:
        first, last = _cut(start, characters), _cut(end, characters)
        if _parse_moment(first)[0] == start and _parse_moment(last)[1] == end:
            return first if first == last else f"{first}..{last}"
    return f"{_first_at(start)}..{_last_at(end)}"


def _first_at(start: int) -> str:
    forms = (_cut(start, characters) for characters in _PRECISIONS_CHARACTERS)
    return next((form for form in forms if _parse_moment(form)[0] == start), format_instant(start))


def _last_at(end: int) -> str:
    forms = (_cut(end, characters) for characters in _PRECISIONS_CHARACTERS)
    return next((form for form in forms if _parse_moment(form)[1] == end), format_instant(end))
