"""The least a card can be charged: what the providers document, in one table. Nothing smaller is ever asked for.

Stripe: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts. Razorpay takes no less than a rupee,
which is more than Stripe's half of one. Where both can be switched on, the larger one counts, whichever is chosen.
"""

from __future__ import annotations

from bookapp.values.money import Money, decimals_of

_DOCUMENTED = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 15_00, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 175_00, "INR": 100, "JPY": 50, "MXN": 10_00, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200,
    "RON": 200, "SEK": 300, "SGD": 50, "THB": 10_00, "USD": 50,
}  # fmt: skip
# Of other currencies providers ask for what half a dollar is worth that day; they say so themselves when it is less.
_OTHERWISE = 50


def least_by_card(currency: str) -> Money:
    """The smallest amount of `currency` that is ever asked of a card."""
    thousandths = 10 if decimals_of(currency) == 3 else 1
    return Money(_DOCUMENTED.get(currency, _OTHERWISE * thousandths), currency)


def too_little(amount: Money) -> bool:
    """Whether there is something to pay, and less of it than any card can be charged."""
    return Money.zero(amount.currency) < amount < least_by_card(amount.currency)
