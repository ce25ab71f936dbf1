"""What payments tells us: money has arrived, an attempt has ended. What the payment was for decides what it means."""

from __future__ import annotations

from bookapp.audit.actions import record
from bookapp.booking import queries
from bookapp.booking.actions import move_payment
from bookapp.booking.actions.paying import settle_first, wait_again
from bookapp.booking.actions.refunding import send_back
from bookapp.booking.actions.wronged import tell_bounced
from bookapp.booking.events import RestPaid
from bookapp.booking.models import Booking
from bookapp.booking.states import BookingState
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.payments.events import PaymentClosed, PaymentSettled
from bookapp.payments.models import Payment
from bookapp.payments.queries import balance, open_payment

_STANDS = (BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW)
_CHANGE = "change:"


@action
def hear_settled(event: PaymentSettled) -> None:
    """Money has arrived. What nobody can use goes back whole, and we say why (invariant 3)."""
    booking = queries.lock_by_ref(event.reference)
    purpose = _purpose(event)
    if purpose.startswith(_CHANGE):
        move_payment.hear_paid(int(purpose.removeprefix(_CHANGE)), event.payment_id, event.now)
        return
    used = _settle_rest(booking, event) if purpose == "rest" else settle_first(booking, event.now)
    if used:
        return
    send_back(booking, event.payment_id, now=event.now)
    if booking.state == BookingState.PENDING and open_payment(booking.ref) is None:
        wait_again(booking, now=event.now, declined=True)


@action
def hear_closed(event: PaymentClosed) -> None:
    """An attempt ended without money; a hold goes on waiting, or ends."""
    booking = queries.lock_by_ref(event.reference)
    purpose = _purpose(event)
    if event.bounced:
        tell_bounced(booking, event.payment_id)
    if purpose.startswith(_CHANGE):
        move_payment.hear_closed(int(purpose.removeprefix(_CHANGE)), event.payment_id, event.declined, event.now)
    elif purpose == "booking" and booking.state == BookingState.PENDING:
        wait_again(booking, now=event.now, declined=event.declined)


def _purpose(event: PaymentSettled | PaymentClosed) -> str:
    return db.session.get_one(Payment, event.payment_id).purpose


def _settle_rest(booking: Booking, event: PaymentSettled) -> bool:
    """What a deposit left open: of use as long as the booking stands and was not paid in full without it."""
    if booking.state not in _STANDS or balance(booking.ref, booking.currency).kept > booking.total:
        return False
    record(SYSTEM, "booking.rest_paid", f"booking:{booking.ref}", {"payment": event.payment_id})
    publish(RestPaid(booking.id, booking.ref, event.now))
    return True
