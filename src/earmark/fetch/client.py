"""One request, one reply: bounded in time and size, paced, never led to another host.

Nothing is retried here and nothing is written: ``jsonrpc`` and ``pages`` do both.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from earmark import __version__
from earmark.fetch.errors import BudgetError, FinalError, TryAgainError
from earmark.fetch.server import Server
from earmark.ledger.errors import EarmarkError

BODY_MAX_BYTES = 100 << 20
"""Bytes of one reply, unpacked. The traces of a full block come near; a saved line must hold it quoted."""
RATE_PER_S = 5
"""Requests a second to somebody else's server, where nothing else is said."""


@dataclass(frozen=True)
class Limits:
    """How long and how much: seconds without a byte, seconds for a whole reply, bytes of a reply."""

    silence_s: float = 60
    whole_s: float = 600
    body_max_bytes: int = BODY_MAX_BYTES


@dataclass(frozen=True)
class Reply:
    """What came back: HTTP status, text, and how long the server asks to be left alone."""

    status: int
    body: str
    wait_s: int | None = None


class Client:
    """A connection to one server, used as a context; ``rate`` is requests a second, 0 for no limit.

    ``requests_max`` is the budget of this connection, retries included; one more raises BudgetError.
    """

    def __init__(
        self,
        server: Server,
        *,
        rate: float | None = None,
        requests_max: int | None = None,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open no connection yet; the first request does."""
        self.server = server
        self.limits = limits or Limits()
        self.sleep = sleep
        self.requests = 0
        self.requests_max = requests_max
        self._clock = clock
        usual = 0 if server.is_local else RATE_PER_S
        rate = usual if rate is None else rate
        self._pause_s = 1 / rate if rate else 0.0
        self._next_at = 0.0
        self._http = _opened(server, self.limits)

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._http.close()

    def post(self, content: bytes) -> Reply:
        """Send JSON to the server's address; raises TryAgainError or FinalError without a whole reply."""
        headers = {"content-type": "application/json"}
        return self._send("POST", self.server.url, content=content, headers=headers)

    def get(self, path: str, query: Mapping[str, str]) -> Reply:
        """Ask for a page below the server's address; raises TryAgainError or FinalError without a whole reply."""
        address = urlsplit(self.server.url)
        below = address.path.rstrip("/") + ("/" + path.lstrip("/") if path else "")
        pairs = [*httpx.QueryParams(address.query).multi_items(), *query.items()]
        url = f"{address.scheme}://{address.netloc}{below}"
        return self._send("GET", url, params=pairs)

    def _send(
        self,
        verb: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        params: list[tuple[str, str]] | None = None,
    ) -> Reply:
        self._begin_request()
        request = {"content": content, "headers": headers, "params": params}
        given = {name: value for name, value in request.items() if value}
        try:
            with self._http.stream(verb, url, **given) as response:  # type: ignore[arg-type]
                return self._read(response)
        except httpx.TimeoutException:
            raise TryAgainError(
                f"the server said nothing for {self.limits.silence_s:g} s"
            ) from None
        except httpx.RemoteProtocolError as error:
            raise TryAgainError(f"the answer broke off: {self.server.clean(str(error))}") from None
        except httpx.TransportError as error:
            raise TryAgainError(f"no connection: {self.server.clean(str(error))}") from None
        except (httpx.InvalidURL, httpx.HTTPError, UnicodeError):
            raise FinalError("the address cannot be asked") from None

    def _begin_request(self) -> None:
        """Wait for this request's turn and count it."""
        if self.requests_max is not None and self.requests >= self.requests_max:
            raise BudgetError(f"{self.requests_max} requests were allowed")
        self._wait_for_turn()
        self.requests += 1

    def _wait_for_turn(self) -> None:
        now = self._clock()
        if self._next_at > now:
            self.sleep(self._next_at - now)
            now = self._next_at
        self._next_at = now + self._pause_s

    def _read(self, response: httpx.Response) -> Reply:
        if response.is_redirect:
            raise FinalError(_redirection(response))
        until = self._clock() + self.limits.whole_s
        body = bytearray()
        for piece in _unpacked(response, self.limits.body_max_bytes):
            body += piece
            if len(body) > self.limits.body_max_bytes:
                raise FinalError(f"the answer has more than {self.limits.body_max_bytes} bytes")
            if self._clock() > until:
                raise TryAgainError(f"the answer was not whole after {self.limits.whole_s:g} s")
        return Reply(response.status_code, _text(bytes(body)), _wait_s(response))


def _opened(server: Server, limits: Limits) -> httpx.Client:
    # Without TLS and without a proxy there is no certificate to check, and loading them takes time.
    has_tls = server.url.startswith("https:") or not server.is_local
    try:
        return httpx.Client(
            verify=has_tls,
            auth=httpx.BasicAuth(*server.login) if server.login else None,
            timeout=httpx.Timeout(limits.silence_s, connect=min(20, limits.silence_s)),
            follow_redirects=False,
            trust_env=not server.is_local,  # a proxy has no business with this machine
            headers={"user-agent": f"earmark/{__version__}", "accept-encoding": "gzip"},
        )
    except (ImportError, ValueError):  # not repeated: a proxy's address may hold a password
        raise EarmarkError(
            "the proxy that the environment names cannot be used",
            expected="an http:// address in HTTPS_PROXY and ALL_PROXY, or none",
        ) from None


def _unpacked(response: httpx.Response, most: int) -> Iterator[bytes]:
    """Yield the body's pieces; a small packed piece never becomes more than ``most`` bytes at once."""
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing == "identity":
        yield from response.iter_raw()
        return
    if packing != "gzip":
        raise FinalError(f"the answer is packed as {packing[:40]!r}, which was not asked for")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for piece in response.iter_raw():
            yield unpacker.decompress(piece, most + 1)
    except zlib.error:
        raise TryAgainError("the packed answer is broken") from None
    if not unpacker.eof:
        raise TryAgainError("the packed answer broke off")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise TryAgainError("the answer is no UTF-8 text") from None


def _redirection(response: httpx.Response) -> str:
    try:
        host = urlsplit(response.headers.get("location", "")).hostname or ""
    except ValueError:
        host = ""
    where = host[:100] if host.isprintable() and host else "another address of its own"
    return f"the server sends us to {where}; nothing is followed, name that address if you trust it"


def _wait_s(response: httpx.Response) -> int | None:
    """Return how long ``Retry-After`` asks to wait: seconds, or a date."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    try:
        then = parsedate_to_datetime(text)
        now = parsedate_to_datetime(response.headers.get("date", ""))
        return max(0, int((then - now).total_seconds()))
    except (ValueError, TypeError, OverflowError):
        return None
