"""The Ronin case at the command line: every number that it is known by, to the last wei."""

from __future__ import annotations

import shutil
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.commands import earmark

from earmark.cases.case import Case, open_case
from earmark.ledger.quantity import format_quantity
from earmark.ledger.schema import IN

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "ronin-2022"
HOPS = "sources/hops.csv"
EXPLOITER = "eth:0x098b716b8aaf21512996dc57eb0615e2383e2f96"
DEPOSITORS, EXCHANGES, INTERMEDIARIES = "Mixer depositors", "Towards exchanges", "Intermediaries"
RULES = ("fifo", "lifo", "pro_rata", "hallett", "oatway", "poison")
LOT_RULES = RULES[:5]
CONVERTED = Decimal("8564.6801891307459")

DOLLARS_ALONE = {
    "fifo": ("8559.59913", "0", "3.3"),
    "hallett": ("8559.43316306314825195", "0", "3.3000838"),
    "pro_rata": ("8264.147213664098373936", "293.852399151626310533", "6.589038217256090892"),
    "lifo": ("2314.6801891307459", "6250", "0"),
    "oatway": ("2314.6801891307459", "6250", "0"),
}
OVERLAPS = {
    "fifo": "0.9431",
    "hallett": "0.9431",
    "lifo": "2",
    "oatway": "2",
    "pro_rata": "1.999987823806849186",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("ronin") / "ronin-2022"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns(".earmark", "report"))
    return copy


@pytest.fixture(scope="module")
def built(folder: Path) -> Any:
    ran = earmark("build", folder, "--json")
    assert ran.code == 0, ran.err
    return ran.json


@pytest.fixture(scope="module")
def both(folder: Path, built: Any) -> list[dict[str, Any]]:
    ran = earmark("trace", folder, "--rule", "all", "--json")
    assert ran.code == 0, ran.err
    return list(ran.json)


@pytest.fixture(scope="module")
def alone(folder: Path, built: Any) -> list[dict[str, Any]]:
    ran = earmark("trace", folder, "--rule", "all", "--only", "bridge-usdc", "--json")
    assert ran.code == 0, ran.err
    return list(ran.json)


@pytest.fixture(scope="module")
def case(folder: Path, built: Any) -> Case:
    return open_case(folder)


def late(results: list[dict[str, Any]], rule: str) -> dict[str, Any]:
    return next(one for one in results if (one["rule"], one["openings_placed"]) == (rule, "late"))


def at_entities(result: dict[str, Any], claim: str) -> dict[str | None, Decimal]:
    sums: dict[str | None, Decimal] = defaultdict(Decimal)
    for end in result["ends"]:
        if end["claim"] == claim:
            sums[end["entity"]] += Decimal(end["quantity"])
    return sums


def balances(result: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["claim"], row["commodity"]): row for row in result["balance"]}


def hop_legs(case: Case) -> list[tuple[str, bool, int]]:
    """Return (holder, is it a receipt, wei) of every leg that the hop table recorded."""
    ledger = case.ledger
    number = ledger.column("sources", "path").to_pylist().index(HOPS)
    evidence = ledger.tables["evidence"].to_pylist()
    told = {row["tx"] for row in evidence if row["source"] == number}
    kinds = ledger.column("transactions", "kind").to_pylist()
    return [
        (ledger.holder_names[leg["holder"]], leg["side"] == IN, int(leg["quantity"]))
        for leg in ledger.tables["legs"].to_pylist()
        if leg["tx"] in told and kinds[leg["tx"]] == "payment"
    ]


def ether(wei: int) -> str:
    return format_quantity(wei, 18)


def test_the_hop_table_is_read_whole(built: Any) -> None:
    hops = next(source for source in built["sources"] if source["path"] == HOPS)
    counts = {name: hops[name] for name in ("rows", "transactions", "observations", "rejected")}
    assert counts == {"rows": 436, "transactions": 311, "observations": 125, "rejected": 0}
    assert hops["ignored"] == 0
    assert built["observations"] == 125
    assert built["rejected"] == 0
    assert built["duplicates"] == 0


def test_the_hop_table_adds_up(case: Case) -> None:
    legs = hop_legs(case)
    received = sum(wei for holder, is_in, wei in legs if holder == EXPLOITER and is_in)
    payouts = [wei for holder, is_in, wei in legs if holder == EXPLOITER and not is_in]
    assert ether(received) == "8565.90308226759764805"
    assert ether(sum(payouts)) == "182163.95603"
    remainder = 173600 * 10**18 + received - sum(payouts)
    assert ether(remainder) == "1.94705226759764805"
    assert len(payouts) == 30


def test_the_exploiter_has_37_rows_of_which_7_move_nothing(case: Case) -> None:
    rows = case.ledger.tables["observations"].to_pylist()
    mine = [row for row in rows if row["holder"] == EXPLOITER]
    assert len(mine) == 7
    assert {row["kind"] for row in mine} == {"zero_value"}


def test_47_published_depositors_received_what_they_did(case: Case) -> None:
    statements = case.ledger.tables["statements"].to_pylist()
    aliases = case.ledger.aliases
    members = {
        aliases.get(row["subject"], row["subject"])
        for row in statements
        if (row["predicate"], row["value"]) == ("belongs_to", DEPOSITORS)
    }
    receipts: dict[str, int] = defaultdict(int)
    for holder, is_in, wei in hop_legs(case):
        if is_in and holder in members:
            receipts[holder] += wei
    assert len(receipts) == 47
    assert ether(sum(receipts.values())) == "175771.81508"


def test_one_object_a_rule_and_placement_in_the_order_of_the_contract(
    both: list[dict[str, Any]], alone: list[dict[str, Any]]
) -> None:
    for results in (both, alone):
        asked = [(one["rule"], one["openings_placed"]) for one in results]
        expected = [(rule, place) for rule in RULES for place in ("late", "early")]
        assert asked == [pair for pair in expected if pair in asked]
        assert [rule for rule, place in asked if place == "late"] == list(RULES)
    # No holding that the dollars alone pass through needed an opening; the ether's did.
    assert {one["openings_placed"] for one in alone} == {"late"}
    assert {(one["rule"], one["openings_placed"]) for one in both} == {
        (rule, place) for rule in RULES for place in ("late", "early")
    }


def test_the_law_of_the_result_is_printed_and_holds(
    both: list[dict[str, Any]], alone: list[dict[str, Any]]
) -> None:
    rows = [(one["rule"], row) for one in both + alone for row in one["balance"]]
    assert len(rows) == 12 * 3 + 6 * 2
    for rule, row in rows:
        assert row["difference"] == (None if rule == "poison" else "0")


def test_an_end_has_the_columns_of_the_contract(both: list[dict[str, Any]]) -> None:
    names = [
        "claim",
        "holder",
        "entity",
        "label",
        "role",
        "stop_role",
        "commodity",
        "quantity",
        "low",
        "high",
    ]
    for one in both:
        for end in one["ends"]:
            assert list(end)[: len(names)] == names
            assert end["role"] in {"rests", "stopped", "fee", "destroyed", "unresolved"}
            assert end["holder"].startswith("eth:0x")
            assert (end["low"], end["high"]) == (None, None)


def test_the_dollars_are_converted_and_add_nothing(both: list[dict[str, Any]]) -> None:
    for one in both:
        rows = balances(one)
        dollars, receipts = rows["bridge-usdc", "USDC"], rows["bridge-usdc", "ETH"]
        assert (dollars["claimed"], dollars["converted_out"]) == ("25500000", "25500000")
        assert (receipts["claimed"], receipts["converted_in"]) == ("0", str(CONVERTED))
        assert rows["bridge-ether", "ETH"]["claimed"] == "173600"


@pytest.mark.parametrize("rule", DOLLARS_ALONE)
def test_where_the_dollars_alone_went(alone: list[dict[str, Any]], rule: str) -> None:
    sums = at_entities(late(alone, rule), "bridge-usdc")
    found = tuple(sums[name] for name in (DEPOSITORS, EXCHANGES, INTERMEDIARIES))
    assert found == tuple(map(Decimal, DOLLARS_ALONE[rule]))
    assert sum(sums.values()) == CONVERTED
    resting = {end["holder"] for end in late(alone, rule)["ends"] if end["entity"] is None}
    assert resting <= {EXPLOITER}


@pytest.mark.parametrize("rule", OVERLAPS)
def test_the_overlap_of_two_claims_is_printed(both: list[dict[str, Any]], rule: str) -> None:
    row = balances(late(both, rule))["bridge-usdc", "ETH"]
    assert row["overlap"] == OVERLAPS[rule]


def test_both_claims_together_at_the_depositors(both: list[dict[str, Any]]) -> None:
    fifo = late(both, "fifo")
    assert at_entities(fifo, "bridge-usdc")[DEPOSITORS] == Decimal("8558.65603")
    assert at_entities(fifo, "bridge-ether")[DEPOSITORS] == Decimal("167213.15905")


def test_only_the_declared_deposit_addresses_stop_the_walk(both: list[dict[str, Any]]) -> None:
    stopped = {
        (end["holder"][:14], end["label"], end["stop_role"])
        for one in both
        for end in one["ends"]
        if end["role"] == "stopped"
    }
    heads = ("0x9fae13de", "0xdb3a6356", "0x29fc9b71", "0x776b80e3", "0x5d84a732")
    assert stopped == {(f"eth:{head}", EXCHANGES, "towards_exchange") for head in heads}


def test_a_second_trace_prints_the_same_bytes(folder: Path, built: Any) -> None:
    words = ("trace", folder, "--rule", "pro_rata", "--json")
    assert earmark(*words).out == earmark(*words).out
