"""What a printed text looks like, and that nothing in it can hide."""

from __future__ import annotations

import pytest

from earmark.ledger.errors import EarmarkError
from earmark.ledger.notation import decode, parse, print_document, without_lines
from earmark.ledger.notation.blocks import split_blocks
from earmark.ledger.notation.grammar import line_parser
from earmark.ledger.notation.text import (
    LINE_LIMIT_CHARACTERS,
    TEXT_LIMIT_BYTES,
    is_bare,
    quote,
    unquote,
)
from earmark.ledger.notation.words import DIRECTIVES, KEYWORDS
from earmark.ledger.values import (
    Commodity,
    Document,
    Entity,
    Holder,
    Leg,
    LegName,
    Observation,
    Statement,
    Stop,
    Transaction,
    When,
)

OIL = Commodity("OIL", 0)


def one_transaction(*legs: Leg) -> Document:
    return Document(
        commodities=(OIL,), transactions=(Transaction(When(), "payment", "recorded", legs),)
    )


def body_of(document: Document) -> list[str]:
    return print_document(document).splitlines()[3:]


def test_kinds_stand_in_one_order_with_an_empty_line_between_them() -> None:
    text = """\
expect balance b: 1 OIL
election k#1
2018 payment recorded "n" key k
  - a   10 OIL
  + b 9.5 OIL
  + c  0.5 OIL
claim theft OIL at k#2
; a comment
holder a eth:0x1
holder b eth:0x2
holder c eth:0x3
commodity OIL exponent 1
"""
    assert (
        print_document(parse(text))
        == """\
commodity OIL exponent 1

holder a eth:0x1
holder b eth:0x2
holder c eth:0x3

2018 payment recorded key k "n"
  - a   10 OIL
  + b  9.5 OIL
  + c  0.5 OIL

claim theft  OIL at k#2

election k#1

expect balance b: 1 OIL
"""
    )


def test_twins_print_as_arrows() -> None:
    twins = (Leg("out", "n:1", "OIL", 5, inexact=True), Leg("in", "n:2", "OIL", 5, inexact=True))
    more = (Leg("out", "n:1", "OIL", 70), Leg("in", "n:3", "OIL", 70))
    assert body_of(one_transaction(*twins, *more)) == [
        "  n:1 -> n:2   5 OIL inexact",
        "  n:1 -> n:3  70 OIL",
    ]


@pytest.mark.parametrize(
    "second",
    [
        Leg("in", "n:2", "OIL", 6),
        Leg("in", "n:2", "OIL", 5, low=4),
        Leg("in", "n:2", "OIL", 5, inexact=True),
        Leg("out", "n:2", "OIL", 5),
    ],
)
def test_legs_that_differ_print_one_by_one(second: Leg) -> None:
    first = Leg("out", "n:1", "OIL", 5)
    document = one_transaction(first, second)
    assert [line.split()[0] for line in body_of(document)] == [
        "-",
        "-" if second.side == "out" else "+",
    ]
    assert without_lines(parse(print_document(document))) == document


def test_a_name_is_bare_where_that_is_safe_and_quoted_where_it_is_not() -> None:
    bare = ["hop-1", "eth:0xc28fad5e…:0", "a.b", "9", "بنك", "0x2::sui::SUI", "fees"]
    quoted = ["", "a b", "a,b", "a;b", "a:", '"', "key", "-", "->", "?", "[1..2]", "(x)", "\u202ea"]
    assert [name for name in bare if not is_bare(name)] == []
    assert [name for name in quoted if is_bare(name)] == []


@pytest.mark.parametrize("word", sorted(KEYWORDS))
def test_every_word_of_the_grammar_can_be_a_name(word: str) -> None:
    document = Document(
        commodities=(Commodity(word, 0),),
        holders=(Holder("n:1", word), Holder(f"n:{word}")),
        entities=(Entity(f"{word} ", word),),
        statements=(Statement(When(), word, word, word, word, word, key=word),),
        transactions=(
            Transaction(
                When(),
                word,
                "recorded",
                (Leg("out", "n:1", word, 1, spends=LegName(word)), Leg("in", "n:1", word, 1)),
                key=word,
                note=word,
            ),
        ),
        observations=(Observation(When(), word, word, "n:1", word),),
        stops=(Stop("entity", word, word), Stop("transaction", word, word)),
    )
    assert without_lines(parse(print_document(document))) == document


def test_the_printer_knows_every_word_of_the_grammar() -> None:
    literals = {
        terminal.pattern.to_regexp().split("(?!")[0].strip("(?:)")
        for terminal in line_parser().terminals
        if "(?!" in terminal.pattern.to_regexp()
    }
    assert {word for word in literals if word.isalpha()} == KEYWORDS
    assert set(DIRECTIVES) <= KEYWORDS


@pytest.mark.parametrize(
    "text",
    ["مصرف المركزي", "בנק", "عملية 100 USD ->", "e\u0301", "😀", "日本語", 'a "b" \\ c', "\\n", ""],
)
def test_any_script_stands_as_it_is(text: str) -> None:
    document = Document(holders=(Holder("bank:1", "", text), Holder(f"bank:{text}2", "z")))
    printed = print_document(document)
    assert parse(printed) == document
    assert text.replace("\\", "\\\\").replace('"', '\\"') in printed


@pytest.mark.parametrize(
    ("hidden", "written"),
    [
        ("\u202e", "\\u202E"),
        ("\u2066", "\\u2066"),
        ("\u200f", "\\u200F"),
        ("\u200b", "\\u200B"),
        ("\u00a0", "\\u00A0"),
        ("\ufeff", "\\uFEFF"),
        ("\t", "\\u0009"),
        ("\n", "\\n"),
        ("\0", "\\u0000"),
        ("\U000e0041", "\\U000E0041"),
        ("\ue000", "\\uE000"),
    ],
)
def test_what_does_not_show_is_written_out(hidden: str, written: str) -> None:
    text = f"a{hidden}b"
    assert quote(text) == f'"a{written}b"'
    assert unquote(quote(text)) == text
    document = Document(holders=(Holder(f"n:{text}", text, text),), entities=(Entity(text, text),))
    document = Document(holders=document.holders, entities=(Entity(f"{text}2", text),))
    printed = print_document(document)
    assert hidden not in printed.replace("\n", "") if hidden != "\n" else "\\n" in printed
    assert parse(printed) == document


def test_a_name_that_looks_like_a_leg_stands_in_quotation_marks() -> None:
    text = 'election "k#2"\nelection "k#2"#1\n'
    assert print_document(parse(text)) == text


def test_an_alias_is_never_mistaken_for_a_text() -> None:
    text = """\
holder hop eth:0x1

statement ? by "x": "hop" says "hop"
statement ? by "x": hop says hop
"""
    document = parse(text)
    assert [one.subject for one in document.statements] == ["hop", "eth:0x1"]
    assert [one.value for one in document.statements] == ["hop", "eth:0x1"]
    assert print_document(document) == text


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (one_transaction(Leg("out", "nobody", "OIL", 1)), "namespace:identifier"),
        (one_transaction(Leg("out", "n:1", "GAS", 1)), "'GAS' is not declared"),
        (one_transaction(Leg("in", "n:1", "OIL", 1, spends=LegName("k"))), "spends nothing"),
        (one_transaction(), "without legs"),
        (Document(holders=(Holder("n:1", "", "\ud800"),)), "half a surrogate"),
    ],
)
def test_what_cannot_be_written_is_refused(document: Document, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        print_document(document)


def test_two_layouts_of_one_text_are_equal_but_for_their_lines() -> None:
    spread = parse("\n\n; far down\ncommodity OIL exponent 0\n\nexpect balance n:1: 1 OIL")
    tight = parse(print_document(spread))
    assert [one.line for one in (*spread.expects, *tight.expects)] == [6, 3]
    assert without_lines(spread) == without_lines(tight)


def test_bytes_that_are_no_text_are_refused_with_their_place() -> None:
    with pytest.raises(EarmarkError, match="0xff is not UTF-8") as caught:
        decode("بنك\nab".encode() + b"\xff", "case.ledger")
    assert (caught.value.line, caught.value.column) == (2, 3)
    with pytest.raises(EarmarkError, match="0x80 is not UTF-8") as caught:
        decode("\ufeffبن".encode() + b"\x80")
    assert (caught.value.line, caught.value.column) == (1, 3)
    assert decode("\ufeffa\n".encode()) == "a\n"


def test_a_text_and_a_line_have_their_limits() -> None:
    with pytest.raises(EarmarkError, match="split it into several sources"):
        decode(b" " * (TEXT_LIMIT_BYTES + 1))
    with pytest.raises(EarmarkError, match="split it into several sources"):
        split_blocks(" " * (TEXT_LIMIT_BYTES + 1), "")
    longest = ";" + "x" * (LINE_LIMIT_CHARACTERS - 1)
    assert parse(longest) == Document()
    with pytest.raises(EarmarkError, match="characters in a line") as caught:
        parse("\n" + longest + "x")
    assert (caught.value.line, caught.value.column) == (2, LINE_LIMIT_CHARACTERS + 1)
