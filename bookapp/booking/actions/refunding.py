"""Money that goes back for a booking, spread over what was paid: newest payment first (product.md, "Due back")."""

from __future__ import annotations

import datetime as dt

from bookapp.audit.actions import record
from bookapp.booking import messages, queries, rules
from bookapp.booking.models import Booking
from bookapp.booking.queries.destinations import TO_WALLET
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import action, db
from bookapp.notifications.actions import send
from bookapp.payments import actions as payments
from bookapp.payments.events import RefundProcessed
from bookapp.payments.models import Payment
from bookapp.payments.queries import payments_of, refund_by_id
from bookapp.values.money import Money, total


def refund_spread(
    booking: Booking,
    amount: Money,
    *,
    cause: str,
    now: dt.datetime,
    to: str = "original",
    reason: str = "",
    actor: Actor = SYSTEM,
) -> None:
    """Inside an action, with the booking locked: promise `amount` back, newest payment first.

    `to` is the customer's choice for what came by card: "original" or "wallet". What came from a wallet goes back to
    it either way; of a mixed payment the wallet's part is the newer one.
    """
    counted = [payment for payment in reversed(payments_of(booking.ref)) if payment.counts]
    left = [
        (
            payment.id,
            payment.amount
            - total((refund.amount for refund in payment.refunds if refund.state != "failed"), payment.currency),
        )
        for payment in counted
    ]
    owner = booking.customer_id if to == "wallet" else None
    for payment_id, part in rules.refunds_newest_first(left, amount):
        payments.refund(
            payment_id,
            part,
            cause=cause,
            now=now,
            destination="wallet" if owner else "original",
            user_id=owner,
            reason=reason,
            actor=actor,
        )


def send_back(booking: Booking, payment_id: int, *, now: dt.datetime, for_move: bool = False) -> None:
    """Inside an action, with the booking locked: nobody can use this payment, so it goes back whole (invariant 3).

    Of a mixed payment the wallet's part goes back too. Its customer is told why.
    """
    for part in payments_of(booking.ref):
        if part.has_money and payment_id in (part.id, part.beside_id):
            payments.refund(part.id, part.received, cause=f"not_needed:{part.id}", now=now)
    record(SYSTEM, "booking.payment_returned", f"booking:{booking.ref}", {"payment": payment_id})
    amount = db.session.get_one(Payment, payment_id).amount
    send(messages.payment_returned(booking, amount, payment_id=payment_id, for_move=for_move))


@action
def hear_refunded(event: RefundProcessed) -> None:
    """The money is back: tell its owner.

    What went into a wallet was there at once, and the mail about why it went back has said so already: one mail is
    enough. Only what the desk puts there in place of a refund that failed has no such mail.
    """
    booking = queries.lock_by_ref(event.reference)
    refund = refund_by_id(event.refund_id)
    to_wallet = refund.destination == TO_WALLET
    if not to_wallet or refund.cause.startswith("instead:") or refund.payment.state == "won":
        cause = f"refund:{refund.id}"
        send(messages.booking_refunded(booking, refund.amount, cause=cause, to_wallet=to_wallet))
