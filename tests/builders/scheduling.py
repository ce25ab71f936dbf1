"""What is on, and when; who works, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from bookapp.catalog.models import Facilitator, Room, Service, Venue
from bookapp.infra.db import db
from bookapp.scheduling.models import OpeningHours, Session, SessionPart, WorkingHours
from tests.builders.catalog import a_service, a_venue

EVERY_DAY = range(7)


def a_session(
    service: Service | None = None,
    *,
    starts_at: dt.datetime,
    minutes: int = 60,
    room: Room | None = None,
    facilitator: Facilitator | None = None,
    online: bool = False,
    parts: tuple[tuple[str, dt.datetime, dt.datetime], ...] = (),
    **facts: Any,
) -> Session:
    """One occurrence of a service: 12 seats at 16.00, in the venue of `room`, online, or in a venue of its own.

    The row only: it occupies neither room nor person.
    """
    service = service or a_service()
    db.session.refresh(service, ["merchant", "lengths"])
    if room:
        db.session.refresh(room, ["venue"])
    venue: Venue | None = room.venue if room else None if online else a_venue(service.merchant)
    facts = {
        "title": service.name,
        "capacity": service.capacity,
        "price_minor": service.lengths[0].price_minor,
        "currency": venue.currency if venue else service.merchant.currency,
        "zone": venue.zone if venue else service.merchant.zone,
        "ends_at": starts_at + dt.timedelta(minutes=minutes),
    } | facts
    session = Session(
        service=service,
        service_id=service.id,
        merchant_id=service.merchant_id,
        venue_id=venue.id if venue else None,
        room=room,
        facilitator=facilitator,
        online=online,
        starts_at=starts_at,
        **facts,
    )
    session.parts = [SessionPart(title=title, starts_at=start, ends_at=end) for title, start, end in parts]
    db.session.add(session)
    db.session.commit()
    return session


def opens(place: Venue | Room, *, at: str = "08:00", until: str = "20:00", weekdays: Iterable[int] = EVERY_DAY) -> None:
    """Opening hours of a venue, or a room's own, in wall time."""
    which = {"venue_id": place.id} if isinstance(place, Venue) else {"room_id": place.id}
    start, end = dt.time.fromisoformat(at), dt.time.fromisoformat(until)
    db.session.add_all(OpeningHours(**which, weekday=day, opens=start, closes=end) for day in weekdays)
    db.session.commit()


def works(person: Facilitator, *, at: str = "09:00", until: str = "17:00", weekdays: Iterable[int] = EVERY_DAY) -> None:
    """Working hours of a person, in wall time of their own zone."""
    start, end = dt.time.fromisoformat(at), dt.time.fromisoformat(until)
    db.session.add_all(WorkingHours(facilitator_id=person.id, weekday=day, starts=start, ends=end) for day in weekdays)
    db.session.commit()
