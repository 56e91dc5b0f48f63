"""One chain of small blocks, told by every format, and what a store hands over of it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.unit.sources.bitcoin.blocks import (
    DATA,
    PAY_A,
    PAY_B,
    PAY_C,
    START_S,
    SUBSIDY,
    Payment,
    block,
    block_hash,
    chain,
    coinbase,
)
from tests.unit.sources.bitcoin_formats.formats import (
    BLOCKS,
    TRANSACTIONS,
    Record,
    as_json,
    aws_rows,
    decoded,
    etl_lines,
    exchange,
    outputs_of,
    write_parquet,
)

from earmark.sources.bitcoin import aws, etl, rpc
from earmark.sources.bitcoin.addresses import address_of
from earmark.sources.bitcoin.block import Block, read_block
from earmark.sources.bitcoin.networks import REGTEST
from earmark.sources.bitcoin.stores import BrokenBlockError, Damage, Found, Ignored, Seen, Store
from earmark.sources.bitcoin.wire import BlockError
from earmark.sources.settings import Source

MULTISIG = b"\x51\x21\x02" + b"\xdd" * 32 + b"\x51\xae"


def small_chain() -> list[bytes]:
    """Return three blocks: a coinbase, two spendings with one witness, and a spending of many kinds."""
    (first,) = chain(1)
    mined = read_block(first).transactions[0].txid
    split = Payment(
        [(mined, 0)], [(SUBSIDY - 7_000, PAY_B), (1, PAY_C), (999, MULTISIG), (0, DATA)]
    )
    again = Payment([(split.txid, 0)], [(SUBSIDY - 8_000, PAY_A)], witness=b"\x01" * 70)
    paid = coinbase(2, [(SUBSIDY + 7_000, PAY_A)], payments=[split, again])
    second = block([paid, split, again], previous=block_hash(first), time_s=START_S + 1200)
    last = Payment([(again.txid, 0), (split.txid, 1), (split.txid, 2)], [(SUBSIDY - 9_000, PAY_C)])
    third = block(
        [coinbase(3, [(SUBSIDY, PAY_A)]), last],
        previous=block_hash(second),
        time_s=START_S + 1800,
    )
    return [first, second, third]


RAW = small_chain()
PLAIN = [decoded(one, height) for height, one in enumerate(RAW, start=1)]
SPENT = outputs_of(PLAIN)
TOLD = [decoded(one, height, SPENT) for height, one in enumerate(RAW, start=1)]
ADDRESSES = {
    script: address
    for output in SPENT.values()
    if (address := address_of(bytes.fromhex(script := output["scriptPubKey"]["hex"]), REGTEST))
}


def write_rpc(folder: Path, blocks: list[Record]) -> None:
    lines = [exchange("getblock", [one["hash"], 3], as_json(one)) for one in blocks]
    (folder / "node.replies.jsonl").write_text("\n".join(lines) + "\n")


def write_etl(folder: Path, blocks: list[Record]) -> None:
    told = [etl_lines(one, SPENT, addresses=ADDRESSES) for one in blocks]
    rows = [row for _, rows in told for row in rows]
    (folder / "blocks.json").write_text("".join(json.dumps(one) + "\n" for one, _ in told))
    data = "".join(json.dumps(one) + "\n" for one in reversed(rows)).encode()
    (folder / "transactions.json.gz").write_bytes(gzip.compress(data))


def write_aws(folder: Path, blocks: list[Record]) -> None:
    told = [aws_rows(one, SPENT, ADDRESSES) for one in blocks]
    rows = [row for _, rows in told for row in rows]
    day = "date=2020-09-13/part-00000.snappy.parquet"
    write_parquet(folder / "blocks" / day, [one for one, _ in told], BLOCKS)
    write_parquet(folder / "transactions" / day, rows[::-1], TRANSACTIONS, row_group_size=2)


Opener = Callable[[Path, Source], Store]
Writer = Callable[[Path, list[Record]], None]
FORMATS: dict[str, tuple[Writer, Opener]] = {
    "bitcoin-rpc": (write_rpc, rpc.open_store),
    "bitcoin-etl": (write_etl, etl.open_store),
    "aws-bitcoin": (write_aws, aws.open_store),
}


def opened(folder: Path, name: str) -> Store:
    source = Source(reader=name, path=".", network="regtest")
    return FORMATS[name][1](folder, source)


def indexed(folder: Path, name: str) -> list[Found | Damage | Ignored | Seen]:
    """Return what the index of a source holds."""
    with closing(opened(folder, name)) as store:
        return list(store.find())


def read(folder: Path, name: str) -> tuple[list[Block], list[Damage], int, list[str]]:
    """Return the blocks by height, rejected rows, the number of ignored ones, and the warnings."""
    with closing(opened(folder, name)) as store:
        rows = list(store.find())
        found = [one for one in rows if isinstance(one, Found)]
        found.sort(key=lambda one: one.height or 0)
        damages = [one for one in rows if isinstance(one, Damage)]
        blocks = [block for one in found if (block := loaded(store, one, damages)) is not None]
        warnings = store.warnings()
    damages += [damage for one in blocks for damage in one.rejected]
    ignored = sum(one.rows for one in rows if isinstance(one, Ignored))
    return blocks, damages, ignored + sum(one.ignored for one in blocks), warnings


def loaded(store: Store, found: Found, damages: list[Damage]) -> Block | None:
    try:
        return store.load(found)
    except BrokenBlockError as error:
        damages += error.damages
    except BlockError as error:
        damages.append(Damage(found.locator, str(error)))
    return None
