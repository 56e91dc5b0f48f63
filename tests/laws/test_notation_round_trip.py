"""Whatever a document says, its printed text says the same; a printed text prints as itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from unicodedata import bidirectional, category

from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.ledger.errors import EarmarkError
from earmark.ledger.notation import decode, parse, print_document, without_lines
from earmark.ledger.notation.words import COLUMNS, KEYWORDS, OPTIONS, ROLES, RULES
from earmark.ledger.quantity import LIMIT
from earmark.ledger.times import FIRST, LAST, format_when, parse_when
from earmark.ledger.values import (
    Claim,
    Commodity,
    Document,
    Election,
    Entity,
    Evidence,
    Expect,
    Finding,
    Holder,
    Leg,
    LegName,
    Link,
    Observation,
    Statement,
    Stop,
    Transaction,
    When,
)

HIDDEN_CATEGORIES = {"Cc", "Co", "Cs", "Zl", "Zp", "Zs"}
TURNING_CLASSES = {"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"}
AWKWARD = (
    *sorted(KEYWORDS),
    *("->", "-", "+", "?", ":", ",", ";", "#", "(x)", "[1..2]", "a:", "a,b", "a;b", "a b", "k#1"),
    *('"', "\\", "\\n", "a\nb", "\t", "2018", "2018..", "..", "case", "untraced", "0", "eth:0x1"),
    *("سامية", "\u202eevil", "ab\u200fcd", "\u2066x\u2069", "\ufeff", "\u00a0", "\U000e0041", "…"),
)
TEXTS = st.sampled_from(AWKWARD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = TEXTS.filter(bool)
OPTIONAL = st.just("") | TEXTS
HOLDER_NAMES = st.builds("{}:{}".format, st.sampled_from(["eth", "bank", "Un-known_1"]), NAMES)
ALIASES = NAMES.filter(lambda name: ":" not in name and name not in {"case", "untraced"})
SYMBOLS = st.sampled_from(["ETH", "OIL", "at", "usd.e/x:1"]) | NAMES
MOMENTS = st.integers(FIRST, LAST) | st.sampled_from([FIRST, LAST, 0, -1])
EDGES = st.sampled_from(["2018", "2018-02", "2018-02-03", "2018-02-03T04:05Z"]).map(parse_when)
WHENS = (
    st.builds(When, st.none() | MOMENTS)
    | st.builds(When, st.none(), MOMENTS)
    | st.tuples(MOMENTS, MOMENTS).map(lambda pair: When(*sorted(pair)))
    | EDGES
)
QUANTITIES = st.integers(0, LIMIT - 1)
BASES = st.sampled_from(["recorded", "reported", "inferred"])
LEG_NAMES = st.builds(LegName, NAMES, st.none() | st.integers(1, 999_999_999))
LEG_LISTS = st.lists(LEG_NAMES, min_size=1, max_size=3).map(tuple)
EVIDENCE = st.lists(
    st.builds(Evidence, TEXTS, OPTIONAL, st.sampled_from(["supporting", "contradicting"])),
    max_size=2,
).map(tuple)


Value = TypeVar("Value")


def tuples(of: st.SearchStrategy[Value], most: int = 2) -> st.SearchStrategy[tuple[Value, ...]]:
    return st.lists(of, max_size=most).map(tuple)


@st.composite
def amounts(draw: st.DrawFn) -> tuple[int | None, int | None, int | None]:
    low, best, high = sorted(draw(st.tuples(QUANTITIES, QUANTITIES, QUANTITIES)))
    low_kept, best_kept, high_kept = draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
    return best if best_kept else None, low if low_kept else None, high if high_kept else None


@st.composite
def leg_tuples(
    draw: st.DrawFn, holders: st.SearchStrategy[str], symbols: list[str]
) -> tuple[Leg, ...]:
    legs: list[Leg] = []
    for kind in draw(st.lists(st.sampled_from(["out", "in", "move"]), min_size=1, max_size=3)):
        what = draw(amounts())
        symbol = draw(st.sampled_from(symbols))
        inexact = draw(st.booleans())
        spends = draw(st.none() | LEG_NAMES)
        if kind in {"out", "move"}:
            legs.append(Leg("out", draw(holders), symbol, *what, spends=spends, inexact=inexact))
        if kind in {"in", "move"}:
            legs.append(Leg("in", draw(holders), symbol, *what, inexact=inexact))
    return tuple(legs)


@st.composite
def expects(draw: st.DrawFn, holders: st.SearchStrategy[str], symbols: list[str]) -> Expect:
    question = draw(
        st.sampled_from(["trace", "total", "origins", "shares", "balance", "opening", "rejected"])
    )
    at = draw(st.just(()) | WHENS.map(lambda when: ("at", format_when(when))))
    options = [draw(st.just("") | st.sampled_from(group)) for group in OPTIONS]
    trace = (draw(st.sampled_from(RULES)), draw(NAMES), *filter(None, options))
    holder = draw(holders)
    number = draw(st.none() | st.integers(-LIMIT + 1, LIMIT - 1))
    answer = (number, draw(st.sampled_from(symbols)))
    subject = draw(holders | TEXTS)
    return {
        "trace": lambda: Expect("trace", trace, draw(st.sampled_from(ROLES)), holder, *answer),
        "total": lambda: Expect(
            "total", ("trace", *trace), draw(st.sampled_from(COLUMNS)), "", *answer
        ),
        "origins": lambda: Expect("origins", (trace[0], holder, *at), "", subject, *answer),
        "shares": lambda: Expect("shares", (holder, *at), "", subject, *answer),
        "balance": lambda: Expect("balance", (holder, *at), "", "", *answer),
        "opening": lambda: Expect("opening", (holder,), "", "", *answer),
        "rejected": lambda: Expect("rejected", (draw(NAMES),), "", "", None, ""),
    }[question]()


@st.composite
def documents(draw: st.DrawFn) -> Document:
    commodities = draw(
        st.lists(
            st.builds(Commodity, SYMBOLS, st.integers(0, 38), OPTIONAL, OPTIONAL),
            min_size=1,
            max_size=3,
            unique_by=lambda commodity: commodity.symbol,
        )
    )
    declared = draw(
        st.lists(
            st.builds(Holder, HOLDER_NAMES, st.just("") | ALIASES, OPTIONAL),
            max_size=3,
            unique_by=(lambda holder: holder.name, lambda holder: holder.alias or holder.name),
        )
    )
    aliases = {holder.alias for holder in declared}
    entities = draw(
        st.lists(
            st.builds(Entity, TEXTS.filter(lambda name: name not in aliases), OPTIONAL, OPTIONAL),
            max_size=2,
            unique_by=lambda entity: entity.name,
        )
    )
    names = [holder.name for holder in declared]
    holders = st.sampled_from(names) | HOLDER_NAMES if names else HOLDER_NAMES
    symbols = [commodity.symbol for commodity in commodities]
    known = [*aliases - {""}, *(entity.name for entity in entities), *names, "case"]
    subjects = st.sampled_from(known) | TEXTS
    transactions = st.builds(
        Transaction,
        when=WHENS,
        kind=TEXTS,
        basis=BASES,
        legs=leg_tuples(holders, symbols),
        key=OPTIONAL,
        ref=OPTIONAL,
        supersedes=OPTIONAL,
        note=OPTIONAL,
        evidence=EVIDENCE,
    )
    statements = st.builds(
        Statement,
        said=WHENS,
        by=TEXTS,
        by_kind=OPTIONAL,
        subject=subjects,
        predicate=TEXTS,
        value=subjects,
        valid_from=WHENS,
        valid_to=WHENS,
        source=OPTIONAL,
        contested_by=OPTIONAL,
        response=OPTIONAL,
        key=OPTIONAL,
        supersedes=OPTIONAL,
    )
    stopped = (
        st.tuples(st.just("holder"), holders)
        | st.tuples(st.just("entity"), subjects)
        | st.tuples(st.just("transaction"), TEXTS)
    )
    stops = st.builds(
        lambda kind_and_name, *rest: Stop(*kind_and_name, *rest),
        stopped,
        OPTIONAL,
        OPTIONAL,
        WHENS,
        WHENS,
        OPTIONAL,
        OPTIONAL,
    )
    claims = st.lists(
        st.builds(
            Claim,
            TEXTS,
            st.sampled_from(symbols),
            LEG_LISTS,
            st.none() | st.integers(1, LIMIT - 1),
            OPTIONAL,
        ),
        max_size=2,
        unique_by=lambda claim: claim.name,
    )
    return Document(
        commodities=tuple(commodities),
        holders=tuple(declared),
        entities=tuple(entities),
        statements=draw(tuples(statements)),
        transactions=draw(tuples(transactions)),
        observations=draw(
            tuples(
                st.builds(
                    Observation, WHENS, TEXTS, TEXTS, st.just("") | holders, OPTIONAL, EVIDENCE
                )
            )
        ),
        links=draw(tuples(st.builds(Link, TEXTS, BASES, LEG_LISTS, LEG_LISTS, OPTIONAL, EVIDENCE))),
        claims=tuple(draw(claims)),
        stops=draw(tuples(stops)),
        elections=draw(tuples(st.builds(Election, LEG_NAMES))),
        findings=draw(
            tuples(
                st.builds(
                    Finding,
                    TEXTS,
                    TEXTS,
                    WHENS,
                    tuples(subjects),
                    tuples(TEXTS),
                    OPTIONAL,
                    EVIDENCE,
                )
            )
        ),
        expects=draw(tuples(expects(holders, symbols), 4)),
    )


@settings(max_examples=200)
@given(documents())
def test_a_printed_document_reads_back_as_itself(document: Document) -> None:
    assert without_lines(parse(print_document(document))) == document


@settings(max_examples=100)
@given(documents())
def test_a_printed_text_prints_as_itself_with_its_own_line_numbers(document: Document) -> None:
    text = print_document(document)
    read = parse(text)
    assert print_document(read) == text
    first_words = [text.splitlines()[expect.line - 1].split()[0] for expect in read.expects]
    assert first_words == ["expect"] * len(read.expects)


@settings(max_examples=100)
@given(documents())
def test_a_printed_text_shows_everything_it_holds(document: Document) -> None:
    shown = set(print_document(document)) - {" ", "\n"}
    assert not {character for character in shown if category(character) in HIDDEN_CATEGORIES}
    assert not {character for character in shown if bidirectional(character) in TURNING_CLASSES}
    assert not shown & set("\u061c\u200b\u200e\u200f\ufeff")


@given(WHENS)
def test_a_printed_time_reads_back_as_itself(when: When) -> None:
    assert parse_when(format_when(when)) == when
    assert format_when(parse_when(format_when(when))) == format_when(when)


WORDS = st.sampled_from(
    [*AWKWARD, "  ", "\n", "\n  ", "2018 payment recorded", "1", "ETH", "eth:0x1"]
)


def outcome(attempt: Callable[[], Value]) -> Value | EarmarkError:
    try:
        return attempt()
    except EarmarkError as error:
        return error


@settings(max_examples=500)
@given(st.lists(WORDS | st.text(max_size=4), max_size=25).map(" ".join) | st.text())
def test_no_text_ends_in_anything_but_a_document_or_a_placed_error(text: str) -> None:
    found = outcome(lambda: parse(f"commodity ETH exponent 18\n{text}", "hostile.ledger"))
    if isinstance(found, EarmarkError):
        assert found.file == "hostile.ledger"
        assert found.line
        assert found.column
        assert found.expected
    else:
        assert without_lines(parse(print_document(found))) == without_lines(found)


@given(st.binary() | st.text().map(lambda text: text.encode("utf-16")))
def test_no_bytes_end_in_anything_but_a_text_or_a_placed_error(data: bytes) -> None:
    found = outcome(lambda: decode(data, "hostile.ledger"))
    if isinstance(found, EarmarkError):
        assert found.file == "hostile.ledger"
        assert found.line
        assert found.column
    else:
        assert data.removeprefix(b"\xef\xbb\xbf") == found.encode("utf-8")
