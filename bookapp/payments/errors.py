"""Refusals around payments, and what a gateway may raise."""

from __future__ import annotations

from bookapp.values.errors import NotPossibleNow, NotValid, Unavailable
from bookapp.values.words import N_


class GatewayDown(Unavailable):
    """The provider could not be reached or answered with an error of its own. Unknown, not failed."""

    code = "gateway_down"
    sentence = N_("The payment provider cannot be reached at the moment. Nothing was charged; please try again.")


class GatewayRefused(NotPossibleNow):
    """The provider understood and said no; trying the same again is no use. `reason` is its own code for it."""

    code = "gateway_refused"
    sentence = N_("The payment provider refused. Nothing was charged.")

    def __init__(self, reason: str = code) -> None:
        super().__init__()
        self.reason = reason


class WalletTooLow(NotPossibleNow):
    """A wallet never goes below zero (invariant 4)."""

    code = "wallet_too_low"
    sentence = N_("There is not enough money in the wallet.")


class TooLittleForCard(NotPossibleNow):
    """No provider collects so little. Prices, deposits, rests and moves never come to that; this is the last guard."""

    code = "too_little_for_card"
    sentence = N_("This is too little to be paid by card. Please pay it from your wallet, or ask the house.")


class GiftCardRefused(NotValid):
    """A code that fills no wallet; the sentence says why and belongs to the field `code`."""

    code = "gift_card_refused"

    def __init__(self, sentence: str) -> None:
        super().__init__({"code": sentence})


class CaseClosed(NotPossibleNow):
    """Somebody was quicker, or it resolved itself."""

    code = "case_closed"
    sentence = N_("This case is closed already.")


class NothingToPayOut(NotPossibleNow):
    """Nothing is owed by this statement, or a later one has taken over what was."""

    code = "nothing_to_pay_out"
    sentence = N_("There is nothing to pay out by this statement: what was open stands on the one after it.")


class NothingLeft(NotPossibleNow):
    """More would go back than the payment still has."""

    code = "nothing_left"
    sentence = N_("That much is not left of this payment: some of it went back another way in the meantime.")


class BadSignature(Exception):
    """A webhook that the provider did not sign, or not lately. Answered with 400 and no effect."""
