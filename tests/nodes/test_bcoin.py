"""A real full node against the ledger: what it holds unspent is what the ledger holds, from every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.nodes.history import (
    DATA_BURNED,
    HOPS,
    MIXED,
    PARTIES,
    PEELED,
    SPENT_KINDS,
    History,
    hashes,
)
from tests.nodes.rpc import call, said
from tests.nodes.spending import FEE, Wanted, script_of
from tests.unit.cli.commands import earmark

from earmark.cases.building import build_rows
from earmark.cases.case import Case, open_case
from earmark.ledger.schema import IN
from earmark.sources.bitcoin.scripts import BURNED, FEES, ISSUED, UNRESOLVED

MAGIC = bytes.fromhex("fabfb5da")
GENESIS_SATOSHI = 50 * 100_000_000
BLOCK_FILE = "blk00000.dat"
RULES = ["fifo", "lifo", "pro_rata", "hallett", "oatway", "poison"]
Held = dict[tuple[str, int], tuple[str, int]]


@pytest.fixture(scope="module")
def node(historic_bcoin: tuple[str, History]) -> str:
    return historic_bcoin[0]


@pytest.fixture(scope="module")
def history(historic_bcoin: tuple[str, History]) -> History:
    return historic_bcoin[1]


@pytest.fixture(scope="module")
def case(history: History, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Return the case of a block file as a node leaves it: out of order, a lost block among them."""
    return case_of(tmp_path_factory.mktemp("blocks") / "case", history, {BLOCK_FILE: blk(history)})


def case_of(folder: Path, history: History, files: dict[str, bytes]) -> Case:
    """Return the case of some files of the chain; a file's name says its reader."""
    settings = 'title = "SYNTHETIC regtest"\n'
    for name, data in files.items():
        path = folder / "sources" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        reader = "bitcoin-blocks" if name == BLOCK_FILE else "bitcoin-rpc"
        settings += f'\n[[source]]\nreader = "{reader}"\npath = "sources/{name}"\n'
        settings += 'network = "regtest"\n'
    settings += '\n[[claim]]\nname = "peeled"\ncommodity = "rBTC"\n'
    settings += f'at = ["btc:{history.peeled_first.txid}#2"]\n'
    (folder / "case.toml").write_text(settings, encoding="utf-8")
    return open_case(folder)


def blk(history: History) -> bytes:
    parts = [*history.blocks[:1], *reversed(history.blocks[1:]), *history.stale]
    return b"".join(MAGIC + len(one).to_bytes(4, "little") + one for one in parts)


def replies(node: str, history: History) -> bytes:
    """Return what the node says of every block with its transactions, word by word, a line each."""
    lines = [
        {
            "url": node,
            "method": "getblock",
            "params": [one, True, True],
            "asked": "2026-11-24T00:00:00Z",
            "status": 200,
            "body": said(node, "getblock", one, True, True),
        }
        for one in hashes(node)
    ]
    assert len(lines) == len(history.blocks)
    return b"".join(json.dumps(one).encode() + b"\n" for one in lines)


def held(case: Case) -> Held:
    """Return the outputs that nobody spent, by transaction and number: script and satoshi."""
    keys = case.ledger.column("transactions", "key").to_pylist()
    names = case.ledger.holder_names
    legs = case.ledger.tables["legs"].to_pylist()
    spent = {leg["spends"] for leg in legs}
    first: dict[int, int] = {}
    found: Held = {}
    for leg in legs:
        if leg["side"] != IN:
            continue
        number = leg["leg"] - first.setdefault(leg["tx"], leg["leg"])
        holder = names[leg["holder"]]
        if leg["leg"] not in spent and holder not in (BURNED, FEES):
            found[keys[leg["tx"]], number] = holder.removeprefix("btc:"), int(leg["quantity"])
    return found


def balances(case: Case) -> dict[str, int]:
    names = case.ledger.holder_names
    found = dict.fromkeys((ISSUED, BURNED, FEES, UNRESOLVED), 0)
    for leg in case.ledger.tables["legs"].to_pylist():
        sign = 1 if leg["side"] == IN else -1
        name = names[leg["holder"]]
        found[name] = found.get(name, 0) + sign * int(leg["quantity"])
    return found


def test_the_ledger_holds_what_the_node_holds_unspent(
    history: History, case: Case, node: str
) -> None:
    keyed = {
        script_of(node, Wanted(0, "p2pk", ("erin",))): script_of(
            node, Wanted(0, "p2pkh", ("erin",))
        )
    }
    expected = {
        place: (keyed.get(script, script), value)
        for place, (script, value) in history.unspent.items()
    }
    assert len(expected) > len(history.blocks)
    assert held(case) == expected
    assert any(script in keyed for script, _ in history.unspent.values())


def test_issued_minus_burned_is_unspent(history: History, case: Case) -> None:
    found = balances(case)
    assert found[BURNED] == GENESIS_SATOSHI + DATA_BURNED
    assert (found[FEES], found[UNRESOLVED]) == (0, 0)
    assert -found[ISSUED] - found[BURNED] == history.total
    assert sum(value for _, value in held(case).values()) == history.total


def test_every_block_of_the_node_is_there_and_the_lost_one_is_counted(
    history: History, case: Case, node: str
) -> None:
    count = sum(len(call(node, "getblockbyheight", n)["tx"]) for n in range(len(history.blocks)))
    summary = build_rows(case.made)
    source = summary["sources"][0]
    assert source["transactions"] == summary["transactions"] == count
    assert (summary["rejected"], summary["openings"], summary["findings"]) == (0, 0, 0)
    assert source["rows"] == count + 2
    (warning,) = summary["warnings"]
    assert "2 transactions ignored: in 1 blocks off the chain with most work" in warning


def test_the_double_spend_that_lost_is_not_in_the_ledger(history: History, case: Case) -> None:
    keys = case.ledger.transaction_positions
    assert history.owner.leg[0] in keys
    assert history.thief.leg[0] not in keys
    assert history.owner.leg in held(case)


def test_a_coinjoin_is_one_transaction_of_named_lots(history: History, case: Case) -> None:
    tx = case.ledger.transaction_positions[history.mixed[0].leg[0]]
    legs = [leg for leg in case.ledger.tables["legs"].to_pylist() if leg["tx"] == tx]
    inputs = [leg for leg in legs if leg["side"] != IN]
    outputs = [int(leg["quantity"]) for leg in legs if leg["side"] == IN]
    names = case.ledger.holder_names
    assert len({names[leg["holder"]] for leg in inputs}) == PARTIES
    assert all(leg["spends"] is not None for leg in inputs)
    assert outputs == [one.value for one in history.mixed] + [PARTIES * FEE]
    assert outputs[:PARTIES] == [MIXED] * PARTIES


def test_a_peel_chain_is_followed_to_its_end(history: History, case: Case) -> None:
    """One coin in, one payment and the rest out: no rule has anything to choose."""
    told = earmark("trace", case.folder, "--json").json
    assert [one["rule"] for one in told] == RULES
    for one in told[:-1]:
        _followed(history, held(case), one)


def _followed(history: History, unspent: Held, told: dict[str, Any]) -> None:
    ends = {end["holder"]: end["quantity"] for end in told["ends"]}
    (balance,) = told["balance"]
    scripts = {place: script for place, (script, _) in unspent.items()}
    shops = {f"btc:{scripts[one.leg]}" for one in history.peeled}
    assert len(shops) == HOPS
    assert {ends[one] for one in shops} == {"0.05"}
    assert ends[f"btc:{scripts[history.peel_rest.leg]}"] == shown(history.peel_rest.value)
    assert balance["claimed"] == shown(history.peeled_first.value)
    assert balance["rests"] == shown(HOPS * PEELED + history.peel_rest.value)
    assert balance["fees"] == shown(HOPS * FEE)
    assert balance["difference"] == "0"


def shown(satoshi: int) -> str:
    return f"{satoshi // 100_000_000}.{satoshi % 100_000_000:08d}".rstrip("0").rstrip(".")


def test_every_script_was_spent(history: History, case: Case) -> None:
    frank = [value for script, value in held(case).values() if value == 100_000_000 - FEE]
    assert len(frank) == len(SPENT_KINDS)


@pytest.fixture(scope="module")
def told(history: History, node: str) -> bytes:
    return replies(node, history)


def rows(case: Case) -> list[Any]:
    """Return the ledger without its evidence: transactions by key, their legs by holder and lot."""
    keys = case.ledger.column("transactions", "key").to_pylist()
    names = case.ledger.holder_names
    legs = case.ledger.tables["legs"].to_pylist()
    return [
        (keys[leg["tx"]], leg["ordinal"], names[leg["holder"]], leg["quantity"], leg["spends"])
        for leg in legs
    ]


def test_the_nodes_own_answers_are_the_ledger_of_its_block_file(
    history: History, case: Case, told: bytes, tmp_path: Path
) -> None:
    spoken = case_of(tmp_path / "case", history, {"node.replies.jsonl": told})
    assert rows(spoken) == rows(case)
    assert build_rows(spoken.made)["rejected"] == 0
    assert held(spoken) == held(case)


def test_both_formats_in_one_case_are_one_chain_with_two_evidences(
    history: History, case: Case, told: bytes, tmp_path: Path
) -> None:
    files = {BLOCK_FILE: blk(history), "node.replies.jsonl": told}
    both = case_of(tmp_path / "case", history, files)
    assert rows(both) == rows(case)
    summary = build_rows(both.made)
    count = build_rows(case.made)["transactions"]
    assert [one["transactions"] for one in summary["sources"]] == [count, count]
    assert (summary["transactions"], summary["rejected"], summary["findings"]) == (count, 0, 0)
    cited = both.ledger.tables["evidence"].to_pylist()
    sources = {tx: {one["source"] for one in cited if one["tx"] == tx} for tx in (0, count - 1)}
    assert set(map(len, sources.values())) == {2}
    assert len(cited) == 2 * len(case.ledger.tables["evidence"])
