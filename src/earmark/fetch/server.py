"""The server that is asked, and the parts of its address that nobody else may read.

User, password and key come from the address as it was typed or from the environment. They are sent to the
server and written nowhere: not in saved replies, errors, the custody log or ``case.toml``.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode, urlsplit, urlunsplit

from earmark.ledger.errors import EarmarkError

HIDDEN = "HIDDEN"
USER, PASSWORD, API_KEY = "EARMARK_RPC_USER", "EARMARK_RPC_PASSWORD", "EARMARK_API_KEY"
_URL_MAX = 2_000
_VERSION = re.compile(r"v\d+(\.\d+)?")
_WORD = re.compile(r"[A-Za-z0-9_.~=-]+")
_PLAIN_QUERY = frozenset({"chain", "chainid", "network"})
"""Names of a query whose values are no secret; every other value of a typed address is hidden."""
_CODED = re.compile("%[0-9A-F]{2}")
_CODED_MIN = 3
"""Characters of a secret below which its base64 would stand everywhere by chance."""
_ECHO_MIN = 8
"""Characters of a secret below which a good answer may hold them by chance."""


@dataclass(frozen=True)
class Server:
    """Where to ask: ``shown`` is the address without anything secret, the rest never leaves ``fetch``."""

    shown: str
    host: str
    url: str = field(repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)
    api_key: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_local(self) -> bool:
        """Say whether the server runs on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_open_to_listeners(self) -> bool:
        """Say whether a secret would be sent over the network without encryption."""
        return bool(self.secrets) and self.url.startswith("http://") and not self.is_local

    def clean(self, text: str) -> str:
        """Return a text with every secret taken out."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def is_told(self, text: str, *, least: int = 1) -> bool:
        """Say whether a text holds a secret of at least ``least`` characters."""
        return any(secret in text for secret in self.secrets if len(secret) >= least)

    def is_echoed(self, answer: str) -> bool:
        """Say whether a good answer repeats a secret that is too long to stand there by chance."""
        return self.is_told(answer, least=_ECHO_MIN)


def server_of(typed: str, environ: Mapping[str, str]) -> Server:
    """Return the server behind a typed ``http://`` or ``https://`` address.

    A user and password in the address win over ``EARMARK_RPC_USER`` and ``EARMARK_RPC_PASSWORD``.
    Raises EarmarkError, which does not repeat the address: it may hold a password.
    """
    try:
        parts = urlsplit(typed)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _not_a_url() from None
    if parts.scheme not in ("http", "https") or not host or len(typed) > _URL_MAX:
        raise _not_a_url()
    if not typed.isprintable() or " " in typed:
        raise _not_a_url()
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port else ""
    login = _login(parts.username, parts.password, environ)
    api_key = environ.get(API_KEY, "").strip()
    typed_login = [parts.username or "", parts.password or ""]
    both = _login_secrets(*login) if login else []
    secrets = _secrets(parts.path, parts.query, [*both, *typed_login, api_key])
    shown = urlunsplit(
        (parts.scheme, place, _shown_path(parts.path), _shown_query(parts.query), "")
    )
    url = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
    return Server(shown, host, url, login, api_key, secrets)


def _not_a_url() -> EarmarkError:
    return EarmarkError(
        "this is no address of a server",
        expected=f"http://HOST:PORT/ or https://…; user and password in {USER} and {PASSWORD}",
    )


def _login(
    user: str | None, password: str | None, environ: Mapping[str, str]
) -> tuple[str, str] | None:
    if user or password:
        return unquote(user or ""), unquote(password or "")
    found = environ.get(USER, ""), environ.get(PASSWORD, "")
    return found if any(found) else None


def _login_secrets(user: str, password: str) -> list[str]:
    """Return user and password, and both together as they are sent; ``Basic`` makes a short one long enough."""
    both = f"{user}:{password}"
    return [user, password, both, f"Basic {b64encode(both.encode('utf-8', 'replace')).decode()}"]


def _secrets(path: str, query: str, more: list[str]) -> tuple[str, ...]:
    """Return the secrets and the ways in which an address or a message may write them, longest first."""
    found = {*_segments(path), *more}
    found |= {value for name, value in parse_qsl(query) if name.lower() not in _PLAIN_QUERY}
    found |= {unquote(one) for one in found}
    found |= {coded for one in found if len(one) >= _CODED_MIN for coded in _in_base64(one)}
    found |= {written for one in found for written in _percent_coded(one)}
    found |= {one.replace("/", "\\/") for one in found}  # as some servers write JSON
    return tuple(sorted((one for one in found if one), key=lambda one: (-len(one), one)))


def _in_base64(secret: str) -> set[str]:
    """Return both alphabets, with and without padding."""
    data = secret.encode("utf-8", "replace")
    padded = {b64encode(data).decode(), urlsafe_b64encode(data).decode()}
    return padded | {one.rstrip("=") for one in padded}


def _percent_coded(secret: str) -> set[str]:
    coded = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return coded | {_CODED.sub(lambda found: found[0].lower(), one) for one in coded}


def _segments(path: str) -> list[str]:
    """Return the parts of a path that look like a key: providers write ``/v3/KEY``, ``/KEY/`` or ``/eth/KEY``."""
    parts = path.split("/")
    after_version = [False, *(bool(_VERSION.fullmatch(part)) for part in parts[:-1])]
    return [
        part for part, after in zip(parts, after_version, strict=True) if _looks_secret(part, after)
    ]


def _looks_secret(part: str, after_version: bool) -> bool:  # noqa: FBT001
    if not _WORD.fullmatch(part):
        return len(part) > 16
    if after_version and len(part) >= 8:
        return True
    return len(part) >= 24 or (len(part) >= 12 and any(char.isdigit() for char in part))


def _shown_path(path: str) -> str:
    secret = set(_segments(path))
    return "/".join(HIDDEN if part in secret else part for part in path.split("/"))


def _shown_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode(
        [(name, value if name.lower() in _PLAIN_QUERY else HIDDEN) for name, value in pairs]
    )
