"""Whose feed a token opens, and what stands in it: a stretch around now, in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import exists, func, select

from bookapp.booking.models import Booking
from bookapp.booking.states import BookingKind, BookingState
from bookapp.catalog.models import Facilitator, Membership, Room, Venue
from bookapp.crm.models import CalendarFeed
from bookapp.identity.models import User
from bookapp.identity.rules import token_hash
from bookapp.infra.db import db
from bookapp.scheduling.models import LONGEST_OCCUPANCY, Closure, Occupancy, Session, SessionPart
from bookapp.values.errors import NotFound
from bookapp.values.timespan import UTC, Span

HOSTING, BOOKINGS = "hosting", "bookings"
_BACK, _AHEAD = dt.timedelta(days=90), dt.timedelta(days=366)
# Of each kind; nobody has as many in fifteen months, and no answer grows without end.
MOST = 5000
# What is told of a booking: not its lines, prices and terms, which are most of the row.
_TOLD = (
    Booking.ref, Booking.title, Booking.place, Booking.host, Booking.name, Booking.session_id, Booking.starts_at,
    Booking.ends_at, Booking.zone, Booking.sequence, Booking.confirmed_at, Booking.created_at,
)  # fmt: skip
_STANDING = tuple(state.value for state in (BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW))


class Kind(StrEnum):
    """What an entry is about."""

    SESSION = "session"
    APPOINTMENT = "appointment"
    BLOCK = "block"
    AWAY = "away"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a calendar. `uid` stays its own for ever, `sequence` grows with each change, `stamp` is not the
    clock's time: the same day gives the same file. Of customers only the first name is here."""

    uid: str
    kind: Kind
    span: Span
    zone: str
    title: str
    stamp: dt.datetime
    part: str = ""
    place: str = ""
    who: str = ""
    taken: int = 0
    capacity: int = 0
    sequence: int = 0
    path: str = ""


def feed_of(user_id: int, kind: str) -> CalendarFeed | None:
    """The feed of an account, unless it is void."""
    return db.session.scalar(
        select(CalendarFeed)
        .join(User, User.id == CalendarFeed.user_id)
        .where(CalendarFeed.user_id == user_id, CalendarFeed.kind == kind, CalendarFeed.user_version == User.version)
    )


def feed_by_token(token: str) -> CalendarFeed:
    """The feed a token opens. Raises NotFound for one that is unknown, revoked or void."""
    found = db.session.scalar(
        select(CalendarFeed)
        .join(User, User.id == CalendarFeed.user_id)
        .where(
            CalendarFeed.token_hash == token_hash(token),
            CalendarFeed.user_version == User.version,
            User.disabled_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found


def host_behind(user_id: int) -> Facilitator:
    """The facilitator of an account, as long as they work for the house. Raises NotFound."""
    works_there = exists().where(Membership.user_id == user_id, Membership.merchant_id == Facilitator.merchant_id)
    person = db.session.scalar(select(Facilitator).where(Facilitator.user_id == user_id, works_there))
    if person is None:
        raise NotFound
    return person


def around(now: dt.datetime) -> Span:
    """90 days back and a year ahead, whole days of UTC: it moves once a day, not with every look."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(midnight - _BACK, midnight + _AHEAD)


def hosting(person: Facilitator, within: Span) -> list[Entry]:
    """Everything that takes a facilitator's time: sessions, appointments, blocked time, time off; by time."""
    entries = [
        *_sessions(person, within),
        *_appointments(person, within),
        *_blocks(person, within),
        *_away(person, within),
    ]
    return sorted(entries, key=lambda entry: (entry.span, entry.uid))


def own_bookings(user_id: int, within: Span) -> list[Entry]:
    """What a customer has booked, by time; a retreat as its parts."""
    bookings = db.session.execute(
        select(*_TOLD)
        .where(Booking.customer_id == user_id, Booking.state.in_(_STANDING), *_begins(Booking.starts_at, within))
        .order_by(Booking.starts_at, Booking.id)
        .limit(MOST)
    ).all()
    parts = _parts({booking.session_id for booking in bookings if booking.session_id is not None})
    return [
        Entry(
            uid=f"{booking.ref}-{part.id}" if part else booking.ref,
            kind=Kind.BOOKING,
            span=Span(part.starts_at, part.ends_at) if part else Span(booking.starts_at, booking.ends_at),
            zone=booking.zone,
            title=booking.title,
            part=part.title if part else "",
            place=booking.place,
            who=booking.host,
            sequence=booking.sequence,
            stamp=booking.confirmed_at or booking.created_at,
            path=f"/bookings/{booking.ref}",
        )
        for booking in bookings
        for part in parts.get(booking.session_id or 0) or [None]
    ]


def _sessions(person: Facilitator, within: Span) -> list[Entry]:
    rows = db.session.execute(
        select(Session, Room.name, Venue.name)
        .outerjoin(Room, Room.id == Session.room_id)
        .outerjoin(Venue, Venue.id == Session.venue_id)
        .where(Session.facilitator_id == person.id, Session.state != "cancelled", *_begins(Session.starts_at, within))
        .order_by(Session.starts_at)
        .limit(MOST)
    ).all()
    parts = _parts({session.id for session, _room, _venue in rows})
    return [
        Entry(
            uid=f"session-{session.id}-{part.id}" if part else f"session-{session.id}",
            kind=Kind.SESSION,
            span=Span(part.starts_at, part.ends_at) if part else Span(session.starts_at, session.ends_at),
            zone=session.zone,
            title=session.title,
            part=part.title if part else "",
            place=", ".join(name for name in (room, venue) if name),
            taken=session.seats_taken,
            capacity=session.capacity,
            sequence=session.version - 1,
            stamp=session.created_at,
            path=f"/sessions/{session.id}",
        )
        for session, room, venue in rows
        for part in parts.get(session.id) or [None]
    ]


def _appointments(person: Facilitator, within: Span) -> list[Entry]:
    bookings = db.session.execute(
        select(*_TOLD)
        .where(
            Booking.facilitator_id == person.id,
            Booking.kind == BookingKind.APPOINTMENT.value,
            Booking.state.in_(_STANDING),
            *_begins(Booking.starts_at, within),
        )
        .order_by(Booking.starts_at)
        .limit(MOST)
    )
    return [
        Entry(
            uid=f"appointment-{booking.ref}",
            kind=Kind.APPOINTMENT,
            span=Span(booking.starts_at, booking.ends_at),
            zone=booking.zone,
            title=booking.title,
            place=booking.place,
            who=booking.name.split(" ")[0],
            sequence=booking.sequence,
            stamp=booking.confirmed_at or booking.created_at,
            path=f"/desk/bookings/{booking.ref}",
        )
        for booking in bookings
    ]


def _blocks(person: Facilitator, within: Span) -> list[Entry]:
    rows = db.session.scalars(
        select(Occupancy)
        .where(
            Occupancy.resource_id == person.resource_id,
            Occupancy.kind == "block",
            Occupancy.active,
            *_begins(func.lower(Occupancy.during), within),
        )
        .order_by(func.lower(Occupancy.during))
        .limit(MOST)
    )
    return [
        Entry(
            uid=f"block-{row.claim_id}",
            kind=Kind.BLOCK,
            span=Span(_aware(row.during.lower), row.used_until),
            zone=person.zone,
            title="",
            stamp=row.created_at,
        )
        for row in rows
    ]


def _away(person: Facilitator, within: Span) -> list[Entry]:
    rows = db.session.scalars(
        select(Closure)
        .where(Closure.facilitator_id == person.id, Closure.ends_at > within.start, Closure.starts_at < within.end)
        .order_by(Closure.starts_at)
        .limit(MOST)
    )
    return [
        Entry(
            uid=f"away-{row.id}",
            kind=Kind.AWAY,
            span=Span(row.starts_at, row.ends_at),
            zone=person.zone,
            title=row.reason,
            stamp=row.starts_at,
        )
        for row in rows
    ]


def _parts(session_ids: set[int]) -> dict[int, Sequence[SessionPart]]:
    found: dict[int, list[SessionPart]] = defaultdict(list)
    for part in db.session.scalars(
        select(SessionPart).where(SessionPart.session_id.in_(session_ids)).order_by(SessionPart.starts_at)
    ):
        found[part.session_id].append(part)
    return dict(found)


def _begins(starts_at: Any, within: Span) -> list[Any]:
    """Begins within the span, or so little before it that it may reach into it."""
    return [starts_at > within.start - LONGEST_OCCUPANCY, starts_at < within.end]


def _aware(at: dt.datetime | None) -> dt.datetime:
    if at is None:
        raise ValueError("an occupancy begins somewhere")
    return at
