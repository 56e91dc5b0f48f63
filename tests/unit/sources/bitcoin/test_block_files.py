"""The store of block files: places first, bodies when asked for, and what undo files tell of inputs."""

from __future__ import annotations

import bz2
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from tests.unit.sources.bitcoin import undo_data as made
from tests.unit.sources.bitcoin.blocks import (
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
    framed,
    legs,
    read,
    rejected,
)
from tests.unit.sources.bitcoin.test_hostile import EDITS, edited

from earmark.sources.bitcoin import records, undo_files
from earmark.sources.bitcoin.block import Block
from earmark.sources.bitcoin.block_files import open_store
from earmark.sources.bitcoin.files import MASK_NAME
from earmark.sources.bitcoin.networks import REGTEST
from earmark.sources.bitcoin.scripts import SCRIPT_MAX
from earmark.sources.bitcoin.stores import Damage, Found
from earmark.sources.bitcoin.undo import is_of
from earmark.sources.settings import Source

MASK = bytes([9, 8, 7, 6, 5, 4, 3, 250])
UNTOUCHED = (b"\x11" * 32, 3)
OUTSIDE = {UNTOUCHED: (777, PAY_C), (b"\x22" * 32, 0): (SUBSIDY, PAY_B)}
"""Outputs of blocks that are in no file."""


def spending_chain(start: bytes = REGTEST.genesis, first: int = 1, count: int = 8) -> list[bytes]:
    """Return blocks of 1, 2 and 3 transactions by turns, spending among themselves and what is outside."""
    blocks: list[bytes] = []
    for height in range(first, first + count):
        seen = [*OUTSIDE, *(one for one in made.outputs_in(blocks))]
        spends = [Payment(seen[-1:], [(5, PAY_B)]), Payment(seen[:2], [(6, PAY_C)])]
        payments = spends[: height % 3]
        previous = block_hash(blocks[-1]) if blocks else start
        paid = [coinbase(height, [(SUBSIDY, PAY_A)]), *payments]
        blocks.append(block(paid, previous=previous, time_s=START_S + 600 * height))
    return blocks


CHAIN = spending_chain()
OUTPUTS = {**OUTSIDE, **made.outputs_in(CHAIN)}
BLOCKS = framed(*CHAIN)
UNDO = made.file_of(CHAIN, OUTPUTS)


def opened(folder: Path, **contents: bytes) -> tuple[list[Block], list[Damage]]:
    """Write files, read them all; return every block and what is damaged, files in the order given."""
    for name, data in contents.items():
        (folder / f"{name}.dat").write_bytes(data)
    names = [f"{name}.dat" for name in contents if f"{name}.dat" != MASK_NAME]
    source = Source(reader="bitcoin-blocks", path=names, network="regtest")
    with closing(open_store(folder, source)) as store:
        found = list(store.find())
        blocks = [store.load(one) for one in found if isinstance(one, Found)]
    damages = [one for one in found if isinstance(one, Damage)]
    return blocks, damages + [one for block in blocks for one in block.rejected]


def resolved(blocks: Sequence[Block]) -> list[bool]:
    """Tell of each block whether its prevouts are there; where they are they have to be right."""
    for one in blocks:
        for transaction, spent in zip(one.transactions[1:], (one.prevouts or [])[1:], strict=False):
            assert spent == [OUTPUTS[point] for point in transaction.inputs]
        if one.prevouts is not None:
            assert len(one.prevouts) == len(one.transactions)
            assert one.prevouts[0] is None
    return [one.prevouts is not None for one in blocks]


def test_a_store_finds_places_and_loads_blocks(tmp_path: Path) -> None:
    (tmp_path / "blk1.dat").write_bytes(framed(CHAIN[1], CHAIN[0]))
    source = Source(reader="bitcoin-blocks", path="blk1.dat", network="regtest")
    store = open_store(tmp_path, source)
    one, two = (found for found in store.find() if isinstance(found, Found))
    assert (one.height, two.height, two.locator) == (2, 1, f"byte {16 + len(CHAIN[1])}")
    assert [name for name, _ in store.files] == ["blk1.dat"]
    loaded = store.load(two)
    assert (loaded.header, loaded.offset, loaded.prefix) == (two.header, 16 + len(CHAIN[1]), "")
    assert loaded.prevouts is None
    store.close()
    assert store.load(one).header == one.header
    assert (store.warnings(), dict(store.counts)) == ([], {})
    store.close()


def test_undo_data_tell_what_every_input_spends(tmp_path: Path) -> None:
    blocks, damages = opened(tmp_path, blk00000=BLOCKS, rev00000=UNDO)
    assert (resolved(blocks), damages) == ([True] * 8, [])
    place = UNDO.index(made.body_of(CHAIN[1], OUTPUTS))
    assert blocks[1].prevouts_at == f"rev00000.dat byte {place}"
    assert blocks[1].prefix == "blk00000.dat "


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_undo_files_are_masked_and_packed_as_block_files_are(
    tmp_path: Path, *, masked: bool, packed: bool
) -> None:
    undo = UNDO + b"\0" * 1000
    if masked:
        undo = bytes(one ^ MASK[place % 8] for place, one in enumerate(undo))
        blocks = bytes(one ^ MASK[place % 8] for place, one in enumerate(BLOCKS))
        (tmp_path / MASK_NAME).write_bytes(MASK)
    else:
        blocks = BLOCKS
    found, damages = opened(
        tmp_path, blk00000=blocks, rev00000=bz2.compress(undo) if packed else undo
    )
    assert (resolved(found), damages) == ([True] * 8, [])


def test_a_folder_lists_undo_files_and_masks_as_evidence(tmp_path: Path) -> None:
    folder = tmp_path / "blocks"
    folder.mkdir()
    for name, data in {
        "blk00000.dat": framed(*CHAIN[:4]),
        "blk00001.dat": framed(*CHAIN[4:]),
        "rev00001.dat": made.file_of(CHAIN[4:], OUTPUTS),
        "rev00009.dat": UNDO,
        "xor.dat": b"\0" * 8,
    }.items():
        (folder / name).write_bytes(data)
    source = Source(reader="bitcoin-blocks", path="blocks", network="regtest")
    with closing(open_store(tmp_path, source)) as store:
        assert [Path(name).name for name, _ in store.files] == [
            "blk00000.dat",
            "blk00001.dat",
            "rev00001.dat",
            "xor.dat",
        ]
        (warning,) = store.warnings()
        assert "1 rev*.dat files are not read, such as blocks/rev00009.dat" in warning
        blocks = [store.load(one) for one in store.find() if isinstance(one, Found)]
    assert resolved(blocks) == [False] * 4 + [True] * 4
    assert blocks[4].prevouts_at.startswith("blocks/rev00001.dat byte ")


@pytest.mark.parametrize(
    ("order", "connected"),
    [
        ((7, 3, 0, 5, 1, 2, 6, 4), tuple(range(8))),
        (tuple(range(8)), (5, 1, 0, 7, 2, 3, 6, 4)),
        ((0, 0, 1, 2, 3, 4, 5, 6, 7), tuple(range(8))),
    ],
)
def test_blocks_and_undo_data_stand_in_orders_of_their_own(
    tmp_path: Path, order: tuple[int, ...], connected: tuple[int, ...]
) -> None:
    undo = made.file_of([CHAIN[one] for one in connected], OUTPUTS)
    data = framed(*(CHAIN[one] for one in order))
    blocks, damages = opened(tmp_path, blk00000=data, rev00000=undo)
    assert (resolved(blocks), damages) == ([True] * len(order), [])


def sibling(payments: Sequence[Payment]) -> bytes:
    """Return another block in the place of the fifth one."""
    paid = [coinbase(5, [(SUBSIDY, PAY_C)]), *payments]
    return block(paid, previous=block_hash(CHAIN[3]), time_s=START_S + 3100)


def test_a_branch_that_was_taken_back_and_one_that_never_connected(tmp_path: Path) -> None:
    other = sibling([Payment([UNTOUCHED], [(700, PAY_B)])])
    late = block([coinbase(6, [(SUBSIDY, PAY_C)])], previous=block_hash(other))
    undo = made.file_of([*CHAIN[:4], other, *CHAIN[4:6]], OUTPUTS)
    data = framed(*CHAIN[:4], other, late, *CHAIN[4:])
    blocks, damages = opened(tmp_path, blk00000=data, rev00000=undo)
    assert damages == []
    assert resolved(blocks) == [True] * 5 + [False] + [True] * 2 + [False] * 2


@pytest.mark.parametrize("connected", [0, 1])
def test_of_two_blocks_with_one_parent_the_one_that_fits_has_the_undo_data(
    tmp_path: Path, connected: int
) -> None:
    points = [[UNTOUCHED], [UNTOUCHED, (b"\x22" * 32, 0)]]
    both = [sibling([Payment(one, [(9, PAY_B)])]) for one in points]
    undo = made.file_of([*CHAIN[:4], both[connected]], OUTPUTS)
    blocks, damages = opened(tmp_path, blk00000=framed(*CHAIN[:4], *both), rev00000=undo)
    assert damages == []
    assert resolved(blocks)[4:] == [connected == 0, connected == 1]


def test_undo_data_that_two_blocks_with_one_parent_could_have_are_not_used(tmp_path: Path) -> None:
    """The checksum covers the block before, so nothing in the file says whose they are."""
    both = [sibling([Payment([one], [(9, PAY_B)])]) for one in OUTSIDE]
    undo = made.file_of([*CHAIN[:4], both[1]], OUTPUTS)
    blocks, damages = opened(tmp_path, blk00000=framed(*CHAIN[:4], *both), rev00000=undo)
    assert resolved(blocks) == [True] * 4 + [False] * 2
    (damage,) = damages
    assert damage.reason.endswith("parent that spend differently, and are not used")


def test_undo_data_of_two_blocks_that_spend_the_same_serve_both(tmp_path: Path) -> None:
    payment = Payment([UNTOUCHED], [(9, PAY_B)])
    paid = [coinbase(5, [(SUBSIDY, PAY_B)]), payment]
    both = [sibling([payment]), block(paid, previous=block_hash(CHAIN[3]))]
    undo = made.file_of([*CHAIN[:4], both[1]], OUTPUTS)
    blocks, damages = opened(tmp_path, blk00000=framed(*CHAIN[:4], *both), rev00000=undo)
    assert (resolved(blocks), damages) == ([True] * 6, [])


def test_undo_data_are_not_given_to_a_block_beside_one_that_cannot_be_read(tmp_path: Path) -> None:
    both = [sibling([Payment([one], [(9, PAY_B)])]) for one in OUTSIDE]
    altered = bytearray(both[0])
    altered[-6] ^= 1
    (tmp_path / "blk0.dat").write_bytes(framed(*CHAIN[:4], bytes(altered), both[1]))
    (tmp_path / "rev0.dat").write_bytes(made.file_of([*CHAIN[:4], both[0]], OUTPUTS))
    path = ["blk0.dat", "rev0.dat"]
    source = Source(reader="bitcoin-blocks", path=path, network="regtest")
    with closing(open_store(tmp_path, source)) as store:
        found = list(store.find())
        last = [one for one in found if isinstance(one, Found)][-1]
        assert store.load(last).prevouts is None
    assert len([one for one in found if isinstance(one, Damage)]) == 1


def test_undo_data_that_a_node_wrote_twice_after_a_crash(tmp_path: Path) -> None:
    again = made.file_of(CHAIN[2:], OUTPUTS)
    blocks, damages = opened(tmp_path, blk00000=BLOCKS, rev00000=UNDO + again)
    assert (resolved(blocks), damages) == ([True] * 8, [])
    assert int(blocks[7].prevouts_at.rsplit(" ", 1)[1]) < len(UNDO)


@pytest.mark.parametrize("number", range(8))
def test_undo_data_that_were_altered_cost_one_block_its_inputs(tmp_path: Path, number: int) -> None:
    records = [made.record(one, made.body_of(one, OUTPUTS)) for one in CHAIN]
    start = sum(map(len, records[:number]))
    data = bytearray(UNDO)
    data[start + len(records[number]) - 1] ^= 1
    blocks, damages = opened(tmp_path, blk00000=BLOCKS, rev00000=bytes(data))
    assert resolved(blocks) == [one != number for one in range(8)]
    reason = "1 records of undo data, of which this is the first, fit no block"
    assert damages == [
        Damage(f"rev00000.dat byte {start + 8}", f"{reason}: altered, or the block is not there")
    ]


def test_undo_data_of_blocks_that_are_not_there_are_one_row(tmp_path: Path) -> None:
    blocks, damages = opened(tmp_path, blk00000=framed(CHAIN[1], CHAIN[7]), rev00000=UNDO)
    assert resolved(blocks) == [True, True]
    assert [one.reason[:2] for one in damages] == ["6 "]


@pytest.mark.parametrize(
    ("undo", "locator", "reason"),
    [
        (b"", "rev00000.dat", "the file is empty"),
        (b"undo", "rev00000.dat byte 0", "4 bytes that begin no undo data"),
        (bz2.compress(UNDO)[:-9], "rev00000.dat", "the bz2 file is cut off or damaged"),
        (
            REGTEST.magic + b"\xff" * 4 + b"\0" * 99,
            "rev00000.dat byte 0",
            "undo data cannot have 4294967295 bytes",
        ),
        (
            made.record(CHAIN[1], b"\xff" * 9),
            "rev00000.dat byte 8",
            "1 records of undo data, of which this is the first, fit no block",
        ),
        (
            made.record(CHAIN[0], b"\x01\xff" + b"\xff" * 8),
            "rev00000.dat byte 8",
            "the undo data hold a count that no block can have",
        ),
        (
            made.record(CHAIN[1], b"\x02\x01"),
            "rev00000.dat byte 8",
            "the undo data end inside an output",
        ),
        (
            made.record(CHAIN[0], b"\x01\x02\x02"),
            "rev00000.dat byte 8",
            "undo data for 2 of 1 inputs of transaction 1",
        ),
        (
            made.record(CHAIN[0], b"\x01\x01" + b"\xff" * 3000),
            "rev00000.dat byte 8",
            "the undo data hold a number of more than 64 bits",
        ),
    ],
)
def test_undo_files_that_are_broken_lose_no_block(
    tmp_path: Path, undo: bytes, locator: str, reason: str
) -> None:
    blocks, damages = opened(tmp_path, blk00000=BLOCKS, rev00000=undo)
    assert resolved(blocks) == [False] * 8
    assert [one.locator for one in damages] == [locator]
    assert damages[0].reason.startswith(reason)


def test_an_undo_file_that_is_cut_off(tmp_path: Path) -> None:
    blocks, damages = opened(tmp_path, blk00000=BLOCKS, rev00000=UNDO[:-40])
    assert resolved(blocks) == [True] * 7 + [False]
    last = made.record(CHAIN[7], made.body_of(CHAIN[7], OUTPUTS))
    assert damages == [
        Damage(
            f"rev00000.dat byte {len(UNDO) - len(last)}",
            "the file ends 40 bytes inside undo data",
        )
    ]


def test_rubbish_between_undo_data_is_passed_over(tmp_path: Path) -> None:
    first = made.record(CHAIN[0], made.body_of(CHAIN[0], OUTPUTS))
    data = first + b"rubbish" * 9 + UNDO[len(first) :]
    blocks, damages = opened(tmp_path, blk00000=BLOCKS, rev00000=data)
    assert resolved(blocks) == [True] * 8
    assert damages == [
        Damage(f"rev00000.dat byte {len(first)}", "63 bytes that begin no undo data")
    ]


def test_an_undo_file_of_nothing_but_damage_is_left(tmp_path: Path) -> None:
    data = (REGTEST.magic + b"\xff" * 4) * 5000
    blocks, damages = opened(tmp_path, blk00000=BLOCKS, rev00000=data)
    assert resolved(blocks) == [False] * 8
    assert len(damages) == undo_files.DAMAGES_MAX + 1
    assert damages[-1].reason.startswith("too many places are no undo data")


def test_the_search_for_blocks_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_files, "HASHED_MAX", 10_000)
    strange = made.record(b"\0" * 80, made.body([[(5, PAY_A)]])) * 500
    seen: list[int] = []

    def counting(data: bytes, checksum: bytes, previous: bytes) -> bool:
        seen.append(len(data))
        return is_of(data, checksum, previous)

    monkeypatch.setattr(undo_files, "is_of", counting)
    blocks, damages = opened(tmp_path, blk00000=BLOCKS, rev00000=UNDO + strange)
    assert resolved(blocks) == [True] * 8
    assert damages[0].reason.startswith("500 records of undo data")
    assert len(seen) < 20


def test_many_blocks_are_matched_without_trying_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = chain(300)
    tries: list[bytes] = []

    def counting(data: bytes, checksum: bytes, previous: bytes) -> bool:
        tries.append(previous)
        return is_of(data, checksum, previous)

    monkeypatch.setattr(undo_files, "is_of", counting)
    found, damages = opened(
        tmp_path, blk00000=framed(*blocks[::-1]), rev00000=made.file_of(blocks, {})
    )
    assert ([one.prevouts for one in found], damages) == ([[None]] * 300, [])
    assert len(tries) < 2 * 300


@given(edits=EDITS)
def test_an_edited_undo_file_tells_the_truth_or_nothing(
    edits: list[tuple[int, int, bytes]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        blocks, damages = opened(Path(folder), blk0=BLOCKS, rev0=edited(UNDO, edits))
    assert len(blocks) == 8
    if edited(UNDO, edits) != UNDO and not damages:
        assert UNDO.startswith(edited(UNDO, edits).rstrip(b"\0"))
    resolved(blocks)


class TestInTheLedger:
    def test_inputs_of_blocks_that_are_not_there_have_amounts_and_owners(
        self, tmp_path: Path
    ) -> None:
        without = read(tmp_path, blk00001=framed(CHAIN[1]))
        assert "btc:unresolved" in {leg[1] for leg in legs(without, 0)}
        undo = made.file_of(CHAIN[1:2], OUTPUTS)
        draft = read(tmp_path, blk00001=framed(CHAIN[1]), rev00001=undo)
        assert "btc:unresolved" not in {
            leg[1] for row in range(draft.transactions.num_rows) for leg in legs(draft, row)
        }
        assert [name for name, _ in draft.files] == ["blk00001.dat", "rev00001.dat"]
        places = draft.transactions.column("locator").to_pylist()
        assert places[0].startswith("rev00001.dat byte 8 block 2:1")
        assert [one for one in draft.warnings if "unknown" in one] == []

    def test_undo_data_change_nothing_where_the_chain_is_whole(self, tmp_path: Path) -> None:
        blocks = spending_chain()
        plain = read(tmp_path, blk0=framed(*blocks))
        undone = read(tmp_path, blk0=framed(*blocks), rev0=UNDO)
        inside = [key for key in plain.transactions.column("key").to_pylist() if key is not None]
        assert set(inside) <= set(undone.transactions.column("key").to_pylist())
        assert undone.rows == plain.rows

    def test_broken_undo_data_are_rejected_rows(self, tmp_path: Path) -> None:
        data = made.record(CHAIN[0], b"\x01\x01" + b"\xff" * 3000)
        draft = read(tmp_path, blk0=BLOCKS, rev0=data)
        reason = "the undo data hold a number of more than 64 bits"
        assert rejected(draft) == [("rev0.dat byte 8", reason)]
        assert draft.rejected.column("text")[0].as_py().startswith("undo data of block ")
        told = draft.transactions.num_rows + draft.rejected.num_rows + draft.ignored
        assert draft.rows == told


def test_the_page_about_formats_names_the_bounds_of_undo_files() -> None:
    page = (Path(__file__).parents[4] / "docs" / "formats.md").read_text("utf-8")
    section = page[page.index("## `bitcoin-blocks`") : page.index("## `bitcoin-rpc`")]
    for text in (
        f"{records.UNDO_MAX >> 20} MiB",
        f"{undo_files.HASHED_MAX >> 20} MiB",
        f"| damaged places of one undo file | {undo_files.DAMAGES_MAX} |",
        f"more than {SCRIPT_MAX:,} bytes as OP_RETURN",
    ):
        assert text in section, text
