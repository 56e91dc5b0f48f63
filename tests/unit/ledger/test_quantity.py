from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.ledger.quantity import LIMIT, format_quantity, nearest_double, parse_quantity


@pytest.mark.parametrize(
    ("text", "exponent", "quantity"),
    [
        ("173600", 18, 173600 * 10**18),
        ("1e-05", 18, 10**13),
        ("8564.6801891307459", 18, 8564680189130745900000),
        ("0.1", 1, 1),
        (".5", 1, 5),
        ("5.", 0, 5),
        ("1.50", 1, 15),
        ("1E3", 0, 1000),
        ("+7", 0, 7),
        ("-7.25", 2, -725),
        ("0", 38, 0),
        ("0e9999", 0, 0),
        ("0.000", 0, 0),
        ("99999999999999999999999999999999999999", 0, LIMIT - 1),
        ("0." + "9" * 38, 38, LIMIT - 1),
        ("18446744073709551617", 0, 2**64 + 1),
        ("1" + "0" * 50 + "e-50", 0, 1),
    ],
)
def test_a_number_is_read_exactly(text: str, exponent: int, quantity: int) -> None:
    assert parse_quantity(text, exponent) == quantity


@pytest.mark.parametrize(
    ("text", "exponent", "reason"),
    [
        ("", 0, "not a number"),
        (".", 0, "not a number"),
        ("1,000", 0, "not a number"),
        ("0x10", 0, "not a number"),
        ("nan", 0, "not a number"),
        ("١٢", 0, "not a number"),
        ("1_000", 0, "not a number"),
        ("0.1", 0, "more than the commodity's 0 decimals"),
        ("1e-3", 2, "more than the commodity's 2 decimals"),
        ("1e-9999", 18, "more than the commodity's 18 decimals"),
        ("1" + "0" * 38, 0, "10\\^38"),
        ("1", 38, "10\\^38"),
        ("1e9999", 0, "10\\^38"),
        ("9" * 5000, 0, "more than 400 digits"),
    ],
)
def test_what_is_no_quantity_is_refused_with_the_reason(
    text: str, exponent: int, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_quantity(text, exponent)


@given(st.integers(-LIMIT + 1, LIMIT - 1), st.integers(0, 38))
def test_a_printed_quantity_reads_back_as_itself(quantity: int, exponent: int) -> None:
    assert parse_quantity(format_quantity(quantity, exponent), exponent) == quantity


@pytest.mark.parametrize(
    ("quantity", "exponent", "text"),
    [(0, 18, "0"), (1, 18, "0.000000000000000001"), (-150, 2, "-1.5"), (10**38, 0, "1" + "0" * 38)],
)
def test_a_quantity_prints_every_digit_and_no_trailing_zero(
    quantity: int, exponent: int, text: str
) -> None:
    assert format_quantity(quantity, exponent) == text


@given(
    st.integers(0, LIMIT - 1)
    | st.builds(
        lambda n, shift: (2 * n + 1) << shift, st.integers(2**52, 2**53), st.integers(0, 60)
    )
)
def test_the_nearest_double_is_that_of_the_machine(quantity: int) -> None:
    assert nearest_double(quantity) == int(float(quantity))
