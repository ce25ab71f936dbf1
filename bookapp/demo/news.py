"""What stands in the facilitators' inboxes: the latest bookings with each, those of the last days not read yet."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update

from bookapp.booking.models import Booking
from bookapp.crm.actions.inbox import store
from bookapp.crm.models import Notification
from bookapp.crm.rules.notify import Notice, Sender
from bookapp.infra.db import action, db

_EACH = 8
_FRESH = dt.timedelta(days=1)


@action
def tell_facilitators(now: dt.datetime) -> None:
    """As if each had been told when it was booked; told by the action the notify door calls."""
    latest = func.row_number().over(partition_by=Booking.facilitator_id, order_by=Booking.confirmed_at.desc())
    ranked = select(Booking.id, latest.label("number")).where(
        Booking.state == "confirmed", Booking.facilitator_id.is_not(None), Booking.confirmed_at <= now
    )
    chosen = ranked.subquery()
    bookings = db.session.scalars(
        select(Booking).join(chosen, chosen.c.id == Booking.id).where(chosen.c.number <= _EACH)
        .order_by(Booking.confirmed_at)
    )  # fmt: skip
    for booking in bookings:
        assert booking.facilitator_id is not None
        assert booking.confirmed_at is not None
        notice = Notice(booking.id, booking.name, booking.title, booking.facilitator_id)
        store(Sender(), notice, key=None, now=booking.confirmed_at)
    db.session.execute(
        update(Notification)
        .where(Notification.created_at < now - _FRESH)
        .values(read_at=Notification.created_at + _FRESH / 2)
    )
