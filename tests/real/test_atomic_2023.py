"""Atomic Wallet, June 2023: 1,080 transfers valued in dollars, from 17 sources to 101 terminals.

The case is made beside the test and never kept: the records stay in the shared folder. Every total is
computed a second time from the file with ``csv`` and ``Decimal``, and fifo and lifo with a plain queue.
"""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from earmark.cases.building import build_rows
from earmark.cases.case import Case, open_case
from earmark.ledger.reserved import OPENING
from earmark.ledger.schema import IN, OUT
from earmark.tracing.trace import rules_named, trace_rows

FOLDER = "chain/launder_net_evm"
LACKS = (
    "coins and tokens: amounts are valuations in USD",
    "gas",
    "what bridges paid on the far side",
)
SETTINGS = """title = "Atomic Wallet, 2 and 3 June 2023"
summary = "Follows valuations in US dollars, not coins."

[[commodity]]
symbol = "USDV"
exponent = 2
name = "value in US dollars at the time of transfer: it follows valuations, not coins"

[[source]]
reader = "table"
path = "sources/flows.csv"
author = "BlockSec, MFTracer"
author_kind = "researcher"
lacks = [{lacks}]

[source.columns]
time = "Timestamp"
ref = "Tx_hash"
payer = "From"
payer_label = "From_label"
payee = "To"
payee_label = "To_label"
quantity = "Value_in_USD"

[source.constants]
commodity = "USDV"

[source.format]
namespace = "eth"
"""
CLAIM = """
[[claim]]
name = "{name}"
commodity = "USDV"
behalf = "users of Atomic Wallet"
at = [{legs}]
"""
STOP = """
[[stop]]
holder = "eth:{address}"
role = "terminal"
"""


@dataclass(frozen=True)
class Records:
    """The three files as they are: rows in order of the file, addresses in lower case."""

    rows: list[dict[str, str]]
    sources: list[str]
    terminals: list[str]
    digest: str

    @property
    def paid_by_sources(self) -> Decimal:
        return sum((value(r) for r in self.rows if r["From"] in self.sources), Decimal(0))

    def received_by_label(self) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in self.rows:
            if row["To"] in self.terminals:
                sums[family(row["To_label"])] += value(row)
        return dict(sums)


def value(row: dict[str, str]) -> Decimal:
    return Decimal(row["Value_in_USD"])


def family(label: str) -> str:
    """Return whose address it is: ``Huobi_Deposit_0x579a`` and ``Binance 14`` begin with the name."""
    return re.split("[_: ]", label)[0]


@pytest.fixture(scope="module")
def records(shared_data: Path) -> Records:
    folder = shared_data / FOLDER
    flows = (folder / "cluster1_flow_records.csv").read_bytes()
    sources, terminals = (
        (folder / f"cluster1_{name}_addresses.csv").read_text(encoding="utf-8").lower().split()
        for name in ("source", "terminal")
    )
    rows = list(csv.DictReader(flows.decode().splitlines()))
    return Records(rows, sources, terminals, hashlib.sha256(flows).hexdigest())


@pytest.fixture(scope="module")
def case(records: Records, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("atomic") / "atomic-2023"
    (folder / "sources").mkdir(parents=True)
    shutil.copy(
        shared_data / FOLDER / "cluster1_flow_records.csv", folder / "sources" / "flows.csv"
    )
    text = SETTINGS.format(lacks=", ".join(f'"{one}"' for one in LACKS))
    text += "".join(claims(records)) + "".join(STOP.format(address=t) for t in records.terminals)
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return open_case(folder)


def claims(records: Records) -> list[str]:
    """Claim what each source paid, where it first arrived: nine sources have no receipt in the table."""
    found = []
    for number, source in enumerate(records.sources, start=1):
        legs = [
            f'"{records.digest[:16]}:line-{line}"'
            for line, row in enumerate(records.rows, start=2)
            if row["From"] == source
        ]
        found.append(CLAIM.format(name=f"source-{number:02}", legs=", ".join(legs)))
    return found


@pytest.fixture(scope="module")
def traces(case: Case) -> list[dict[str, Any]]:
    return [trace_rows(one) for one in case.tracer.trace_all(rules_named("all"))]


@pytest.fixture(scope="module")
def by_question(traces: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["rule"], one["openings_placed"]): one for one in traces}


def cents(amount: Decimal) -> int:
    whole = amount.scaleb(2)
    assert whole == int(whole)
    return int(whole)


def sums_of(case: Case, side: int, *, openings: bool) -> dict[str, int]:
    kinds = case.ledger.column("transactions", "kind").to_pylist()
    sums: dict[str, int] = defaultdict(int)
    for leg in case.ledger.tables["legs"].to_pylist():
        if leg["side"] == side and (kinds[leg["tx"]] == "opening") == openings:
            sums[case.ledger.holder_names[leg["holder"]]] += int(leg["quantity"])
    return sums


def test_every_row_is_a_transaction_of_its_own(case: Case, records: Records) -> None:
    built = build_rows(case.made)
    counts = {name: built[name] for name in ("transactions", "legs", "rejected", "observations")}
    assert counts == {"transactions": 1080, "legs": 2160, "rejected": 0, "observations": 0}
    assert built["duplicates"] == 0  # rows repeat inside one transaction and are no duplicates
    refs = Counter(case.ledger.column("transactions", "ref").drop_null().to_pylist())
    assert refs == Counter(row["Tx_hash"] for row in records.rows)
    assert len(refs) == 1063
    assert refs.most_common(1)[0][1] > 1
    named = {name for name in case.ledger.holder_names if name != OPENING}
    assert len(named) == 389
    assert (len(records.sources), len(records.terminals)) == (17, 101)


def test_the_case_says_that_it_follows_valuations(case: Case) -> None:
    [commodity] = case.ledger.commodities
    assert "valuations, not coins" in commodity.name
    assert case.ledger.column("sources", "lacks").to_pylist() == [list(LACKS)]


def test_the_record_sums_are_those_of_the_file(case: Case, records: Records) -> None:
    paid = sums_of(case, OUT, openings=False)
    received = sums_of(case, IN, openings=False)
    for sums, column in ((paid, "From"), (received, "To")):
        expected: dict[str, int] = defaultdict(int)
        for row in records.rows:
            expected[f"eth:{row[column]}"] += cents(value(row))
        assert sums == expected
    assert sum(paid.get(f"eth:{one}", 0) for one in records.sources) == 1_073_704_843
    assert sum(received.get(f"eth:{one}", 0) for one in records.terminals) == 1_049_537_283


def test_the_published_totals_are_in_the_file(records: Records) -> None:
    sums = records.received_by_label()
    assert records.paid_by_sources == Decimal("10737048.43")
    assert sum(sums.values()) == Decimal("10495372.83")
    millions = {name: f"{total.scaleb(-6):.2f}" for name, total in sums.items()}
    assert millions["Huobi"] == "4.32"
    assert millions["THORChain"] == "2.33"
    assert millions["SWFT"] == "1.60"
    assert millions["Bitget"] == "0.75"
    assert millions["Avalanche"] == "0.60"
    assert millions["CBridge"] == "0.22"


def test_labels_are_said_by_their_author(case: Case, records: Records) -> None:
    said = {
        (row["subject"], row["value"])
        for row in case.ledger.tables["statements"].to_pylist()
        if (row["by"], row["predicate"]) == ("BlockSec, MFTracer", "labelled")
    }
    columns = (("From", "From_label"), ("To", "To_label"))
    written = {(f"eth:{r[a]}", r[b]) for r in records.rows for a, b in columns if r[b]}
    assert said == written
    assert len(said) == 149


@dataclass
class Queue:
    """A second, plain walk under fifo or lifo: each holder has a queue of (traced, cents)."""

    rule: str
    placement: str
    records: Records
    short: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    pools: dict[str, list[tuple[bool, int]]] = field(default_factory=lambda: defaultdict(list))
    shortfalls: int = 0
    overlap: int = 0
    stopped: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def run(self) -> Queue:
        rows = sorted(self.records.rows, key=lambda row: row["Timestamp"])
        balance: dict[str, int] = defaultdict(int)
        for row in rows:
            amount = cents(value(row))
            missing = amount - balance[row["From"]]
            if missing > 0:
                self.shortfalls += 1
                self.short[row["From"]] += missing
                balance[row["From"]] += missing
            balance[row["From"]] -= amount
            balance[row["To"]] += amount
        if self.placement == "early":
            for holder, missing in self.short.items():
                self.pools[holder].append((False, missing))
        for row in rows:
            self.move(row, cents(value(row)))
        return self

    def move(self, row: dict[str, str], amount: int) -> None:
        pieces = self.taken(row["From"], amount)
        if row["From"] in self.records.sources:
            self.overlap += sum(size for traced, size in pieces if traced)
            pieces = [(True, size) for _, size in pieces]
        if row["To"] in self.records.terminals:
            label = family(row["To_label"])
            self.stopped[label] += sum(size for traced, size in pieces if traced)
            pieces = [(False, size) for _, size in pieces]
        self.pools[row["To"]] += pieces

    def taken(self, holder: str, amount: int) -> list[tuple[bool, int]]:
        pool = self.pools[holder]
        missing = amount - sum(size for _, size in pool)
        if missing > 0:
            pool.append((False, missing))
        found: list[tuple[bool, int]] = []
        while amount:
            traced, size = pool.pop(0 if self.rule == "fifo" else -1)
            part = min(size, amount)
            if size > part:
                pool.insert(0 if self.rule == "fifo" else len(pool), (traced, size - part))
            found.append((traced, part))
            amount -= part
        return found if self.rule == "fifo" else found[::-1]


def test_openings_are_counted_and_shown(case: Case, records: Records) -> None:
    plain = Queue("fifo", "late", records).run()
    late, early = case.tracer.placed("late"), case.tracer.placed("early")
    assert build_rows(case.made)["openings"] == plain.shortfalls > 0
    shown = sums_of(case, IN, openings=True)
    assert shown == {f"eth:{holder}": missing for holder, missing in plain.short.items()}
    assert early.column("transactions", "kind").to_pylist().count("opening") == len(plain.short)
    total = sum(plain.short.values())
    for ledger in (late, early):
        payer = ledger.holder_positions[OPENING]
        legs = ledger.tables["legs"].to_pylist()
        assert sum(int(leg["quantity"]) for leg in legs if leg["holder"] == payer) == total


def test_openings_lie_before_the_sources_that_only_pay(case: Case, records: Records) -> None:
    received = {row["To"] for row in records.rows}
    only_pay = [one for one in records.sources if one not in received]
    opened = sums_of(case, IN, openings=True)
    paid = sums_of(case, OUT, openings=False)
    assert len(only_pay) == 9
    for one in only_pay:
        assert opened[f"eth:{one}"] == paid[f"eth:{one}"]


def test_the_law_of_the_result_holds_for_every_rule(traces: list[dict[str, Any]]) -> None:
    asked = [(one["rule"], one["openings_placed"]) for one in traces]
    rules = ("fifo", "lifo", "pro_rata", "hallett", "oatway", "poison")
    assert asked == [(rule, place) for rule in rules for place in ("late", "early")]
    for one in traces:
        assert len(one["balance"]) == 17
        claimed = sum(Decimal(row["claimed"]) for row in one["balance"])
        assert claimed == Decimal("10737048.43")
        for row in one["balance"]:
            assert row["difference"] == (None if one["rule"] == "poison" else "0")


def stopped_by_label(trace: dict[str, Any]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for end in trace["ends"]:
        if end["role"] == "stopped":
            sums[family(end["label"])] += cents(Decimal(end["quantity"]))
    return dict(sums)


@pytest.mark.parametrize("placement", ["late", "early"])
@pytest.mark.parametrize("rule", ["fifo", "lifo"])
def test_ends_by_label_are_those_of_a_plain_queue(
    rule: str,
    placement: str,
    by_question: dict[tuple[str, str], dict[str, Any]],
    records: Records,
) -> None:
    plain = Queue(rule, placement, records).run()
    trace = by_question[rule, placement]
    assert stopped_by_label(trace) == {name: sum_ for name, sum_ in plain.stopped.items() if sum_}
    assert sum(cents(Decimal(row["overlap"])) for row in trace["balance"]) == plain.overlap


def test_the_placement_of_openings_gives_a_range(
    by_question: dict[tuple[str, str], dict[str, Any]], records: Records
) -> None:
    late, early = (stopped_by_label(by_question["fifo", place]) for place in ("late", "early"))
    assert late != early
    assert sorted([late["Huobi"], early["Huobi"]]) == [426_755_258, 431_789_233]
    received = records.received_by_label()
    for one in (late, early):
        for name, total in one.items():
            assert 0 < total <= cents(received[name])


def test_no_rule_stops_more_at_a_label_than_poison(
    by_question: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for place in ("late", "early"):
        exposed = ends_of(by_question["poison", place])
        for rule in ("fifo", "lifo", "pro_rata", "hallett", "oatway"):
            for key, quantity in ends_of(by_question[rule, place]).items():
                assert quantity <= exposed[key]


def ends_of(trace: dict[str, Any]) -> dict[tuple[str, str, str], Decimal]:
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for end in trace["ends"]:
        sums[end["claim"], end["holder"], end["role"]] += Decimal(end["quantity"])
    return sums
