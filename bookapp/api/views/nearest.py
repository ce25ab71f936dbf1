"""The nearest yes for a program: other times of the same thing, as the bodies of `POST bookings` would say them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from bookapp.booking.errors import NotBookable, SessionFull, SlotTaken
from bookapp.booking.queries.alternatives import other_wishes
from bookapp.booking.rules import AppointmentWish, RoomWish, SeatWish, Wish
from bookapp.catalog.queries import facilitator_by_id, room_by_id
from bookapp.scheduling.queries import session_by_id
from bookapp.values.errors import Alternative
from bookapp.values.timespan import wall


@contextmanager
def with_nearest_yes(wish: Wish, *, now: dt.datetime) -> Iterator[None]:
    """What is refused inside because it is taken, full or closed says what can be had instead."""
    try:
        yield
    except (SlotTaken, SessionFull, NotBookable) as refusal:
        refusal.alternatives = tuple(_told(other) for other in other_wishes(wish, now=now))
        raise


def _told(other: Wish) -> Alternative:
    """When it is, on the clock of the place, and where it can be looked at."""
    match other:
        case RoomWish():
            zone = room_by_id(other.room_id).venue.zone
            start, end = wall(other.span.start, zone), wall(other.span.end, zone)
            return Alternative(f"/api/v1/rooms/{other.room_id}", f"{start.isoformat()}/{end.isoformat()}")
        case SeatWish():
            session = session_by_id(other.session_id)
            start, end = wall(session.starts_at, session.zone), wall(session.ends_at, session.zone)
            return Alternative(f"/api/v1/sessions/{session.id}", f"{start.isoformat()}/{end.isoformat()}")
        case AppointmentWish():
            zone = facilitator_by_id(other.facilitator_id).zone
            start = wall(other.starts_at, zone)
            end = wall(other.starts_at + dt.timedelta(minutes=other.minutes), zone)
            where = f"/api/v1/facilitators/{other.facilitator_id}/availability?service_id={other.service_id}"
            return Alternative(where, f"{start.isoformat()}/{end.isoformat()}")
