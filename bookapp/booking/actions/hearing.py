"""What payments tells us: money has arrived, an attempt has ended. What the payment was for decides what it means."""

from __future__ import annotations

from bookapp.audit.actions import record
from bookapp.booking import messages, queries
from bookapp.booking.actions.paying import settle_first, wait_again
from bookapp.booking.events import RestPaid
from bookapp.booking.models import Booking
from bookapp.booking.states import BookingState
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.notifications.actions import send
from bookapp.payments import actions as payments
from bookapp.payments.events import PaymentClosed, PaymentSettled
from bookapp.payments.models import Payment
from bookapp.payments.queries import balance, open_payment, payments_of

_STANDS = (BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW)


@action
def hear_settled(event: PaymentSettled) -> None:
    """Money has arrived. What nobody can use goes back whole, and we say why (invariant 3)."""
    booking = queries.lock_by_ref(event.reference)
    payment = db.session.get_one(Payment, event.payment_id)
    used = _settle_rest(booking, event) if payment.purpose == "rest" else settle_first(booking, event.now)
    if not used:
        _send_back(booking, payment, event)


@action
def hear_closed(event: PaymentClosed) -> None:
    """An attempt ended without money; a hold goes on waiting, or ends."""
    booking = queries.lock_by_ref(event.reference)
    purpose = db.session.get_one(Payment, event.payment_id).purpose
    if purpose == "booking" and booking.state == BookingState.PENDING:
        wait_again(booking, now=event.now, declined=event.declined)


def _settle_rest(booking: Booking, event: PaymentSettled) -> bool:
    """What a deposit left open: of use as long as the booking stands and was not paid in full without it."""
    if booking.state not in _STANDS or balance(booking.ref, booking.currency).kept > booking.total:
        return False
    record(SYSTEM, "booking.rest_paid", f"booking:{booking.ref}", {"payment": event.payment_id})
    publish(RestPaid(booking.id, booking.ref, event.now))
    return True


def _send_back(booking: Booking, payment: Payment, event: PaymentSettled) -> None:
    """The place is gone, or it was paid already: this payment goes back, its part from the wallet too."""
    for part in payments_of(booking.ref):
        if part.id == payment.id or (part.beside_id == payment.id and part.has_money):
            payments.refund(part.id, part.received, cause=f"not_needed:{part.id}", now=event.now)
    record(SYSTEM, "booking.payment_returned", f"booking:{booking.ref}", {"payment": payment.id})
    send(messages.payment_returned(booking, payment.amount, payment_id=payment.id))
    if booking.state == BookingState.PENDING and open_payment(booking.ref) is None:
        wait_again(booking, now=event.now, declined=True)
