"""Opening a case: what is cached, what is declared, what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cases.cases import CLAIM, LEDGER, add_comment, contents, example, hand_written

from earmark.cases.building import CaseBuild, build_case, build_rows
from earmark.cases.case import inputs_digest, open_case
from earmark.cases.checking import check_case, check_text
from earmark.cases.legs import leg_name
from earmark.cases.starting import new_case
from earmark.cases.terms import moment
from earmark.ledger.errors import EarmarkError
from earmark.ledger.values import LegName
from earmark.tracing.trace import trace_rows


def test_a_new_case_builds_checks_and_traces(tmp_path: Path) -> None:
    case = open_case(example(tmp_path))
    checked = check_case(case)
    assert checked.holds
    assert len(checked.expects) == 2
    assert [one.rule for one in case.tracer.trace_all(["fifo", "poison"])] == ["fifo", "poison"]


@pytest.mark.parametrize("title", ["Plain", 'quote " and \\', "عنوان", "{title}", "x\ny\x1b"])
def test_a_new_case_takes_any_title(tmp_path: Path, title: str) -> None:
    new_case(tmp_path / "case", title)
    assert open_case(tmp_path / "case").settings.title == title


def test_a_new_case_overwrites_nothing(tmp_path: Path) -> None:
    case = example(tmp_path)
    before = contents(case)
    with pytest.raises(EarmarkError, match="is not empty"):
        new_case(case, "Again")
    with pytest.raises(EarmarkError, match="not UTF-8"):
        new_case(tmp_path / "other", "\udcff")
    assert contents(case) == before
    assert not (tmp_path / "other").exists()


def test_a_case_is_built_again_only_when_an_input_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = example(tmp_path)
    first = open_case(folder)
    built: list[str] = []

    def counted(*given: Any) -> CaseBuild:
        built.append("once more")
        return build_case(*given)

    monkeypatch.setattr("earmark.cases.case.build_case", counted)
    again = open_case(folder)
    assert built == []
    assert again.ledger.digest() == first.ledger.digest()
    assert build_rows(again.made) == build_rows(first.made)
    add_comment(folder)
    open_case(folder)
    assert built == ["once more"]


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"deadbeef", b"../../etc"])
def test_a_damaged_pointer_is_no_obstacle(tmp_path: Path, damage: bytes) -> None:
    folder = example(tmp_path)
    digest = open_case(folder).ledger.digest()
    (folder / ".earmark" / "current").write_bytes(damage)
    assert open_case(folder).ledger.digest() == digest
    assert open_case(folder).ledger.digest() == digest


def test_every_damaged_file_of_the_cache_is_built_again(tmp_path: Path) -> None:
    folder = example(tmp_path)
    digest = open_case(folder).ledger.digest()
    (cache,) = (path for path in (folder / ".earmark").iterdir() if path.is_dir())
    for path in sorted(cache.iterdir()):
        for data in (b"", b"PAR1", path.read_bytes()[:-9]):
            path.write_bytes(data)
            assert open_case(folder).ledger.digest() == digest


def test_old_builds_are_removed(tmp_path: Path) -> None:
    folder = example(tmp_path)
    open_case(folder)
    add_comment(folder)
    open_case(folder)
    assert sum(path.is_dir() for path in (folder / ".earmark").iterdir()) == 1


def test_the_inputs_are_every_file_but_what_is_derived(tmp_path: Path) -> None:
    folder = example(tmp_path)
    digest = inputs_digest(folder)
    open_case(folder)
    (folder / "report").mkdir()
    (folder / "report" / "dossier.html").write_text("x")
    assert inputs_digest(folder) == digest
    (folder / "sources" / "note.txt").write_text("x")
    assert inputs_digest(folder) != digest


def test_a_file_name_of_any_bytes_is_an_input(tmp_path: Path) -> None:
    folder = example(tmp_path)
    digest = inputs_digest(folder)
    (folder / os.fsdecode(b"\xff\xfe.csv")).write_text("x")
    assert inputs_digest(folder) != digest


def test_a_case_of_nothing_but_a_title_is_empty(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('title = "Nothing"\n')
    case = open_case(tmp_path)
    assert case.ledger.tables["transactions"].num_rows == 0
    assert [one.walk.ends for one in case.tracer.trace_all(["fifo"])] == [[]]
    assert check_case(case).holds


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (CLAIM.replace("theft", "thefd"), "no transaction with the key thefd; did you mean theft"),
        (CLAIM + 'quantity = "-1"\n', "'-1' USD is below zero"),
        (CLAIM + 'quantity = ""\n', "'' is not a number"),
        (CLAIM + 'quantity = "1.234"\n', "more than the commodity's 2 decimals"),
        (CLAIM + 'quantity = "101"\n', "more than its legs hold .1 USD too many|100 smallest"),
        (CLAIM.replace("USD", "USC"), "commodity 'USC' is not declared; did you mean USD"),
        (CLAIM + CLAIM.partition("\n")[2], "2 claims are called 'c'"),
        (CLAIM + '[[stop]]\nrole = "x"\n', "names 0 things; expected exactly one"),
        (CLAIM + '[[stop]]\nholder = "a:b"\nentity = "e"\n', "names 2 things"),
        (CLAIM + '[[stop]]\nholder = "a:b"\nvalid_from = "soon"\n', "'soon' is not a time"),
        (
            CLAIM + '[[stop]]\ntransaction = "thef"\n',
            "with the key thef; did you mean theft",
        ),
        (CLAIM + '[dust]\nUSD = "-1"\n', "below zero"),
        (CLAIM + '[dust]\nEUR = "1"\n', "commodity 'EUR' is not declared"),
        ('horizon = "2024-13"\n' + CLAIM, "'2024-13' is not in the calendar"),
        (
            'election = ["on#2"]\n' + CLAIM,
            "case.toml:1: on#2 is an in-leg in USD; expected one out-leg as KEY#ordinal: #1 bank:a 60 USD",
        ),
        (
            CLAIM.replace('"theft"', '"theft#1"'),
            "case.toml:5: theft#1 is an out-leg in USD; expected one in-leg in USD",
        ),
        (
            CLAIM.replace('"theft"', '"theft#9"'),
            "theft#9 is not there: the transaction has 2 legs; .*#2 bank:a 100 USD",
        ),
        (CLAIM.replace('"theft"', f'"theft#{"1" * 5000}"'), "there is no transaction with the key"),
    ],
)
def test_what_a_case_declares_must_fit_its_ledger(tmp_path: Path, settings: str, said: str) -> None:
    case = open_case(hand_written(tmp_path, settings))
    with pytest.raises(EarmarkError, match=said):
        case.tracer.trace_all(["fifo"])


def test_an_unknown_claim_is_told_with_its_near_miss(tmp_path: Path) -> None:
    case = open_case(hand_written(tmp_path, CLAIM.replace('name = "c"', 'name = "bridge"')))
    with pytest.raises(EarmarkError, match=r"no claim is called 'bridges'.*did you mean bridge"):
        case.tracer.trace_all(["fifo"], "bridges")


def test_a_horizon_and_dust_of_one_call_narrow_the_trace(tmp_path: Path) -> None:
    case = open_case(hand_written(tmp_path))
    whole = trace_rows(case.tracer.trace("fifo", "late"))["ends"]
    assert {row["holder"]: row["quantity"] for row in whole} == {"bank:a": "40", "bank:b": "60"}
    early = case.narrowed("2024-01-01", [], follow_fees=False).trace("fifo", "late")
    assert {row["holder"]: row["quantity"] for row in trace_rows(early)["ends"]} == {
        "bank:a": "100"
    }
    dusty = case.narrowed(None, ["60.01 USD"], follow_fees=False).trace("fifo", "late")
    assert {row["holder"]: row["reason"] for row in trace_rows(dusty)["ends"]} == {
        "bank:a": None,
        "bank:b": "dust",
    }


@pytest.mark.parametrize("dust", ["", "1", "x USD", "1 EUR", "-1 USD"])
def test_a_dust_limit_that_says_nothing_is_refused(tmp_path: Path, dust: str) -> None:
    case = open_case(hand_written(tmp_path))
    with pytest.raises(EarmarkError):
        case.narrowed(None, [dust], follow_fees=False)


@pytest.mark.parametrize(
    ("line", "holds"),
    [
        ("expect trace fifo c: rests bank:b 60 USD", True),
        ("expect trace fifo c: rests bank:b 60.01 USD", False),
        ("expect trace fifo c: rests bank:nobody 0 USD", True),
        ("expect total trace fifo c: claimed 100 USD", True),
        ("expect origins fifo bank:b: theft 0 USD", True),
        ("expect origins fifo bank:b: bank:victim 60 USD", True),
        ("expect balance bank:a: 40 USD", True),
        ("expect balance bank:a at 2024-01-01: 100 USD", True),
        ("expect opening bank:victim: 100 USD", True),
        ("expect shares bank:b: bank:a 60 USD", True),
        ("expect rejected on", False),
    ],
)
def test_an_expect_line_is_answered(tmp_path: Path, line: str, *, holds: bool) -> None:
    path = tmp_path / "x.ledger"
    path.write_text(LEDGER + "claim c USD at theft\n" + line + "\n")
    (answer,) = check_text(path).expects
    assert answer.holds is holds


def test_an_expect_line_about_no_claim_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.ledger"
    path.write_text(LEDGER + "expect trace fifo c: rests bank:b 60 USD\n")
    with pytest.raises(EarmarkError, match="no claim is called 'c'"):
        check_text(path)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("key", LegName("key")),
        ("key#2", LegName("key", 2)),
        ("a#b#2", LegName("a#b", 2)),
        ("a#b", LegName("a#b")),
        ("#2", LegName("", 2)),
    ],
)
def test_a_legs_name_has_an_ordinal_where_it_ends_in_one(text: str, name: LegName) -> None:
    assert leg_name(text) == name


def test_a_moment_is_the_last_microsecond_of_what_is_written() -> None:
    assert moment(None) is None
    assert moment("1970") == 365 * 86_400_000_000 - 1
    assert moment("1970-01-01T00:00:01Z") == 1_000_000


def test_formulas_in_a_table_are_text_or_rejected(tmp_path: Path) -> None:
    folder = example(tmp_path)
    rows = "id,time,from,to,amount\n1,2024-01-05T10:00:00Z,0x01,0x02,100\n"
    rows += '2,2024-01-06T10:00:00Z,0x02,0x03,"=1+1"\n'
    rows += '"=cmd()",2024-01-07T10:00:00Z,0x02,0x03,5\n'
    (folder / "sources" / "payments.csv").write_text(rows)
    ledger = open_case(folder).ledger
    assert [row["locator"] for row in ledger.tables["rejected"].to_pylist()] == ["line 3"]
    assert "example:=cmd()" in ledger.column("transactions", "key").to_pylist()


def test_legs_that_may_be_meant_are_listed_with_the_addresses_of_their_holders(
    tmp_path: Path,
) -> None:
    address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    outputs = "".join(f"  + btc:{address}  {n + 1} BTC\n" for n in range(9))
    text = (
        "commodity BTC exponent 8\n\n2024-01-01T00:00:00Z payment recorded key btc:t\n"
        f"  - btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa  45 BTC\n{outputs}"
    )
    settings = 'title = "T"\n[[claim]]\nname = "c"\ncommodity = "BTC"\nat = ["btc:t"]\n'
    case = open_case(hand_written(tmp_path, settings, text))
    with pytest.raises(EarmarkError) as caught:
        _ = case.terms
    assert caught.value.line == 5
    assert caught.value.problem == "btc:t: 9 in-legs in BTC fit"
    listed = ", ".join(f"#{n + 1} btc:{address} {n} BTC" for n in range(1, 9))
    assert caught.value.expected == f"one in-leg in BTC as KEY#ordinal: {listed} and 1 more"
