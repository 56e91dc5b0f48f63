"""Whole texts: the example of the design, the examples of the reference, the five that had to fit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from earmark.ledger.notation import decode, parse, print_document, without_lines
from earmark.ledger.times import parse_when
from earmark.ledger.values import Document, Expect, Holder, Statement

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = (ROOT / "docs" / "notation.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```ledger\n(.*?)^```", REFERENCE, re.DOTALL | re.MULTILINE)
FITS = sorted((ROOT / "tests" / "notation").glob("fit-*.ledger"))

# As the design prints it: the dots are part of the names, and three holders are the case's.
DESIGN = """\
commodity ETH exponent 18 "Ether"
holder exploiter eth:0x098b716b8aaf21512996dc57eb0615e2383e2f96 "Ronin bridge exploiter"
statement 2022-04-14 by "FBI" (government): case attributed_to "Lazarus Group" source "https://www.fbi.gov/…"

2022-03-23T13:29:09Z theft recorded key eth:0xc28fad5e…:0
  bridge -> exploiter  173600 ETH

2022-03-28T06:22:31Z payment recorded          ; several legs: - is out, + is in, in order
  - exploiter  100 ETH
  + hop-1       60 ETH
  + hop-2       40 ETH

claim bridge-ether  173600 ETH at eth:0xc28fad5e…:0
expect trace fifo bridge-ether: rests hop-1 60 ETH
"""
OF_THE_CASE = [Holder(f"eth:{alias}", alias) for alias in ("bridge", "hop-1", "hop-2")]


def read(path: Path) -> Document:
    return parse(decode(path.read_bytes(), path.name), path.name)


def sources_of(document: Document) -> list[str]:
    cited = [one.evidence for one in document.transactions]
    cited += [one.evidence for one in document.observations]
    return [evidence.source for found in cited for evidence in found]


def test_the_example_of_the_design_is_read_as_it_stands() -> None:
    document = parse(DESIGN, holders=OF_THE_CASE)
    assert document.statements == (
        Statement(
            parse_when("2022-04-14"),
            "FBI",
            "government",
            "case",
            "attributed_to",
            "Lazarus Group",
            source="https://www.fbi.gov/…",
        ),
    )
    assert [len(transaction.legs) for transaction in document.transactions] == [2, 3]
    assert document.transactions[0].key == document.claims[0].legs[0].key
    assert document.expects == (
        Expect("trace", ("fifo", "bridge-ether"), "rests", "eth:hop-1", 60 * 10**18, "ETH", 14),
    )
    printed = print_document(document, holders=OF_THE_CASE)
    assert [line for line in printed.splitlines() if line] == [
        line.partition("  ;")[0].rstrip() for line in DESIGN.splitlines() if line
    ]


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_of_the_reference_reads_and_prints(text: str) -> None:
    document = parse(text, "notation.md")
    assert document != Document()
    printed = print_document(document)
    assert without_lines(parse(printed)) == without_lines(document)
    assert print_document(parse(printed)) == printed


def test_the_reference_shows_every_kind_of_line_and_question() -> None:
    documents = [parse(text) for text in EXAMPLES]
    kinds = {
        name
        for document in documents
        for name in Document.__struct_fields__
        if getattr(document, name)
    }
    assert kinds == set(Document.__struct_fields__)
    asked = {expect.question for document in documents for expect in document.expects}
    assert asked == {"trace", "total", "origins", "shares", "balance", "opening", "rejected"}


@pytest.mark.parametrize("path", FITS, ids=lambda path: path.stem)
def test_what_had_to_fit_prints_and_reads_back(path: Path) -> None:
    document = read(path)
    printed = print_document(document)
    assert without_lines(parse(printed)) == without_lines(document)
    assert print_document(parse(printed)) == printed
    assert "Source" in path.read_text("utf-8").split("\n\n")[0]


@pytest.mark.parametrize("path", FITS, ids=lambda path: path.stem)
def test_what_had_to_fit_conserves_with_legs_on_both_sides(path: Path) -> None:
    for transaction in read(path).transactions:
        for symbol in {leg.commodity for leg in transaction.legs}:
            legs = [leg for leg in transaction.legs if leg.commodity == symbol]
            sides = {side: [leg for leg in legs if leg.side == side] for side in ("out", "in")}
            assert all(sides.values()), transaction
            known = [
                None
                if None in {leg.quantity for leg in side}
                else sum(leg.quantity or 0 for leg in side)
                for side in sides.values()
            ]
            assert known[0] == known[1], transaction


def test_twenty_nine_ship_events_fit() -> None:
    document = read(FITS[[path.stem for path in FITS].index("fit-un-1718-events")])
    onward = [one for one in document.transactions if one.kind == "discharge"]
    told_twice = [one for one in document.transactions if len(one.evidence) == 2]
    assert len(document.transactions) - len(onward) + len(told_twice) == 29
    assert [len(onward), len(told_twice)] == [3, 2]
    legs = [leg for one in document.transactions for leg in one.legs]
    assert {leg.quantity for leg in legs} == {None}
    assert any(leg.holder.startswith("unknown:") for leg in legs)
    assert sum(one.when == parse_when("?") for one in document.transactions) == 2
    both = next(one for one in told_twice if one.when == parse_when("2018-06-07"))
    assert [leg.holder for leg in both.legs] == ["imo:8312497", "imo:8705539"]


def test_fourteen_rows_of_the_bank_theft_fit() -> None:
    document = read(FITS[[path.stem for path in FITS].index("fit-bangladesh-bank")])
    keys = {one.key for one in document.transactions} | {one.key for one in document.observations}
    assert {f"bb:{row}" for row in range(1, 15)} <= keys
    assert {one.key for one in document.observations} == {"bb:1", "bb:14"}
    assert sum("rom memory" in one.note for one in document.transactions) >= 5
    assert [one.key for one in document.transactions if one.basis == "inferred"] == ["bb:gathering"]


def test_there_are_five_that_had_to_fit() -> None:
    assert len(FITS) == 5
    assert all(sources_of(read(path)) for path in FITS)
