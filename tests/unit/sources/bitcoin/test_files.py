"""Blocks are found wherever a node or a person has put them, and what is damaged is named by its byte."""

from __future__ import annotations

import bz2
import hashlib
import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from tests.unit.sources.bitcoin.blocks import (
    PAY_A,
    SUBSIDY,
    block,
    built,
    chain,
    coinbase,
    framed,
    read,
    rejected,
    times,
)

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin import files, walk
from earmark.sources.bitcoin.block import has_work
from earmark.sources.bitcoin.movements import DATA_SHOWN_MAX
from earmark.sources.bitcoin.networks import NETWORKS
from earmark.sources.bitcoin.scripts import SCRIPT_MAX, SCRIPT_SHOWN_MAX
from earmark.sources.bitcoin.wire import BLOCK_MAX, read_header
from earmark.sources.settings import Source

ONE, TWO, THREE = chain(3)
RUBBISH = b"".join(hashlib.sha256(bytes([one % 256, one >> 8])).digest() for one in range(9000))
MASK = bytes([1, 2, 3, 4, 5, 6, 7, 200])


def masked(data: bytes, mask: bytes = MASK) -> bytes:
    return bytes(one ^ mask[place % len(mask)] for place, one in enumerate(data))


def test_one_raw_block(tmp_path: Path) -> None:
    draft = read(tmp_path, block1=ONE)
    assert (draft.rows, draft.transactions.num_rows, rejected(draft)) == (1, 1, [])
    assert draft.transactions.column("locator").to_pylist() == ["byte 81 block 1:0"]


def test_blocks_behind_each_other_with_the_zeros_that_a_node_adds(tmp_path: Path) -> None:
    data = framed(ONE, TWO) + b"\0" * 5000 + framed(THREE) + b"\0" * 3_000_001
    draft = read(tmp_path, blk00000=data)
    assert (times(draft), rejected(draft)) == ([1, 2, 3], [])
    place = data.index(THREE) + 81
    assert draft.transactions.column("locator")[2].as_py() == f"byte {place} block 3:0"


@pytest.mark.parametrize("end", ["masked", "plain"])
def test_a_mask_is_taken_off_by_absolute_offset(tmp_path: Path, end: str) -> None:
    (tmp_path / "xor.dat").write_bytes(MASK)
    plain, zeros = framed(ONE, TWO, THREE), b"\0" * 100
    data = masked(plain + zeros) if end == "masked" else masked(plain) + zeros
    draft = read(tmp_path, blk00000=data)
    assert (times(draft), rejected(draft)) == ([1, 2, 3], [])
    assert [name for name, _ in draft.files] == ["blk00000.dat", "xor.dat"]


@pytest.mark.parametrize("count", range(9))
def test_a_few_zeros_between_blocks_are_none_of_them(tmp_path: Path, count: int) -> None:
    data = framed(ONE) + b"\0" * count + framed(TWO)
    draft = read(tmp_path, blk00000=data)
    assert (draft.transactions.num_rows, rejected(draft)) == (2, [])


def test_a_mask_of_zeros_is_none(tmp_path: Path) -> None:
    (tmp_path / "xor.dat").write_bytes(b"\0" * 8)
    assert times(read(tmp_path, blk00000=framed(ONE))) == [1]


def test_a_mask_covers_only_a_nodes_own_files(tmp_path: Path) -> None:
    (tmp_path / "xor.dat").write_bytes(MASK)
    draft = read(tmp_path, blk00000=masked(framed(ONE)), block2=TWO)
    assert (times(draft), rejected(draft)) == ([1, 2], [])


@pytest.mark.parametrize("mask", [b"", b"1234567", b"123456789"])
def test_a_mask_of_another_length_is_an_error(tmp_path: Path, mask: bytes) -> None:
    (tmp_path / "xor.dat").write_bytes(mask)
    with pytest.raises(EarmarkError, match="the mask of block files has another length"):
        read(tmp_path, blk00000=framed(ONE))


def test_a_masked_file_without_its_mask_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(EarmarkError, match=re.escape("an xor.dat belongs beside the files")):
        read(tmp_path, blk00000=masked(framed(ONE)))


def test_packed_blocks(tmp_path: Path) -> None:
    draft = read(tmp_path, packed=bz2.compress(framed(ONE, TWO)))
    assert (times(draft), rejected(draft)) == ([1, 2], [])


def test_a_packed_file_that_is_cut_off(tmp_path: Path) -> None:
    with pytest.raises(EarmarkError, match="the bz2 file is cut off or damaged"):
        read(tmp_path, packed=bz2.compress(RUBBISH)[:-9])


def test_a_packed_file_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "UNPACKED_MAX", 1 << 20)
    with pytest.raises(EarmarkError, match="unpacked it has more than 1048576 bytes"):
        read(tmp_path, packed=bz2.compress(b"\0" * (1 << 21)))


def test_a_folder_is_every_block_file_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "blocks"
    (folder / "index").mkdir(parents=True)
    (folder / "blk00001.dat").write_bytes(framed(ONE))
    (folder / "blk00000.dat").write_bytes(framed(THREE, TWO))
    (folder / "rev00007.dat").write_bytes(b"undo")
    (folder / ".lock").write_bytes(b"")
    (folder / "index" / "000001.log").write_bytes(b"leveldb")
    draft = read(tmp_path, "blocks")
    assert times(draft) == [1, 2, 3]
    assert [name for name, _ in draft.files] == ["blocks/blk00000.dat", "blocks/blk00001.dat"]
    assert (
        draft.transactions.column("locator")[0].as_py() == "blocks/blk00001.dat byte 89 block 1:0"
    )
    (warning,) = draft.warnings
    assert warning.startswith("1 rev*.dat files are not read, such as blocks/rev00007.dat: ")
    assert read(tmp_path, "blocks/").legs.equals(draft.legs)


def test_more_files_than_are_held_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "OPEN_MAX", 2)
    blocks = chain(9)
    draft = read(tmp_path, **{f"blk{9 - place}": one for place, one in enumerate(blocks)})
    assert times(draft) == list(range(1, 10))


def test_a_block_that_was_altered_is_rejected_and_the_others_stay(tmp_path: Path) -> None:
    altered = bytearray(TWO)
    altered[-6] ^= 1
    data = framed(ONE, bytes(altered), THREE)
    draft = read(tmp_path, blk00000=data)
    assert times(draft) == [1, 3]
    reason = "the transactions do not hash to the Merkle root of the header"
    assert rejected(draft) == [(f"byte {8 + len(ONE) + 8}", reason)]
    assert draft.rejected.column("text")[0].as_py().startswith("block ")
    assert draft.rows == draft.transactions.num_rows + 1
    assert draft.transactions.column("locator")[1].as_py().endswith("block 3:0")


def test_a_whole_copy_stands_in_for_one_that_was_altered(tmp_path: Path) -> None:
    altered = bytearray(TWO)
    altered[-6] ^= 1
    draft = read(tmp_path, blk00000=framed(ONE, bytes(altered), THREE), blk00001=framed(TWO))
    assert times(draft) == [1, 2, 3]
    assert len(rejected(draft)) == 1


def test_a_header_that_was_altered_is_rejected(tmp_path: Path) -> None:
    changed = (TWO[:76] + bytes([nonce]) + TWO[77:] for nonce in range(256))
    altered = next(one for one in changed if not has_work(read_header(one)))
    draft = read(tmp_path, blk00000=framed(ONE, altered))
    assert times(draft) == [1]
    assert rejected(draft)[0][1].startswith("the header's hash does not meet its target")


def test_a_file_that_ends_inside_a_block(tmp_path: Path) -> None:
    data = framed(ONE, TWO)[:-40]
    draft = read(tmp_path, blk00000=data)
    assert times(draft) == [1]
    assert rejected(draft) == [(f"byte {8 + len(ONE)}", "the file ends 40 bytes inside a block")]


def test_a_raw_block_that_is_cut_off(tmp_path: Path) -> None:
    draft = read(tmp_path, block1=ONE[:-10])
    assert (draft.rows, draft.transactions.num_rows) == (1, 0)
    assert rejected(draft)[0][0] == "byte 0"
    assert rejected(draft)[0][1].startswith("the block ends inside transaction 0")


@pytest.mark.parametrize("place", range(8))
def test_a_changed_byte_between_blocks_costs_one_block_at_most(tmp_path: Path, place: int) -> None:
    data = bytearray(framed(ONE, TWO, THREE))
    data[8 + len(ONE) + place] ^= 0x41
    draft = read(tmp_path, blk00000=bytes(data))
    assert times(draft) == [1, 3]
    assert rejected(draft)


@pytest.mark.parametrize("place", range(4))
def test_a_changed_first_magic_is_searched_past(tmp_path: Path, place: int) -> None:
    data = bytearray(framed(ONE, TWO))
    data[place] ^= 0x41
    draft = read(tmp_path, blk00000=bytes(data))
    assert times(draft) == [2]
    assert rejected(draft) == [("byte 0", f"{8 + len(ONE)} bytes that begin no block")]


def test_rubbish_between_and_behind_blocks(tmp_path: Path) -> None:
    data = framed(ONE) + b"rubbish" * 100 + framed(TWO) + b"end"
    draft = read(tmp_path, blk00000=data)
    assert times(draft) == [1, 2]
    assert [reason for _, reason in rejected(draft)] == [
        "700 bytes that begin no block",
        "3 bytes that begin no block",
    ]


def test_a_magic_across_two_chunks_is_found(tmp_path: Path) -> None:
    data = framed(ONE) + b"x" * (files.CHUNK_BYTES - 2) + framed(TWO)
    assert times(read(tmp_path, blk00000=data)) == [1, 2]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b"\0" * 5000, "the file holds no block"),
        (b"<!doctype html><html><title>Not a node</title>" * 9, "the file holds no block"),
        (b"id,time,from,to\n", "the file holds no block"),
        (RUBBISH, "the file holds no block"),
        (bytes.fromhex("f9beb4d9") + b"\0" * 200, "these are blocks of the main network"),
    ],
)
def test_what_is_no_block_file_is_an_error(tmp_path: Path, data: bytes, problem: str) -> None:
    with pytest.raises(EarmarkError, match=problem) as caught:
        read(tmp_path, blk00000=data)
    assert caught.value.file == "blk00000.dat"


def test_another_network_is_named(tmp_path: Path) -> None:
    (tmp_path / "blk00000.dat").write_bytes(framed(ONE))
    with pytest.raises(EarmarkError, match="blocks of the regtest network") as caught:
        walk.read_chain(tmp_path, [Source(reader="bitcoin-blocks", path="blk00000.dat")])
    assert caught.value.near_miss == 'network = "regtest"'


def test_a_block_too_easy_for_the_network_is_no_block_of_it(tmp_path: Path) -> None:
    (tmp_path / "block.dat").write_bytes(ONE)
    with pytest.raises(EarmarkError, match="the file holds no block"):
        walk.read_chain(tmp_path, [Source(reader="bitcoin-blocks", path="block.dat")])


def test_a_source_without_block_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EarmarkError, match="a source names no block file"):
        read(tmp_path, rev00000=b"undo")
    with pytest.raises(EarmarkError, match="no such file"):
        read(tmp_path, "nowhere")


@pytest.mark.parametrize("path", ["..", "../blocks", "/etc", "a\0b"])
def test_a_path_out_of_the_case_is_an_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(EarmarkError, match="leads out of the case folder"):
        read(tmp_path, path)


def test_a_mask_that_leads_out_of_the_case_is_an_error(tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    (tmp_path / "secret").write_bytes(MASK)
    (case / "xor.dat").symlink_to(tmp_path / "secret")
    with pytest.raises(EarmarkError, match="a link leads out of the case folder"):
        read(case, blk00000=framed(ONE))


def test_a_file_of_nothing_but_broken_records_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "REJECTED_MAX", 10)
    with pytest.raises(EarmarkError, match="more than 10 rows are rejected"):
        read(tmp_path, blk00000=bytes.fromhex("fabfb5da") * 100)


def test_a_record_inside_another_is_found_when_the_outer_length_is_wrong(tmp_path: Path) -> None:
    data = framed(ONE)
    wrong = data[:4] + (len(ONE) + 100).to_bytes(4, "little") + ONE
    draft = read(tmp_path, blk00000=wrong + framed(TWO, THREE))
    assert times(draft) == [2, 3]
    assert [reason for _, reason in rejected(draft)][-1].endswith(
        "bytes are left over after the last transaction"
    )


def test_what_is_read_builds(tmp_path: Path) -> None:
    extra = block([coinbase(9, [(SUBSIDY, PAY_A)])], previous=b"\1" * 32, time_s=1_700_000_000)
    draft = read(tmp_path, blk00000=framed(ONE, TWO, THREE, extra))
    ledger = built(draft).ledger
    assert ledger.tables["rejected"].num_rows == 0
    assert ledger.column("sources", "transactions").to_pylist() == [draft.transactions.num_rows]


def test_the_page_about_formats_names_the_bounds_of_the_code() -> None:
    page = (Path(__file__).parents[4] / "docs" / "formats.md").read_text("utf-8")
    section = page[page.index("## `bitcoin-blocks`") : page.index("## `document`")]
    for number in (BLOCK_MAX, SCRIPT_MAX, walk.REJECTED_MAX):
        assert f"{number:,}" in section, number
    for text in (
        f"{files.UNPACKED_MAX >> 30} GiB",
        f"more than {SCRIPT_SHOWN_MAX} bytes",
        f"{DATA_SHOWN_MAX} bytes",
        *(f'"{name}"' for name in NETWORKS),
    ):
        assert text in section, text


def test_the_example_of_the_page_is_a_source() -> None:
    page = (Path(__file__).parents[4] / "docs" / "formats.md").read_text("utf-8")
    block = re.search(r"```toml\n(title = \"Blocks\"\n.*?)```", page, re.DOTALL)
    assert block
    source = msgspec.convert(tomllib.loads(block[1])["source"][0], Source)
    assert (source.reader, source.network) == ("bitcoin-blocks", "main")
