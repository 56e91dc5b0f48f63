"""How the history of an address is asked for: by what the server can do, and said aloud.

Plain JSON-RPC has no index of addresses. Then only whole blocks can be fetched: "block range only".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from earmark.fetch import jsonrpc, pages
from earmark.fetch.asking import Line
from earmark.fetch.blocks import SILENCES_MAX, Kind
from earmark.fetch.electrum import SCHEMES
from earmark.fetch.errors import FetchError, RefusedError, SilentError
from earmark.fetch.history import Check
from earmark.ledger.errors import EarmarkError

Method = Literal[
    "trace_filter", "ots", "etherscan", "blockscout", "esplora", "electrum", "scanblocks", "blocks"
]
KIND_OF: dict[Method, tuple[Kind, ...]] = {
    "trace_filter": ("evm",),
    "ots": ("evm",),
    "etherscan": ("evm",),
    "blockscout": ("evm",),
    "esplora": ("bitcoin",),
    "electrum": ("bitcoin",),
    "scanblocks": ("bitcoin",),
    "blocks": ("evm", "bitcoin"),
}
SENTENCES: dict[Method, str] = {
    "trace_filter": "trace_filter: the node's index of calls, and its logs for tokens",
    "ots": "ots_searchTransactions: the node's Otterscan index, and its logs for tokens",
    "etherscan": "account lists of an Etherscan-style index",
    "blockscout": "account lists of a Blockscout-style index",
    "esplora": "an Esplora index of scripts",
    "electrum": "an Electrum server's index of scripts, with Merkle branches",
    "scanblocks": "scanblocks: the node's block filters, then whole blocks",
    "blocks": "block range only: this server has no index of addresses",
}
_FILTERS = "basic block filter index"
_values = msgspec.json.Decoder(float_hook=Decimal)


@dataclass
class LineAsker:
    """A line as histories use it; a server that stays silent is not asked for address after address."""

    line: Line
    secret_query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def ask(self, method: str, params: Sequence[Any], *, is_try: bool = False) -> Any:
        """Return the result of one call; see ``history.Asker``."""
        self._refuse_silence()
        keep: Literal["answers", "all"] = "answers" if is_try else "all"
        return jsonrpc.ask(self.line, method, list(params), keep=keep)

    def get(self, path: str, query: Mapping[str, str], check: Check | None = None) -> Any:
        """Return a page as parsed JSON; see ``history.Asker``."""
        self._refuse_silence()
        page = pages.Page(path, query, self.secret_query)
        text = pages.get(self.line, page, check=check)
        try:
            return _values.decode(text)
        except (ValueError, ArithmeticError, RecursionError):
            raise EarmarkError(f"the page {path} is no JSON that can be read") from None

    def _refuse_silence(self) -> None:
        if self.line.silences >= SILENCES_MAX:
            raise SilentError(f"the server did not answer {SILENCES_MAX} questions in a row")


def choose(line: Line, kind: Kind) -> Method:
    """Return the method that a server has, by its address or by trying; nothing of it is written down."""
    parts = urlsplit(line.client.server.url)
    if kind == "evm" and parts.scheme in SCHEMES:
        raise EarmarkError("an Electrum server knows Bitcoin addresses, and no others")
    if kind == "bitcoin":
        return "electrum" if parts.scheme in SCHEMES else _bitcoin_method(line)
    if parts.path.rstrip("/").endswith("/api"):
        return "etherscan" if parts.path.rstrip("/").endswith("/v2/api") else "blockscout"
    return _evm_method(line)


def _evm_method(line: Line) -> Method:
    one_block = {"fromBlock": "0x1", "toBlock": "0x1", "after": 0, "count": 1}
    if isinstance(_tried(line, "trace_filter", [one_block]), list):
        return "trace_filter"
    return "ots" if isinstance(_tried(line, "ots_getApiLevel", []), int) else "blocks"


def _bitcoin_method(line: Line) -> Method:
    try:
        tip = pages.get(line, pages.Page("blocks/tip/height"), fresh=True, keep="nothing")
        if tip.strip().isdigit():
            return "esplora"
    except FetchError:
        pass
    indexes = _tried(line, "getindexinfo", [])
    return "scanblocks" if isinstance(indexes, dict) and _FILTERS in indexes else "blocks"


def _tried(line: Line, method: str, params: list[Any]) -> Any:
    """Return what a server answers to a try, null where it refuses; raises NoAnswerError if it is silent."""
    try:
        return jsonrpc.ask(line, method, params, fresh=True, keep="nothing")
    except RefusedError:
        return None


def refuse_other_kind(method: Method, kind: Kind) -> None:
    """Raise EarmarkError for a method of the other kind of chain."""
    if kind not in KIND_OF[method]:
        fitting = ", ".join(one for one, kinds in KIND_OF.items() if kind in kinds)
        raise EarmarkError(f"--method {method} does not go with these addresses", expected=fitting)
