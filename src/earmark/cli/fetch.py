"""`earmark fetch`: the only verb with a network."""

from __future__ import annotations

from cyclopts import App

HELP = """Ask a node or an index server, and keep its replies in the case as evidence.

Nothing else in Earmark opens a network connection. The replies stand in sources/fetched/; the same command
goes on where it was interrupted, and asks nothing twice. User, password and key come from EARMARK_RPC_USER,
EARMARK_RPC_PASSWORD and EARMARK_API_KEY; they are written nowhere.

Exit codes: 0 done; 1 something that was asked for was not fetched, the list says what; 130 interrupted.
"""

WAYS = {
    "blocks": "Fetch a range of blocks from a node.",
    "address": "Fetch the history of addresses, and follow their money outwards.",
}

fetch = App(name="fetch", help=HELP)
for _way, _sentence in WAYS.items():
    fetch.command(f"earmark.cli.fetch_{_way}:{_way}", name=_way, help=_sentence)
