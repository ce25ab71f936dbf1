"""What is known of a person's time: hours, closures, sessions, bookings, and whatever else takes them.

The number of queries is the same for a day and a week, however much is on. Sessions and bookings are read over their
indices by facilitator and start.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.bookings import is_live
from bookapp.catalog.models import Facilitator, Room
from bookapp.crm.rules.day import Piece, Sort
from bookapp.infra.db import db
from bookapp.scheduling.models import Closure, Session
from bookapp.scheduling.queries import people_calendars
from bookapp.scheduling.rules import Calendar
from bookapp.values.timespan import Span

# A retreat is longer than a day; nothing is longer than this, so what reaches into a window began after it.
_LONGEST = dt.timedelta(days=31)
_STANDS = ("confirmed", "completed", "no_show")
# Somebody may come a hundred times; nobody comes to a thousand things of one person in a week.
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Known:
    """What a window of a person's time is made of. `sessions` have room (and venue), service and parts; `bookings` are
    theirs of every kind with the people on them, holds that still run included."""

    person: Facilitator
    window: Span
    calendar: Calendar
    closures: Mapping[int, Closure]
    sessions: Mapping[int, Session]
    bookings: Mapping[str, Booking]
    moves: frozenset[uuid.UUID]

    def of_session(self, session_id: int) -> list[Booking]:
        """The bookings that stand in a session, in the order of names."""
        found = [one for one in self.bookings.values() if one.session_id == session_id and one.state in _STANDS]
        return sorted(found, key=lambda one: (one.name.casefold(), one.id))

    def pieces(self) -> list[Piece]:
        """Everything that takes time, each thing once."""
        found = [_blocked(one) for one in self.closures.values()]
        for session in self.sessions.values():
            found += _pieces_of_session(session)
        for booking in self.bookings.values():
            if booking.session_id is None:
                found.append(_piece_of_booking(booking, self.buffers))
        shown = {one.claim_id for one in self.sessions.values()} | {one.claim_id for one in self.bookings.values()}
        for taken in self.calendar.taken:
            if taken.claim_id not in shown:
                sort = Sort.HELD if taken.claim_id in self.moves else Sort.BUSY
                found.append(Piece(sort, Span(taken.span.start, taken.used_until), until=taken.span.end))
        return found

    @property
    def buffers(self) -> Mapping[uuid.UUID, dt.datetime]:
        """Until when each claim takes the person, buffer included."""
        return {one.claim_id: one.span.end for one in self.calendar.taken}


def known(person: Facilitator, window: Span, *, now: dt.datetime) -> Known:
    """Everything about `window`, in nine queries."""
    calendar = people_calendars([person], None, window, now=now)[person.id]
    taken = [one for one in calendar.taken if one.span.overlaps(window)]
    sessions = _sessions(person.id, window)
    bookings = _bookings(person.id, window, now)
    return Known(
        person=person,
        window=window,
        calendar=calendar,
        closures={one.id: one for one in _closures(person.id, window)},
        sessions={one.id: one for one in sessions},
        bookings={one.ref: one for one in bookings},
        moves=_moves([one.claim_id for one in taken]),
    )


def visits_before(
    person_id: int, bookings: Collection[Booking], before: dt.datetime
) -> dict[tuple[int | None, str], int]:
    """How often the customers of `bookings` were with this person before an instant, by (account, email)."""
    accounts = {one.customer_id for one in bookings if one.customer_id is not None}
    emails = {one.email for one in bookings if one.customer_id is None and one.email}
    if not accounts and not emails:
        return {}
    rows = db.session.execute(
        select(Booking.customer_id, Booking.email, func.count())
        .where(
            Booking.facilitator_id == person_id,
            Booking.starts_at < before,
            Booking.state.in_(("confirmed", "completed")),
            or_(Booking.customer_id.in_(accounts), and_(Booking.customer_id.is_(None), Booking.email.in_(emails))),
        )
        .group_by(Booking.customer_id, Booking.email)
    )
    counts: dict[tuple[int | None, str], int] = {}
    for customer_id, email, count in rows:
        key = (customer_id, "" if customer_id is not None else email)
        counts[key] = counts.get(key, 0) + count
    return counts


def _sessions(person_id: int, window: Span) -> Sequence[Session]:
    return db.session.scalars(
        select(Session)
        .where(
            Session.facilitator_id == person_id,
            Session.starts_at < window.end,
            Session.starts_at > window.start - _LONGEST,
            Session.ends_at > window.start,
            Session.state != "cancelled",
        )
        .order_by(Session.starts_at, Session.id)
        .limit(_MOST)
        .options(
            joinedload(Session.service), joinedload(Session.room).joinedload(Room.venue), selectinload(Session.parts)
        )
        .execution_options(populate_existing=True)
    ).all()


def _bookings(person_id: int, window: Span, now: dt.datetime) -> Sequence[Booking]:
    return db.session.scalars(
        select(Booking)
        .where(
            Booking.facilitator_id == person_id,
            Booking.starts_at < window.end,
            Booking.starts_at > window.start - _LONGEST,
            Booking.ends_at > window.start,
            or_(Booking.state.in_(_STANDS), and_(Booking.state == "pending", is_live(now))),
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(_MOST)
        .options(selectinload(Booking.participants))
        .execution_options(populate_existing=True)
    ).all()


def _closures(person_id: int, window: Span) -> Sequence[Closure]:
    return db.session.scalars(
        select(Closure)
        .where(Closure.facilitator_id == person_id, Closure.starts_at < window.end, Closure.ends_at > window.start)
        .order_by(Closure.starts_at, Closure.id)
    ).all()


def _moves(claims: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those of the claims that are new times of moves, held until they are paid."""
    return frozenset(db.session.scalars(select(BookingChange.claim_id).where(BookingChange.claim_id.in_(claims))))


def _blocked(closure: Closure) -> Piece:
    return Piece(Sort.BLOCKED, Span(closure.starts_at, closure.ends_at), f"closure:{closure.id}")


def _pieces_of_session(session: Session) -> list[Piece]:
    """A session, or the parts of a retreat: the nights between are free."""
    buffer = dt.timedelta(minutes=session.service.buffer_minutes)
    spans = [Span(part.starts_at, part.ends_at) for part in session.parts] or [Span(session.starts_at, session.ends_at)]
    return [Piece(Sort.SESSION, span, f"session:{session.id}", span.end + buffer) for span in spans]


def _piece_of_booking(booking: Booking, buffers: Mapping[uuid.UUID, dt.datetime]) -> Piece:
    sort = Sort.HELD if booking.state == "pending" else Sort.APPOINTMENT
    return Piece(sort, booking.span, f"booking:{booking.ref}", buffers.get(booking.claim_id))
