"""How far everybody is told who is booked in a session that the house has changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from bookapp.booking.models import Booking, BookingChange
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow


@dataclass(frozen=True, slots=True)
class Told:
    """How many bookings followed a change, and how many of them nobody has written to yet."""

    bookings: int
    waiting: int


def telling_key(session_id: int, version: int, beyond_id: int) -> str:
    """What makes the telling of those beyond this change once only."""
    return f"booking.tell_of_session:{session_id}:{version}:{beyond_id}"


def told_of_session(session_id: int, version: int) -> Told:
    """The bookings that followed when the session became `version`, and how far the telling of them is."""
    changes = db.session.scalars(
        select(BookingChange.id)
        .join(Booking, Booking.id == BookingChange.booking_id)
        .where(
            Booking.session_id == session_id,
            BookingChange.state == "done",
            BookingChange.after["session_version"].as_integer() == version,
        )
    ).all()
    keys = {telling_key(session_id, version, beyond_id): beyond_id for beyond_id in (0, *changes)}
    unfinished = db.session.scalars(select(OutboxRow.key).where(OutboxRow.key.in_(keys), OutboxRow.state != "done"))
    told_to = min((keys[key] for key in unfinished if key is not None), default=None)
    return Told(len(changes), 0 if told_to is None else sum(change_id > told_to for change_id in changes))
