"""What a person may have to look at, in words: what it is, and what to do about it."""

from __future__ import annotations

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
