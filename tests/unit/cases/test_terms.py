"""What a case declares must mean something in its ledger, and custody is asked anew at every opening."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cases.cases import hand_written

from earmark.cases import custody
from earmark.cases.attaching import attach
from earmark.cases.case import open_case
from earmark.cases.checking import check_case
from earmark.cases.starting import new_case
from earmark.ledger.errors import EarmarkError
from earmark.ledger.values import LegName


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    new_case(folder, "Case")
    return folder


CLAIM = '[[claim]]\nname = "other"\ncommodity = "ETH"\n'


@pytest.mark.parametrize(
    ("added", "problem", "near_miss"),
    [
        ('[[stop]]\nholder = "theif"\n', "stop holder 'theif'", "thief"),
        ('[[stop]]\nentity = "Exmple"\n', "stop entity 'Exmple'", "Example"),
        (
            '[[question]]\ntext = "?"\nclaim = "theft"\nentity = "Exmple"\n',
            "question: entity 'Exmple'",
            "Example",
        ),
        (
            '[[question]]\ntext = "?"\nclaim = "thft"\nentity = "Example"\n',
            "question: claim 'thft'",
            "theft",
        ),
        (CLAIM + 'at = ["example:1", "example:1"]\n', "example:1 stands in it twice", ""),
        (CLAIM + "at = []\n", "claims nothing", ""),
        (CLAIM + 'at = ["example:1"]\nquantity = "0"\n', "claims nothing", ""),
        (CLAIM + 'at = ["example:11"]\n', "example:11", "example:1"),
    ],
)
def test_a_declaration_that_fits_nothing_is_a_problem(
    case: Path, added: str, problem: str, near_miss: str
) -> None:
    with (case / "case.toml").open("a") as settings:
        settings.write("\n" + added)
    with (case / "case.ledger").open("a") as text:
        text.write("entity Example firm\n")
    [found] = check_case(open_case(case)).problems
    assert problem in found
    assert near_miss in found
    with pytest.raises(EarmarkError):
        open_case(case).tracer.trace_all(["fifo"])


def test_a_holder_that_is_nowhere_in_the_ledger_may_be_a_stop(case: Path) -> None:
    with (case / "case.toml").open("a") as settings:
        settings.write('\n[[stop]]\nholder = "eth:0xelsewhere"\n')
    checked = check_case(open_case(case))
    assert not checked.problems
    assert any("eth:0xelsewhere is nowhere" in note for note in checked.notes)


def test_custody_is_asked_anew_whatever_was_built_before(case: Path) -> None:
    payments = case / "sources" / "payments.csv"
    attach(case, payments, by="Nora", obtained_from="", obtained_how="", lacks=[])
    assert not open_case(case).made.summary.warnings
    log = case / custody.NAME
    honest = log.read_bytes()
    log.write_bytes(honest.replace(b'"action"', b'"acton"'))
    assert any("custody" in warning for warning in open_case(case).made.summary.warnings)
    assert check_case(open_case(case)).problems
    log.write_bytes(honest)
    assert not open_case(case).made.summary.warnings
    assert not check_case(open_case(case)).problems


BITCOIN = """commodity BTC exponent 8

2024-01-01T00:00:00Z payment recorded key btc:TXID
  - btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa  5 BTC
  - btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa  6 BTC
  + btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4  7 BTC
  + btc:3P14159f73E4gFr7JterCCQh9QjiTjiZrG  3 BTC
  + btc:fees  1 BTC
""".replace("TXID", "ab" * 32)


def claiming(folder: Path, leg: str) -> Path:
    """Return a case that claims one leg of a Bitcoin transaction."""
    settings = f'title = "T"\n[[claim]]\nname = "c"\ncommodity = "BTC"\nat = ["{leg}"]\n'
    return hand_written(folder, settings, BITCOIN)


@pytest.mark.parametrize(("output", "ordinal"), [(0, 3), (1, 4)])
def test_a_bitcoin_output_is_claimed_by_its_number(
    tmp_path: Path, output: int, ordinal: int
) -> None:
    case = open_case(claiming(tmp_path, f"btc:{'AB' * 32}:output:{output}"))
    assert case.terms.claims[0].legs == (LegName(f"btc:{'ab' * 32}", ordinal),)


@pytest.mark.parametrize(
    ("leg", "said"),
    [
        (
            f"btc:{'ab' * 32}:output:2",
            r"case.toml:5: btc:\w+:output:2: the transaction has 2 outputs; expected outputs counted from 0",
        ),
        (f"btc:{'cd' * 32}:output:0", "case.toml:5: there is no transaction with the key btc:cdcd"),
    ],
)
def test_an_output_that_is_not_there_is_a_mistake_with_its_line(
    tmp_path: Path, leg: str, said: str
) -> None:
    case = open_case(claiming(tmp_path, leg))
    with pytest.raises(EarmarkError, match=said):
        _ = case.terms


def test_an_output_that_only_a_later_input_tells_is_named_alike(tmp_path: Path) -> None:
    key = f"btc:{'cd' * 32}:output:4"
    told = (
        f"\n2024-01-01T00:00:00Z brought_forward recorded key {key}\n"
        "  opening:issued -> btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa  1 BTC\n"
    )
    folder = claiming(tmp_path, key.replace("cd", "CD"))
    with (folder / "case.ledger").open("a", encoding="utf-8") as file:
        file.write(told)
    assert open_case(folder).terms.claims[0].legs == (LegName(key),)
