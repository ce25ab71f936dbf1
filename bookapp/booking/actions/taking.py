"""Taking the place of a plan: the one way for page, API, desk and late payment."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from bookapp.booking.actions.stocking import check_stock, extras_of
from bookapp.booking.errors import AddonGone, NotBookable, SessionFull, SessionOver, SlotTaken
from bookapp.booking.models import Booking
from bookapp.booking.queries.plans import Plan
from bookapp.catalog.models import Room
from bookapp.infra.db import db
from bookapp.scheduling import queries as schedules
from bookapp.scheduling.actions.occupancy import Wanted, occupy, release, take_seats
from bookapp.scheduling.models import Occupancy, Session
from bookapp.scheduling.rules import Code, Reason, refusal
from bookapp.values.timespan import Span
from bookapp.values.words import N_

_SOMEBODY_ELSE = (Code.BOOKED, Code.BUFFER, Code.YOURS)


def take(
    plan: Plan, claim_id: uuid.UUID, *, now: dt.datetime, blocks_until: dt.datetime | None, mine: Collection[uuid.UUID]
) -> dict[str, Any]:
    """Inside an action: take place or seats; answers what the booking must note besides (the room of an appointment).

    Raises SlotTaken, SessionFull, SessionOver or NotBookable.
    """
    if plan.session is not None:
        _take_seats(plan.session, plan.columns["people"], now)
        return {}
    if plan.facilitator is not None:
        return _take_appointment(plan, claim_id, now, blocks_until, frozenset(mine))
    room = plan.room
    assert room is not None
    calendar = schedules.room_calendars([room], plan.span, now=now, mine=frozenset(mine))[room.id]
    _refuse(refusal(calendar, plan.span))
    if occupy([_room(room, plan.span)], claim_id, now=now, blocks_until=blocks_until):
        raise SlotTaken
    return {}


def take_again(booking: Booking, *, now: dt.datetime) -> bool:
    """Inside an action, with the booking locked: take back what it held before it lapsed, if all is still free."""
    try:
        # Before the places: who holds asks in the same order, so that neither waits for the other in a circle.
        check_stock(extras_of(booking), booking.span, booking.zone, now=now)
    except AddonGone:
        return False
    if booking.session_id is not None:
        return take_seats(booking.session_id, booking.people, now=now)
    before = db.session.execute(
        select(Occupancy.resource_id, Occupancy.during, Occupancy.used_until).where(
            Occupancy.claim_id == booking.claim_id
        )
    ).all()
    wanted = {
        row.resource_id: Wanted(row.resource_id, Span(row.during.lower, row.during.upper), row.used_until)
        for row in before
    }
    if occupy(list(wanted.values()), booking.claim_id, now=now):
        release(booking.claim_id)  # of person and room perhaps only one was free
        return False
    return True


def _take_seats(session: Session, seats: int, now: dt.datetime) -> None:
    service = session.service
    if session.state != "scheduled" or session.starts_at <= now:
        raise SessionOver
    if session.starts_at - now < dt.timedelta(minutes=service.notice_minutes):
        raise NotBookable(N_("Booking for this session has closed."))
    if not take_seats(session.id, seats, now=now):
        raise SessionFull


def _take_appointment(
    plan: Plan,
    claim_id: uuid.UUID,
    now: dt.datetime,
    blocks_until: dt.datetime | None,
    mine: frozenset[uuid.UUID],
) -> dict[str, Any]:
    service, person = plan.service, plan.facilitator
    assert service is not None
    assert person is not None
    calendar = schedules.people_calendars([person], service, plan.span, now=now, mine=mine)[person.id]
    _refuse(refusal(calendar, plan.span))
    buffer = dt.timedelta(minutes=service.buffer_minutes)
    host = Wanted(person.resource_id, plan.span.padded(after=buffer), plan.span.end)
    if service.online:
        if occupy([host], claim_id, now=now, blocks_until=blocks_until):
            raise SlotTaken
        return {}
    free = {room.id for room in schedules.free_rooms(service, plan.span, now=now, mine=mine)}
    room = next((room for room in service.rooms if room.id in free), None)
    # Missing after all means that somebody took the person or the room a moment ago: the transaction is undone.
    if room is None or occupy([host, _room(room, plan.span)], claim_id, now=now, blocks_until=blocks_until):
        raise SlotTaken
    place = f"{room.venue.name}, {room.venue.city}"
    return {"room_id": room.id, "venue_id": room.venue_id, "place": place, "zone": room.venue.zone}


def _room(room: Room, span: Span) -> Wanted:
    return Wanted(room.resource_id, span.padded(after=dt.timedelta(minutes=room.buffer_minutes)), span.end)


def _refuse(reason: Reason | None) -> None:
    if reason is None:
        return
    if reason.code in _SOMEBODY_ELSE:
        raise SlotTaken
    raise NotBookable(reason.sentence, alternatives=(), **reason.params)
