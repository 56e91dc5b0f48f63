"""What the ways of fetching share: options, the open line to a server, and what is written at the end."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from urllib.parse import urlsplit

from cyclopts import Parameter

from earmark.cli.output import tell
from earmark.ledger.errors import EarmarkError

if TYPE_CHECKING:
    from earmark.fetch.asking import Line
    from earmark.fetch.client import Client
    from earmark.fetch.missing import Gaps

RATE_MAX = 1_000
TRIES_MAX = 20
TIMEOUT_MAX_S = 3_600
SHOWN_MAX = 20


@Parameter(name="*")
@dataclass(frozen=True)
class Manners:
    """How a server is asked."""

    rate: Annotated[
        float | None,
        Parameter(help="Requests a second; without it 5, and no limit on this machine."),
    ] = None
    tries: Annotated[int, Parameter(help="Tries for each question.")] = 6
    timeout: Annotated[float, Parameter(help="Seconds that a server may stay silent.")] = 60


@dataclass(frozen=True)
class Source:
    """What is written about the replies: their reader, how they were obtained, by whom, network or chain if any.

    ``how`` is of this run, ``listed_how`` stays true whatever further runs add.
    """

    reader: str
    how: str
    listed_how: str
    by: str = ""
    network: str = ""
    chain: int | None = None


@contextmanager
def line_to(
    folder: Path,
    url: str,
    name: str,
    manners: Manners,
    requests_max: int | None = None,
    certificate: str = "",
) -> Iterator[Line]:
    """Yield a line to a server whose replies are kept under a name; ``certificate`` is an Electrum server's.

    A polite kill is an interruption here. Raises EarmarkError for replies that were altered since they
    were fetched, or that another fetch is writing.
    """
    from earmark.cases.fetched import is_recorded, refuse_altered
    from earmark.fetch.asking import Line
    from earmark.fetch.cache import Cache, replies_path

    _refuse_manners(manners)
    opened = _client(url, manners, requests_max, certificate)
    before = refuse_altered(folder, replies_path(name))
    if opened.server.is_open_to_listeners:
        tell("note: user, password or key go over the network without encryption")
    usual = signal.signal(signal.SIGTERM, _interrupted)
    try:
        with Cache(folder, name) as cache, opened as client:
            if cache.sha256 != before:
                raise EarmarkError(
                    "has just changed", file=cache.inside, expected="the same command again"
                )
            try:
                yield Line(client, cache, lambda text: tell(f"retry: {text}"), manners.tries)
            finally:
                if not is_recorded(folder, cache.inside) and not cache.has_answers():
                    cache.drop()
    finally:
        signal.signal(signal.SIGTERM, usual)


def _client(url: str, manners: Manners, requests_max: int | None, certificate: str) -> Client:
    """Return a client of a web server or, by its address, of an Electrum server; nothing is connected yet."""
    from earmark.fetch.client import Client, Limits
    from earmark.fetch.electrum import ElectrumClient, electrum_server, is_electrum
    from earmark.fetch.server import server_of

    limits = Limits(silence_s=manners.timeout)
    if is_electrum(url):
        server = electrum_server(url)
        return ElectrumClient(
            server,
            rate=manners.rate,
            requests_max=requests_max,
            limits=limits,
            certificate=certificate,
        )
    server = server_of(url, os.environ)
    return Client(server, rate=manners.rate, requests_max=requests_max, limits=limits)


def host_name(url: str) -> str:
    """Return a server's host and port as a part of a file's name."""
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname or ''}-{parts.port or ''}"
    except ValueError:
        place = ""
    return re.sub(r"[^A-Za-z0-9.]+", "-", place).strip("-.")[:60] or "server"


def finish(folder: Path, line: Line, gaps: Gaps, source: Source) -> str | None:
    """Write the list of what is missing, list the replies in ``case.toml``, log custody.

    Returns the list's path inside the case, if there is a list. Nothing is written where no reply is of use.
    """
    from earmark.cases.attaching import now_text
    from earmark.cases.fetched import Fetched, is_recorded, record
    from earmark.fetch.missing import write_missing

    line.cache.flush()
    if not is_recorded(folder, line.cache.inside) and not line.cache.has_answers():
        tell("no reply is one that a reader can use: nothing is kept")
        line.cache.drop()
        return None
    missing = write_missing(folder, line.cache.name, source.how, gaps)
    fetched = Fetched(
        path=line.cache.inside,
        reader=source.reader,
        obtained_from=line.client.server.shown,
        obtained_how=source.how,
        listed_how=source.listed_how,
        retrieved=now_text()[:10],
        sha256=line.cache.sha256,
        network=source.network,
        chain=source.chain,
        notes=(missing,) if missing else (),
    )
    if record(folder, fetched, source.by):
        tell(f"listed in case.toml with the reader {source.reader}")
    return missing


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun in the right form."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def tell_missing(gaps: Gaps, path: str | None) -> None:
    """Tell what was not fetched and why."""
    for one in gaps.listed[:SHOWN_MAX]:
        tell(f"not fetched: {one.what}: {one.reason}")
    more = len(gaps.listed) - SHOWN_MAX + gaps.unlisted
    if more > 0:
        tell(f"not fetched: and {more} more, see {path}")


def _refuse_manners(manners: Manners) -> None:
    bounds = (
        ("--rate", manners.rate, RATE_MAX),
        ("--tries", manners.tries, TRIES_MAX),
        ("--timeout", manners.timeout, TIMEOUT_MAX_S),
    )
    for option, value, most in bounds:
        if value is not None and not 0 < value <= most:
            raise EarmarkError(f"{option} {value:g}", expected=f"more than 0 and at most {most}")


def _interrupted(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
