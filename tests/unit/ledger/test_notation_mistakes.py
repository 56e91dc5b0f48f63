"""A gallery of mistakes: each is told with its line, its column, what was expected and the nearest word."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from earmark.ledger.errors import EarmarkError
from earmark.ledger.notation import parse
from earmark.ledger.values import Commodity, Holder

DECLARED = """\
commodity ETH exponent 18
commodity BOX exponent 0
holder exploiter eth:0x1
holder bridge eth:0x2
entity lazarus cluster
2018 payment recorded key known
  bridge -> exploiter  1 ETH
"""
FIRST_LINE = DECLARED.count("\n") + 1
HEAD = "2018 payment recorded\n"


class Case(NamedTuple):
    """A text after the declarations, and what its error says; ``line`` counts from the text's own 1."""

    text: str
    line: int
    column: int
    problem: str
    expected: str
    near: str = ""


GALLERY = {
    "a misspelt first word": Case(
        "statment 2018 by x: case is y", 1, 1, "begins with `statment`", "statement,", "statement"
    ),
    "a leg at the margin": Case(
        "exploiter -> bridge 1 ETH", 1, 1, "begins with `exploiter`", "legs and evidence are indented"
    ),
    "a misspelt keyword inside a line": Case(
        "claim x ETH att known", 1, 13, "unexpected `att`", "`at`", "at"
    ),
    "a keyword left out": Case(
        "statement 2018 FBI: case is y", 1, 16, "unexpected `FBI`", "`by`"
    ),
    "a line that ends too early": Case(
        "statement 2018 by FBI: case is", 1, 31, "ends too early", "a value"
    ),
    "a colon left out": Case(
        "statement 2018 by FBI case is y", 1, 23, "unexpected `case`", "a colon followed by a space"
    ),
    "words too many": Case(
        "election known known", 1, 16, "unexpected `known`", "the end of the line"
    ),
    "a misspelt basis": Case(
        "2018 payment recored", 1, 14, "`recored` is not a basis", "reported or inferred", "recorded"
    ),
    "a transaction without legs": Case(
        "2018 payment recorded", 1, 1, "without legs", "indented lines"
    ),
    "a clause given twice": Case(
        "2018 payment recorded key a key b\n bridge -> exploiter 1 ETH",
        1, 33, "`key` is given twice", "at most once",
    ),
    "an arrow without spaces": Case(
        HEAD + "  bridge->exploiter  1 ETH", 2, 22, "unexpected `1`", "`->`", "a space on each side"
    ),
    "a minus without a space": Case(
        HEAD + "  -bridge  1 ETH", 2, 12, "unexpected `1`", "`->`", "`-` with a space after it"
    ),
    "a misspelt alias": Case(
        HEAD + "  bridge -> exploter  1 ETH", 2, 13, "no holder is called `exploter`",
        "namespace:identifier", "exploiter",
    ),
    "an empty alias in quotation marks": Case(
        HEAD + '  "" -> exploiter  1 ETH', 2, 3, "no holder is called ``", "a declared alias"
    ),
    "a misspelt commodity": Case(
        HEAD + "  bridge -> exploiter  1 ETX", 2, 26, "no commodity is called `ETX`",
        "a declared commodity", "ETH",
    ),
    "a quantity left out": Case(
        HEAD + "  bridge -> exploiter  ETH", 2, 24, "unexpected `ETH`", "a number or `?`"
    ),
    "a thousands separator": Case(
        HEAD + "  bridge -> exploiter  173,600 ETH", 2, 24, "is not a number", "173600",
        "173600 or 173.600",
    ),
    "several thousands separators": Case(
        HEAD + "  bridge -> exploiter  1,173,600.5 ETH", 2, 24, "is not a number", "173600", "1173600.5"
    ),
    "a separator that can only group": Case(
        HEAD + "  bridge -> exploiter  173,605 BOX", 2, 24, "is not a number", "173600", "173605"
    ),
    "a decimal comma": Case(
        HEAD + "  bridge -> exploiter  10,00 ETH", 2, 24, "is not a number", "173600", "10.00"
    ),
    "a decimal comma behind grouping points": Case(
        HEAD + "  bridge -> exploiter  1.234,56 ETH", 2, 24, "is not a number", "173600", "1234.56"
    ),
    "commas that neither group nor part": Case(
        HEAD + "  bridge -> exploiter  1,00,00 ETH", 2, 24, "is not a number", "173600"
    ),
    "underscores in a number": Case(
        HEAD + "  bridge -> exploiter  173_600 ETH", 2, 24, "is not a number", "173600", "173600"
    ),
    "decimals too many": Case(
        HEAD + "  bridge -> exploiter  1.5 BOX", 2, 24, "more than the commodity's 0", "0 decimals"
    ),
    "a quantity of 10^38": Case(
        HEAD + "  bridge -> exploiter  1e38 BOX", 2, 24, "10^38", "a number such as"
    ),
    "a quantity below zero": Case(
        HEAD + "  bridge -> exploiter  -1 ETH", 2, 24, "below zero", "sides exchanged"
    ),
    "bounds out of order": Case(
        HEAD + "  bridge -> exploiter  5 [6..7] ETH", 2, 26, "not in order", "rising order"
    ),
    "bounds that bound nothing": Case(
        HEAD + "  bridge -> exploiter  ? [..] ETH", 2, 26, "bound nothing", "[90..]"
    ),
    "bounds that are no range": Case(
        HEAD + "  bridge -> exploiter  ? [6] ETH", 2, 26, "bound nothing", "[90..110]"
    ),
    "a bound that is no number": Case(
        HEAD + "  bridge -> exploiter  ? [6..x] ETH", 2, 26, "'x' is not a number", "a number such as"
    ),
    "a misspelt word behind an amount": Case(
        HEAD + "  bridge -> exploiter  1 ETH spend k", 2, 30, "unexpected `spend`", "`spends`", "spends"
    ),
    "an in-leg that spends": Case(
        HEAD + "  + bridge  1 ETH spends k", 2, 19, "unexpected `spends`", "`inexact`"
    ),
    "a leg numbered from nought": Case(
        "election known#0", 1, 10, "#0 numbers no leg", "from #1"
    ),
    "a misspelt `evidence`": Case(
        'observation 2018 seen "x"\n  evidense "y"', 2, 3, "`evidense` under `observation`",
        "evidence", "evidence",
    ),
    "an indented line under what takes none": Case(
        "election known\n    bridge -> exploiter 1 ETH", 2, 5, "under `election`", "unindented"
    ),
    "a time that is not in the calendar": Case(
        "2018-02-30 payment recorded\n bridge -> exploiter 1 ETH", 1, 1, "not in the calendar", "2018-01"
    ),
    "a clock without a zone": Case(
        'observation 2018-01-01T10:00:00 seen "x"', 1, 13, "no time zone: end it with Z", "Z"
    ),
    "a clock apart from its day": Case(
        "2024-01-11 10:00 payment recorded\n bridge -> exploiter 1 ETH", 1, 12,
        "the clock time `10:00` stands apart from its day", "one word", "2024-01-11T10:00Z",
    ),
    "a clock with a zone, apart from its day": Case(
        "statement 2024-01-11 10:00:05+09:00 by x: case is y", 1, 22, "`10:00:05` stands apart",
        "one word", "2024-01-11T10:00:05+09:00",
    ),
    "a clock in a comment": Case(
        "election known known ; 2024-01-11 10:00", 1, 16, "unexpected `known`", "the end of the line"
    ),
    "a range that runs backwards": Case(
        "stop holder bridge from 2019..2018", 1, 25, "ends before it begins", "2017-11..2018-02"
    ),
    "a span with dots too many": Case(
        "statement 2018 by x: case is y valid 2018..2019..2020", 1, 44, "dots too many", "2020..2021"
    ),
    "a span without an end": Case(
        "statement 2018 by x: case is y valid ..", 1, 38, "is no span", "2020.."
    ),
    "two kinds of validity": Case(
        "statement 2018 by x: case is y valid 2018 to 2019", 1, 38, "given twice", "either `valid`"
    ),
    "a quotation mark never closed": Case(
        'observation 2018 seen "never closed', 1, 23, "never closed", "on the same line"
    ),
    "a backslash that says nothing": Case(
        'observation 2018 seen "a\\qb"', 1, 25, "a backslash", "\\uXXXX"
    ),
    "half a surrogate pair": Case(
        'observation 2018 seen "\\uD800"', 1, 24, "a backslash", "\\uXXXX"
    ),
    "a backslash in a full name": Case(
        HEAD + '  bank:"a\\q" -> exploiter  1 ETH', 2, 10, "a backslash", "\\uXXXX"
    ),
    "a semicolon inside a word": Case(
        "election known;really", 1, 15, "semicolon inside a word", "a space before a comment"
    ),
    "a space that only looks plain": Case(
        "election\u00a0known", 1, 9, "U+00A0", "a plain space"
    ),
    "a character that does not show": Case(
        "election kn\u200bown", 1, 12, "U+200B does not show", "quotation marks"
    ),
    "a character that turns the reading": Case(
        "election known ; \u202eterces", 1, 18, "U+202E", "\\u202E inside quotation marks"
    ),
    "a nought byte": Case("election k\0nown", 1, 11, "U+0000", "\\u0000"),
    "an exponent that is no number": Case(
        "commodity USD exponent two", 1, 24, "unexpected `two`", "a number"
    ),
    "an exponent too large": Case("commodity USD exponent 39", 1, 24, "too large", "from 0 to 38"),
    "an exponent with decimals": Case(
        "commodity USD exponent 1.5", 1, 24, "is no exponent", "from 0 to 38"
    ),
    "a symbol that begins with a digit": Case(
        "commodity 1INCH exponent 18", 1, 11, "without quotation marks", "a letter, then"
    ),
    "a commodity declared twice": Case(
        "commodity ETH exponent 18", 1, 11, "commodity `ETH` is declared twice", "each name once"
    ),
    "an alias declared twice": Case(
        "holder bridge eth:0x3", 1, 8, "alias `bridge` is declared twice", "each name once"
    ),
    "a holder declared twice": Case(
        "holder other eth:0x1", 1, 8, "holder `eth:0x1` is declared twice", "each name once"
    ),
    "an entity named as a holder is": Case(
        "entity bridge", 1, 8, "name `bridge` is declared twice", "each name once"
    ),
    "a claim declared twice": Case(
        "claim x ETH at known\nclaim x ETH at known", 2, 7, "claim `x` is declared twice", "once"
    ),
    "a holder without a namespace": Case(
        "holder exploiter-2", 1, 8, "no full name", "namespace:identifier"
    ),
    "an alias with a colon": Case("holder a:b eth:0x3", 1, 8, "`a:b` is no alias", "without a colon"),
    "an alias with a meaning of its own": Case(
        "holder case eth:0x3", 1, 8, "a meaning of its own", "another alias"
    ),
    "a subject that nothing declares": Case(
        "statement 2018 by x: lazaru is y", 1, 22, "nothing is called `lazaru`", "quoted text", "lazarus"
    ),
    "a misspelt entity in a stop": Case(
        "stop entity lazarvs", 1, 13, "no entity is called `lazarvs`", "a declared entity", "lazarus"
    ),
    "a stop of nothing": Case(
        "stop holdr bridge", 1, 6, "unexpected `holdr`", "`entity`, `holder` or `transaction`", "holder"
    ),
    "a claim to nothing": Case("claim x 0 ETH at known", 1, 9, "a claim to nothing", "above zero"),
    "an observation without text": Case(
        "observation 2018 seen", 1, 18, "without its text", "quotation marks"
    ),
    "a misspelt question": Case(
        "expect trase fifo x: rests bridge 1 ETH", 1, 8, "unexpected `trase`", "`trace`", "trace"
    ),
    "a misspelt rule": Case(
        "expect trace fiffo x: rests bridge 1 ETH", 1, 14, "`fiffo` is not a rule", "pro_rata", "fifo"
    ),
    "a misspelt role": Case(
        "expect trace fifo x: rest bridge 1 ETH", 1, 22, "`rest` is not a role", "unresolved", "rests"
    ),
    "a misspelt column": Case(
        "expect total trace fifo x: claimd 1 ETH", 1, 28, "`claimd` is not a column", "overlap", "claimed"
    ),
    "a misspelt option": Case(
        "expect trace fifo x earli: rests bridge 1 ETH", 1, 21, "not an option", "late, early", "early"
    ),
    "two placements at once": Case(
        "expect trace fifo x late early: rests bridge 1 ETH", 1, 26, "`early` after `late`", "one of them"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GALLERY.values(), ids=GALLERY.keys())
def test_a_mistake_is_told_with_its_place(case: Case) -> None:
    with pytest.raises(EarmarkError) as caught:
        parse(DECLARED + case.text, "case.ledger")
    error = caught.value
    assert (error.file, error.line) == ("case.ledger", FIRST_LINE + case.line - 1)
    assert error.column == case.column, str(error)
    assert case.problem in error.problem
    assert case.expected in error.expected
    assert case.near in error.near_miss
    assert bool(case.near) == bool(error.near_miss), str(error)
    if case.near[:1].isdigit():
        assert case.near == error.near_miss


def test_an_indented_line_that_belongs_to_nothing() -> None:
    with pytest.raises(EarmarkError, match="belongs to nothing") as caught:
        parse("; a comment\n   a -> b 1 ETH")
    assert (caught.value.line, caught.value.column) == (2, 4)


def test_an_error_prints_in_one_line() -> None:
    with pytest.raises(EarmarkError) as caught:
        parse("stop holdr a", "case.ledger")
    assert str(caught.value) == (
        "case.ledger:1:6: unexpected `holdr`; expected `entity`, `holder` or `transaction`; "
        "did you mean holder?"
    )


def test_the_case_and_the_text_may_not_disagree() -> None:
    with pytest.raises(EarmarkError, match="exponent 6, as the case declares it") as caught:
        parse("commodity USD exponent 2", commodities={"USD": Commodity("USD", 6)})
    assert caught.value.column == len("commodity USD exponent 2")
    with pytest.raises(EarmarkError, match="eth:0x2, as the case declares it"):
        parse("holder a eth:0x1", holders=[Holder("eth:0x2", "a")])


def test_a_long_word_is_shown_shortened() -> None:
    with pytest.raises(EarmarkError) as caught:
        parse("x" * 100_000)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ["\r", "a\rb", "\x0b", "\x85", "\u2028", "\x1b[2J"])
def test_other_line_ends_and_controls_are_refused(text: str) -> None:
    with pytest.raises(EarmarkError, match="does not show"):
        parse(text)
