"""Tables of AWS: replaced files, two blocks at one height, rows anywhere, broken pages, other tables."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.sources.bitcoin_formats.formats import (
    BLOCKS,
    TRANSACTIONS,
    Record,
    aws_rows,
    write_parquet,
)
from tests.unit.sources.bitcoin_formats.told import ADDRESSES, RAW, SPENT, TOLD, indexed, read

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin import aws, aws_window
from earmark.sources.bitcoin.block import read_block
from earmark.sources.bitcoin.stores import Found, Ignored

ROWS = [aws_rows(one, SPENT, ADDRESSES) for one in TOLD]
HEADERS = [one for one, _ in ROWS]
PAID = [row for _, rows in ROWS for row in rows]


def write(
    folder: Path, rows: Sequence[Record], name: str = "t.parquet", groups: int = 1000
) -> None:
    write_parquet(folder / name, rows, TRANSACTIONS, row_group_size=groups)


def heads(folder: Path, rows: Sequence[Record] = HEADERS) -> None:
    write_parquet(folder / "b.parquet", rows, BLOCKS)


def test_intraday_files_that_a_nightly_one_replaces(tmp_path: Path) -> None:
    heads(tmp_path, [*HEADERS, HEADERS[1]])
    write(tmp_path, PAID[1:4], "date=2020-09-13/2.snappy.parquet")
    write(tmp_path, PAID, "date=2020-09-13/part-00000.snappy.parquet")
    blocks, damages, ignored, warnings = read(tmp_path, "aws-bitcoin")
    assert (damages, warnings) == ([], [])
    assert ignored == 3 + len(HEADERS) + 1
    assert [len(one.transactions) for one in blocks] == [1, 3, 2]


@pytest.mark.parametrize("newer", [0, 1])
def test_two_blocks_at_one_height_without_headers(tmp_path: Path, newer: int) -> None:
    """Without the table of blocks the one that was written last counts."""
    other = [{**one, "block_hash": "cd" * 32, "last_modified": newer} for one in PAID[1:4]]
    write(tmp_path, [*({**one, "last_modified": 1 - newer} for one in PAID), *other])
    rows = indexed(tmp_path, "aws-bitcoin")
    assert [one for one in rows if isinstance(one, Ignored)] == [
        Ignored(3, "transactions of blocks that another block of the same height replaced")
    ]
    kept = [one.header.block_hash for one in rows if isinstance(one, Found)]
    assert (b"\xcd" * 32 in kept) == (newer == 1)


def test_with_headers_the_chain_decides(tmp_path: Path) -> None:
    """Both are handed over; which one is on the chain shows in the headers."""
    heads(tmp_path)
    write(tmp_path, [*PAID, *({**one, "block_hash": "cd" * 32} for one in PAID[1:4])])
    rows = indexed(tmp_path, "aws-bitcoin")
    assert len([one for one in rows if isinstance(one, Found)]) == 4


def test_rows_may_stand_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_window, "WINDOW_ROWS", 2)
    for module in (aws, aws_window):
        monkeypatch.setattr(module, "BATCH_ROWS", 2)
    heads(tmp_path)
    write(tmp_path, PAID[::-2], "x.parquet", groups=1)
    write(tmp_path, PAID[-2::-2], "y.parquet", groups=2)
    blocks, damages, _, _ = read(tmp_path, "aws-bitcoin")
    assert damages == []
    for found, raw in zip(blocks, RAW, strict=True):
        expected = read_block(raw)
        assert found.header == expected.header
        assert [one.outputs for one in found.transactions] == [
            one.outputs for one in expected.transactions
        ]


def test_without_the_table_of_blocks(tmp_path: Path) -> None:
    write(tmp_path, PAID)
    blocks, damages, _, warnings = read(tmp_path, "aws-bitcoin")
    assert damages == []
    assert [one.is_whole for one in blocks] == [True] * 3
    assert len(warnings) == 2


def test_a_header_that_was_altered_is_rejected(tmp_path: Path) -> None:
    heads(tmp_path, [HEADERS[0], {**HEADERS[1], "nonce": 999_999}, HEADERS[2]])
    write(tmp_path, PAID)
    blocks, damages, _, _ = read(tmp_path, "aws-bitcoin")
    assert [one.locator for one in damages] == ["b.parquet row 2"]
    assert "something was altered" in damages[0].reason
    assert [one.header.merkle_root == b"" for one in blocks] == [False, True, False]


def test_an_amount_between_two_satoshi_is_rejected(tmp_path: Path) -> None:
    output = {**PAID[1]["outputs"][0], "value": 0.000000015}
    write(tmp_path, [PAID[0], {**PAID[1], "outputs": [output]}])
    _, damages, _, _ = read(tmp_path, "aws-bitcoin")
    assert [(one.locator, "finer than a satoshi" in one.reason) for one in damages] == [
        ("row 2", True)
    ]


@pytest.mark.parametrize("name", ["block_hash", "block_number", "block_timestamp", "index"])
def test_a_row_without_its_place_is_rejected(tmp_path: Path, name: str) -> None:
    write(tmp_path, [PAID[0], {**PAID[1], name: None}])
    blocks, damages, _, _ = read(tmp_path, "aws-bitcoin")
    assert len(blocks) == 1
    assert [(one.locator, "missing" in one.reason) for one in damages] == [("row 2", True)]


@pytest.mark.parametrize("keep", [0, 3, 100, -100, -1])
def test_a_file_that_is_cut_off_is_rejected(tmp_path: Path, keep: int) -> None:
    write(tmp_path, PAID[:1], "a.parquet")
    write(tmp_path, PAID[1:], "b.parquet")
    data = (tmp_path / "b.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(data[:keep])
    blocks, damages, _, _ = read(tmp_path, "aws-bitcoin")
    assert len(blocks) == 1
    assert [one.locator for one in damages] == ["b.parquet"]
    assert damages[0].reason.startswith("the file cannot be read as Parquet (")


def page(path: Path, name: str, group: int) -> int:
    """Return where a column of a row group begins."""
    found = pq.ParquetFile(path).metadata.row_group(group)
    columns = [found.column(place) for place in range(found.num_columns)]
    (chunk,) = [one for one in columns if one.path_in_schema.replace("item", "element") == name]
    return int(chunk.dictionary_page_offset or chunk.data_page_offset)


def break_page(path: Path, name: str, group: int) -> None:
    start = page(path, name, group)
    data = bytearray(path.read_bytes())
    data[start : start + 12] = b"\xff" * 12
    path.write_bytes(data)


def test_a_broken_narrow_page_costs_its_row_group(tmp_path: Path) -> None:
    heads(tmp_path)
    write(tmp_path, PAID, groups=2)
    break_page(tmp_path / "t.parquet", "block_hash", 1)
    blocks, damages, _, warnings = read(tmp_path, "aws-bitcoin")
    assert [one.locator for one in damages] == ["t.parquet row group 1, from row 3"]
    assert [len(one.transactions) for one in blocks] == [1, 1, 2]
    said = "a block is not whole: some of its transactions are not here"
    assert warnings == [f"{said}: 1 times, first block 2, 1 of 3 transactions"]


def test_a_broken_wide_page_costs_its_rows(tmp_path: Path) -> None:
    heads(tmp_path)
    write(tmp_path, PAID, groups=2)
    break_page(tmp_path / "t.parquet", "outputs.list.element.value", 1)
    blocks, damages, _, _ = read(tmp_path, "aws-bitcoin")
    assert [one.locator for one in damages] == ["t.parquet row 3", "t.parquet row 4"]
    assert all("row group 1 cannot be read" in one.reason for one in damages)
    assert [one.is_whole for one in blocks] == [True, False, True]


def test_every_byte_may_be_wrong(tmp_path: Path) -> None:
    """No byte ends the reading otherwise than with a sentence."""
    heads(tmp_path)
    write(tmp_path, PAID)
    data = (tmp_path / "t.parquet").read_bytes()
    for place in range(0, len(data), 211):
        broken = bytearray(data)
        broken[place] ^= 0xFF
        (tmp_path / "t.parquet").write_bytes(broken)
        with suppress(EarmarkError):
            blocks, damages, _, _ = read(tmp_path, "aws-bitcoin")
            assert blocks or damages


def test_another_table_is_an_error(tmp_path: Path) -> None:
    pq.write_table(pa.table({"hash": ["0x"], "gas": [1]}), tmp_path / "t.parquet")
    with pytest.raises(EarmarkError, match=r"t.parquet: this is no table of Bitcoin blocks"):
        read(tmp_path, "aws-bitcoin")


def test_unknown_columns_are_told(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(PAID[:1], schema=TRANSACTIONS)
    wider = table.append_column("colour", pa.array(["blue"]))
    pq.write_table(wider, tmp_path / "t.parquet")
    _, _, _, warnings = read(tmp_path, "aws-bitcoin")
    assert warnings[0].startswith("a coinbase cannot be proved")
    assert warnings[-1] == "fields that are not known, and not read: 'transactions.colour' (1)"


@pytest.mark.parametrize(("place", "bit"), [(-7766, 5), (-7474, 1)])
def test_a_footer_that_would_end_the_process_is_an_error(
    tmp_path: Path, place: int, bit: int
) -> None:
    write(tmp_path, PAID, "a.parquet")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    data[place] ^= 1 << bit
    (tmp_path / "b.parquet").write_bytes(data)
    with pytest.raises(EarmarkError, match=r"^b\.parquet: "):
        indexed(tmp_path, "aws-bitcoin")
