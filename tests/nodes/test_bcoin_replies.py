"""Answers of a real full node, saved word by word: each block of them is the raw block."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.nodes.history import History, hashes
from tests.nodes.rpc import said
from tests.unit.sources.bitcoin_formats.told import read

from earmark.sources.bitcoin.block import read_block


@pytest.mark.parametrize("ending", [(True, True), (False,)])
def test_saved_answers_are_the_raw_blocks(
    historic_bcoin: tuple[str, History], tmp_path: Path, ending: tuple[bool, ...]
) -> None:
    url, history = historic_bcoin
    lines = [
        {
            "url": url,
            "method": "getblock",
            "params": [one, *ending],
            "asked": "2026-11-24T00:00:00Z",
            "status": 200,
            "body": said(url, "getblock", one, *ending),
        }
        for one in hashes(url)
    ]
    text = "".join(json.dumps(one) + "\n" for one in lines)
    (tmp_path / "node.replies.jsonl").write_text(text)
    blocks, damages, ignored, warnings = read(tmp_path, "bitcoin-rpc")
    assert (damages, ignored) == ([], 0)
    by_hash = {one.header.block_hash: one for one in blocks}
    raw = [read_block(one) for one in history.blocks]
    assert {one.header.block_hash for one in raw} <= set(by_hash)
    for expected in raw:
        found = by_hash[expected.header.block_hash]
        assert found.header == expected.header
        assert [(one.txid, one.inputs, one.outputs) for one in found.transactions] == [
            (one.txid, one.inputs, one.outputs) for one in expected.transactions
        ]
    # bcoin shows no nonce, so that only its raw blocks prove their headers.
    assert len(warnings) == (1 if ending == (True, True) else 0)
