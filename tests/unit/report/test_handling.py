"""What a reader's level withholds: gone from every file, counted, and said where totals rest on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from earmark.cases.case import open_case
from earmark.ledger.errors import EarmarkError
from earmark.report.verifying import verify
from earmark.report.writing import write_report

LEDGER = """
commodity EUR exponent 2
2020-01-01T00:00:00Z payment recorded key a
  x:victim -> x:mule  10 EUR
claim loot  10 EUR at a
"""
SOURCE = """
[[source]]
reader = "table"
path = "secret.csv"
handling = "restricted"
[source.columns]
time = "time"
payer = "payer"
payee = "payee"
quantity = "quantity"
key = "key"
[source.constants]
commodity = "EUR"
[source.format]
namespace = "x"
"""
SECRET = """time,payer,payee,quantity,key
2020-01-02T00:00:00Z,mule,informant,4,hush-1
2020-01-03T00:00:00Z,stranger,mule,1,hush-2
2020-01-04T00:00:00Z,mule,informant,0,hush-3
"""


@pytest.fixture
def secret(invented: Callable[..., Path]) -> Path:
    """Return a synthetic case of which one source is restricted."""
    return invented(LEDGER, SOURCE, {"secret.csv": SECRET})


def test_withheld_rows_are_counted_and_stand_nowhere(secret: Path) -> None:
    report = write_report(open_case(secret), upto="public")
    assert (report.withheld_sources, report.withheld_rows) == (1, 3)
    assert report.rests_on_withheld
    for path in (secret / "report").rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        for word in ("informant", "stranger", "hush-", "secret.csv"):
            assert word not in text, (path.name, word)
    page = (secret / "report" / "dossier.html").read_text()
    assert "3 rows of the record are withheld" in page
    assert "Totals still rest on withheld rows." in page
    ends = (secret / "report" / "tables" / "ends.csv").read_text()
    assert "withheld" in ends


def test_the_whole_is_there_for_those_who_may_see_it(secret: Path) -> None:
    report = write_report(open_case(secret), upto="restricted")
    assert (report.withheld_sources, report.withheld_rows) == (0, 0)
    assert "informant" in (secret / "report" / "tables" / "ends.csv").read_text()


def test_a_public_report_can_be_verified_and_names_no_withheld_file(secret: Path) -> None:
    write_report(open_case(secret), upto="public")
    assert verify(secret).agrees
    (secret / "secret.csv").write_text(SECRET.replace(",4,", ",5,"))
    found = verify(secret)
    assert not found.agrees
    assert {one.name for one in found.differences if one.kind == "input"} == {"withheld/1"}


def test_a_withheld_row_off_every_path_bears_no_total(secret: Path) -> None:
    (secret / "secret.csv").write_text(SECRET.replace("mule", "other"))
    report = write_report(open_case(secret), upto="public")
    assert not report.rests_on_withheld
    assert "No traced total rests on a withheld row." in Path(report.dossier).read_text()


def test_a_case_that_is_confidential_as_a_whole_is_not_shown(
    invented: Callable[..., Path],
) -> None:
    folder = invented(LEDGER, 'handling = "confidential"\n')
    with pytest.raises(EarmarkError, match="whole case is confidential"):
        write_report(open_case(folder), upto="restricted")


def test_an_unknown_level_names_a_near_miss(secret: Path) -> None:
    with pytest.raises(EarmarkError, match="did you mean public"):
        write_report(open_case(secret), upto="publik")
