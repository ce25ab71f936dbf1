"""When money went wrong below: what it means for the booking, and what its customer is told."""

from __future__ import annotations

from bookapp.booking import messages, queries
from bookapp.booking.errors import NoWallet
from bookapp.booking.models import Booking
from bookapp.infra.db import action, db
from bookapp.notifications.actions import send
from bookapp.payments import actions as payments
from bookapp.payments.events import PaymentWrong, WalletChosen
from bookapp.payments.models import Payment
from bookapp.payments.queries import refund_by_id


@action
def hear_wrong(event: PaymentWrong) -> None:
    """Another amount arrived than was asked for. The hold has its time back already; its customer hears why."""
    booking = queries.lock_by_ref(event.reference)
    payment = db.session.get_one(Payment, event.payment_id)
    send(messages.payment_wrong(booking, payment.amount, payment.received, payment_id=payment.id, now=event.now))


def tell_bounced(booking: Booking, payment_id: int) -> None:
    """Inside an action: the bank refused a payment after its payer had left, who hears it and where to pay again."""
    payment = db.session.get_one(Payment, payment_id)
    send(messages.payment_bounced(booking, payment.amount, payment_id=payment_id, purpose=payment.purpose))


@action
def hear_wallet_chosen(event: WalletChosen) -> None:
    """The desk puts a refund that failed into the customer's wallet. Raises NoWallet for a guest."""
    booking = queries.lock_by_ref(event.reference)
    if booking.customer_id is None:
        raise NoWallet
    failed = refund_by_id(event.refund_id)
    payments.refund(
        failed.payment_id,
        failed.amount,
        cause=f"instead:{failed.id}",
        now=event.now,
        destination="wallet",
        user_id=booking.customer_id,
        reason=failed.reason,
    )
