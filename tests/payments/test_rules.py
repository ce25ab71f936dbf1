"""How much of a price a wallet pays."""

from hypothesis import given
from hypothesis import strategies as st

from bookapp.payments.rules import wallet_part
from bookapp.values.least import least_by_card
from bookapp.values.money import Money

amounts = st.integers(0, 10**9).map(lambda minor: Money(minor, "EUR"))


@given(due=amounts.filter(bool), available=amounts)
def test_the_card_pays_nothing_or_enough_to_be_collected(due: Money, available: Money) -> None:
    part = wallet_part(due, available)
    rest = due - part
    assert Money.zero("EUR") <= part <= min(due, available)
    assert rest.minor == 0 or rest.minor >= min(least_by_card("EUR").minor, due.minor)


@given(due=amounts.filter(bool))
def test_a_full_wallet_pays_all(due: Money) -> None:
    assert wallet_part(due, due) == due


def test_a_few_cents_stay_in_the_wallet_rather_than_on_the_card() -> None:
    assert wallet_part(Money(2000, "EUR"), Money(1990, "EUR")) == Money(1950, "EUR")
