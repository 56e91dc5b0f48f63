"""The same history from a node and from files: the same ledger, and each event once, with two evidences."""

from __future__ import annotations

from pathlib import Path

from tests.unit.sources.evm_formats import explorer, node, world
from tests.unit.sources.evm_formats.test_same_history import EXPECTED, at
from tests.unit.sources.evm_formats.world import ANN, COIN, ledger

from earmark.cases.case import Case, open_case


def test_a_node_tells_the_same_in_the_same_order(tmp_path: Path) -> None:
    draft = world.read(tmp_path, "evm-rpc", [node.write(tmp_path, "node.replies.jsonl")])
    assert list(ledger(draft).items()) == list(EXPECTED.items())
    assert world.kinds(draft) == ["failed", "zero_value"]


def build(folder: Path, *sources: tuple[str, list[str]]) -> Case:
    tables = "".join(
        f"[[source]]\nreader = {reader!r}\npath = {paths!r}\n" for reader, paths in sources
    )
    (folder / "case.toml").write_text(f"title = 'two tellers'\n{tables}", encoding="utf-8")
    return open_case(folder)


def evidence(case: Case) -> dict[str, int]:
    """Return how many rows tell each transaction, openings left out."""
    tables = case.ledger.tables
    keys = tables["transactions"].column("key").to_pylist()
    counts = dict.fromkeys(keys, 0)
    for tx in tables["evidence"].column("tx").to_pylist():
        counts[keys[tx]] += 1
    return {key: count for key, count in counts.items() if count}


def findings(case: Case) -> list[str]:
    return [str(kind) for kind in case.ledger.tables["findings"].column("kind").to_pylist()]


def test_a_node_and_files_are_one_transaction_with_two_evidences(tmp_path: Path) -> None:
    names = world.write_csv(tmp_path, world.named(world.etl(), ".csv"))
    case = build(
        tmp_path, ("evm-rpc", [node.write(tmp_path, "node.replies.jsonl")]), ("ethereum-etl", names)
    )
    assert evidence(case) == dict.fromkeys(EXPECTED, 2)
    assert findings(case) == []


def test_an_export_adds_evidence_and_says_where_it_sees_less(tmp_path: Path) -> None:
    names = [explorer.write(tmp_path, "native.csv", explorer.NATIVE, explorer.native(ANN))]
    case = build(
        tmp_path, ("evm-rpc", [node.write(tmp_path, "node.replies.jsonl")]), ("etherscan", names)
    )
    found = evidence(case)
    assert found.keys() == EXPECTED.keys()
    twice = {key for key, count in found.items() if count == 2}
    values = {at(number, "value") for number in (0, 3, 4)}
    assert twice == values | {at(number, "fee") for number in range(5)}
    # An export does not part the fee: the same total is no disagreement.
    assert findings(case) == []


def test_smallest_units_of_one_source_do_not_scale_the_amounts_of_another(tmp_path: Path) -> None:
    names = [explorer.write(tmp_path, "erc20.csv", explorer.ERC20, explorer.erc20("1.5"))]
    case = build(
        tmp_path, ("evm-rpc", [node.write(tmp_path, "node.replies.jsonl")]), ("etherscan", names)
    )
    commodities = case.ledger.tables["commodities"].to_pylist()
    exponents = {one["symbol"]: one["exponent"] for one in commodities}
    assert exponents[f"eth/{COIN}"] == 0
    assert exponents[f"eth/{COIN}/display"] == 18
    legs = case.ledger.tables["legs"].to_pylist()
    shown = next(one["commodity"] for one in commodities if one["symbol"] == f"eth/{COIN}/display")
    assert {int(leg["quantity"]) for leg in legs if leg["commodity"] == shown} == {15 * 10**17}
