"""Booking work that runs by itself; each job is safe to run twice."""

from __future__ import annotations

from bookapp.booking import actions
from bookapp.infra import clock
from bookapp.infra.queue import Later, job

# A hold waits for its payment to be closed at the provider; the job asks again so soon.
_CLOSING_SECONDS = 3


@job("booking.expire_holds")
def expire_holds() -> None:
    """Expire the holds that nobody else wanted."""
    actions.expire_holds(now=clock.now())


@job("booking.complete_past")
def complete_past() -> None:
    """Complete what is over."""
    actions.complete_past(now=clock.now())


@job("booking.call_off_one")
def call_off_one(session_id: int, booking_id: int) -> None:
    """Cancel one booking of a cancelled session and pay it back."""
    if not actions.call_off_one(session_id, booking_id, now=clock.now()):
        raise Later(_CLOSING_SECONDS)


@job("booking.tell_of_session")
def tell_of_session(session_id: int, version: int, beyond_id: int) -> None:
    """Tell the next of those who are booked that the house has changed their session."""
    actions.tell_of_session(session_id, version, beyond_id)


@job("booking.bulk_one")
def bulk_one(item_id: int) -> None:
    """One booking of an act on many."""
    actions.bulk_one(item_id, now=clock.now())


@job("booking.tell_staff")
def tell_staff(booking_id: int, what: str, change_id: int, by: int | None) -> None:
    """Tell those who serve a booking what happened to it."""
    actions.tell_staff(booking_id, what, change_id, by)


@job("booking.issue_papers")
def issue_papers(ref: str) -> None:
    """Issue the invoices and credit notes of a booking that are missing."""
    actions.issue_papers(ref, now=clock.now())


@job("booking.return_code")
def return_code(booking_id: int) -> None:
    """Give the use of a coupon back to the others."""
    actions.return_code(booking_id)


@job("booking.remind_rests")
def remind_rests() -> None:
    """Find the bookings whose rest is due soon or overdue, and remind of each in a job of its own."""
    looked_at = actions.promise_reminders(now=clock.now())
    while looked_at:
        looked_at = actions.promise_reminders(now=clock.now(), beyond_id=looked_at)


@job("booking.remind_rest")
def remind_rest(booking_id: int) -> None:
    """Remind of one rest."""
    actions.remind_rest(booking_id, now=clock.now())
