"""The least a card can be charged, exactly at its edges."""

import pytest

from bookapp.values.least import least_by_card, too_little
from bookapp.values.money import Money


@pytest.mark.parametrize(
    ("currency", "minor"),
    [("EUR", 50), ("GBP", 30), ("INR", 100), ("JPY", 50), ("HUF", 17_500), ("ISK", 50), ("ZAR", 50), ("KWD", 500)],
)
def test_each_currency_has_a_least_amount(currency: str, minor: int) -> None:
    assert least_by_card(currency) == Money(minor, currency)
    assert not too_little(Money(minor, currency))
    assert too_little(Money(minor - 1, currency))


def test_nothing_and_less_is_not_too_little_to_be_charged() -> None:
    assert [too_little(Money(minor, "EUR")) for minor in (-1, 0, 1, 49, 50)] == [False, False, True, True, False]
