"""What stands in the way of somebody's time off: booked already, and staying so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from bookapp.booking.models import Booking
from bookapp.booking.states import BookingKind, BookingState
from bookapp.infra.db import db
from bookapp.scheduling.models import LONGEST_OCCUPANCY, Session
from bookapp.values.timespan import Span

MOST = 500
_LIVE = (BookingState.PENDING.value, BookingState.CONFIRMED.value)


@dataclass(frozen=True, slots=True)
class Standing:
    """A session or an appointment that somebody hosts: what it is, when, for how many, and its place at the desk."""

    title: str
    span: Span
    zone: str
    people: int
    href: str


def standing_in(facilitator_id: int, spans: Sequence[Span]) -> list[list[Standing]]:
    """What the person hosts within each of `spans`, by time. In two queries, however many they are."""
    if not spans:
        return []
    whole = Span(min(one.start for one in spans), max(one.end for one in spans))
    found = sorted([*_sessions(facilitator_id, whole), *_appointments(facilitator_id, whole)], key=lambda one: one.span)
    return [[one for one in found if one.span.overlaps(span)] for span in spans]


def _sessions(facilitator_id: int, within: Span) -> list[Standing]:
    rows = db.session.execute(
        select(Session.id, Session.title, Session.starts_at, Session.ends_at, Session.zone, Session.seats_taken)
        .where(Session.facilitator_id == facilitator_id, Session.state == "scheduled", *_reaches(Session, within))
        .order_by(Session.starts_at)
        .limit(MOST)
    )
    return [
        Standing(title, Span(starts_at, ends_at), zone, seats, f"/sessions/{session_id}")
        for session_id, title, starts_at, ends_at, zone, seats in rows
    ]


def _appointments(facilitator_id: int, within: Span) -> list[Standing]:
    rows = db.session.execute(
        select(Booking.ref, Booking.title, Booking.starts_at, Booking.ends_at, Booking.zone, Booking.people)
        .where(
            Booking.facilitator_id == facilitator_id,
            Booking.kind == BookingKind.APPOINTMENT.value,
            Booking.state.in_(_LIVE),
            *_reaches(Booking, within),
        )
        .order_by(Booking.starts_at)
        .limit(MOST)
    )
    return [
        Standing(title, Span(starts_at, ends_at), zone, people, f"/desk/bookings/{ref}")
        for ref, title, starts_at, ends_at, zone, people in rows
    ]


def _reaches(model: Any, within: Span) -> list[ColumnElement[bool]]:
    """Begins not much before, so that the index on the start serves it, and is not over by then."""
    return [
        model.starts_at > within.start - LONGEST_OCCUPANCY,
        model.starts_at < within.end,
        model.ends_at > within.start,
    ]
