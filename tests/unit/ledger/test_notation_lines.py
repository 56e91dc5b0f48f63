"""What each line of the notation means, as values."""

from __future__ import annotations

import pytest

from earmark.ledger.notation import parse, print_document, without_lines, words
from earmark.ledger.times import parse_when
from earmark.ledger.values import (
    Claim,
    Commodity,
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
from earmark.tracing.rules import RULES

DECLARED = """\
commodity ETH exponent 18
commodity OIL exponent 0
holder a eth:0x1
holder b eth:0x2
entity firm-1 firm
"""
DAY = parse_when("2018-01-05")


def legs_of(*lines: str) -> tuple[Leg, ...]:
    text = "\n".join(["2018-01-05 payment recorded", *(f"  {line}" for line in lines)])
    return parse(DECLARED + text).transactions[0].legs


@pytest.mark.parametrize(
    ("line", "commodity"),
    [
        ("commodity ETH exponent 18", Commodity("ETH", 18)),
        ('commodity ETH exponent 18 "Ether"', Commodity("ETH", 18, "Ether")),
        ('commodity ETH exponent 0 id "x"', Commodity("ETH", 0, "", "x")),
        ('commodity "1INCH" exponent 18 "a" id b', Commodity("1INCH", 18, "a", "b")),
    ],
)
def test_a_commodity(line: str, commodity: Commodity) -> None:
    assert parse(line).commodities == (commodity,)


@pytest.mark.parametrize(
    ("line", "holder"),
    [
        ("holder a eth:0x1", Holder("eth:0x1", "a")),
        ('holder a eth:0x1 "A"', Holder("eth:0x1", "a", "A")),
        ("holder eth:0x1", Holder("eth:0x1")),
        ('holder eth:0x1 "A"', Holder("eth:0x1", "", "A")),
        ('holder bank:"Pan Asia, Ltd"', Holder("bank:Pan Asia, Ltd")),
        ('holder "an alias" bank:"x:y" "A"', Holder("bank:x:y", "an alias", "A")),
        ("holder a sui:0x2::sui::SUI", Holder("sui:0x2::sui::SUI", "a")),
    ],
)
def test_a_holder(line: str, holder: Holder) -> None:
    assert parse(line).holders == (holder,)


@pytest.mark.parametrize(
    ("line", "entity"),
    [
        ("entity panel", Entity("panel")),
        ("entity lazarus cluster", Entity("lazarus", "cluster")),
        ('entity lazarus "Lazarus Group"', Entity("lazarus", "", "Lazarus Group")),
        ('entity "Lazarus Group" cluster "x"', Entity("Lazarus Group", "cluster", "x")),
        ('entity lazarus "odd kind" "x"', Entity("lazarus", "odd kind", "x")),
    ],
)
def test_an_entity(line: str, entity: Entity) -> None:
    assert parse(line).entities == (entity,)


def test_a_statement_with_every_clause_in_any_order() -> None:
    line = (
        'statement 2022-04-14 by "FBI" (government): a belongs_to firm-1 supersedes s:0 key s:1 '
        'response "no" contested by "A" source "u" valid 2020..2021-06'
    )
    assert parse(DECLARED + line).statements == (
        Statement(
            said=parse_when("2022-04-14"),
            by="FBI",
            by_kind="government",
            subject="eth:0x1",
            predicate="belongs_to",
            value="firm-1",
            valid_from=parse_when("2020"),
            valid_to=parse_when("2021-06"),
            source="u",
            contested_by="A",
            response="no",
            key="s:1",
            supersedes="s:0",
        ),
    )


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ("case", "case"),
        ("a", "eth:0x1"),
        ('"a"', "a"),
        ("firm-1", "firm-1"),
        ('"The Firm"', "The Firm"),
        ("btc:4fb1", "btc:4fb1"),
        ('bank:"a b"', "bank:a b"),
    ],
)
def test_the_subject_of_a_statement(written: str, subject: str) -> None:
    statement = parse(f'{DECLARED}statement ? by x: {written} is "y"').statements[0]
    assert statement.subject == subject


@pytest.mark.parametrize(
    ("written", "value"),
    [("a", "eth:0x1"), ('"a"', "a"), ("word", "word"), ("eth:0x9", "eth:0x9")],
)
def test_the_value_of_a_statement(written: str, value: str) -> None:
    assert parse(f"{DECLARED}statement ? by x: case is {written}").statements[0].value == value


@pytest.mark.parametrize(
    ("clause", "valid_from", "valid_to"),
    [
        ("valid 2020", "2020", "2020"),
        ("valid 2020..", "2020", "?"),
        ("valid ..2021-03", "?", "2021-03"),
        ("from 2020", "2020", "?"),
        ("from 2020-01..2020-03 to ..2021", "2020-01..2020-03", "..2021"),
    ],
)
def test_the_validity_of_a_statement(clause: str, valid_from: str, valid_to: str) -> None:
    statement = parse(f"statement ? by x: case is y {clause}").statements[0]
    assert statement.valid_from == parse_when(valid_from)
    assert statement.valid_to == parse_when(valid_to)


def test_a_transaction_with_every_clause() -> None:
    text = """\
2018-01-05 payment inferred "note" supersedes k:0 ref "invoice 1" key k:1
  a -> eth:0x9  1.5 ETH   ; a comment
; another comment, at the margin
  evidence "a.csv" "line 4"

  evidence b.pdf contradicting
"""
    leg = Leg("out", "eth:0x1", "ETH", 15 * 10**17)
    assert without_lines(parse(DECLARED + text)).transactions == (
        Transaction(
            when=DAY,
            kind="payment",
            basis="inferred",
            legs=(leg, Leg("in", "eth:0x9", "ETH", 15 * 10**17)),
            key="k:1",
            ref="invoice 1",
            supersedes="k:0",
            note="note",
            evidence=(Evidence("a.csv", "line 4"), Evidence("b.pdf", "", "contradicting")),
        ),
    )


@pytest.mark.parametrize(
    ("amount", "quantity", "low", "high"),
    [
        ("100", 100, None, None),
        ("1e2", 100, None, None),
        ("?", None, None, None),
        ("? [90..110]", None, 90, 110),
        ("? [90..]", None, 90, None),
        ("? [..110]", None, None, 110),
        ("100 [90..110]", 100, 90, 110),
        ("100 [ 90 .. 110 ]", 100, 90, 110),
    ],
)
def test_an_amount(amount: str, quantity: int | None, low: int | None, high: int | None) -> None:
    legs = legs_of(f"- a {amount} OIL", f"+ b {amount} OIL")
    assert legs == (
        Leg("out", "eth:0x1", "OIL", quantity, low, high),
        Leg("in", "eth:0x2", "OIL", quantity, low, high),
    )
    assert legs == legs_of(f"a -> b {amount} OIL")


def test_what_stands_behind_an_amount() -> None:
    out, into = legs_of("a -> b 1 OIL spends k#2 inexact")
    assert out == Leg("out", "eth:0x1", "OIL", 1, spends=LegName("k", 2), inexact=True)
    assert into == Leg("in", "eth:0x2", "OIL", 1, inexact=True)


@pytest.mark.parametrize(
    ("written", "leg"),
    [
        ("k", LegName("k")),
        ("eth:0xab:0#12", LegName("eth:0xab:0", 12)),
        ("k#x", LegName("k#x")),
        ('"k#2"', LegName("k#2")),
        ('"a b"#3', LegName("a b", 3)),
        ('"k#2"#3', LegName("k#2", 3)),
    ],
)
def test_the_name_of_a_leg(written: str, leg: LegName) -> None:
    assert parse(f"election {written}").elections == (Election(leg),)


def test_an_observation() -> None:
    text = 'observation 2018-01-05 position key o:1 "seen" holder a\n  evidence "ais.csv" "row 1"'
    assert without_lines(parse(DECLARED + text)).observations == (
        Observation(DAY, "position", "seen", "eth:0x1", "o:1", (Evidence("ais.csv", "row 1"),)),
    )


def test_a_link() -> None:
    text = 'link swap reported "in parts": k#1,l -> m#2, "n o"#1\n  evidence "list"'
    assert parse(text).links == (
        Link(
            "swap",
            "reported",
            (LegName("k", 1), LegName("l")),
            (LegName("m", 2), LegName("n o", 1)),
            "in parts",
            (Evidence("list"),),
        ),
    )


def test_claims_on_whole_legs_and_on_first_units() -> None:
    text = 'claim all ETH at k, l#2\nclaim some 1.5 ETH at k for "us"'
    assert parse(DECLARED + text).claims == (
        Claim("all", "ETH", (LegName("k"), LegName("l", 2))),
        Claim("some", "ETH", (LegName("k"),), 15 * 10**17, "us"),
    )


def test_stops() -> None:
    text = """\
stop holder a role mixer "Mixer" from 2020 to 2021 jurisdiction "X" supervisor "Y"
stop entity firm-1
stop entity "elsewhere"
stop transaction btc:1
"""
    assert parse(DECLARED + text).stops == (
        Stop(
            "holder", "eth:0x1", "mixer", "Mixer", parse_when("2020"), parse_when("2021"), "X", "Y"
        ),
        Stop("entity", "firm-1"),
        Stop("entity", "elsewhere"),
        Stop("transaction", "btc:1"),
    )


def test_a_finding() -> None:
    text = (
        'finding peel 2.1 2018-01-05 score 0.8 subjects a, "B" reasons "r", "s"\n  evidence "x" "y"'
    )
    assert parse(DECLARED + text).findings == (
        Finding("peel", "2.1", DAY, ("eth:0x1", "B"), ("r", "s"), "0.8", (Evidence("x", "y"),)),
    )
    assert parse("finding peel 1 ?").findings == (Finding("peel", "1", When(), (), ()),)


@pytest.mark.parametrize(
    ("line", "expect"),
    [
        (
            "trace fifo theft: rests a 1 OIL",
            Expect("trace", ("fifo", "theft"), "rests", "eth:0x1", 1, "OIL"),
        ),
        (
            "trace lifo theft low only early: fee b ? OIL",
            Expect(
                "trace", ("lifo", "theft", "early", "only", "low"), "fee", "eth:0x2", None, "OIL"
            ),
        ),
        (
            "total trace poison theft: overlap 2 OIL",
            Expect("total", ("trace", "poison", "theft"), "overlap", "", 2, "OIL"),
        ),
        (
            "origins fifo a at 2018-01-01..2018-01-31: b 3 OIL",
            Expect("origins", ("fifo", "eth:0x1", "at", "2018-01"), "", "eth:0x2", 3, "OIL"),
        ),
        (
            "origins fifo a: k:1#2 3 OIL",
            Expect("origins", ("fifo", "eth:0x1"), "", "k:1#2", 3, "OIL"),
        ),
        (
            "shares a at 2018: untraced 3 OIL",
            Expect("shares", ("eth:0x1", "at", "2018"), "", "untraced", 3, "OIL"),
        ),
        ("balance a: -3 OIL", Expect("balance", ("eth:0x1",), "", "", -3, "OIL")),
        (
            "balance a at 2018: 3 OIL",
            Expect("balance", ("eth:0x1", "at", "2018"), "", "", 3, "OIL"),
        ),
        ("opening a: 0.5 ETH", Expect("opening", ("eth:0x1",), "", "", 5 * 10**17, "ETH")),
        ("rejected k:1", Expect("rejected", ("k:1",), "", "", None, "")),
    ],
)
def test_an_expected_answer(line: str, expect: Expect) -> None:
    document = parse(f"expect {line}\n{DECLARED}")
    assert without_lines(document).expects == (expect,)
    assert document.expects[0].line == 1


def test_a_bare_subject_may_name_a_key_a_claim_or_a_link_of_the_text() -> None:
    text = """\
2018 payment recorded key plain
  a -> b  1 OIL
claim theft OIL at plain
link swap reported: plain#1 -> plain#2
finding odd 1 ? subjects plain, plain#2, theft, swap
"""
    assert parse(DECLARED + text).findings[0].subjects == ("plain", "plain#2", "theft", "swap")


def test_what_a_case_declares_elsewhere_is_known_but_not_part_of_the_document() -> None:
    given = {"USD": Commodity("USD", 2)}
    text = "2018 payment recorded\n  bank -> shop:1  1.50 USD\n"
    document = parse(text, commodities=given, holders=[Holder("bank:1", "bank")])
    assert document.transactions[0].legs[0] == Leg("out", "bank:1", "USD", 150)
    assert (document.commodities, document.holders) == ((), ())
    printed = print_document(document, given, [Holder("bank:1", "bank")])
    assert printed == "2018 payment recorded\n  bank -> shop:1  1.5 USD\n"


def test_declarations_hold_wherever_they_stand() -> None:
    lines = ["2018 payment recorded", "  a -> b  1 OIL", *reversed(DECLARED.splitlines())]
    assert parse("\n".join(lines)).transactions[0].legs[1].holder == "eth:0x2"


def test_windows_line_ends_tabs_and_a_byte_order_mark_are_harmless() -> None:
    text = "\ufeff" + DECLARED + "2018\tpayment recorded\n\ta -> b\t1 OIL\n"
    assert parse(text.replace("\n", "\r\n")) == parse(text.removeprefix("\ufeff"))


def test_an_empty_text_is_an_empty_document() -> None:
    assert parse("") == parse("\n; only a comment\n") == parse("  \n\t\n")
    assert print_document(parse("")) == ""


def test_the_notation_and_the_tracing_room_know_the_same_rules() -> None:
    assert tuple(RULES) == words.RULES
