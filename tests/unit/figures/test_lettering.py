from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.figures import lettering, svg


@pytest.mark.parametrize(
    ("identifier", "shown"),
    [
        ("eth:0x0e8bd5a3f2c14b6a7988aa00bb11cc22dd33ee44", "0x0e8b…ee44"),
        ("btc:bc1qexampleexampleexampleexample00000000", "bc1qex…0000"),
        ("imo:9000001", "9000001"),
        ("bank", "bank"),
        ("", ""),
    ],
)
def test_identifiers_are_shown_by_their_two_ends(identifier: str, shown: str) -> None:
    assert lettering.shortened(identifier) == shown


@given(st.text(max_size=300), st.integers(2_000, 90_000), st.integers(1, 5))
def test_wrapped_lines_fit(text: str, width: int, lines: int) -> None:
    rows = lettering.wrapped(text, width, lines)
    assert 1 <= len(rows) <= lines
    assert all(lettering.text_width(row) <= width for row in rows)


def test_an_isolate_is_closed_and_opened_again_where_a_line_breaks() -> None:
    rows = lettering.wrapped("من \u2066Alpha Beta\u2069 إلى", lettering.text_width("من Alpha "), 3)
    assert rows == ("من \u2066Alpha\u2069", "\u2066Beta\u2069 إلى")


@pytest.mark.parametrize(
    ("quantity", "exponent", "exact", "rough"),
    [
        (182_163_956_030_000, 9, "182,163.95603 X", "≈ 182,164 X"),
        (6_250 * 10**18, 18, "6,250 X", "6,250 X"),
        (1_234_567, 6, "1.234567 X", "1.234567 X"),
        (1_234_567_890_123, 12, "1.234567890123 X", "≈ 1.235 X"),
        (0, 3, "0 X", "0 X"),
        (7, 0, "7 X", "7 X"),
    ],
)
def test_quantities_are_exact_or_say_that_they_are_not(
    quantity: int, exponent: int, exact: str, rough: str
) -> None:
    written = (f(quantity, exponent, "X") for f in (lettering.exactly, lettering.roughly))
    isolated = [f"\u2066{text}\u2069".replace(" ", "\u00a0") for text in (exact, rough)]
    assert list(written) == isolated


@pytest.mark.parametrize(
    ("text", "direction"), [("بنك", "rtl"), ("12 (Bank", "ltr"), ("12", "ltr")]
)
def test_a_label_reads_as_its_first_letter_does(text: str, direction: str) -> None:
    assert lettering.reading_direction(text) == direction


@pytest.mark.parametrize(
    ("hundredths", "printed"), [(0, "0"), (100, "1"), (105, "1.05"), (-150, "-1.5"), (-5, "-0.05")]
)
def test_coordinates_are_printed_short(hundredths: int, printed: str) -> None:
    assert svg.number(hundredths) == printed
