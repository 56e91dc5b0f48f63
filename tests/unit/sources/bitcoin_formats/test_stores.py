"""One chain of small blocks, told by every format: each store hands over what the raw blocks say."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.sources.bitcoin.blocks import PAY_C, SUBSIDY
from tests.unit.sources.bitcoin_formats.told import FORMATS, MULTISIG, RAW, TOLD, opened, read

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.block import read_block
from earmark.sources.bitcoin.notices import Noticing


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_what_the_raw_blocks_say(tmp_path: Path, name: str) -> None:
    FORMATS[name][0](tmp_path, TOLD)
    blocks, damages, _, warnings = read(tmp_path, name)
    assert damages == []
    assert warnings == []
    for height, (found, raw) in enumerate(zip(blocks, RAW, strict=True), start=1):
        expected = read_block(raw)
        assert found.header == expected.header, height
        assert found.is_whole
        assert [(one.txid, one.inputs, one.outputs) for one in found.transactions] == [
            (one.txid, one.inputs, one.outputs) for one in expected.transactions
        ]


@pytest.mark.parametrize("name", FORMATS)
def test_what_inputs_spend_is_told(tmp_path: Path, name: str) -> None:
    FORMATS[name][0](tmp_path, TOLD)
    blocks, _, _, _ = read(tmp_path, name)
    assert blocks[0].prevouts in (None, [None])
    assert blocks[1].prevouts is not None
    (first,) = blocks[1].prevouts[1] or [None]
    assert first is not None
    assert first[0] == SUBSIDY
    assert blocks[2].prevouts is not None
    last = blocks[2].prevouts[1]
    assert last is not None
    assert last[1] == (1, PAY_C)
    # Bare multisig has no address, so only a format that gives scripts tells it.
    assert last[2] == ((999, MULTISIG) if name == "bitcoin-rpc" else None)


@pytest.mark.parametrize(
    ("name", "locators"),
    [
        ("bitcoin-rpc", ["line 3 /result/tx/0", "line 3 /result/tx/1"]),
        ("bitcoin-etl", ["transactions.json.gz line 2", "transactions.json.gz line 1"]),
        (
            "aws-bitcoin",
            [
                "transactions/date=2020-09-13/part-00000.snappy.parquet row 2",
                "transactions/date=2020-09-13/part-00000.snappy.parquet row 1",
            ],
        ),
    ],
)
def test_a_locator_finds_the_transaction(tmp_path: Path, name: str, locators: list[str]) -> None:
    FORMATS[name][0](tmp_path, TOLD)
    blocks, _, _, _ = read(tmp_path, name)
    assert blocks[2].locators == locators


def test_a_folder_without_such_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(EarmarkError, match="names no file of its format"):
        opened(tmp_path, "aws-bitcoin")


@pytest.mark.parametrize("name", FORMATS)
def test_counts_survive_an_interruption(tmp_path: Path, name: str) -> None:
    FORMATS[name][0](tmp_path, TOLD)
    with closing(opened(tmp_path, name)) as first, closing(opened(tmp_path, name)) as second:
        assert isinstance(first, Noticing)
        first.notices.say("a thing is odd", "here")
        second.counts = Counter(dict(first.counts))
        assert second.warnings() == ["a thing is odd: 1 times, first here"]
