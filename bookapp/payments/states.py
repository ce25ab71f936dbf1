"""The states of money in words, and what a person may have to look at: what it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bookapp.values.words import N_


class CaseKind(StrEnum):
    """The kinds of cases in the desk's queue."""

    REFUND_FAILED = "refund_failed"
    REFUND_UNCLEAR = "refund_unclear"
    PAYMENT_UNCLEAR = "payment_unclear"
    WRONG_AMOUNT = "wrong_amount"
    DISPUTE = "dispute"
    DIFFERENCE = "difference"
    REST_UNPAID = "rest_unpaid"
    BOUNCED = "payment_bounced"

    @property
    def label(self) -> str:
        """The words in the queue, to be translated."""
        return _LABELS[self]

    @property
    def advice(self) -> str:
        """What a person can do about it, to be translated."""
        return _ADVICE[self]

    @property
    def tone(self) -> str:
        """The tone of its badge: bad where somebody's money is stuck, wait where we do not know yet."""
        return "wait" if self in _UNCLEAR else "bad"


_UNCLEAR = {CaseKind.REFUND_UNCLEAR, CaseKind.PAYMENT_UNCLEAR, CaseKind.DIFFERENCE, CaseKind.REST_UNPAID}
_LABELS = {
    CaseKind.REFUND_FAILED: N_("Refund failed"),
    CaseKind.REFUND_UNCLEAR: N_("Refund without an answer"),
    CaseKind.PAYMENT_UNCLEAR: N_("Payment without an answer"),
    CaseKind.WRONG_AMOUNT: N_("Wrong amount arrived"),
    CaseKind.DISPUTE: N_("Payment disputed"),
    CaseKind.DIFFERENCE: N_("Books differ"),
    CaseKind.REST_UNPAID: N_("Rest not paid"),
    CaseKind.BOUNCED: N_("Payment bounced"),
}
_ADVICE = {
    CaseKind.REFUND_FAILED: N_("Send it again, put it into the wallet, or pay it by hand."),
    CaseKind.REFUND_UNCLEAR: N_("Look at the provider whether it was sent, then ask again."),
    CaseKind.PAYMENT_UNCLEAR: N_("Look at the provider whether it was paid, then ask again."),
    CaseKind.WRONG_AMOUNT: N_("It goes back whole by itself. Find out why it was wrong."),
    CaseKind.DISPUTE: N_("Answer the bank at the provider. Refunds of this payment wait."),
    CaseKind.DIFFERENCE: N_("Compare with the provider, put it right there or here, and say how."),
    CaseKind.REST_UNPAID: N_("Talk to the customer, or cancel the booking."),
    CaseKind.BOUNCED: N_("The bank refused it after the customer had left. They were told; see that they pay or know."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A state as a badge says it: tone, icon and the word, to be translated."""

    tone: str
    mark: str
    label: str


def told_state(state: str) -> Told:
    """The words for a state of a payment, refund or dispute; a state nobody has words for is said as it is."""
    return _STATES.get(state, Told("wait", "clock", state))


_STATES = {
    "pending": Told("wait", "clock", N_("Waiting for payment")),
    "succeeded": Told("good", "tick", N_("Paid")),
    "failed": Told("bad", "warn", N_("Failed")),
    "abandoned": Told("off", "cross", N_("Not paid")),
    "disputed": Told("bad", "warn", N_("Disputed")),
    "won": Told("good", "tick", N_("Dispute won")),
    "lost": Told("bad", "warn", N_("Dispute lost")),
    "initiated": Told("wait", "clock", N_("On its way")),
    "processed": Told("good", "tick", N_("Sent")),
    "open": Told("wait", "clock", N_("Open")),
}

# As those who run the place call them; on payment pages a gateway has other words.
GATEWAY_NAMES = {
    "stripe": "Stripe",
    "razorpay": "Razorpay",
    "sandbox": N_("Sandbox"),
    "venue": N_("Till at the venue"),
    "wallet": N_("Wallet"),
}
