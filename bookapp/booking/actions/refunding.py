"""Money that goes back for a booking, spread over what was paid: newest payment first (product.md, "Due back")."""

from __future__ import annotations

from bookapp.booking import messages, queries, rules
from bookapp.booking.models import Booking
from bookapp.infra.db import action
from bookapp.notifications.actions import send
from bookapp.payments import actions as payments
from bookapp.payments.events import RefundProcessed
from bookapp.payments.queries import payments_of, refund_by_id
from bookapp.values.money import Money, total


def refund_spread(booking: Booking, amount: Money, *, cause: str) -> None:
    """Inside an action, with the booking locked: promise `amount` back, to where it came from."""
    settled = [payment for payment in reversed(payments_of(booking.ref)) if payment.state == "succeeded"]
    left = [
        (
            payment.id,
            payment.amount
            - total((refund.amount for refund in payment.refunds if refund.state != "failed"), payment.currency),
        )
        for payment in settled
    ]
    for payment_id, part in rules.refunds_newest_first(left, amount):
        payments.refund(payment_id, part, cause=cause)


@action
def hear_refunded(event: RefundProcessed) -> None:
    """The provider has sent money back: tell its owner."""
    booking = queries.lock_by_ref(event.reference)
    refund = refund_by_id(event.refund_id)
    send(messages.booking_refunded(booking, refund.amount, cause=f"refund:{refund.id}"))
