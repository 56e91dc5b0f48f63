"""A real EVM node: what Earmark reads of it is what the node itself says that everybody has."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.nodes.chain_history import (
    COMPILED,
    CONTRACTS,
    PROPOSER,
    History,
    Maker,
    make_history,
    selector,
    words,
)
from tests.unit.cli.commands import earmark

from earmark.cases.case import open_case
from earmark.ledger.ledger import Ledger
from earmark.sources.evm.addresses import checksummed

NATIVE = "ETH"
ALWAYS = ["what happens off the chain", "grants of the first block and of the DAO fork"]


class Moved(NamedTuple):
    """One leg: the block it stands in, its holder and commodity, and what it adds."""

    block: int
    holder: str
    symbol: str
    change: int


class Told(NamedTuple):
    """A case of the whole chain, fetched and built."""

    folder: Path
    ledger: Ledger
    built: dict[str, Any]


@pytest.fixture(scope="module")
def maker(anvil: str) -> Maker:
    node = Maker(anvil, [])
    node.funded += node.ask("eth_accounts")
    return node


@pytest.fixture(scope="module")
def history(maker: Maker) -> History:
    return make_history(maker)


def fetched(folder: Path, maker: Maker, history: History, traces: str) -> Told:
    folder.mkdir()
    (folder / "case.toml").write_text('title = "Anvil"\n', "utf-8")
    words_ = ("--from", 0, "--to", history.last, "--traces", traces, "--name", traces)
    ran = earmark("fetch", "blocks", folder, maker.url, *words_)
    assert ran.code == 0, ran.err
    config = folder / "case.toml"
    reader = 'reader = "evm-rpc"\n'
    text = config.read_text("utf-8")
    assert text.count(reader) == 1
    wrapped = f'wrapped = ["{checksummed(history.wrapped)}"]\n'
    config.write_text(text.replace(reader, reader + wrapped), "utf-8")
    return built(folder)


def built(folder: Path) -> Told:
    ran = earmark("build", folder, "--json")
    assert ran.code == 0, ran.err
    return Told(folder, open_case(folder).ledger, ran.json)


@pytest.fixture(scope="module")
def told(maker: Maker, history: History, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return fetched(tmp_path_factory.mktemp("told") / "case", maker, history, "debug")


def legs(told: Told, maker: Maker) -> Iterator[Moved]:
    """Yield the legs of the record, openings left out, by the block of their transaction."""
    heights: dict[str, int] = {}
    for height in range(maker.height() + 1):
        block = maker.ask("eth_getBlockByNumber", hex(height), False)
        heights |= dict.fromkeys([block["hash"], *block["transactions"]], height)
    ledger = told.ledger
    transactions = ledger.tables["transactions"].to_pylist()
    for leg in ledger.tables["legs"].to_pylist():
        transaction = transactions[leg["tx"]]
        if transaction["kind"] == "opening":
            continue
        yield Moved(
            heights[transaction["ref"]],
            ledger.holder_names[leg["holder"]],
            ledger.commodities[leg["commodity"]].symbol,
            int(leg["quantity"]) * (1 if leg["side"] else -1),
        )


def balances(moved: list[Moved], symbol: str, height: int) -> dict[str, int]:
    """Return what the record adds to each address's holding by the end of a block."""
    found: dict[str, int] = {}
    for one in moved:
        if one.symbol == symbol and one.holder.startswith("eth:0x"):
            change = one.change if one.block <= height else 0
            found[one.holder] = found.get(one.holder, 0) + change
    return found


def number(text: str) -> int:
    return int(text, 16)


def test_every_balance_at_every_block(told: Told, maker: Maker, history: History) -> None:
    moved = list(legs(told, maker))
    first = {one: number(maker.ask("eth_getBalance", one, "0x0")) for one in maker.funded}
    for height in range(history.last + 1):
        for holder, change in balances(moved, NATIVE, height).items():
            address = holder.removeprefix("eth:")
            expected = number(maker.ask("eth_getBalance", address, hex(height)))
            assert (height, address, first.get(address, 0) + change) == (height, address, expected)


def test_only_the_accounts_of_the_first_block_have_openings(told: Told, maker: Maker) -> None:
    ledger = told.ledger
    openings = [
        ledger.holder_names[leg["holder"]]
        for leg in ledger.tables["legs"].to_pylist()
        if leg["side"] and ledger.column("transactions", "kind")[leg["tx"]].as_py() == "opening"
    ]
    assert openings
    assert set(openings) <= {f"eth:{one}" for one in maker.funded}


@pytest.mark.parametrize("contract", ["token", "look_alike", "wrapped"])
def test_every_token_balance_at_every_block(
    told: Told, maker: Maker, history: History, contract: str
) -> None:
    address = getattr(history, contract)
    moved = list(legs(told, maker))
    seen = 0
    for height in range(history.last + 1):
        for holder, change in balances(moved, f"eth/{address}", height).items():
            question = {
                "to": address,
                "data": selector("balanceOf") + words(holder.removeprefix("eth:")),
            }
            answer = maker.ask("eth_call", question, hex(height))
            expected = number(answer) if answer != "0x" else 0  # not made yet
            expected -= 10**38 if expected >= 10**38 else 0  # an observation, too large to move
            assert (height, holder, change) == (height, holder, expected)
            seen += expected > 0
    assert seen


def test_items_have_the_owners_that_the_contract_names(
    told: Told, maker: Maker, history: History
) -> None:
    moved = list(legs(told, maker))
    for item in (7, 2**256 - 1):
        symbol = f"eth/{history.items}/{item}"
        for height in range(history.last + 1):
            held = [name for name, count in balances(moved, symbol, height).items() if count == 1]
            question = {"to": history.items, "data": selector("ownerOf") + words(item)}
            answer = maker.ask("eth_call", question, hex(height))
            owner = f"eth:0x{answer[-40:]}" if answer != "0x" and number(answer) else ""
            assert held == ([owner] if owner else [])


def test_look_alikes_are_two_commodities(told: Told, history: History) -> None:
    by_symbol = {one.symbol: one for one in told.ledger.commodities}
    token, other = (by_symbol[f"eth/{one}"] for one in (history.token, history.look_alike))
    assert (token.exponent, other.exponent) == (6, 18)
    assert "USDX" in token.name
    assert token.name == other.name
    assert token.identity == f"eip155:1/erc20:{history.token}"


def test_nothing_is_lost_and_nothing_broken(told: Told) -> None:
    source = told.built["sources"][0]
    parts = ("transactions", "observations", "rejected", "ignored")
    assert source["rows"] == sum(source[one] for one in parts)
    assert source["rejected"] == 0
    kinds = told.ledger.column("observations", "kind").to_pylist()
    assert {"failed", "zero_value", "too_large"} == set(kinds)
    assert kinds.count("too_large") == 1
    lacks = told.ledger.column("sources", "lacks").to_pylist()
    assert lacks == [ALWAYS]


def test_fees_are_destroyed_and_paid_to_the_proposer(told: Told, maker: Maker) -> None:
    moved = list(legs(told, maker))
    fees = sum(one.change for one in moved if one.holder == "eth:fees")
    assert fees == 0
    burned = 0
    for height in range(maker.height() + 1):
        block = maker.ask("eth_getBlockByNumber", hex(height), False)
        burned += number(block["gasUsed"]) * number(block["baseFeePerGas"])
    destroyed_at_once = 43
    assert sum(
        one.change for one in moved if one.holder == "eth:burned" and one.symbol == NATIVE
    ) == (burned + destroyed_at_once)
    assert any(one.holder == f"eth:{PROPOSER}" for one in moved)


def test_both_ways_of_tracing_tell_one_story(
    told: Told, maker: Maker, history: History, tmp_path: Path
) -> None:
    other = fetched(tmp_path / "case", maker, history, "parity")
    keys = told.ledger.column("transactions", "key").to_pylist()
    assert other.ledger.column("transactions", "key").to_pylist() == keys
    told_legs = told.ledger.tables["legs"].drop_columns(["holder", "commodity"])
    assert other.ledger.tables["legs"].drop_columns(["holder", "commodity"]) == told_legs
    replies = "sources/fetched/debug.replies.jsonl"
    shutil.copy(told.folder / replies, other.folder / replies)
    listed = (
        f'\n[[source]]\nreader = "evm-rpc"\npath = "{replies}"\nwrapped = ["{history.wrapped}"]\n'
    )
    config = other.folder / "case.toml"
    config.write_text(config.read_text("utf-8") + listed, "utf-8")
    united = built(other.folder)
    assert united.ledger.column("transactions", "key").to_pylist() == keys
    assert united.built["duplicates"] == united.built["sources"][0]["transactions"]
    assert united.built["findings"] == 0
    assert united.ledger.tables["links"].num_rows == told.ledger.tables["links"].num_rows


def test_without_traces_the_record_lacks_internal_transfers(
    told: Told, maker: Maker, history: History, tmp_path: Path
) -> None:
    other = fetched(tmp_path / "case", maker, history, "none")
    assert other.ledger.column("sources", "lacks").to_pylist() == [["internal transfers", *ALWAYS]]
    keys = set(told.ledger.column("transactions", "key").to_pylist())
    lost = keys - set(other.ledger.column("transactions", "key").to_pylist())
    assert lost
    assert all(":call:" in key or key.startswith("opening") for key in lost)


def test_fifo_goes_through_the_wrap_and_the_router(told: Told, history: History) -> None:
    config = told.folder / "case.toml"
    claim = f'\n[[claim]]\nname = "theft"\ncommodity = "ETH"\nat = ["eth:{history.theft}:value"]\n'
    config.write_text(config.read_text("utf-8") + claim, "utf-8")
    ran = earmark("trace", told.folder, "--rule", "fifo", "--json")
    assert ran.code == 0, ran.err
    for answer in ran.json:
        assert all(one["difference"] == "0" for one in answer["balance"])
    answer = ran.json[0]
    found = {
        (one["holder"], one["commodity"], one["role"]): one["quantity"] for one in answer["ends"]
    }
    assert found[f"eth:{history.exit}", NATIVE, "rests"] == "1.999999999999999987"
    assert (
        found[f"eth:{history.router}", NATIVE, "rests"] == "0.000000000000000013"
    )  # it had 13 wei
    wrapped = f"eth/{history.wrapped}"
    through = {one["commodity"]: one for one in answer["balance"]}
    assert (through[NATIVE]["claimed"], through[NATIVE]["converted_out"]) == ("5", "3")
    assert through[wrapped]["converted_in"] == through[wrapped]["converted_out"] == "3"
    assert through[NATIVE]["converted_in"] == "3"
    assert {holder for holder, _, role in found if role == "rests"} == {
        f"eth:{one}" for one in (history.exit, history.router, history.hop, history.thief)
    }


def test_wraps_are_linked_and_ordered(told: Told) -> None:
    links = told.ledger.tables["links"].to_pylist()
    names = {one["name"].partition(":")[0] for one in links}
    assert names == {"wrap", "unwrap"}
    wraps, unwraps, sides = 7, 4, 2
    assert len(links) == sides * (wraps + unwraps)
    legs_ = told.ledger.tables["legs"]
    for number_ in {one["link"] for one in links}:
        out, into = (one["leg"] for one in links if one["link"] == number_)
        assert legs_.column("tx")[out].as_py() < legs_.column("tx")[into].as_py()


def test_the_contracts_are_what_their_sources_say() -> None:
    sources = {one.stem: one.read_bytes() for one in CONTRACTS.glob("*.vy")}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sources.items()}
    assert digests == {name: one["source_sha256"] for name, one in COMPILED.items()}
