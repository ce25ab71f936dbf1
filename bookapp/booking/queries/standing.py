"""What stands in the way of a closure, of a person or of a place: booked already, and staying so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from bookapp.booking.models import Booking
from bookapp.booking.states import BookingKind, BookingState
from bookapp.infra.db import db
from bookapp.scheduling.models import LONGEST_OCCUPANCY, LONGEST_SESSION, Session
from bookapp.values.timespan import Span

MOST = 500
_LIVE = (BookingState.PENDING.value, BookingState.CONFIRMED.value)


@dataclass(frozen=True, slots=True)
class Standing:
    """A session or a booking: what it is, when, for how many, and its place at the desk."""

    title: str
    span: Span
    zone: str
    people: int
    href: str


def standing_in(facilitator_id: int, spans: Sequence[Span]) -> list[list[Standing]]:
    """What the person hosts within each of `spans`, by time. In two queries, however many they are."""
    return _standing([Session.facilitator_id == facilitator_id], [Booking.facilitator_id == facilitator_id], spans)


def standing_in_place(
    spans: Sequence[Span], *, merchant_id: int, venue_id: int, room_id: int | None = None
) -> list[list[Standing]]:
    """The same of a venue, or of one room of it. Timeslots nobody has booked are not among them."""
    # The merchant is what the index on bookings begins with.
    sessions = [Session.venue_id == venue_id, or_(Session.on_grid.is_(False), Session.seats_taken > 0)]
    bookings = [Booking.merchant_id == merchant_id, Booking.venue_id == venue_id]
    if room_id is not None:
        sessions.append(Session.room_id == room_id)
        bookings.append(Booking.room_id == room_id)
    return _standing(sessions, bookings, spans)


def _standing(
    sessions: Sequence[ColumnElement[bool]], bookings: Sequence[ColumnElement[bool]], spans: Sequence[Span]
) -> list[list[Standing]]:
    if not spans:
        return []
    whole = Span(min(one.start for one in spans), max(one.end for one in spans))
    found = sorted([*_sessions(sessions, whole), *_bookings(bookings, whole)], key=lambda one: one.span)
    return [[one for one in found if one.span.overlaps(span)] for span in spans]


def _sessions(whose: Sequence[ColumnElement[bool]], within: Span) -> list[Standing]:
    rows = db.session.execute(
        select(Session.id, Session.title, Session.starts_at, Session.ends_at, Session.zone, Session.seats_taken)
        .where(*whose, Session.state == "scheduled", *_reaches(Session, within, LONGEST_SESSION))
        .order_by(Session.starts_at)
        .limit(MOST)
    )
    return [
        Standing(title, Span(starts_at, ends_at), zone, seats, f"/sessions/{session_id}")
        for session_id, title, starts_at, ends_at, zone, seats in rows
    ]


def _bookings(whose: Sequence[ColumnElement[bool]], within: Span) -> list[Standing]:
    """Hires and appointments; seats are among the sessions."""
    rows = db.session.execute(
        select(Booking.ref, Booking.title, Booking.starts_at, Booking.ends_at, Booking.zone, Booking.people)
        .where(
            *whose,
            Booking.kind.in_([kind.value for kind in BookingKind if kind is not BookingKind.SESSION]),
            Booking.state.in_(_LIVE),
            *_reaches(Booking, within, LONGEST_OCCUPANCY),
        )
        .order_by(Booking.starts_at)
        .limit(MOST)
    )
    return [
        Standing(title, Span(starts_at, ends_at), zone, people, f"/desk/bookings/{ref}")
        for ref, title, starts_at, ends_at, zone, people in rows
    ]


def _reaches(model: Any, within: Span, longest: dt.timedelta) -> list[ColumnElement[bool]]:
    """Begins not much before, so that the index on the start serves it, and is not over by then."""
    return [
        model.starts_at > within.start - longest,
        model.starts_at < within.end,
        model.ends_at > within.start,
    ]
