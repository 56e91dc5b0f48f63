"""What a reader's level withholds: gone from every file, counted, and said where totals rest on it."""

from __future__ import annotations

import json
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
[[stop]]
holder = "x:informant"
role = "exchange"
label = "Safe house"
jurisdiction = "Ruritania"
supervisor = "Ministry of Whispers"
"""
LABELLED = SOURCE.replace('key = "key"', 'key = "key"\npayee_label = "nickname"')
SECRET = """time,payer,payee,quantity,key
2020-01-02T00:00:00Z,mule,informant,4,hush-1
2020-01-03T00:00:00Z,lodger,mule,1,hush-2
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
        for word in ("informant", "lodger", "hush-", "secret.csv"):
            assert word not in text, (path.name, word)
    page = (secret / "report" / "dossier.html").read_text()
    assert "3 rows of the record are withheld" in page
    assert "Totals still rest on withheld rows." in page
    ends = (secret / "report" / "tables" / "ends.csv").read_text()
    assert "withheld" in ends


def test_stops_and_warnings_of_what_is_withheld_stand_nowhere(secret: Path) -> None:
    (secret / "secret.csv").write_text(
        SECRET.replace("key\n", "key,gossip\n").replace("-1", "-1,g")
    )
    case = open_case(secret)
    assert any("secret.csv" in one and "gossip" in one for one in case.made.summary.warnings)
    write_report(case, upto="public")
    for path in (secret / "report").rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        for word in ("secret.csv", "gossip", "Safe house", "Ruritania", "Whispers"):
            assert word not in text, (path.name, word)
    page = (secret / "report" / "dossier.html").read_text()
    assert f"{len(case.made.summary.warnings)} more warning" in page
    stops = json.loads((secret / "report" / "manifest.json").read_text())["stops"]
    assert stops == [
        {"kind": "holder", "name": "withheld", "role": "exchange", "label": "withheld"}
    ]
    ends = (secret / "report" / "tables" / "ends.csv").read_text()
    assert "stopped,withheld,exchange,,,withheld,4,," in ends


def test_stops_and_warnings_are_there_for_those_who_may_see_them(secret: Path) -> None:
    (secret / "secret.csv").write_text(
        SECRET.replace("key\n", "key,gossip\n").replace("-1", "-1,g")
    )
    write_report(open_case(secret), upto="restricted")
    page = (secret / "report" / "dossier.html").read_text()
    for word in ("Safe house", "Ruritania", "Ministry of Whispers", "columns not read: gossip"):
        assert word in page
    assert "Safe house" in (secret / "report" / "tables" / "ends.csv").read_text()
    assert "Safe house" in (secret / "report" / "manifest.json").read_text()


@pytest.mark.parametrize(
    "stop",
    [
        'holder = "ear"',
        'entity = "Bureau"',
        'transaction = "hush-1"',
    ],
)
def test_a_stop_is_withheld_by_alias_entity_and_transaction(
    invented: Callable[..., Path], stop: str
) -> None:
    ledger = (
        'holder ear x:informant\nentity "Bureau"\n'
        + LEDGER
        + 'statement 2020-02-01 by "A. Clerk" (press): ear belongs_to "Bureau" source "a letter"\n'
    )
    settings = SOURCE.replace('holder = "x:informant"', stop)
    folder = invented(ledger, settings, {"secret.csv": SECRET})
    write_report(open_case(folder), upto="public")
    for name in ("dossier.html", "manifest.json", "tables/ends.csv"):
        assert "Safe house" not in (folder / "report" / name).read_text(), name
    assert "Safe house" in open_case(folder).terms.stops[0].label


@pytest.mark.parametrize("mule", ["", "Old Nick's cousin"])
def test_labels_of_a_withheld_table_are_not_for_the_public(
    invented: Callable[..., Path], mule: str
) -> None:
    rows = SECRET.replace("key\n", "key,nickname\n").replace("hush-1", "hush-1,Old Nick")
    rows = rows.replace("hush-2", f"hush-2,{mule}").replace("hush-3", "hush-3,")
    folder = invented(LEDGER, LABELLED, {"secret.csv": rows})
    write_report(open_case(folder), upto="public")
    for path in (folder / "report").rglob("*.*"):
        assert "Old Nick" not in path.read_text(encoding="utf-8"), path.name
    assert verify(folder).agrees
    write_report(open_case(folder), upto="restricted")
    assert "Old Nick" in (folder / "report" / "tables" / "statements.csv").read_text()


def test_files_that_a_pattern_names_are_withheld_one_by_one(
    invented: Callable[..., Path],
) -> None:
    settings = SOURCE.replace('"secret.csv"', '"secret-*.csv"')
    first, second = SECRET, SECRET.replace("hush", "hush-hush")
    folder = invented(LEDGER, settings, {"secret-1.csv": first, "secret-2.csv": second})
    write_report(open_case(folder), upto="public")
    found = json.loads((folder / "report" / "manifest.json").read_text())
    assert found["withheld_inputs"] == 2
    assert not any("secret" in name for name in found["inputs"])


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
