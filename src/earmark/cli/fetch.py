"""`earmark fetch`: the only verb with a network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cyclopts import App, CycloptsError, CycloptsPanel

if TYPE_CHECKING:
    from rich.panel import Panel

EPILOGUE = """The replies stand in sources/fetched/. The same command goes on where it was interrupted, and asks nothing twice.
User, password and key come from EARMARK_RPC_USER, EARMARK_RPC_PASSWORD and EARMARK_API_KEY, and are written nowhere.

Exit codes: 0 done; 1 something that was asked for was not fetched, the list says what; 2 a mistake; 130 interrupted.
"""

WAYS = {
    "blocks": "Fetch a range of blocks from a node.",
    "address": "Fetch the history of addresses, and follow their money outwards.",
}

_ADDRESS = re.compile(r"://\S*?(?=[\"'\]),.]*(\s|$))")


def _shown(error: CycloptsError) -> Panel:
    """Return a mistyped call without any address in it: words out of place may hold a password."""
    return CycloptsPanel(_ADDRESS.sub("://HIDDEN", str(error)))


fetch = App(name="fetch", help_epilogue=EPILOGUE, error_formatter=_shown)
for _way, _sentence in WAYS.items():
    fetch.command(f"earmark.cli.fetch_{_way}:{_way}", name=_way, help=_sentence)
