"""Taking the place of a plan: the one way for page, API, desk, move and late payment."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from bookapp.booking.actions.codes import take_code_again
from bookapp.booking.actions.stocking import check_stock, extras_of
from bookapp.booking.errors import AddonGone, NotBookable, SessionFull, SessionOver, SlotTaken
from bookapp.booking.models import Booking
from bookapp.booking.queries.plans import Plan
from bookapp.catalog.models import Room
from bookapp.infra.db import db
from bookapp.scheduling import queries as schedules
from bookapp.scheduling.actions.occupancy import Wanted, occupy, pieces_beside, release, return_seats, take_seats
from bookapp.scheduling.errors import PlaceOccupied
from bookapp.scheduling.models import Occupancy, Session
from bookapp.scheduling.rules import Code, Reason, refusal
from bookapp.values.timespan import Span
from bookapp.values.words import N_

_SOMEBODY_ELSE = (Code.BOOKED, Code.BUFFER, Code.YOURS)


@dataclass(frozen=True, slots=True)
class Place:
    """What was taken: what the booking must note besides (the room of an appointment), and every place in full."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    wanted: tuple[Wanted, ...] = ()


def take(
    plan: Plan,
    claim_id: uuid.UUID,
    *,
    now: dt.datetime,
    blocks_until: dt.datetime | None,
    mine: Collection[uuid.UUID] = (),
    beside: Collection[uuid.UUID] = (),
    staff: bool = False,
) -> Place:
    """Inside an action: take place or seats for `claim_id`.

    Where the claims in `beside` stand already nothing is taken twice: who moves may overlap with oneself, and makes
    one place of both with `exchange`. `staff` overrides everything but what is taken. Raises SlotTaken, SessionFull,
    SessionOver or NotBookable.
    """
    own = frozenset(beside)
    place = prepare(plan, now=now, mine=mine, beside=own, staff=staff, look=True)
    pieces = pieces_beside(place.wanted, own)
    # Missing after all means that somebody took it a moment ago: the transaction is undone.
    if pieces and occupy(pieces, claim_id, now=now, blocks_until=blocks_until):
        raise SlotTaken
    return place


def prepare(
    plan: Plan,
    *,
    now: dt.datetime,
    mine: Collection[uuid.UUID] = (),
    beside: Collection[uuid.UUID] = (),
    staff: bool = False,
    look: bool = False,
) -> Place:
    """Inside an action: what `take` does but for taking the places it names; the seats of a session are taken.

    Whether a room is free is not looked up unless one says `look`: whoever takes it is told by the constraint.
    """
    if plan.session is not None:
        _take_seats(plan.session, plan.columns["people"], now, staff=staff)
        return Place()
    own, known = frozenset(beside), frozenset(mine)
    if plan.facilitator is not None:
        return _appointment(plan, now, known, own, staff=staff)
    room = plan.room
    assert room is not None
    calendar = schedules.room_calendars([room], plan.span, now=now, mine=known, occupied=look)[room.id]
    _refuse(refusal(calendar.without(own), plan.span, staff=staff))
    return Place(wanted=(_room(room, plan.span),))


def one_at_a_time(session_id: int, who: int | str) -> None:
    """Inside an action: of a customer's (account or email) ways into one session only one goes on at a time.

    Before the session itself is locked, wherever both are needed: two ways then wait for each other in one direction.
    """
    lock = f"session:{session_id}:{who}"
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(lock, 0))))


def exchange(wanted: Sequence[Wanted], claim_id: uuid.UUID, *, instead_of: uuid.UUID, now: dt.datetime) -> None:
    """Inside an action: the pieces `claim_id` took beside `instead_of` become the whole place; the rest is freed."""
    release(claim_id, instead_of)
    if wanted and occupy(wanted, claim_id, now=now):
        raise SlotTaken


def take_again(booking: Booking, *, now: dt.datetime) -> bool:
    """Inside an action, with the booking locked: take back what it held before it lapsed, if all is still free.

    The use of its coupon is part of that, and comes last: its row is one that many want.
    """
    if not _place_again(booking, now):
        return False
    if take_code_again(booking):
        return True
    if booking.session_id is not None:
        return_seats(booking.session_id, booking.people)
    else:
        release(booking.claim_id)
    return False


def seats_again(session_id: int, seats: int, now: dt.datetime) -> bool:
    """Inside an action: take seats that were let go of, if they and the room of a timeslot are still to be had."""
    try:
        return take_seats(session_id, seats, now=now)
    except PlaceOccupied:
        return False


def _place_again(booking: Booking, now: dt.datetime) -> bool:
    try:
        # Before the places: who holds asks in the same order, so that neither waits for the other in a circle.
        check_stock(extras_of(booking), booking.span, booking.zone, now=now)
    except AddonGone:
        return False
    if booking.session_id is not None:
        return seats_again(booking.session_id, booking.people, now)
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


def _take_seats(session: Session, seats: int, now: dt.datetime, *, staff: bool) -> None:
    # Who stands in the door may still come in; from afar nobody books what has begun.
    over_at = session.ends_at if staff else session.starts_at
    if session.state != "scheduled" or over_at <= now:
        raise SessionOver
    if not staff and session.starts_at - now < dt.timedelta(minutes=session.service.notice_minutes):
        raise NotBookable(N_("Booking for this session has closed."))
    try:
        taken = take_seats(session.id, seats, now=now, version=session.version)
    except PlaceOccupied:
        raise SlotTaken from None  # a timeslot, whose room is hired for that time
    if not taken:
        raise SessionFull


def _appointment(
    plan: Plan, now: dt.datetime, mine: frozenset[uuid.UUID], own: frozenset[uuid.UUID], *, staff: bool
) -> Place:
    service, person = plan.service, plan.facilitator
    assert service is not None
    assert person is not None
    calendar = schedules.people_calendars([person], service, plan.span, now=now, mine=mine)[person.id]
    _refuse(refusal(calendar.without(own), plan.span, staff=staff))
    buffer = dt.timedelta(minutes=service.buffer_minutes)
    host = Wanted(person.resource_id, plan.span.padded(after=buffer), plan.span.end)
    if service.online:
        return Place(wanted=(host,))
    rooms = schedules.free_rooms(service, plan.span, now=now, mine=mine, without=own, staff=staff)
    free = {room.id for room in rooms}
    room = next((room for room in service.rooms if room.id in free), None)
    if room is None:
        raise SlotTaken
    place = f"{room.venue.name}, {room.venue.city}"
    columns = {"room_id": room.id, "venue_id": room.venue_id, "place": place, "zone": room.venue.zone}
    return Place(columns, (host, _room(room, plan.span)))


def _room(room: Room, span: Span) -> Wanted:
    return Wanted(room.resource_id, span.padded(after=dt.timedelta(minutes=room.buffer_minutes)), span.end)


def _refuse(reason: Reason | None) -> None:
    if reason is None:
        return
    if reason.code in _SOMEBODY_ELSE:
        raise SlotTaken
    raise NotBookable(reason.sentence, alternatives=(), **reason.params)
