"""Who pays nobody: one line for each that has a name, one for all that have none, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.report.conftest import study_of

from earmark.cases.case import open_case
from earmark.report.answers import quiet_groups, quiet_nameless
from earmark.report.writing import write_report

START = """
commodity EUR exponent 2
holder x:named "A named shop"
2020-01-01T00:00:00Z payment recorded key a
  x:victim -> x:mule  10 EUR
claim loot  10 EUR at a
"""
PAID = """2020-01-02T00:00:0{place}Z payment recorded key p{place}
  x:mule -> {payee}  1 EUR
"""
MEMBER = """entity "A group" cluster "some addresses"
statement ? by "this case" (ours): x:1 belongs_to "A group" source "a page"
statement ? by "this case" (ours): x:9 belongs_to "A group" source "a page"
"""
STOP = """
[[stop]]
holder = "x:1"
role = "exchange"
label = "An exchange"
"""


def ledger(*payees: str, entity: bool = False) -> str:
    paid = "".join(PAID.format(place=place, payee=payee) for place, payee in enumerate(payees))
    return START + (MEMBER if entity else "") + paid


def pages(folder: Path) -> str:
    write_report(open_case(folder))
    return " ".join((folder / "report" / "dossier.html").read_text().split())


def test_those_without_a_name_are_one_line(invented: Callable[..., Path]) -> None:
    folder = invented(ledger("x:1", "x:2", "x:3", "x:named"))
    study = study_of(open_case(folder))
    quiet = quiet_groups(study)
    assert sorted(quiet) == [("x:1", 1), ("x:2", 1), ("x:3", 1), ("x:named", 1)]
    assert sorted(quiet_nameless(study, quiet)) == ["x:1", "x:2", "x:3"]
    page = pages(folder)
    assert "any of 3 further addresses, which nothing here names, paying onwards" in page
    assert page.count("paying onwards.") == 2


def test_one_without_a_name_has_its_own_line(invented: Callable[..., Path]) -> None:
    study = study_of(open_case(invented(ledger("x:1", "x:named"))))
    assert quiet_nameless(study, quiet_groups(study)) == []


@pytest.mark.parametrize("entity", [False, True])
def test_a_stop_says_it_for_its_own_holder(invented: Callable[..., Path], *, entity: bool) -> None:
    folder = invented(ledger("x:1", "x:2", entity=entity), STOP)
    assert quiet_groups(study_of(open_case(folder))) == [("x:2", 1)]
    assert pages(folder).count("paying onwards.") == 2
