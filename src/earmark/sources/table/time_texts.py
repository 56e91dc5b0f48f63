"""One time as a person or a program writes it: ISO 8601, a number since 1970, or a strptime pattern."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from earmark.ledger.errors import EarmarkError, near_miss

EPOCH_UNITS = {"unix_s": 1_000_000, "unix_ms": 1_000, "unix_us": 1}
"""Microseconds in one unit."""

Parsed = tuple[int, int | None, bool]
"""Start and end (null: an instant) in microseconds since 1970 UTC, and whether a fraction was cut."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_DAY_US = 86_400_000_000
_MINUTE_US = 60_000_000
_LAST_US = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z
_FIRST_US = -62_135_596_800_000_000  # 0001-01-01T00:00:00Z
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,30}))?)?"
    r" ?(Z|z|UTC|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_NUMBER = re.compile(r"(-?[0-9]{1,30})(?:\.([0-9]{1,30}))?")
_NEEDED = (("%Y", "%y", "%c", "%x", "%G"), ("%m", "%b", "%B", "%j", "%c", "%x", "%V"))
_CLOCK = ("%H", "%I", "%c", "%X")
_DAYS = ("%d", "%j", "%c", "%x", "%u", "%a", "%A", "%w")


@dataclass(frozen=True)
class TimeFormat:
    """How times are written; ``offset_us`` is the zone's fixed distance from UTC, null when it varies.

    ``is_zone_said`` is false where nothing names the zone and UTC is taken for it.
    """

    kind: str
    zone: tzinfo
    offset_us: int | None
    dates_only: bool = False
    is_zone_said: bool = True


def time_format(kind: str, zone_name: str | None) -> TimeFormat:
    """Check the settings; raises EarmarkError for an unknown zone or a pattern without a whole date."""
    zone = UTC if zone_name is None else read_zone(zone_name)
    fixed = zone.utcoffset(None)
    offset_us = None if fixed is None else fixed // _MICROSECOND
    if kind == "iso" or kind in EPOCH_UNITS:
        return TimeFormat(kind, zone, offset_us, is_zone_said=zone_name is not None)
    _check_pattern(kind)
    dates_only = not any(part in kind for part in _CLOCK)
    return TimeFormat(kind, zone, offset_us, dates_only, zone_name is not None)


def read_zone(name: str) -> tzinfo:
    """Read ``UTC``, ``+09:00`` or a name such as ``Asia/Pyongyang``; raises EarmarkError."""
    if name in ("UTC", "Z"):
        return UTC
    match = _OFFSET.fullmatch(name)
    if match and int(match[2]) < 24 and int(match[3]) < 60:
        return _fixed(match)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise EarmarkError(
            f"format.zone {name[:60]!r} is not known",
            file="case.toml",
            expected="a name such as Asia/Pyongyang, or +09:00",
            near_miss=near_miss(name, available_timezones()),
        ) from error


def _fixed(match: re.Match[str]) -> timezone:
    distance = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-distance if match[1] == "-" else distance)


def _check_pattern(pattern: str) -> None:
    problem = ""
    if "%" not in pattern:
        problem = "is neither a known word nor a pattern"
    elif "%Z" in pattern:
        problem = "holds %Z, whose names are ambiguous; use format.zone"
    elif not all(any(part in pattern for part in group) for group in (*_NEEDED, _DAYS)):
        problem = "does not hold a whole date"
    else:
        try:
            moment = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
            datetime.strptime(moment.strftime(pattern), pattern)  # noqa: DTZ007  (only a trial)
        except (ValueError, re.error):
            problem = "is not a pattern that can be read"
    if problem:
        raise EarmarkError(
            f"format.time {pattern[:60]!r} {problem}",
            file="case.toml",
            expected="iso, unix_s, unix_ms, unix_us or a pattern such as '%d/%m/%Y %H:%M:%S'",
            near_miss=near_miss(pattern, ("iso", *EPOCH_UNITS)),
        )


def parse_iso(text: str, zone: tzinfo) -> Parsed:
    """Read a date (the whole day), a minute (the whole minute) or an instant; raises ValueError."""
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:60]!r} is not a time such as 2022-03-29T21:41:18Z")
    date = datetime(int(match[1]), int(match[2]), int(match[3]))  # noqa: DTZ001  (zone follows)
    if match[4] is None:
        return _whole_day(date, zone)
    second, fraction = int(match[6] or 0), match[7] or ""
    moment = date.replace(
        hour=int(match[4]),
        minute=int(match[5]),
        second=second,
        microsecond=int(fraction[:6].ljust(6, "0")),
    )
    start = _to_utc(moment, _own_zone(match[8]) or zone)
    end = start + _MINUTE_US - 1 if match[6] is None else None
    return start, end, bool(fraction[6:].strip("0"))


def lacks_zone(text: str, form: TimeFormat, *, is_iso: bool) -> bool:
    """Say whether a time that could be read is a clock time without a zone of its own."""
    if is_iso:
        match = _ISO.fullmatch(text)
        return match is not None and match[4] is not None and match[8] is None
    carries_its_own = form.kind in EPOCH_UNITS or "%z" in form.kind.replace("%%", "")
    return not form.dates_only and not carries_its_own


def _own_zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    match = _OFFSET.fullmatch(text)
    if match is None:
        return UTC
    if int(match[2]) > 23 or int(match[3]) > 59:
        raise ValueError(f"{text!r} is not an offset from UTC")
    return _fixed(match)


def parse_number(text: str, kind: str) -> Parsed:
    """Read seconds, milliseconds or microseconds since 1970, exactly; raises ValueError."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:60]!r} is not a number of {kind}")
    unit, fraction = EPOCH_UNITS[kind], match[2] or ""
    scale = 10 ** len(fraction)
    sign = -1 if text.startswith("-") else 1
    value, lost = divmod(sign * (abs(int(match[1])) * scale + int(fraction or 0)) * unit, scale)
    if not _FIRST_US <= value <= _LAST_US:
        hint = ": these may be milliseconds" if kind == "unix_s" else ""
        raise ValueError(f"{text[:60]!r} is outside the years 1 to 9999{hint}")
    return value, None, bool(lost)


def parse_pattern(text: str, form: TimeFormat) -> Parsed:
    """Read a text by a strptime pattern; without a time of day it is the whole day; raises ValueError."""
    try:
        moment = datetime.strptime(text, form.kind)  # noqa: DTZ007  (zone follows)
    except ValueError as error:
        raise ValueError(f"{text[:60]!r} does not match {form.kind!r}") from error
    if form.dates_only:
        return _whole_day(moment.replace(tzinfo=None), form.zone)
    if moment.tzinfo is not None:
        return (moment - _EPOCH) // _MICROSECOND, None, False
    return _to_utc(moment, form.zone), None, False


def _whole_day(date: datetime, zone: tzinfo) -> Parsed:
    """Return from local midnight to the last microsecond; a clock change at midnight is not refused."""
    start = (date.replace(tzinfo=zone) - _EPOCH) // _MICROSECOND
    if (date.year, date.month, date.day) == (9999, 12, 31):
        return start, start + _DAY_US - 1, False
    end = ((date + _DAY).replace(tzinfo=zone) - _EPOCH) // _MICROSECOND - 1
    return start, end, False


def _to_utc(moment: datetime, zone: tzinfo) -> int:
    local = moment.replace(tzinfo=zone)
    later = local.replace(fold=1)
    if local.utcoffset() != later.utcoffset():
        missing = local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment
        problem = "does not exist" if missing else "happens twice"
        raise ValueError(f"{moment.isoformat(sep=' ')} {problem} in {zone}: the clock changes then")
    return (local - _EPOCH) // _MICROSECOND
