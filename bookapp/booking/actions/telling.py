"""Those who serve a booking hear of it: booked, moved, cancelled; by bell, and by mail unless they would rather not.

Promised in the transaction of what happened and said by a worker: a booking must not wait for the words to its staff.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bookapp.booking import messages
from bookapp.booking.events import BookingCancelled, BookingConfirmed, BookingMoved
from bookapp.booking.messages import StaffNews
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.calloff import is_called_off
from bookapp.booking.queries.staff import staff_of
from bookapp.infra import clock, live, outbox
from bookapp.infra.db import action, db
from bookapp.notifications.actions import send
from bookapp.notifications.queries import mail_unwanted

BOOKED, MOVED, CANCELLED = "booked", "moved", "cancelled"
# What is written down long afterwards (an import, a demo world) is no news to anybody.
_NEWS = dt.timedelta(days=2)


@action
def hear_for_staff(event: BookingConfirmed | BookingMoved | BookingCancelled) -> None:
    """In the publisher's transaction: whoever serves it will be told, but not who did it.

    A hold that ends is no news.
    """
    what, change_id = BOOKED, 0
    if isinstance(event, BookingMoved):
        what, change_id = MOVED, event.change_id
    elif isinstance(event, BookingCancelled):
        if db.session.get_one(Booking, event.booking_id).confirmed_at is None:
            return
        what = CANCELLED
    if event.now < clock.now() - _NEWS:
        return
    outbox.later(
        "booking.tell_staff", event.booking_id, what, change_id, event.by,
        key=f"booking.tell_staff:{event.booking_id}:{what}:{change_id}",
    )  # fmt: skip


@action
def tell_staff(booking_id: int, what: str, change_id: int, by: int | None) -> int:
    """Tell everybody who serves a booking but `by`, who did it; returns how many. Again is once.

    What happens to a whole session is told once for all that was booked in it.
    """
    booking = db.session.get_one(Booking, booking_id, populate_existing=True)
    change = db.session.get_one(BookingChange, change_id) if change_id else None
    news = _news(booking, what, change)
    hosts = {booking.facilitator_id} | ({change.before.get("facilitator_id")} if change else set())
    people = [one for one in staff_of(booking, hosts) if one.user_id != by]
    silent = mail_unwanted([one.user_id for one in people])
    for one in people:
        message = messages.staff_told(booking, news, one)
        send(replace(message, recipient_email="") if one.user_id in silent else message)
    # The bell of who gets no mail rings here; a delivered mail rings it again.
    live.tell(*(f"user:{one.user_id}" for one in people))
    return len(people)


def _news(booking: Booking, what: str, change: BookingChange | None) -> StaffNews:
    if what == MOVED and change is not None:
        version = change.after.get("session_version")
        if version is not None:
            return StaffNews("session_moved", f"session:{booking.session_id}:{version}", change)
        return StaffNews(what, f"change:{change.id}", change)
    if what == CANCELLED and booking.cancelled_by == "merchant" and is_called_off(booking):
        return StaffNews("session_cancelled", f"session:{booking.session_id}")
    return StaffNews(what, f"booking:{booking.ref}")
