"""Small blocks of the regtest network, written byte by byte: every second hash meets its target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from earmark.ledger.builder import Built, build
from earmark.ledger.draft import Draft
from earmark.ledger.schema import SOURCES
from earmark.sources.bitcoin.block import merkle_root
from earmark.sources.bitcoin.networks import COIN, REGTEST
from earmark.sources.bitcoin.walk import read_chain
from earmark.sources.bitcoin.wire import double_sha256
from earmark.sources.settings import Source

EASY_BITS = 0x207FFFFF
START_S = 1_600_000_000
SUBSIDY = 50 * COIN
NOWHERE = (b"\0" * 32, 0xFFFFFFFF)
KEY_A = b"\x02" + b"\xaa" * 32
PAY_A = b"\x21" + KEY_A + b"\xac"
PAY_B = b"\x00\x14" + b"\xbb" * 20
PAY_C = b"\x76\xa9\x14" + b"\xcc" * 20 + b"\x88\xac"
DATA = b"\x6a\x03abc"

Output = tuple[int, bytes]
Outpoint = tuple[bytes, int]


def size(number: int) -> bytes:
    if number < 0xFD:
        return bytes([number])
    return b"\xfd" + number.to_bytes(2, "little")


class Payment:
    """A transaction in the making; ``txid`` is its own."""

    def __init__(
        self,
        inputs: Sequence[Outpoint],
        outputs: Sequence[Output],
        *,
        script: bytes = b"",
        witness: bytes = b"",
        version: int = 2,
    ) -> None:
        self.version = version.to_bytes(4, "little")
        self.ins = size(len(inputs)) + b"".join(
            txid + number.to_bytes(4, "little") + size(len(script)) + script + b"\xff" * 4
            for txid, number in inputs
        )
        self.outs = size(len(outputs)) + b"".join(
            value.to_bytes(8, "little") + size(len(script)) + script for value, script in outputs
        )
        self.witness = (b"\x01" + size(len(witness)) + witness) * len(inputs) if witness else b""
        self.txid = double_sha256(self.bare)
        self.wtxid = double_sha256(self.bytes)

    @property
    def bare(self) -> bytes:
        return self.version + self.ins + self.outs + b"\0\0\0\0"

    @property
    def bytes(self) -> bytes:
        if not self.witness:
            return self.bare
        return self.version + b"\0\x01" + self.ins + self.outs + self.witness + b"\0\0\0\0"

    @property
    def key(self) -> str:
        return f"btc:{self.txid[::-1].hex()}"


def coinbase(
    height: int, outputs: Sequence[Output], *, payments: Sequence[Payment] = (), extra: bytes = b""
) -> Payment:
    """Return a coinbase that says its height, and commits to the witnesses if there are any."""
    script = b"\x03" + height.to_bytes(3, "little") + extra
    if not any(one.witness for one in payments):
        return Payment([NOWHERE], outputs, script=script)
    root = merkle_root([b"\0" * 32, *(one.wtxid for one in payments)])
    committed = b"\x6a\x24\xaa\x21\xa9\xed" + double_sha256(root + b"\0" * 32)
    return Payment([NOWHERE], [*outputs, (0, committed)], script=script, witness=b"\0" * 32)


def block(
    transactions: Sequence[Payment],
    *,
    previous: bytes = REGTEST.genesis,
    time_s: int = START_S,
    version: int = 4,
) -> bytes:
    root = merkle_root([one.txid for one in transactions])
    start = version.to_bytes(4, "little") + previous + root
    start += time_s.to_bytes(4, "little") + EASY_BITS.to_bytes(4, "little")
    nonce = 0
    while double_sha256(start + nonce.to_bytes(4, "little"))[31] > 0x7E:
        nonce += 1
    body = size(len(transactions)) + b"".join(one.bytes for one in transactions)
    return start + nonce.to_bytes(4, "little") + body


def block_hash(data: bytes) -> bytes:
    return double_sha256(data[:80])


def chain(
    count: int, start: bytes = REGTEST.genesis, first: int = 1, extra: bytes = b""
) -> list[bytes]:
    """Return blocks that hold a coinbase each, to script A."""
    blocks: list[bytes] = []
    for place in range(count):
        previous = block_hash(blocks[-1]) if blocks else start
        paid = coinbase(first + place, [(SUBSIDY, PAY_A)], extra=extra)
        blocks.append(block([paid], previous=previous, time_s=START_S + 600 * (first + place)))
    return blocks


def framed(*blocks: bytes) -> bytes:
    return b"".join(REGTEST.magic + len(one).to_bytes(4, "little") + one for one in blocks)


def read(folder: Path, *paths: str, **files: bytes) -> Draft:
    """Read files as one regtest source; ``blk1=…`` writes ``blk1.dat``."""
    for name, data in files.items():
        (folder / f"{name}.dat").write_bytes(data)
    names = list(paths) or [f"{name}.dat" for name in files]
    source = Source(reader="bitcoin-blocks", path=names, network="regtest")
    return read_chain(folder, [source])[0]


def built(draft: Draft) -> Built:
    row = {"source": 0, "path": "blocks", "sha256": "0" * 64, "lacks": []}
    return build([draft], pa.Table.from_pylist([row], schema=SOURCES), (), "late")


def legs(draft: Draft, row: int) -> list[tuple[str, str, int, str | None, int | None]]:
    """Return a transaction's legs as (side, holder, satoshi, key of the lot, ordinal)."""
    return [
        (
            "in" if leg["side"] else "out",
            leg["holder"],
            int(leg["quantity"]),
            leg["spends_key"],
            leg["spends_ordinal"],
        )
        for leg in draft.legs.to_pylist()
        if leg["transaction"] == row
    ]


def rejected(draft: Draft) -> list[tuple[str, str]]:
    return [(row["locator"], row["reason"]) for row in draft.rejected.to_pylist()]


def times(draft: Draft) -> list[int]:
    """Return the transactions' times as places in a chain made by ``chain``."""
    seconds = [int(one.timestamp()) for one in draft.transactions.column("time").to_pylist()]
    return [(one - START_S) // 600 for one in seconds]
