"""Lines of bitcoin-etl: without a table of blocks, in pieces, altered, of another chain, packed and broken."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.unit.sources.bitcoin_formats.formats import Record, etl_lines
from tests.unit.sources.bitcoin_formats.told import ADDRESSES, RAW, SPENT, TOLD, indexed, read

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.block import read_block
from earmark.sources.bitcoin.stores import Ignored

LINES = [etl_lines(one, SPENT, addresses=ADDRESSES) for one in TOLD]
HEADERS = [one for one, _ in LINES]
ROWS = [row for _, rows in LINES for row in rows]
LAST = ROWS[-2:]
GUESSED = "a block is taken for whole because its transactions are numbered without a gap"
UNPROVED = "a coinbase cannot be proved by its hash, because its input is not in these files"


def write(folder: Path, rows: Sequence[Record], name: str = "a.json") -> None:
    (folder / name).write_text("".join(json.dumps(one) + "\n" for one in rows))


def changed(rows: Sequence[Record], place: int, change: Callable[[Record], object]) -> list[Record]:
    found = copy.deepcopy(list(rows))
    change(found[place])
    return found


def test_without_blocks_a_gapless_block_is_taken_for_whole(tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    blocks, damages, ignored, warnings = read(tmp_path, "bitcoin-etl")
    assert (damages, ignored) == ([], 0)
    assert [one.is_whole for one in blocks] == [True, True, True]
    assert [one.header.previous for one in blocks] == [b"", b"", b""]
    assert [one.split(":")[0] for one in warnings] == [
        UNPROVED,
        f"{GUESSED}; only the table of blocks can prove it",
    ]


@pytest.mark.parametrize("gone", [0, 1])
def test_without_blocks_a_gap_makes_a_part(tmp_path: Path, gone: int) -> None:
    kept = [one for one in ROWS if (one["block_number"], one["index"]) != (2, gone)]
    write(tmp_path, kept)
    blocks, damages, _, _ = read(tmp_path, "bitcoin-etl")
    assert damages == []
    assert [one.is_whole for one in blocks] == [True, False, True]
    assert len(blocks[1].transactions) == 2


def test_a_missing_last_line_is_seen_through_the_table_of_blocks(tmp_path: Path) -> None:
    write(tmp_path, [*HEADERS, *ROWS[:-1]])
    blocks, damages, ignored, warnings = read(tmp_path, "bitcoin-etl")
    assert (damages, ignored) == ([], 3)
    assert [one.is_whole for one in blocks] == [True, True, False]
    said = "a block is not whole: some of its transactions are not here"
    assert warnings == [f"{said}: 1 times, first block 3, 1 of 2 transactions"]


def test_headers_follow_each_other(tmp_path: Path) -> None:
    """No line says what block is before it; the hash proves which one it is."""
    write(tmp_path, [*HEADERS, *ROWS])
    blocks, _, _, _ = read(tmp_path, "bitcoin-etl")
    assert [one.header for one in blocks] == [read_block(one).header for one in RAW]


def test_a_block_that_does_not_follow_stands_alone(tmp_path: Path) -> None:
    headers = changed(HEADERS, 1, lambda one: one.update(nonce="1234"))
    write(tmp_path, [*headers, *ROWS])
    blocks, damages, _, warnings = read(tmp_path, "bitcoin-etl")
    assert damages == []
    assert [one.header.previous == b"" for one in blocks] == [False, True, False]
    assert warnings[0].startswith("a header does not follow from a block before it")


def test_unenriched_inputs_are_not_resolved(tmp_path: Path) -> None:
    write(tmp_path, [row for one in TOLD for row in etl_lines(one)[1]])
    blocks, _, _, _ = read(tmp_path, "bitcoin-etl")
    assert all(one is None for block in blocks for one in block.prevouts or [None])


def test_a_line_twice_counts_once(tmp_path: Path) -> None:
    write(tmp_path, [*HEADERS, *ROWS])
    write(tmp_path, ROWS[2:], "b.json")
    blocks, damages, ignored, _ = read(tmp_path, "bitcoin-etl")
    assert (damages, ignored) == ([], len(HEADERS) + len(ROWS) - 2)
    assert [len(one.transactions) for one in blocks] == [1, 3, 2]


def test_two_transactions_at_one_place(tmp_path: Path) -> None:
    write(tmp_path, [*HEADERS, *ROWS, {**ROWS[3], "index": 1}])
    _, damages, _, _ = read(tmp_path, "bitcoin-etl")
    assert [(one.locator, one.reason) for one in damages] == [
        (
            f"line {len(HEADERS) + len(ROWS) + 1}",
            "another transaction stands at the same index of the block",
        )
    ]


def set_value(found: Record) -> None:
    found["outputs"][0]["value"] += 1


def set_shielded(found: Record) -> None:
    found["outputs"].append({"index": None, "type": "shielded", "value": 5, "addresses": []})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (set_value, "something was altered"),
        (set_shielded, "this is Zcash"),
        (lambda one: one["inputs"][0].update(sequence=1), "something was altered"),
        (lambda one: one["inputs"][0].update(script_hex=None), "script_hex is not hexadecimal"),
        (lambda one: one["outputs"][0].update(value=1.5), "value is no whole number"),
        (lambda one: one["outputs"][0].update(index=9), "output 0 is numbered 9"),
        (lambda one: one.update(version=None), "version is no whole number"),
        (lambda one: one.update(is_coinbase=True, inputs=[]), "and no other, is a coinbase"),
    ],
)
def test_a_row_that_was_altered_is_rejected_alone(
    tmp_path: Path, change: Callable[[Record], object], reason: str
) -> None:
    write(tmp_path, [*changed(ROWS, len(ROWS) - 1, change), *HEADERS])
    blocks, damages, _, _ = read(tmp_path, "bitcoin-etl")
    assert [one.locator for one in damages] == [f"line {len(ROWS)}"]
    assert reason in damages[0].reason
    assert [one.is_whole for one in blocks] == [True, True, False]


def test_an_altered_coinbase_is_told(tmp_path: Path) -> None:
    """Its input is not in the lines: with the table of blocks the hash proves it, so this one is not proved."""
    write(tmp_path, [*changed(LAST, 0, set_value), HEADERS[2]])
    _, _, _, warnings = read(tmp_path, "bitcoin-etl")
    assert warnings[0].startswith(UNPROVED)


def test_another_hash_does_not_fit_the_merkle_root(tmp_path: Path) -> None:
    rows = changed(LAST, 0, lambda one: one.update(hash="ab" * 32))
    write(tmp_path, [HEADERS[2], *rows])
    blocks, damages, ignored, _ = read(tmp_path, "bitcoin-etl")
    assert (blocks, ignored) == ([], 1)
    assert [(one.locator, "Merkle root" in one.reason) for one in damages] == [
        ("line 2", True),
        ("line 3", True),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (json.dumps(ROWS[0])[:200], "cut off"),
        ("<html>502</html>", "web page"),
        ('{"a":1}', "neither a transaction nor a block"),
        (json.dumps({**ROWS[0], "index": None}), "no transaction or block of bitcoin-etl"),
        (json.dumps({**ROWS[0], "index": -1}), "without block_number, block_timestamp or index"),
        (json.dumps({**ROWS[0], "index": 1 << 40}), "no index"),
        (json.dumps({**ROWS[0], "block_hash": "00"}), "1 bytes, not the 32 of a hash"),
        (json.dumps({**ROWS[0], "block_number": 1 << 40}), "no height or time"),
        (json.dumps({**ROWS[0], "block_number": 9}), "has another height or time in another row"),
        (json.dumps({**HEADERS[0], "bits": "xyz"}), "bits is not hexadecimal"),
        (json.dumps({**HEADERS[0], "nonce": 7}), "nonce is not hexadecimal"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("\x00\xff", "not JSON"),
    ],
)
def test_a_broken_line_is_rejected_and_the_rest_is_read(
    tmp_path: Path, line: str, reason: str
) -> None:
    write(tmp_path, [*HEADERS, *ROWS])
    with (tmp_path / "a.json").open("a", encoding="latin-1") as file:
        file.write(line if reason == "cut off" else line + "\n")
    blocks, damages, _, _ = read(tmp_path, "bitcoin-etl")
    assert len(blocks) == 3
    assert [one.locator for one in damages] == [f"line {len(HEADERS) + len(ROWS) + 1}"]
    assert reason in damages[0].reason


def test_two_blocks_at_one_height_without_headers(tmp_path: Path) -> None:
    """Nothing says which one counts, so the first does; the other's rows are ignored, with the reason."""
    other = [{**one, "block_hash": "cd" * 32} for one in ROWS if one["block_number"] == 2]
    write(tmp_path, [*ROWS, *other])
    rows = indexed(tmp_path, "bitcoin-etl")
    assert [one for one in rows if isinstance(one, Ignored)] == [
        Ignored(3, "transactions of blocks that another block of the same height replaced")
    ]


def test_unknown_fields_are_told(tmp_path: Path) -> None:
    write(tmp_path, [{**HEADERS[0], "reward": 1}, {**ROWS[0], "colour": 1}])
    _, _, _, warnings = read(tmp_path, "bitcoin-etl")
    assert warnings == [
        "fields that are not known, and not read: 'block.reward' (1), 'transaction.colour' (1)"
    ]


@pytest.mark.parametrize("cut", [5, 60])
def test_a_gz_file_that_is_cut_off_is_an_error(tmp_path: Path, cut: int) -> None:
    data = gzip.compress("".join(json.dumps(one) + "\n" for one in ROWS).encode())
    (tmp_path / "a.json.gz").write_bytes(data[:-cut])
    with pytest.raises(EarmarkError, match=r"a.json.gz: the gz file is cut off or damaged"):
        read(tmp_path, "bitcoin-etl")


def test_a_gz_file_that_grows_too_much_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b" " * (8 << 20)))
    with pytest.raises(EarmarkError, match=r"a.json.gz: unpacked it has more than"):
        read(tmp_path, "bitcoin-etl")


def test_a_line_that_is_too_long_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("earmark.sources.bitcoin.etl.LINE_MAX_BYTES", 100)
    write(tmp_path, ROWS)
    with pytest.raises(EarmarkError, match=r"a.json:1: a line has more than 100 bytes"):
        read(tmp_path, "bitcoin-etl")


def test_every_byte_of_a_line_may_be_wrong(tmp_path: Path) -> None:
    """No line ends the reading; a block that is still read whole says what the raw block says."""
    data = "".join(json.dumps(one) + "\n" for one in [HEADERS[2], *LAST]).encode()
    expected = [one.outputs for one in read_block(RAW[2]).transactions]
    for place in range(0, len(data), 13):
        for value in (0x0A, 0x22, 0x39, 0xFF):
            (tmp_path / "a.json").write_bytes(data[:place] + bytes([value]) + data[place + 1 :])
            blocks, damages, _, warnings = read(tmp_path, "bitcoin-etl")
            assert blocks or damages
            for one in blocks:
                is_proved = one.is_whole and not any(text.startswith(UNPROVED) for text in warnings)
                if is_proved:
                    assert [tx.outputs for tx in one.transactions] == expected
