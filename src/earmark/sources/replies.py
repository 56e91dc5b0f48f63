"""Saved replies of a server, one exchange a line: what ``fetch`` keeps as evidence and readers read.

A file ``*.replies.jsonl`` only grows. A line that a kill cut short is rejected like any other broken row.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from earmark.ledger.errors import EarmarkError

SUFFIX = ".replies.jsonl"
LINE_MAX_BYTES = 1 << 28
"""Bytes of one exchange; the traces of one full block can be a hundred million."""


class Exchange(msgspec.Struct, frozen=True):
    """One question to a server and its answer.

    ``url`` carries no user, password or key. ``method`` is a JSON-RPC method, or ``GET`` for a page whose
    path and query stand in ``params``. ``asked`` is a UTC time; ``body`` is the reply as it came.
    """

    url: str
    method: str
    params: msgspec.Raw
    asked: str
    status: int
    body: str


_DECODER = msgspec.json.Decoder(Exchange)


class Line(msgspec.Struct, frozen=True):
    """One line of a file of replies: its number from 1, and the exchange, or why there is none."""

    number: int
    exchange: Exchange | None
    problem: str = ""


def read_replies(path: Path, name: str) -> Iterator[Line]:
    """Yield the exchanges of one file in order; ``name`` is its path inside the case.

    Raises EarmarkError for a line of more than ``LINE_MAX_BYTES``.
    """
    for number, _, line in read_lines(path, name):
        yield parse_line(number, line)


def read_lines(path: Path, name: str) -> Iterator[tuple[int, int, bytes]]:
    """Yield (number from 1, offset in bytes, line) of each line that is not blank; raises as above."""
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(
            iter(lambda: file.readline(LINE_MAX_BYTES + 1), b""), start=1
        ):
            if len(line) > LINE_MAX_BYTES:
                raise EarmarkError(
                    f"a line has more than {LINE_MAX_BYTES} bytes",
                    file=name,
                    line=number,
                    expected="one exchange a line",
                )
            if line.strip():
                yield number, offset, line
            offset += len(line)


def parse_line(number: int, line: bytes) -> Line:
    """Return the exchange that a line of a file of replies holds, or why it holds none."""
    if not line.endswith(b"\n"):
        return Line(number, None, "the last line is cut off")
    try:
        exchange = _DECODER.decode(line.decode())  # a decoder of bytes lets Raw be anything
        msgspec.json.decode(exchange.params)
    except (ValueError, RecursionError) as error:
        return Line(number, None, f"not an exchange: {error}")
    return Line(number, exchange)
