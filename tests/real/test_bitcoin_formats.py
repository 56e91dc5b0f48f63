"""Real blocks of the main network, written in other formats: each tells the ledger of the raw blocks."""

from __future__ import annotations

import bz2
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
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

from earmark.cases.case import Case, open_case

MAGIC = bytes.fromhex("f9beb4d9")
SINGLE = {
    "bitcoinj_block363703.dat": 363_703,
    "bitcoinj_block370661.dat": 370_661,
    "bitcoinj_block481815.dat": 481_815,
    "btcd_block_0021868c.blk": 540_107,
    "rustbitcoin_mainnet_block_0c835b2a.raw": 702_861,
}
FIRST = "btcd_blocks1-256.bz2"
TABLES = ("transactions", "legs", "holders", "commodities", "observations", "rejected")


def raw_blocks(folder: Path, name: str) -> dict[int, bytes]:
    """Return raw blocks by height."""
    if name in SINGLE:
        return {SINGLE[name]: (folder / name).read_bytes()}
    parts = bz2.decompress((folder / name).read_bytes()).split(MAGIC)[1:]
    return {height: part[4:] for height, part in enumerate(parts, start=1)}


def write_raw(folder: Path, raw: Sequence[bytes], _: Sequence[Record]) -> None:
    data = b"".join(MAGIC + len(one).to_bytes(4, "little") + one for one in raw)
    (folder / "blk00000.dat").write_bytes(data)


def write_rpc(folder: Path, _: Sequence[bytes], blocks: Sequence[Record]) -> None:
    lines = [exchange("getblock", [one["hash"], 2], as_json(one)) for one in blocks]
    (folder / "node.replies.jsonl").write_text("\n".join(lines) + "\n")


def write_etl(folder: Path, _: Sequence[bytes], blocks: Sequence[Record]) -> None:
    told = [etl_lines(one) for one in blocks]
    lines = [json.dumps(row) + "\n" for header, rows in told for row in (*rows, header)]
    (folder / "etl.json").write_text("".join(lines))


def write_aws(folder: Path, _: Sequence[bytes], blocks: Sequence[Record]) -> None:
    told = [aws_rows(one) for one in blocks]
    rows = [row for _, rows in told for row in rows]
    write_parquet(folder / "blocks.parquet", [one for one, _ in told], BLOCKS)
    write_parquet(folder / "transactions.parquet", rows, TRANSACTIONS, row_group_size=1000)


Writer = Callable[[Path, Sequence[bytes], Sequence[Record]], None]
FORMATS: dict[str, Writer] = {
    "bitcoin-rpc": write_rpc,
    "bitcoin-etl": write_etl,
    "aws-bitcoin": write_aws,
}


def case_of(folder: Path, reader: str, writer: Writer, raw: dict[int, bytes]) -> Case:
    sources = folder / reader / "sources"
    sources.mkdir(parents=True)
    plain = [decoded(one, height) for height, one in raw.items()]
    spent = outputs_of(plain)
    writer(
        sources, list(raw.values()), [decoded(one, height, spent) for height, one in raw.items()]
    )
    text = f'title = "Blocks"\n\n[[source]]\nreader = "{reader}"\npath = "sources"\n'
    (folder / reader / "case.toml").write_text(text)
    return open_case(folder / reader)


@pytest.mark.parametrize("name", [*SINGLE, FIRST])
def test_every_format_tells_the_ledger_of_the_raw_blocks(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    raw = raw_blocks(shared_data / "chain" / "btc_raw", name)
    expected = case_of(tmp_path, "bitcoin-blocks", write_raw, raw)
    for reader, writer in FORMATS.items():
        found = case_of(tmp_path, reader, writer, raw)
        for table in TABLES:
            assert found.ledger.tables[table].equals(expected.ledger.tables[table]), (reader, table)
