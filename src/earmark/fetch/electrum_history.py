"""Histories of Bitcoin scripts from an Electrum server, with the proofs that its answers carry.

For each transaction: its bytes, its block's header, its Merkle branch; and the transactions that its inputs
spend, which say how much they held.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from earmark.fetch.bitcoin_history import BitcoinIndex, is_output, paid_step, scripthash
from earmark.fetch.errors import NoMoreError
from earmark.fetch.history import History, Step, refuse_more
from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.block import NOWHERE
from earmark.sources.bitcoin.wire import BlockError, Transaction, read_transaction, shown


def electrum_history(index: BitcoinIndex, script: str) -> History:
    """Fetch a script; raises TooManyError, BudgetError, or EarmarkError without a list of transactions."""
    if is_output(script):
        raise EarmarkError("Electrum finds scripts, not outputs", expected="an address")
    answer = index.asker.ask("blockchain.scripthash.get_history", [scripthash(script)])
    heights = dict(_listed(one) for one in _list(answer))
    wanted = {txid: height for txid, height in heights.items() if _is_wanted(index, height)}
    refuse_more(len(wanted), index.most)
    gaps: list[str] = []
    found = {txid: _transaction(index, txid) for txid in wanted}
    for txid, height in wanted.items():
        _prove(index, txid, height, gaps)
    spent = _spent(index, found, gaps)
    steps = [step for one in found.values() for step in _steps(one, spent, script)]
    return History(len(wanted), tuple(steps), tuple(gaps), frozenset(wanted))


def _is_wanted(index: BitcoinIndex, height: int) -> bool:
    return height <= 0 or index.span.holds(height)


def _prove(index: BitcoinIndex, txid: str, height: int, gaps: list[str]) -> None:
    """Fetch the header and the Merkle branch of a confirmed transaction; heights 0 and -1 have no block."""
    if height <= 0:
        return
    index.asker.ask("blockchain.block.header", [height])
    try:
        index.asker.ask("blockchain.transaction.get_merkle", [txid, height])
    except NoMoreError:
        raise
    except EarmarkError as error:
        gaps.append(f"the Merkle branch of {txid}: {error}")


def _spent(
    index: BitcoinIndex, found: Mapping[str, Transaction], gaps: list[str]
) -> dict[str, Transaction]:
    """Return the transactions whose outputs are spent; one that cannot be had is a gap, not an end."""
    spent = dict(found)
    for one in found.values():
        for txid in dict.fromkeys(shown(txid) for txid, _ in one.inputs if txid != NOWHERE[0]):
            if txid in spent:
                continue
            try:
                spent[txid] = _transaction(index, txid)
            except NoMoreError:
                raise
            except EarmarkError as error:
                gaps.append(f"transaction {txid}, whose output is spent: {error}")
    return spent


def _transaction(index: BitcoinIndex, txid: str) -> Transaction:
    """Return a transaction, whose bytes are its proof."""
    answer = index.asker.ask("blockchain.transaction.get", [txid])
    try:
        found, _ = read_transaction(bytes.fromhex(str(answer)), 0)
    except (BlockError, ValueError, IndexError, struct.error) as error:
        raise EarmarkError(f"the server's answer is not transaction {txid}") from error
    if shown(found.txid) != txid:
        raise EarmarkError(f"the server answers {shown(found.txid)} for transaction {txid}")
    return found


def _steps(one: Transaction, spent: Mapping[str, Transaction], script: str) -> list[Step]:
    sources = [(spent.get(shown(txid)), output) for txid, output in one.inputs]
    scripts = [
        source.outputs[output][1].hex()
        for source, output in sources
        if source is not None and output < len(source.outputs)
    ]
    if script not in scripts:
        return []
    steps = [paid_step(target.hex(), value) for value, target in one.outputs]
    return [step for step in steps if step is not None and step.target != script]


def _listed(row: Any) -> tuple[str, int]:
    txid, height = (
        (row.get("tx_hash"), row.get("height")) if isinstance(row, dict) else (None, None)
    )
    if isinstance(txid, str) and len(txid) == 64 and isinstance(height, int):
        return txid, height
    raise EarmarkError("the server lists a transaction without hash or height")


def _list(answer: Any) -> list[Any]:
    if isinstance(answer, list):
        return answer
    raise EarmarkError("the server answers with something else than a list of transactions")
