"""The lines of bitcoin-etl: a transaction or a block a line, amounts in satoshi.

Checked against bitcoin-etl 1.5.2. A transaction's input keeps its own script (``script_hex``), so the whole
transaction can be put together again and proved by its txid; a coinbase has lost its input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from earmark.sources.bitcoin.block import NOWHERE
from earmark.sources.bitcoin.json_values import (
    digest,
    hexadecimal,
    items,
    not_json,
    possible,
    record,
    shown_value,
    version,
    whole,
)
from earmark.sources.bitcoin.notices import words
from earmark.sources.bitcoin.rebuilt import (
    COINBASE_SEQUENCES,
    Prevout,
    Spending,
    Told,
    proved,
    told,
    without_witnesses,
)
from earmark.sources.bitcoin.spent import spent_script
from earmark.sources.bitcoin.wire import MONEY_MAX, BlockError, double_sha256

if TYPE_CHECKING:
    from earmark.sources.bitcoin.json_values import Record
    from earmark.sources.bitcoin.networks import Network
    from earmark.sources.bitcoin.notices import Notices

TX_FIELDS = words(
    "type hash size virtual_size version lock_time block_number block_hash block_timestamp is_coinbase index"
    " inputs outputs input_count output_count input_value output_value fee item_id item_timestamp"
)
INPUT_FIELDS = words(
    "index spent_transaction_hash spent_output_index script_asm script_hex sequence required_signatures type"
    " addresses value"
)
OUTPUT_FIELDS = words("index script_asm script_hex required_signatures type addresses value")
BLOCK_FIELDS = words(
    "type hash size stripped_size weight number version merkle_root timestamp nonce bits coinbase_param"
    " transaction_count item_id item_timestamp"
)
SHIELDED = "shielded"


class Head(msgspec.Struct, frozen=True):
    """What is needed of every line to put it into its block."""

    hash: str = ""
    block_hash: str | None = None
    block_number: int = -1
    block_timestamp: int = -1
    index: int = -1
    number: int | None = None
    merkle_root: str | None = None


HEADS = msgspec.json.Decoder(Head)


def head_of(line: bytes) -> Head:
    """Return the head of a line; raises BlockError for one that is neither a transaction nor a block."""
    try:
        head = HEADS.decode(line)
    except msgspec.ValidationError as error:
        raise BlockError(f"no transaction or block of bitcoin-etl: {error}") from error
    except RecursionError as error:
        raise BlockError("the JSON is nested too deeply") from error
    except ValueError as error:
        raise BlockError(not_json(line, str(error))) from error
    if head.block_hash is None and head.merkle_root is None:
        raise BlockError("neither a transaction nor a block of bitcoin-etl")
    if head.block_hash is not None and min(head.block_number, head.index, head.block_timestamp) < 0:
        raise BlockError("a transaction without block_number, block_timestamp or index")
    return head


def transaction_of(
    value: object, coinbase: bytes | None, network: Network, notices: Notices
) -> Told:
    """Return a transaction; ``coinbase`` is the block's ``coinbase_param`` where a block row gave it.

    Raises BlockError for a row that its hash does not prove, and for another chain's shielded amounts.
    """
    found = record(value, "the line")
    notices.names(found, TX_FIELDS, "transaction")
    inputs = [record(one, "an input") for one in items(found.get("inputs"), "inputs")]
    outputs = [record(one, "an output") for one in items(found.get("outputs"), "outputs")]
    if any(one.get("type") == SHIELDED for one in inputs + outputs):
        raise BlockError(
            "a shielded amount: this is Zcash, whose transactions this reader does not read"
        )
    paid = [_output(one, number, notices) for number, one in enumerate(outputs)]
    if is_coinbase(found) and not inputs:
        return _coinbase(found, paid, coinbase, notices)
    spendings = [_spending(one, number, notices) for number, one in enumerate(inputs)]
    if not spendings or not paid:
        raise BlockError("there is no input or no output")
    txid = digest(found, "hash")
    proved(txid, without_witnesses(version(found), spendings, paid, whole(found, "lock_time")))
    prevouts = [_prevout(one, network) for one in inputs]
    known = prevouts if any(one is not None for one in prevouts) else None
    return Told(told(txid, spendings, paid), known)


def is_coinbase(found: Record) -> bool:
    """Tell whether a row calls itself a coinbase."""
    return found.get("is_coinbase") is True


def _coinbase(
    found: Record, paid: list[tuple[int, bytes]], script: bytes | None, notices: Notices
) -> Told:
    """Return a coinbase; its input is guessed from the block's row, and the txid tells whether rightly."""
    if not paid:
        raise BlockError("there is no output")
    txid, lock_time = digest(found, "hash"), whole(found, "lock_time")
    guesses = [Spending(*NOWHERE, script or b"", one) for one in COINBASE_SEQUENCES]
    fits = script is not None and any(
        double_sha256(without_witnesses(version(found), [one], paid, lock_time)) == txid
        for one in guesses
    )
    if not fits:
        notices.say(
            "a coinbase cannot be proved by its hash, because its input is not in these files",
            f"in transaction {found['hash']}",
        )
    return Told(told(txid, guesses[:1], paid), None)


def _spending(found: Record, number: int, notices: Notices) -> Spending:
    notices.names(found, INPUT_FIELDS, "input")
    _numbered(found, number, "input")
    return Spending(
        digest(found, "spent_transaction_hash"),
        whole(found, "spent_output_index"),
        hexadecimal(found, "script_hex"),
        whole(found, "sequence"),
    )


def _output(found: Record, number: int, notices: Notices) -> tuple[int, bytes]:
    notices.names(found, OUTPUT_FIELDS, "output")
    _numbered(found, number, "output")
    value = whole(found, "value", 0, MONEY_MAX)
    return value, hexadecimal(found, "script_hex")


def _numbered(found: Record, number: int, name: str) -> None:
    if found.get("index") != number:
        raise BlockError(f"{name} {number} is numbered {shown_value(found.get('index'))}")


def _prevout(found: Record, network: Network) -> Prevout:
    """Return what an enriched input spends, or null."""
    addresses = found.get("addresses")
    if not isinstance(addresses, list) or len(addresses) != 1 or found.get("value") is None:
        return None
    script = spent_script(found.get("type"), addresses[0], network)
    if script is None:
        return None
    return possible(whole(found, "value", 0, MONEY_MAX), "the value of an input"), script
