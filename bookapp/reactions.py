"""When X happens, then Y: all wiring between features, in one list. Handlers run in the publisher's transaction."""

from __future__ import annotations

from bookapp.booking import actions as booking
from bookapp.booking.actions import wronged
from bookapp.booking.calendar import calendar_maker
from bookapp.booking.documents import confirmation_maker
from bookapp.booking.events import BookingCancelled, BookingConfirmed, BookingMoved, BookingPartCancelled, RestPaid
from bookapp.catalog.events import HoursGiven
from bookapp.crm.actions import notifying
from bookapp.identity.actor import SYSTEM
from bookapp.identity.events import EmailVerified
from bookapp.infra.events import subscribe
from bookapp.notifications import attachments
from bookapp.payments.actions import cases
from bookapp.payments.events import (
    PaymentClosed,
    PaymentSettled,
    PaymentWrong,
    RefundFailed,
    RefundProcessed,
    WalletChosen,
)
from bookapp.scheduling.actions.hours import set_opening_hours
from bookapp.scheduling.events import PlacesWanted, SeatsWanted, SessionAboutToChange, SessionChanged
from bookapp.scheduling.rules import Hours


def wire() -> None:
    """Connect the features; connecting twice is the same as once."""
    subscribe(PlacesWanted, booking.let_go_of_places)
    subscribe(SeatsWanted, booking.let_go_of_seats)
    subscribe(SessionAboutToChange, booking.lock_followers)
    subscribe(SessionChanged, booking.follow_session)
    subscribe(PaymentSettled, booking.hear_settled)
    subscribe(PaymentClosed, booking.hear_closed)
    subscribe(RefundProcessed, booking.hear_refunded)
    subscribe(BookingCancelled, booking.hear_cancelled)
    subscribe(BookingCancelled, booking.hear_cancelled_with_rest)
    subscribe(RestPaid, booking.hear_rest_paid)
    subscribe(PaymentWrong, wronged.hear_wrong)
    subscribe(WalletChosen, wronged.hear_wallet_chosen)
    subscribe(PaymentSettled, cases.hear_payment_ended)
    subscribe(PaymentClosed, cases.hear_payment_ended)
    subscribe(RefundProcessed, cases.hear_refund_processed)
    subscribe(RefundFailed, cases.hear_refund_failed)
    for event in (
        BookingConfirmed,
        BookingMoved,
        BookingPartCancelled,
        BookingCancelled,
        RefundProcessed,
        RefundFailed,
    ):
        subscribe(event, booking.hear_for_papers)
    for event in (BookingConfirmed, BookingMoved, BookingCancelled):
        subscribe(event, notifying.hear_booked)
        subscribe(event, booking.hear_for_staff)
    subscribe(SessionChanged, notifying.hear_session_changed)
    subscribe(EmailVerified, _join_guest_bookings)
    subscribe(HoursGiven, _open_imported_place)
    attachments.register("booking.calendar", calendar_maker)
    attachments.register("booking.confirmation_pdf", confirmation_maker)


def _open_imported_place(event: HoursGiven) -> None:
    hours = [Hours(one.weekday, one.opens, one.closes) for one in event.hours]
    set_opening_hours(SYSTEM, hours, venue_id=event.venue_id, room_id=event.room_id)


def _join_guest_bookings(event: EmailVerified) -> None:
    booking.adopt_guest_bookings(event.user_id, event.email)
