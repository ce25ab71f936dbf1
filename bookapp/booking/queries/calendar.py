"""A venue's week at the desk: its rooms and whatever takes them. As many queries for a week as for a day.

What is taken is read by room (ix_occupancy_resource_start), and what stands behind it by its claims, which are unique:
nothing here grows with the years a venue has been on the platform.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Row, any_, literal, null, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.orm import joinedload

from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.plans import Plan
from bookapp.booking.queries.resting import rests_of
from bookapp.booking.rules.lanes import Run, Slot, runs_of_day
from bookapp.catalog.models import Addon, Facilitator, Room, Venue
from bookapp.catalog.queries import in_reach
from bookapp.identity.actor import Actor, Grant
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.scheduling import queries as schedules
from bookapp.scheduling.models import Session
from bookapp.scheduling.rules import Calendar, Reason, refusal
from bookapp.values.errors import NotFound
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span

MOST_VENUES = 100
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """The new time of a move that waits for its payment."""

    ref: str
    name: str
    until: dt.datetime | None


class Booked(NamedTuple):
    """A booking, as the calendar tells it."""

    claim_id: uuid.UUID
    ref: str
    state: str
    kind: str
    name: str
    title: str
    host: str
    people: int
    currency: str
    total_minor: int
    rest_due_at: dt.datetime | None
    hold_expires_at: dt.datetime | None
    paying_until: dt.datetime | None

    @property
    def total(self) -> Money:
        """What was agreed."""
        return Money(self.total_minor, self.currency)


class Seats(NamedTuple):
    """A session, as the calendar tells it; `host` is nobody's name where nobody hosts it."""

    claim_id: uuid.UUID
    id: int
    title: str
    seats_taken: int
    capacity: int
    host: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of some rooms in a window. What stands behind a claim is in one of the three mappings; `due` is
    what is still to be paid, by ref."""

    zone: str
    rooms: Sequence[Row[Any]]
    calendars: Mapping[int, Calendar]
    bookings: Mapping[uuid.UUID, Booked]
    sessions: Mapping[uuid.UUID, Seats]
    moves: Mapping[uuid.UUID, Held]
    due: Mapping[str, Money]
    slots: Mapping[int, list[Slot]] = field(default_factory=dict)

    def runs(self, room_id: int, day: dt.date) -> list[Run]:
        """One room's day, in order and without gaps."""
        calendar = self.calendars[room_id]
        whole = day_span(day, calendar.zone)
        slots = [one for one in self.slots.get(room_id, ()) if one.span.overlaps(whole)]
        return runs_of_day(calendar, whole, slots)


def venues_at_desk(actor: Actor, text: str = "") -> Sequence[Row[Any]]:
    """The venues whose calendar `actor` may see, by name: (slug, name, city), narrowed by words of their names."""
    return _venues(actor.is_admin, actor.grants, text)


def venue_at_desk(actor: Actor, slug: str) -> Venue:
    """One of them, listed or not. Raises NotFound."""
    venue: Venue | None = db.session.scalar(
        select(Venue).where(Venue.slug == slug, _runs(actor)).options(joinedload(Venue.merchant))
    )
    if venue is None:
        raise NotFound
    return venue


@remembered()
def rooms_at_desk(venue_id: int) -> Sequence[Row[Any]]:
    """The rooms of a venue, the largest first, listed or not: what calendars need, and slug, name and capacity."""
    return db.session.execute(
        select(
            Room.id, Room.resource_id, Room.venue_id, Room.slug, Room.name, Room.capacity, Room.listed,
            Room.min_minutes, Room.max_minutes, Room.step_minutes, Room.buffer_minutes, Room.notice_minutes,
            Room.horizon_days,
        )
        .where(Room.venue_id == venue_id)
        .order_by(Room.capacity.desc(), Room.name, Room.id)
    ).all()  # fmt: skip


def addons_at_desk(venue_id: int) -> Sequence[Addon]:
    """What can be had besides a room of this venue."""
    return db.session.scalars(
        select(Addon).where(Addon.venue_id == venue_id, Addon.listed).order_by(Addon.name, Addon.id)
    ).all()


def known(rooms: Sequence[Row[Any]], window: Span, *, zone: str, now: dt.datetime) -> Known:
    """Everything about these rooms of one venue in `window`: nine queries at most. `zone` is the venue's."""
    calendars = schedules.room_calendars(rooms, window, now=now)
    taken = {
        one.claim_id: one.kind for calendar in calendars.values() for one in calendar.taken if one.span.overlaps(window)
    }
    sessions = _sessions([claim for claim, kind in taken.items() if kind == "session"])
    bookings = _bookings([claim for claim, kind in taken.items() if kind == "booking"])
    moves = _moves([claim for claim, kind in taken.items() if kind == "booking" and claim not in bookings])
    return Known(
        zone=zone,
        rooms=rooms,
        calendars=calendars,
        bookings=bookings,
        sessions=sessions,
        moves=moves,
        due=rests_of(list(bookings.values())),
        slots=_slots(rooms[0].venue_id, window) if rooms else {},
    )


def why_not(plan: Plan, *, now: dt.datetime, own: Collection[uuid.UUID] = ()) -> tuple[Reason | None, Reason | None]:
    """What stands against a plan of a room or a person: that it is taken, which nobody overrules, and else the rule
    that only the house may set aside. What `own` claims take does not count."""
    if plan.facilitator is not None and plan.service is not None:
        person = plan.facilitator
        calendar = schedules.people_calendars([person], plan.service, plan.span, now=now)[person.id]
    else:
        room = plan.room
        assert room is not None
        calendar = schedules.room_calendars([room], plan.span, now=now)[room.id]
    calendar = calendar.without(frozenset(own))
    taken = refusal(calendar, plan.span, staff=True)
    return taken, None if taken else refusal(calendar, plan.span)


@remembered()
def _venues(is_admin: bool, grants: tuple[Grant, ...], text: str) -> Sequence[Row[Any]]:
    mine = select(Venue.slug, Venue.name, Venue.city).where(_runs(Actor(is_admin=is_admin, grants=grants)))
    if text:
        mine = mine.where(Venue.name.ilike(f"%{_plain(text)}%", escape="\\"))
    return db.session.execute(mine.order_by(Venue.name, Venue.id).limit(MOST_VENUES)).all()


def _runs(actor: Actor) -> Any:
    return in_reach(actor, merchant_id=Venue.merchant_id, venue_id=Venue.id, facilitator_id=null())


def _plain(text: str) -> str:
    """Without a meaning of its own for LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _bookings(claims: Collection[uuid.UUID]) -> dict[uuid.UUID, Booked]:
    if not claims:
        return {}
    columns = Booking.__table__.c
    rows = db.session.execute(
        select(*(columns[name] for name in Booked._fields)).where(columns.claim_id == any_(_uuids(claims)))
    )
    return {row.claim_id: Booked(*row) for row in rows}


def _sessions(claims: Collection[uuid.UUID]) -> dict[uuid.UUID, Seats]:
    if not claims:
        return {}
    session, person = Session.__table__, Facilitator.__table__
    of_session = (session.c[name] for name in Seats._fields if name != "host")
    rows = db.session.execute(
        select(*of_session, person.c.name)
        .select_from(session.outerjoin(person, person.c.id == session.c.facilitator_id))
        .where(session.c.claim_id == any_(_uuids(claims)))
    )
    return {row.claim_id: Seats(*row) for row in rows}


def _moves(claims: Collection[uuid.UUID]) -> dict[uuid.UUID, Held]:
    if not claims:
        return {}
    rows = db.session.execute(
        select(BookingChange.claim_id, Booking.ref, Booking.name, BookingChange.hold_expires_at)
        .join(Booking, Booking.id == BookingChange.booking_id)
        .where(BookingChange.claim_id == any_(_uuids(claims)))
    )
    return {claim_id: Held(ref, name, until) for claim_id, ref, name, until in rows}


def _slots(venue_id: int, window: Span) -> dict[int, list[Slot]]:
    """The timeslots nobody has booked, by room: of them no occupancy tells. Served by ix_session_venue_id_starts_at."""
    rows = db.session.execute(
        select(Session.id, Session.room_id, Session.starts_at, Session.ends_at, Session.title).where(
            Session.venue_id == venue_id,
            Session.on_grid,
            Session.seats_taken == 0,
            Session.state == "scheduled",
            Session.starts_at > window.start - _DAY,
            Session.starts_at < window.end,
            Session.ends_at > window.start,
        )
    )
    found: defaultdict[int, list[Slot]] = defaultdict(list)
    for session_id, room_id, starts_at, ends_at, title in rows:
        found[room_id].append(Slot(session_id, Span(starts_at, ends_at), title))
    return found


def _uuids(claims: Collection[uuid.UUID]) -> Any:
    return literal(sorted(claims), ARRAY(UUID(as_uuid=True)))
