"""Real blocks of the main network: every txid, Merkle root and balance, and what their files cannot show."""

from __future__ import annotations

import bz2
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from earmark.cases.building import build_rows
from earmark.cases.case import Case, RejectedRowsError, open_case
from earmark.cases.checking import check_case
from earmark.ledger.errors import EarmarkError
from earmark.ledger.schema import IN
from earmark.sources.bitcoin import walk
from earmark.sources.bitcoin.addresses import shown_holder
from earmark.sources.bitcoin.block import Block, has_work, merkle_root, read_block
from earmark.sources.bitcoin.networks import COIN
from earmark.sources.bitcoin.scripts import BURNED, FEES, ISSUED, UNRESOLVED
from earmark.sources.bitcoin.wire import BlockError, read_header, shown

FIRST_BLOCKS = "btcd_blocks1-256.bz2"
LAST_OF_FIRST = 255
"""The file's name promises 256 blocks; it ends with block 255."""
LARGE = "rustbitcoin_mainnet_block_0c835b2a.raw"
BLOCKS = {
    "bitcoinj_block363703.dat": (363_703, 587, 3_042),
    "bitcoinj_block370661.dat": (370_661, 708, 2_005),
    "bitcoinj_block481815.dat": (481_815, 2_097, 4_698),
    "btcd_block_0021868c.blk": (540_107, 230, 7_032),
    LARGE: (702_861, 2_500, 6_517),
}


@pytest.fixture(scope="module")
def blocks(shared_data: Path) -> Path:
    return shared_data / "chain" / "btc_raw"


def case_of(folder: Path, contents: dict[str, bytes], path: str = "sources") -> Path:
    (folder / "sources").mkdir()
    for name, data in contents.items():
        (folder / "sources" / name).write_bytes(data)
    source = f'[[source]]\nreader = "bitcoin-blocks"\npath = "{path}"\n'
    (folder / "case.toml").write_text(f'title = "Blocks"\n\n{source}', encoding="utf-8")
    return folder


def opened(folder: Path, contents: dict[str, bytes]) -> Case:
    return open_case(case_of(folder, contents))


def sums(case: Case) -> Counter[str]:
    """Return every holder's balance in satoshi."""
    names = case.ledger.holder_names
    balances: Counter[str] = Counter()
    for leg in case.ledger.tables["legs"].to_pylist():
        sign = 1 if leg["side"] == IN else -1
        balances[names[leg["holder"]]] += sign * int(leg["quantity"])
    return balances


def unspent(case: Case) -> Counter[str]:
    """Return the outputs that nobody spent by name, by holder; reserved holders left out."""
    legs = case.ledger.tables["legs"].to_pylist()
    names = case.ledger.holder_names
    spent = {leg["spends"] for leg in legs}
    found: Counter[str] = Counter()
    for leg in legs:
        if leg["side"] == IN and leg["leg"] not in spent:
            found[names[leg["holder"]]] += int(leg["quantity"])
    return found


@pytest.mark.parametrize("name", BLOCKS)
def test_every_txid_and_merkle_root_is_right(blocks: Path, name: str) -> None:
    height, transactions, inputs = BLOCKS[name]
    data = (blocks / name).read_bytes()
    found = read_block(data)
    assert has_work(found.header)
    assert merkle_root([one.txid for one in found.transactions]) == found.header.merkle_root
    assert len(found.transactions) == transactions
    assert sum(len(one.inputs) for one in found.transactions[1:]) == inputs
    assert height in BLOCKS[name]


@pytest.mark.parametrize("name", BLOCKS)
def test_one_raw_block_is_a_case(blocks: Path, tmp_path: Path, name: str) -> None:
    height, transactions, _ = BLOCKS[name]
    case = opened(tmp_path, {name: (blocks / name).read_bytes()})
    summary = build_rows(case.made)
    assert summary["sources"][0]["transactions"] == summary["transactions"] == transactions
    assert (summary["rejected"], summary["openings"], summary["findings"]) == (0, 0, 0)
    evidence = case.ledger.column("evidence", "locator").to_pylist()
    assert evidence[transactions - 1] == f"byte {first_byte(blocks / name)} block {height}:0"
    assert case.ledger.column("transactions", "kind").to_pylist()[-1] == "issuance"


def first_byte(path: Path) -> int:
    return read_block(path.read_bytes()).transactions[0].start


def test_the_large_block_says_how_much_it_does_not_show(blocks: Path, tmp_path: Path) -> None:
    case = opened(tmp_path, {LARGE: (blocks / LARGE).read_bytes()})
    assert any("6190 of 6517 inputs spend outputs" in one for one in case.made.summary.warnings)
    locators = case.ledger.column("evidence", "locator").to_pylist()
    assert sum(one.startswith("unresolved input") for one in locators) == 6_190
    balances = sums(case)
    assert sum(balances.values()) == 0
    assert balances[ISSUED] == -625_000_000
    assert balances[FEES] == 0
    assert balances[UNRESOLVED] + balances[ISSUED] + balances[BURNED] == -sum(
        quantity
        for holder, quantity in balances.items()
        if holder not in (UNRESOLVED, ISSUED, BURNED)
    )


def test_the_coinbase_of_the_large_block(blocks: Path, tmp_path: Path) -> None:
    data = (blocks / LARGE).read_bytes()
    case = opened(tmp_path, {LARGE: data})
    coinbase = read_block(data).transactions[0]
    tx = case.ledger.transaction_positions[f"btc:{shown(coinbase.txid)}"]
    legs = [leg for leg in case.ledger.tables["legs"].to_pylist() if leg["tx"] == tx]
    received = [int(leg["quantity"]) for leg in legs if leg["side"] == IN]
    assert received == [value for value, _ in coinbase.outputs]
    fees = [leg for leg in legs if leg["spends"] is not None]
    assert len(fees) == 2_499 - 2_244
    assert tx == case.ledger.tables["transactions"].num_rows - 1


def split(data: bytes) -> list[bytes]:
    """Part the first blocks without the reader's own help."""
    parts = data.split(bytes.fromhex("f9beb4d9"))[1:]
    assert all(int.from_bytes(one[:4], "little") == len(one) - 4 for one in parts)
    return [one[4:] for one in parts]


@pytest.fixture(scope="module")
def first_blocks(blocks: Path) -> bytes:
    return bz2.decompress((blocks / FIRST_BLOCKS).read_bytes())


@pytest.fixture(scope="module")
def first_case(first_blocks: bytes, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return opened(tmp_path_factory.mktemp("first"), {"blk00000.dat": first_blocks})


def balances_of(found: list[Block]) -> Counter[str]:
    """Return balances by address, kept by the plainest possible account of outputs."""
    outputs: dict[tuple[bytes, int], tuple[int, bytes]] = {}
    for block in found:
        for one in block.transactions:
            for outpoint in one.inputs:
                outputs.pop(outpoint, None)
            for number, output in enumerate(one.outputs):
                outputs[one.txid, number] = output
    balances: Counter[str] = Counter()
    for value, script in outputs.values():
        balances[shown_holder(f"btc:{script.hex()}")] += value
    return balances


def test_the_first_blocks_are_whole(first_blocks: bytes, first_case: Case) -> None:
    parts = split(first_blocks)
    count = sum(len(read_block(one).transactions) for one in parts)
    summary = build_rows(first_case.made)
    assert len(parts) == LAST_OF_FIRST
    last = first_case.ledger.column("evidence", "locator")[count - 1].as_py()
    assert last.endswith(f"block {LAST_OF_FIRST}:0")
    assert summary["sources"][0]["transactions"] == summary["transactions"] == count == 262
    assert (summary["rejected"], summary["openings"], summary["warnings"]) == (0, 0, [])


def test_every_balance_of_the_first_blocks(first_blocks: bytes, first_case: Case) -> None:
    expected = balances_of([read_block(one) for one in split(first_blocks)])
    reserved = {ISSUED, FEES, BURNED}
    found = Counter(
        {shown_holder(name): value for name, value in sums(first_case).items() if value > 0}
    )
    assert {name: value for name, value in found.items() if name not in reserved} == +expected
    # Block 9's miner paid Hal Finney 10 BTC in block 170 and went on from there: 18 BTC are left.
    assert found["btc:1Q2TWHE3GMdB6BZKafqwxXtWAWgFt5Jvm3"] == 10 * COIN
    assert found["btc:12cbQLTFMXRnSzktFkuoG3eHoMeFtpTu3S"] == 18 * COIN


def test_issued_minus_burned_is_unspent(first_case: Case) -> None:
    balances = sums(first_case)
    assert -balances[ISSUED] == LAST_OF_FIRST * 50 * COIN
    assert (balances[BURNED], balances[FEES], balances[UNRESOLVED]) == (0, 0, 0)
    rest = unspent(first_case)
    assert sum(rest.values()) == -balances[ISSUED] - balances[BURNED]
    assert rest == Counter({name: value for name, value in balances.items() if value > 0})


def test_a_check_reconciles_the_first_blocks(first_case: Case) -> None:
    checked = check_case(first_case)
    assert checked.holds
    (one,) = checked.reconciled
    assert (one.chain, one.first_block, one.last_block, one.holds) == ("bitcoin:main", 1, 255, True)
    assert (one.issued, one.scheduled, one.burned, one.unspent) == ("12750", "12750", "0", "12750")


def test_a_check_says_that_a_later_block_cannot_be_reconciled(blocks: Path, tmp_path: Path) -> None:
    checked = check_case(opened(tmp_path, {LARGE: (blocks / LARGE).read_bytes()}))
    assert checked.holds
    (one,) = checked.reconciled
    reason = "it starts at block 702861, and what was issued before is not in it"
    assert (one.holds, one.reason) == (None, reason)


def test_packed_or_parted_or_turned_round_the_first_blocks_are_the_same(
    first_blocks: bytes, first_case: Case, blocks: Path, tmp_path: Path
) -> None:
    def told(case: Case) -> list[Any]:
        names = ("tx", "ordinal", "holder", "side", "quantity", "spends")
        return [case.ledger.column("legs", name).to_pylist() for name in names]

    magic = bytes.fromhex("f9beb4d9")
    parts = [magic + len(one).to_bytes(4, "little") + one for one in split(first_blocks)]
    mask = bytes(range(8))
    plain = b"".join(reversed(parts[:200]))
    turned = bytes(one ^ mask[place % 8] for place, one in enumerate(plain))
    for number, contents in enumerate(
        (
            {FIRST_BLOCKS: (blocks / FIRST_BLOCKS).read_bytes()},
            {"blk00000.dat": b"".join(parts[128:]), "blk00001.dat": b"".join(parts[:128])},
            {
                "blk00000.dat": turned,
                "xor.dat": mask,
                "more.bin": b"".join(parts[200:]),
                "rev00000.dat": b"undo",
            },
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert told(opened(folder, contents)) == told(first_case)


def test_the_first_blocks_by_turns_in_three_sources_are_the_same(
    first_blocks: bytes, first_case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces of a few legs, and killed and taken up once on the way."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(walk, "PIECE_LEGS", 50)
    magic = bytes.fromhex("f9beb4d9")
    parts = [magic + len(one).to_bytes(4, "little") + one for one in split(first_blocks)]
    text = 'title = "Blocks"\n'
    for number in range(3):
        (tmp_path / f"{number}.dat").write_bytes(b"".join(parts[2 - number :: 3]))
        text += f'[[source]]\nreader = "bitcoin-blocks"\npath = "{number}.dat"\n'
    (tmp_path / "case.toml").write_text(text, encoding="utf-8")

    def stop(rows: int) -> None:
        if rows > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_case(tmp_path, progress=stop)
    told: list[int] = []
    case = open_case(tmp_path, progress=told.append)
    assert min(told) > 100
    names = ("tx", "ordinal", "quantity", "side", "spends")
    for name in names:
        assert case.ledger.column("legs", name).equals(first_case.ledger.column("legs", name))
    assert sums(case) == sums(first_case)
    summary = build_rows(case.made)
    assert (summary["transactions"], summary["rejected"], summary["warnings"]) == (262, 0, [])
    assert check_case(case).problems == ()


def test_a_folder_of_everything(blocks: Path, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    for path in blocks.iterdir():
        shutil.copy(path, tmp_path / "sources" / path.name)
    case_toml = 'title = "x"\n[[source]]\nreader = "bitcoin-blocks"\npath = "sources"\n'
    (tmp_path / "case.toml").write_text(case_toml, encoding="utf-8")
    case = open_case(tmp_path)
    summary = build_rows(case.made)
    count = 262 + sum(transactions for _, transactions, _ in BLOCKS.values())
    assert summary["sources"][0]["transactions"] == count
    assert summary["rejected"] == 0
    times = case.ledger.column("transactions", "time").to_pylist()
    assert times == sorted(times)
    balances = sums(case)
    assert balances[FEES] == 0
    unissued = -balances[ISSUED] - balances[UNRESOLVED] - balances[BURNED]
    assert sum(unspent(case).values()) - balances[BURNED] == unissued


@pytest.mark.parametrize("place", [0, 5, 40, 70, 79, 80, 90, 1_000, 500_000, 2_259_446])
def test_a_flipped_byte_is_noticed(blocks: Path, tmp_path: Path, place: int) -> None:
    """The witnesses are most of this block's bytes, and the coinbase commits to them."""
    data = bytearray((blocks / "btcd_block_0021868c.blk").read_bytes())
    data[place] ^= 1
    if place < 80:
        assert not has_work(read_header(bytes(data)))
    else:
        with pytest.raises(BlockError):
            read_block(bytes(data))
    case = opened(tmp_path, {"block.raw": bytes(data)})
    summary = build_rows(case.made)
    assert (summary["transactions"], summary["rejected"]) == (0, 1)
    row = case.ledger.tables["rejected"].to_pylist()[0]
    assert row["locator"] == "byte 0"
    assert row["text"].startswith("block ")
    with pytest.raises(RejectedRowsError, match="1 rows are rejected; the first is sources byte 0"):
        open_case(tmp_path, rebuild=True, strict=True)


def test_a_block_file_with_a_flipped_byte_keeps_the_rest(
    first_blocks: bytes, tmp_path: Path
) -> None:
    data = bytearray(first_blocks)
    data[20_000] ^= 1
    case = opened(tmp_path, {"blk00000.dat": bytes(data)})
    summary = build_rows(case.made)
    assert summary["rejected"] == 1
    assert summary["transactions"] == 261


def test_a_cut_block_is_rejected_with_what_is_missing(blocks: Path, tmp_path: Path) -> None:
    case = opened(tmp_path, {"block.raw": (blocks / LARGE).read_bytes()[:700_000]})
    row = case.ledger.tables["rejected"].to_pylist()[0]
    assert row["reason"].startswith("the block ends inside transaction ")
    assert build_rows(case.made)["transactions"] == 0


def test_a_file_that_is_no_block_leaves_the_case_as_it_was(blocks: Path, tmp_path: Path) -> None:
    folder = case_of(tmp_path, {"block.raw": (blocks / LARGE).read_bytes()})
    open_case(folder)
    before = (folder / ".earmark" / "current").read_bytes()
    (folder / "sources" / "page.raw").write_bytes(b"<html>404 Not Found</html>" * 100)
    with pytest.raises(EarmarkError, match="the file holds no block") as caught:
        open_case(folder)
    assert caught.value.file == "sources/page.raw"
    assert (folder / ".earmark" / "current").read_bytes() == before
