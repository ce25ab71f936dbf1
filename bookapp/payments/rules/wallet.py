"""How much of a sum a wallet pays."""

from __future__ import annotations

from bookapp.values.least import least_by_card, too_little
from bookapp.values.money import Money


def wallet_part(due: Money, available: Money) -> Money:
    """How much of `due` comes from a wallet holding `available`, the rest being paid by card.

    What is left for the card is nothing, or enough for a provider to collect; so a wallet may keep a few cents.
    """
    part = min(due, available)
    if too_little(due - part):
        part = max(due - least_by_card(due.currency), Money.zero(due.currency))
    return part
