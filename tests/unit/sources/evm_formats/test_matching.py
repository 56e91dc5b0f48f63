"""Rows of an explorer beside a node or a data set: each event once, under the key that its place gives it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.sources.evm_formats import explorer, node, world
from tests.unit.sources.evm_formats.test_beside_a_node import evidence, findings
from tests.unit.sources.evm_formats.test_same_history import EXPECTED, at
from tests.unit.sources.evm_formats.world import ANN, BOB, COIN, tx_hash

from earmark.cases.case import Case, open_case

DECLARED = f"""
[[commodity]]
symbol = "COIN"
exponent = 6
identity = "eip155:1/erc20:{COIN}"
"""
TOLD_TWICE = {at(3, "call:0"), at(1, "log:0"), at(3, "log:2")}


def exports(folder: Path, tokens: explorer.Cells, calls: explorer.Cells) -> list[str]:
    return [
        explorer.write(folder, "internal.csv", explorer.INTERNAL, calls),
        explorer.write(folder, "erc20.csv", explorer.ERC20, tokens),
        explorer.write(folder, "erc721.csv", explorer.ERC721, explorer.erc721()),
    ]


def build(folder: Path, *sources: tuple[str, list[str]], declared: str = DECLARED) -> Case:
    tables = "".join(
        f"[[source]]\nreader = {reader!r}\npath = {paths!r}\n" for reader, paths in sources
    )
    (folder / "case.toml").write_text(f"title = 'T'\n{declared}{tables}", encoding="utf-8")
    return open_case(folder)


def tellers(folder: Path, teller: str) -> tuple[str, list[str]]:
    if teller == "evm-rpc":
        return teller, [node.write(folder, "node.replies.jsonl")]
    return teller, world.write_csv(folder, world.named(world.etl(), ".csv"))


@pytest.mark.parametrize("teller", ["evm-rpc", "ethereum-etl"])
@pytest.mark.parametrize("is_first", [True, False])
def test_rows_of_an_export_are_evidence_of_the_events_they_tell(
    tmp_path: Path,
    teller: str,
    is_first: bool,  # noqa: FBT001
) -> None:
    names = exports(tmp_path, explorer.erc20(), explorer.internal())
    both = [("etherscan", names), tellers(tmp_path, teller)]
    case = build(tmp_path, *(both if is_first else reversed(both)))
    found = evidence(case)
    assert found.keys() == EXPECTED.keys()
    assert {key for key, count in found.items() if count == 2} == TOLD_TWICE
    assert findings(case) == []
    sources = case.ledger.tables["sources"].to_pylist()
    assert [one["transactions"] for one in sources if one["reader"] == "etherscan"] == [3]
    for one in sources:
        parts = ("transactions", "observations", "rejected", "ignored")
        assert one["rows"] == sum(one[part] for part in parts)


def test_what_no_other_source_tells_keeps_its_own_key(tmp_path: Path) -> None:
    other = [*explorer.internal()[0]]
    other[10] = "0.5"
    names = exports(tmp_path, explorer.erc20("1.5"), [*explorer.internal(), other])
    case = build(tmp_path, tellers(tmp_path, "evm-rpc"), ("etherscan", names))
    more = evidence(case).keys() - EXPECTED.keys()
    assert len(more) == 2
    assert {key.split(":")[2] for key in more} == {"etherscan-internal", "etherscan-erc20"}


def equal_logs(folder: Path, count: int) -> list[str]:
    """Write one transaction with equal transfers, as a table of logs and without anything else."""
    tables = world.etl()
    (one,) = (
        row
        for row in tables["logs"]
        if row["transaction_hash"] == tx_hash(1) and row["data"] == world.amount(1_000_000)
    )
    equal = [one | {"log_index": 40 + number} for number in range(count)]
    return world.write_csv(folder, {"logs.csv": equal, "blocks.csv": tables["blocks"]})


@pytest.mark.parametrize(
    ("logs", "rows", "expected"), [(2, 2, [2, 2]), (3, 2, [2, 2, 1]), (2, 3, [2, 2, 1])]
)
def test_equal_events_of_a_transaction_are_matched_in_order(
    tmp_path: Path, logs: int, rows: int, expected: list[int]
) -> None:
    names = exports(tmp_path, explorer.erc20() * rows, explorer.internal())
    case = build(tmp_path, ("ethereum-etl", equal_logs(tmp_path, logs)), ("etherscan", [names[1]]))
    found = {key: count for key, count in evidence(case).items() if tx_hash(1) in key}
    assert list(found.values()) == expected
    assert sum(":log:4" in key for key in found) == logs


def listed_calls(folder: Path) -> list[str]:
    """Write the node's answers with Otterscan's list of calls in place of traces."""
    path = folder / node.write(folder, "node.replies.jsonl")
    kept = [
        one for one in path.read_text("utf-8").splitlines(keepends=True) if "trace_block" not in one
    ]
    calls = [
        {"type": 0, "from": world.ROUTER, "to": payee, "value": hex(wei)}
        for payee, wei in ((world.CAT, world.ETHER), (world.DAN, 2 * world.ETHER))
    ]
    asked = node.line("ots_getInternalOperations", [tx_hash(3)], calls)
    path.write_text("".join([*kept, asked]), "utf-8")
    return [path.name]


@pytest.mark.parametrize("with_traces", [True, False])
def test_calls_without_addresses_are_matched_with_each_other_and_with_traces(
    tmp_path: Path,
    with_traces: bool,  # noqa: FBT001
) -> None:
    names = exports(tmp_path, explorer.erc20(), explorer.internal())
    sources = [("etherscan", names), ("evm-rpc", listed_calls(tmp_path))]
    if with_traces:
        sources.append(tellers(tmp_path, "ethereum-etl"))
    case = build(tmp_path, *sources)
    found = {key: count for key, count in evidence(case).items() if "call" in key or "ots" in key}
    if with_traces:
        assert found == {at(3, "call:0"): 3, at(3, "call:3"): 2}
    else:
        assert found == {at(3, "ots:0"): 2, at(3, "ots:1"): 1}
    assert findings(case) == []


def test_a_list_with_log_indexes_and_one_without_are_one_source_s_same_events(
    tmp_path: Path,
) -> None:
    names = exports(tmp_path, explorer.erc20(), explorer.internal())
    told = json.dumps(explorer.reply(explorer.tokentx(logIndex="0")))
    (tmp_path / "tokens.json").write_text(told, "utf-8")
    case = build(tmp_path, ("etherscan", [names[1], "tokens.json"]))
    assert evidence(case) == {at(1, "log:0"): 2}


def test_decimals_of_a_node_scale_an_export_that_is_listed_before_it(tmp_path: Path) -> None:
    name = node.write(tmp_path, "node.replies.jsonl")
    asked = [{"to": COIN, "data": "0x313ce567"}, "latest"]
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write(node.line("eth_call", asked, f"0x{6:064x}"))
    names = exports(tmp_path, explorer.erc20(), explorer.internal())
    case = build(tmp_path, ("etherscan", names), ("evm-rpc", [name]), declared="")
    assert evidence(case)[at(1, "log:0")] == 2
    assert findings(case) == []


def test_amounts_as_displayed_are_a_likely_duplicate_and_said_so(tmp_path: Path) -> None:
    names = exports(tmp_path, explorer.erc20(), explorer.internal())
    case = build(tmp_path, tellers(tmp_path, "evm-rpc"), ("etherscan", names), declared="")
    (finding,) = case.ledger.tables["findings"].to_pylist()
    key = f"{at(1, 'etherscan-erc20')}:{COIN}:{ANN}:{BOB}:0"
    assert finding["kind"] == "likely_duplicate"
    assert finding["subjects"] == sorted([key, at(1, "log:0")])
    assert "decimals" in finding["reasons"][0]
    assert any(
        one.startswith(f"{', '.join(names)}: 1 transactions") and "both are counted" in one
        for one in case.made.summary.warnings
    )


def test_an_exact_source_behind_an_inexact_one_is_no_disagreement_but_is_told(
    tmp_path: Path,
) -> None:
    doubles = world.write_parquet(tmp_path, world.named(world.aws(), ".parquet"))
    exact = world.write_csv(tmp_path, world.named(world.etl(), ".csv"))
    both = [("aws-ethereum", doubles), ("ethereum-etl", exact)]
    case = build(tmp_path, *both)
    assert findings(case) == []
    said = "inexact quantities stand though blocks.csv tells them exactly: list that source first"
    assert [one for one in case.made.summary.warnings if said in one] == [
        f"{', '.join(doubles)}: 5 {said}"
    ]
    turned = build(tmp_path, *reversed(both))
    assert findings(turned) == []
    assert not [one for one in turned.made.summary.warnings if said in one]
    assert world.PAID in {int(one["quantity"]) for one in turned.ledger.tables["legs"].to_pylist()}
