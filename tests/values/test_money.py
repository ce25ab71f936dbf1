"""Money: rounding, splitting, and never two currencies in one sum."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.values.money import Money, round_half_up, total


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("262.50", "EUR", 26250),
        ("262.5", "EUR", 26250),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("-3", "GBP", -300),
    ],
)
def test_reads_decimals_of_the_currency(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"), [("1.005", "EUR"), ("1.5", "JPY"), ("a", "EUR"), ("NaN", "EUR"), ("", "EUR")]
)
def test_refuses_what_is_no_amount(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals"):
        Money.parse(text, currency)


@pytest.mark.parametrize("code", ["eur", "EU", "EURO", "E1R", ""])
def test_refuses_what_is_no_currency(code: str) -> None:
    with pytest.raises(ValueError, match="currency"):
        Money(1, code)


def test_amount_has_the_decimals_of_the_currency() -> None:
    assert str(Money(26250, "EUR").amount) == "262.50"
    assert str(Money(1200, "JPY").amount) == "1200"
    assert str(Money(5, "KWD").amount) == "0.005"


@pytest.mark.parametrize(
    ("minor", "factor", "result"), [(1, "0.5", 1), (3, "0.5", 2), (-1, "0.5", -1), (100, "1.255", 126), (7, "0", 0)]
)
def test_rounds_halves_away_from_zero(minor: int, factor: str, result: int) -> None:
    assert Money(minor, "EUR").times(Decimal(factor)) == Money(result, "EUR")


def test_percent_is_of_the_amount() -> None:
    assert Money(5400, "EUR").percent(75) == Money(4050, "EUR")
    assert Money(333, "EUR").percent(50) == Money(167, "EUR")


def test_never_mixes_currencies() -> None:
    euro, pound = Money(1, "EUR"), Money(1, "GBP")
    for mix in (lambda: euro + pound, lambda: euro - pound, lambda: euro < pound, lambda: euro >= pound):
        with pytest.raises(ValueError, match="cannot mix"):
            mix()


@pytest.mark.parametrize(
    ("value", "result"),
    [("1/2", 1), ("-1/2", -1), ("1/3", 0), ("2/3", 1), ("-2/3", -1), ("0", 0), ("5/2", 3), ("-5/2", -3), ("7", 7)],
)
def test_fractions_are_rounded_the_same_way(value: str, result: int) -> None:
    assert round_half_up(Fraction(value)) == result
    assert round_half_up(Decimal(Fraction(value).numerator) / Fraction(value).denominator) == result


def test_the_rest_of_a_split_goes_to_the_largest_remainders() -> None:
    assert [part.minor for part in Money(100, "EUR").split([1, 1, 1])] == [34, 33, 33]
    assert [part.minor for part in Money(-100, "EUR").split([1, 1, 1])] == [-34, -33, -33]
    assert [part.minor for part in Money(10, "EUR").split([1, 3, 3])] == [2, 4, 4]
    assert [part.minor for part in Money(5, "EUR").split([1])] == [5]


def test_equal_amounts_are_neither_less_nor_more() -> None:
    one, same = Money(1, "EUR"), Money(1, "EUR")
    assert not one < same
    assert not one > same
    assert one <= same
    assert one >= same


def test_compares_and_sums() -> None:
    one, two = Money(1, "EUR"), Money(2, "EUR")
    assert one < two <= two and two > one and two >= two and -one == Money(-1, "EUR")
    assert total([one, two], "EUR") == Money(3, "EUR")
    assert not total([], "EUR")


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
def test_a_split_loses_nothing(minor: int, weights: list[int]) -> None:
    parts = Money(minor, "EUR").split(weights)
    assert sum(part.minor for part in parts) == minor
    assert all(abs(part.minor - minor * weight / sum(weights)) < 1 for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 2]])
def test_a_split_needs_weights(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100, "EUR").split(weights)
