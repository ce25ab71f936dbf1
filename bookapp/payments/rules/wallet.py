"""How much of a sum a wallet pays."""

from __future__ import annotations

from bookapp.values.money import Money

# Providers refuse smaller charges (Stripe: half a euro, a dollar, 30 pence). In minor units of any currency.
LEAST_BY_CARD = 50


def wallet_part(due: Money, available: Money) -> Money:
    """How much of `due` comes from a wallet holding `available`, the rest being paid by card.

    What is left for the card is nothing, or enough for a provider to collect; so a wallet may keep a few cents.
    """
    part = min(due, available)
    rest = due - part
    if 0 < rest.minor < LEAST_BY_CARD:
        part = max(due - Money(LEAST_BY_CARD, due.currency), Money.zero(due.currency))
    return part
