"""Houses that are open, rooms that are taken: what the search looks at, made in a line each."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from bookapp.catalog.models import Facilitator, Merchant, Room, Venue
from bookapp.infra.db import db
from bookapp.scheduling.models import Closure, Occupancy, OpeningHours, WorkingHours
from bookapp.values.timespan import instant
from tests.builders import a_facilitator, a_room, a_service, a_venue

BERLIN = "Europe/Berlin"
NOW = dt.datetime(2027, 3, 22, 9, tzinfo=dt.UTC)  # a Monday, 10:00 in Berlin
DAY = dt.date(2027, 3, 24)


def at(clock: str, day: dt.date = DAY, zone: str = BERLIN) -> dt.datetime:
    """The instant at which clocks in `zone` show this."""
    return instant(day, dt.time.fromisoformat(clock), zone)


def an_open_venue(opens: str = "08:00", closes: str = "20:00", **facts: Any) -> Venue:
    """Open every day, from and to the same hours."""
    venue = a_venue(**facts)
    open_daily(venue, opens, closes)
    return venue


def open_daily(venue: Venue, opens: str, closes: str) -> None:
    """Give a venue opening hours on all seven days."""
    times = dt.time.fromisoformat(opens), dt.time.fromisoformat(closes)
    db.session.add_all(
        OpeningHours(venue_id=venue.id, weekday=weekday, opens=times[0], closes=times[1]) for weekday in range(7)
    )
    db.session.commit()


def rooms_in(venue: Venue, *names: str, **facts: Any) -> list[Room]:
    """Rooms of the same kind."""
    return [a_room(venue, name=name, **facts) for name in names]


def taken(
    room: Room | Facilitator,
    start: dt.datetime,
    end: dt.datetime,
    *,
    buffer_minutes: int = 0,
    blocks_until: dt.datetime | None = None,
) -> uuid.UUID:
    """Somebody has it; returns their claim."""
    occupancy = Occupancy(
        resource_id=room.resource_id,
        claim_id=uuid.uuid4(),
        kind="booking",
        during=Range(start, end + dt.timedelta(minutes=buffer_minutes)),
        used_until=end,
        blocks_until=blocks_until,
    )
    db.session.add(occupancy)
    db.session.commit()
    return occupancy.claim_id


def closed(venue: Venue, start: dt.datetime, end: dt.datetime, reason: str = "Works") -> None:
    """A closure of a whole venue."""
    db.session.add(Closure(venue_id=venue.id, starts_at=start, ends_at=end, reason=reason))
    db.session.commit()


def rated(room: Any, *stars: int) -> Any:
    """As if guests had given these stars."""
    room.rating_sum, room.rating_count = sum(stars), len(stars)
    db.session.commit()
    return room


def a_person(
    merchant: Merchant | None = None, *, name: str, opens: str = "09:00", closes: str = "17:00", **facts: Any
) -> Facilitator:
    """Somebody who works every day and gives an hour at 70.00, online."""
    who = a_facilitator(merchant, name=name, city=facts.pop("city", "Berlin"))
    db.session.add_all(
        WorkingHours(
            facilitator_id=who.id,
            weekday=weekday,
            starts=dt.time.fromisoformat(opens),
            ends=dt.time.fromisoformat(closes),
        )
        for weekday in range(7)
    )
    details = {"online": True, "lengths": ((60, 7000), (90, 9500)), "step_minutes": 60} | facts
    a_service(who.merchant, kind="appointment", hosts=[who], **details)
    return who
