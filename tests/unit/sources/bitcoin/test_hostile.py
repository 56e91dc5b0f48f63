"""Whatever the bytes are, the answer is a block, a rejected place, or an error that a person can mend."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.sources.bitcoin.blocks import (
    PAY_A,
    PAY_B,
    SUBSIDY,
    Payment,
    block,
    chain,
    coinbase,
    framed,
    read,
)

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.block import coinbase_height, read_block
from earmark.sources.bitcoin.scripts import holder_of, multisig, witness_program
from earmark.sources.bitcoin.wire import BlockError, read_header

SPEND = Payment([(b"\x11" * 32, 0)], [(5, PAY_B)], witness=b"sig")
WHOLE = block([coinbase(9, [(SUBSIDY, PAY_A)], payments=[SPEND]), SPEND])
FILE = framed(*chain(3))
KEYS = {f"btc:{read_block(one).transactions[0].txid[::-1].hex()}" for one in chain(3)}
EDITS = st.lists(
    st.tuples(st.integers(0, 1 << 16), st.integers(0, 8), st.binary(max_size=12)), max_size=4
)


def edited(data: bytes, edits: list[tuple[int, int, bytes]], first: int = 0) -> bytes:
    """Cut bytes out and put others in, at places from ``first`` on."""
    for place, cut, put in edits:
        at = first + place % max(len(data) - first, 1)
        data = data[:at] + put + data[at + cut :]
    return data


@given(edits=EDITS)
@example(edits=[(0, 1, b"\xff" * 9)])
def test_an_edited_block_is_the_same_block_or_none(edits: list[tuple[int, int, bytes]]) -> None:
    data = edited(WHOLE, edits, first=80)
    coinbase_height(data[:200], read_header(data))
    try:
        found = read_block(data)
    except BlockError:
        assert data != WHOLE
    else:
        assert data == WHOLE
        assert len(found.transactions) == 2


@given(edits=EDITS)
def test_an_edited_file_is_read_as_far_as_it_goes(edits: list[tuple[int, int, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        draft = None
        with suppress(EarmarkError):
            draft = read(Path(folder), blk0=edited(FILE, edits))
    if draft is not None:
        assert draft.rows == draft.transactions.num_rows + draft.rejected.num_rows + draft.ignored
        assert KEYS.issuperset(draft.transactions.column("key").to_pylist())


@given(script=st.binary(max_size=300))
def test_every_script_names_a_holder(script: bytes) -> None:
    assert holder_of(script).startswith("btc:")
    assert len(holder_of(script)) <= 4 + 2 * 256
    multisig(script)
    witness_program(script)
