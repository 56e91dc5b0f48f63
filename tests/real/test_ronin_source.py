"""The Ronin example says what the public records beside this checkout say, row by row."""

from __future__ import annotations

import csv
import hashlib
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from earmark.cases.building import build_rows
from earmark.cases.case import Case, open_case
from earmark.ledger.quantity import format_quantity, parse_quantity
from earmark.ledger.schema import IN
from earmark.tracing.trace import rules_named, trace_rows

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "ronin-2022"
ORIGINAL = "chain/ronin/LazarusTabularTxs1322519.csv"
DEPOSITORS = "chain/ronin/tayvano_ronin_tc_batches_depositors.csv"
COLUMNS = {"time_utc": "block_time", "payer": "from", "payee": "to", "ether": "total_eth"}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("example") / "case"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".earmark", "report"))
    return open_case(folder)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Case:
    """The same case over the file as it was published, without its own key column."""
    folder = tmp_path_factory.mktemp("original") / "case"
    shutil.copytree(
        EXAMPLE, folder, ignore=shutil.ignore_patterns(".earmark", "report", "hops.csv")
    )
    shutil.copy(shared_data / ORIGINAL, folder / "sources" / "hops.csv")
    settings = (folder / "case.toml").read_text(encoding="utf-8")
    for ours, theirs in COLUMNS.items():
        settings = settings.replace(f' = "{ours}"\n', f' = "{theirs}"\n')
    settings = settings.replace('key = "hop"\n', "").replace('key_prefix = "ronin-hop:"\n', "")
    (folder / "case.toml").write_text(settings, encoding="utf-8")
    made_keys(folder)
    return open_case(folder)


def made_keys(folder: Path) -> None:
    """Name the hand-written link's rows as the builder names rows that have no key."""
    digest = hashlib.sha256((folder / "sources" / "hops.csv").read_bytes()).hexdigest()[:16]
    ledger = folder / "case.ledger"
    words = ledger.read_text(encoding="utf-8").split("ronin-hop:")
    for place, rest in enumerate(words[1:], start=1):
        number = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        words[place] = f"{digest}:line-{int(number) + 1}{rest[len(number) :]}"
    ledger.write_text("".join(words), encoding="utf-8")


def test_our_rows_say_what_the_published_rows_say(shared_data: Path) -> None:
    ours = rows_of(EXAMPLE / "sources" / "hops.csv")
    theirs = rows_of(shared_data / ORIGINAL)
    assert len(ours) == len(theirs) == 436
    for number, (our, their) in enumerate(zip(ours, theirs, strict=True), start=1):
        assert our["hop"] == str(number)
        assert our["time_utc"] == their["block_time"].replace("+00:00", "Z")
        assert our["payer"] == their["from"].replace("\\x", "0x")
        assert our["payee"] == their["to"].replace("\\x", "0x")
        assert Decimal(our["ether"]) == Decimal(their["total_eth"])
        assert our["ether"] == format_quantity(parse_quantity(our["ether"], 18), 18)


def test_the_published_file_is_read_as_it_is(original: Case) -> None:
    hops = next(s for s in build_rows(original.made)["sources"] if s["path"] == "sources/hops.csv")
    names = ("rows", "transactions", "observations", "rejected", "ignored")
    assert [hops[name] for name in names] == [436, 311, 125, 0, 0]


def test_the_published_file_gives_the_same_traces(example: Case, original: Case) -> None:
    def traces(case: Case, only: str | None) -> list[dict[str, Any]]:
        return [trace_rows(one) for one in case.tracer.trace_all(rules_named("all"), only)]

    assert traces(original, None) == traces(example, None)
    assert traces(original, "bridge-usdc") == traces(example, "bridge-usdc")


def statements(case: Case, predicate: str) -> dict[str, tuple[str, Any, Any]]:
    rows = case.ledger.tables["statements"].to_pylist()
    return {
        case.ledger.aliases.get(row["subject"], row["subject"]): (
            row["value"],
            row["valid_from"],
            row["valid_to"],
        )
        for row in rows
        if row["predicate"] == predicate
    }


def test_the_published_deposits_are_stated_as_published(example: Case, shared_data: Path) -> None:
    published = rows_of(shared_data / DEPOSITORS)
    stated = statements(example, "deposited_100_eth")
    assert len(published) == len(stated) == 48
    for row in published:
        # One depositor is given by the first characters of its address.
        [name] = [name for name in stated if name.startswith(f"eth:{row['depositor']}")]
        count, first, last = stated[name]
        assert count == row["deposits_100eth"]
        assert f"{first:%Y-%m-%dT%H:%MZ}" == row["first_utc"]
        assert f"{last:%Y-%m-%dT%H:%MZ}" == row["last_utc"]
    assert sum(int(count) for count, _, _ in stated.values()) == 1751


def test_47_of_the_48_depositors_received_what_the_research_says(
    example: Case, shared_data: Path
) -> None:
    ledger = example.ledger
    table = ledger.column("sources", "path").to_pylist().index("sources/hops.csv")
    evidence = ledger.tables["evidence"].to_pylist()
    recorded = {row["tx"] for row in evidence if row["source"] == table}
    kinds = ledger.column("transactions", "kind").to_pylist()
    received: dict[str, int] = {}
    for leg in ledger.tables["legs"].to_pylist():
        if leg["side"] == IN and leg["tx"] in recorded and kinds[leg["tx"]] == "payment":
            name = ledger.holder_names[leg["holder"]]
            received[name] = received.get(name, 0) + int(leg["quantity"])
    published = rows_of(shared_data / DEPOSITORS)
    receipts = [received.get(f"eth:{row['depositor']}", 0) for row in published]
    assert sum(wei > 0 for wei in receipts) == 47
    assert format_quantity(sum(receipts), 18) == "175771.81508"
    for row, wei in zip(published, receipts, strict=True):
        said = Decimal(row["eth_received_from_exploiter_hop2_table"])
        assert Decimal(wei).scaleb(-18).quantize(said) == said
