"""The Electrum protocol: JSON-RPC, one line each way, over TCP or TLS. The only plain sockets in Earmark.

Source: the Electrum protocol 1.4. A server is written ``ssl://HOST:PORT`` or ``tcp://HOST:PORT``. Most servers
certify themselves, so the SHA-256 of a certificate can be named instead of trusting the usual authorities.
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import certifi

from earmark.fetch.client import Client, Limits, Reply
from earmark.fetch.errors import FinalError, TryAgainError
from earmark.fetch.server import Server
from earmark.ledger.errors import EarmarkError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

SCHEMES = ("ssl", "tcp")
_GREETING = b'{"jsonrpc":"2.0","id":0,"method":"server.version","params":["earmark","1.4"]}'
"""What a connection has to begin with; the answer says nothing about the chain, so it is not kept."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PIECE_BYTES = 1 << 16


def is_electrum(typed: str) -> bool:
    """Tell whether an address is one of an Electrum server, by its scheme."""
    return typed.partition("://")[0].lower() in SCHEMES


def electrum_server(typed: str) -> Server:
    """Return the server behind ``ssl://HOST:PORT`` or ``tcp://HOST:PORT``; raises EarmarkError."""
    try:
        parts = urlsplit(typed)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
        has_more = bool(parts.username or parts.path.strip("/") or parts.query)
    except ValueError:
        raise _not_electrum() from None
    if scheme not in SCHEMES or not host or not port or has_more or not typed.isprintable():
        raise _not_electrum()
    place = f"[{host}]" if ":" in host else host
    shown = f"{scheme}://{place}:{port}"
    return Server(shown=shown, host=host, url=shown)


def _not_electrum() -> EarmarkError:
    return EarmarkError(
        "this is no address of an Electrum server", expected="ssl://HOST:PORT or tcp://HOST:PORT"
    )


class ElectrumClient(Client):
    """A connection to an Electrum server that answers ``jsonrpc.ask`` as a node does; used as a context."""

    def __init__(
        self,
        server: Server,
        *,
        rate: float | None = None,
        requests_max: int | None = None,
        limits: Limits | None = None,
        certificate: str = "",
    ) -> None:
        """Open no connection yet. ``certificate`` is the SHA-256 that the server's has, in hexadecimal."""
        super().__init__(server, rate=rate, requests_max=requests_max, limits=limits)
        self._certificate = certificate.replace(":", "").lower()
        if self._certificate and not _DIGEST.fullmatch(self._certificate):
            raise EarmarkError(
                "this is no fingerprint of a certificate",
                expected="64 hexadecimal digits (SHA-256)",
            )
        self._socket: socket.socket | None = None
        self._held = b""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._close()
        super().__exit__(kind, error, trace)

    def get(self, path: str, query: Mapping[str, str]) -> Reply:
        """Refuse: an Electrum server has no pages."""
        raise FinalError(f"an Electrum server has no page {path[:40]!r} ({len(query)} parameters)")

    def post(self, content: bytes) -> Reply:
        """Send one question and return the line that answers it; raises TryAgainError or FinalError."""
        self._begin_request()
        try:
            if self._socket is None:
                self._socket = self._opened()
                self._said(_GREETING)
            return Reply(200, self._said(content).decode("utf-8"))
        except TimeoutError:
            self._close()
            reason = f"the server said nothing for {self.limits.silence_s:g} s"
            raise TryAgainError(reason) from None
        except ssl.SSLCertVerificationError as error:
            self._close()
            raise FinalError(f"its certificate is not trusted: {error.verify_message}") from None
        except UnicodeDecodeError:
            self._close()
            raise TryAgainError("the answer is no UTF-8 text") from None
        except OSError as error:
            self._close()
            raise TryAgainError(f"no connection: {error.strerror or error}") from None
        except BaseException:
            self._close()  # what comes next on this connection would answer an older question
            raise

    def _said(self, content: bytes) -> bytes:
        """Send one line and return the next."""
        assert self._socket is not None
        self._socket.sendall(content + b"\n")
        until = self._clock() + self.limits.whole_s
        held, self._held = bytearray(self._held), b""
        while (end := held.find(b"\n", max(0, len(held) - _PIECE_BYTES))) < 0:
            if len(held) > self.limits.body_max_bytes:
                raise FinalError(f"the answer has more than {self.limits.body_max_bytes} bytes")
            if self._clock() > until:
                raise TryAgainError(f"the answer was not whole after {self.limits.whole_s:g} s")
            piece = self._socket.recv(_PIECE_BYTES)
            if not piece:
                raise TryAgainError("the answer broke off")
            held += piece
        self._held = bytes(held[end + 1 :])
        return bytes(held[:end])

    def _opened(self) -> socket.socket:
        self._held = b""
        parts = urlsplit(self.server.url)
        address = (self.server.host, parts.port or 0)
        plain = socket.create_connection(address, timeout=min(20, self.limits.silence_s))
        try:
            plain.settimeout(self.limits.silence_s)
            return self._secured(plain) if parts.scheme == "ssl" else plain
        except BaseException:
            plain.close()
            raise

    def _secured(self, plain: socket.socket) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=certifi.where())
        if self._certificate:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        secured = context.wrap_socket(plain, server_hostname=self.server.host)
        shown = hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()
        if self._certificate and shown != self._certificate:
            secured.close()
            raise FinalError(f"its certificate is another one: {shown}")
        return secured

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
