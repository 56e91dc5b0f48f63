"""Histories of Bitcoin scripts and outputs from an Esplora index, and from a Bitcoin Core's block filters.

Sources: Blockstream's Esplora, ``API.md``; Bitcoin Core, ``src/rpc/blockchain.cpp`` (``scanblocks``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from earmark.fetch.errors import RefusedError
from earmark.fetch.history import NATIVE, Asker, History, Span, Step, refuse_more
from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.addresses import address_of
from earmark.sources.bitcoin.json_values import satoshi
from earmark.sources.bitcoin.networks import Network
from earmark.sources.bitcoin.scripts import is_unspendable
from earmark.sources.bitcoin.wire import BlockError

_HASH = re.compile(r"[0-9a-f]{64}")
PAGES_MAX = 100_000


@dataclass
class BitcoinIndex:
    """An index or a node; ``scripts`` remembers to which script an output that was seen pays."""

    asker: Asker
    network: Network
    span: Span
    most: int
    scripts: dict[str, str] = field(default_factory=dict)


def is_output(target: str) -> bool:
    """Tell whether a target is an output (``TXID:N``) and not a script."""
    return ":" in target


def scripthash(script: str) -> str:
    """Return how Electrum and Esplora name a script in hexadecimal: its SHA-256, reversed."""
    return hashlib.sha256(bytes.fromhex(script)).digest()[::-1].hex()


def esplora_history(index: BitcoinIndex, target: str) -> History:
    """Fetch a script, or what spends an output; raises TooManyError, BudgetError or EarmarkError."""
    return _output_history(index, target) if is_output(target) else _script_history(index, target)


def _script_history(index: BitcoinIndex, script: str) -> History:
    address = address_of(bytes.fromhex(script), index.network)
    place = f"address/{address}" if address else f"scripthash/{scripthash(script)}"
    counted = _counted(index.asker.get(place, {}))
    refuse_more(counted, index.most)
    found = {_txid(one): one for one in _pages(index, place)}
    gaps = []
    if index.span.first is None and counted > len(found):
        gaps.append(f"the index counts {counted} transactions and shows {len(found)}")
    steps = [step for one in found.values() for step in _steps(one, script)]
    return History(len(found), tuple(steps), tuple(gaps), frozenset(found))


def _counted(answer: Any) -> int:
    """Return how many transactions the index knows, 0 where it does not say."""
    parts = [answer.get(name) for name in ("chain_stats", "mempool_stats")] if answer else []
    counts = [part.get("tx_count") for part in parts if isinstance(part, dict)]
    return sum(count for count in counts if isinstance(count, int))


def _pages(index: BitcoinIndex, place: str) -> Iterator[dict[str, Any]]:
    """Yield transactions, the newest first; unconfirmed ones stand on the first page only."""
    seen: set[str] = set()
    path = f"{place}/txs"
    for _ in range(PAGES_MAX):
        page = _records(index.asker.get(path, {}))
        new = [one for one in page if _txid(one) not in seen]
        if page and not new:
            raise EarmarkError("the index repeats a page", expected="older transactions")
        yield from new
        seen.update(_txid(one) for one in new)
        refuse_more(len(seen), index.most)
        confirmed = [one for one in page if _height(one) is not None]
        if not confirmed or (_height(confirmed[-1]) or 0) < (index.span.first or 0):
            return
        path = f"{place}/txs/chain/{_txid(confirmed[-1])}"
    raise EarmarkError(f"the index does not end after {PAGES_MAX} pages")


def _output_history(index: BitcoinIndex, target: str) -> History:
    """Fetch the transaction of an output and the one that spends it."""
    txid, _, number = target.partition(":")
    asker = index.asker
    asker.get(f"tx/{txid}", {})
    spends = _records(asker.get(f"tx/{txid}/outspends", {}))
    if int(number) >= len(spends):
        raise EarmarkError(f"{txid} has no output {number}")
    spend = spends[int(number)]
    if spend.get("spent") is not True:
        return History(1, found=frozenset({txid}))
    spender = _txid(spend)
    found = asker.get(f"tx/{spender}", {})
    steps = []
    for place, output in enumerate(_records(found.get("vout") if found else None)):
        script = str(output.get("scriptpubkey", ""))
        step = paid_step(script, output.get("value"))
        if step is not None:
            index.scripts[f"{spender}:{place}"] = script
            steps.append(Step(f"{spender}:{place}", NATIVE, step.quantity))
    return History(2, tuple(steps), found=frozenset({txid, spender}))


def _steps(transaction: dict[str, Any], script: str) -> Iterator[Step]:
    """Yield what a script paid to others: the outputs of transactions that spend from it."""
    prevouts = [one.get("prevout") for one in _records(transaction.get("vin"))]
    if not any(isinstance(one, dict) and one.get("scriptpubkey") == script for one in prevouts):
        return
    for output in _records(transaction.get("vout")):
        step = paid_step(str(output.get("scriptpubkey", "")), output.get("value"))
        if step is not None and step.target != script:
            yield step


def paid_step(script: str, value: Any) -> Step | None:
    """Return the step of an output, null for one that pays nobody: of no amount, or not to be spent."""
    try:
        data = bytes.fromhex(script)
    except ValueError:
        return None
    is_paid = isinstance(value, int) and value > 0 and bool(data) and not is_unspendable(data)
    return Step(data.hex(), NATIVE, value) if is_paid else None


def _txid(record: dict[str, Any]) -> str:
    found = record.get("txid")
    if isinstance(found, str) and _HASH.fullmatch(found):
        return found
    raise EarmarkError("the index lists a transaction without its txid")


def _height(transaction: dict[str, Any]) -> int | None:
    status = transaction.get("status")
    height = status.get("block_height") if isinstance(status, dict) else None
    return height if isinstance(height, int) else None


def _records(value: object) -> list[dict[str, Any]]:
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    raise EarmarkError("the index answers with something else than a list of records")


def scanned_history(index: BitcoinIndex, script: str) -> History:
    """Fetch the blocks that a node's filters name for a script; raises as ``esplora_history`` does."""
    if is_output(script):
        raise EarmarkError("the filters of a node find scripts, not outputs", expected="an address")
    last = [] if index.span.last is None else [index.span.last]
    wanted = ["start", [{"desc": f"raw({script})"}], index.span.first or 0, *last]
    answer = index.asker.ask("scanblocks", wanted)
    hashes = answer.get("relevant_blocks") if isinstance(answer, dict) else None
    if not isinstance(hashes, list):
        raise EarmarkError("the node answers scanblocks without a list of blocks")
    refuse_more(len(hashes), index.most)
    gaps = [] if answer.get("completed", True) else ["the node's scan was broken off"]
    ours: set[tuple[str, int]] = set()
    found: set[str] = set()
    steps: list[Step] = []
    for one in hashes:
        for transaction in _records(_block(index.asker, one).get("tx")):
            touched, paid = _paid(transaction, script, ours)
            if touched:
                found.add(_txid(transaction))
            steps += paid
    return History(len(found), tuple(steps), tuple(gaps), frozenset(found))


def _block(asker: Asker, block_hash: object) -> dict[str, Any]:
    try:
        found = asker.ask("getblock", [block_hash, 3])
    except RefusedError:  # an older node, or one that speaks like it
        found = asker.ask("getblock", [block_hash, 2])
    if isinstance(found, dict):
        return found
    raise EarmarkError(f"the node does not tell block {str(block_hash)[:64]}")


def _paid(
    transaction: dict[str, Any], script: str, ours: set[tuple[str, int]]
) -> tuple[bool, list[Step]]:
    """Tell whether a node's transaction touches a script, and what it paid to others."""
    spends = False
    for one in _records(transaction.get("vin")):
        spent = (str(one.get("txid")), one.get("vout"))
        spends = spends or spent in ours or _script(one.get("prevout")) == script
    steps, receives = [], False
    for place, output in enumerate(_records(transaction.get("vout"))):
        target = _script(output)
        if target == script:
            receives = True
            ours.add((str(transaction.get("txid")), place))
        elif spends:
            try:
                step = paid_step(target, satoshi(output.get("value"), "value"))
            except BlockError:
                continue  # the reader rejects the block with its reason
            steps += [step] if step else []
    return spends or receives, steps


def _script(output: object) -> str:
    found = output.get("scriptPubKey") if isinstance(output, dict) else None
    return str(found.get("hex", "")) if isinstance(found, dict) else ""
