"""Times as tables and pages print them, from microseconds since 1970 or from Arrow columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from earmark.ledger.times import format_when
from earmark.ledger.values import When

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime | None) -> int | None:
    """Return a moment of a column as microseconds since 1970."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def moment_text(start_us: int | None, end_us: int | None = None) -> str:
    """Return an instant or an interval in the precision that says exactly as much; nothing when unknown."""
    if start_us is None and end_us is None:
        return ""
    return format_when(When(start_us, end_us))


def span_text(start: datetime | None, end: datetime | None = None) -> str:
    """Return the same for two moments of a column."""
    return moment_text(microseconds(start), microseconds(end))
