"""One session or one booking with everybody on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from bookapp.booking.models import Booking
from bookapp.booking.queries.desk import booking_at_desk
from bookapp.catalog.models import Room
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotFound
from bookapp.values.timespan import Span

STANDS = ("confirmed", "completed", "no_show")


@dataclass(frozen=True, slots=True)
class Gathering:
    """Something people come to, and the bookings that stand in it, by name. `session` is None for an appointment."""

    key: str
    title: str
    host: str
    span: Span
    zone: str
    merchant_id: int
    venue_id: int | None
    facilitator_id: int | None
    bookings: Sequence[Booking]
    session: Session | None = None


def session_gathering(session_id: int) -> Gathering:
    """A session with room (and venue), service, host and its bookings with the people on them. Raises NotFound."""
    session = db.session.scalar(
        select(Session)
        .where(Session.id == session_id)
        .options(
            joinedload(Session.service),
            joinedload(Session.facilitator),
            joinedload(Session.room).joinedload(Room.venue),
        )
        .execution_options(populate_existing=True)
    )
    if session is None:
        raise NotFound
    bookings = db.session.scalars(
        select(Booking)
        .where(Booking.session_id == session_id, Booking.state.in_(STANDS))
        .options(selectinload(Booking.participants))
        .execution_options(populate_existing=True)
    ).all()
    return Gathering(
        key=f"session:{session.id}",
        title=session.title,
        host=session.facilitator.name if session.facilitator else "",
        span=Span(session.starts_at, session.ends_at),
        zone=session.zone,
        merchant_id=session.merchant_id,
        venue_id=session.venue_id,
        facilitator_id=session.facilitator_id,
        bookings=sorted(bookings, key=lambda one: (one.name.casefold(), one.id)),
        session=session,
    )


def booking_gathering(ref: str) -> Gathering:
    """One booking as something people come to. Raises NotFound, also for one that does not stand."""
    booking = booking_at_desk(ref)
    if booking.state not in STANDS:
        raise NotFound
    return Gathering(
        key=f"booking:{booking.ref}",
        title=booking.title,
        host=booking.host,
        span=booking.span,
        zone=booking.zone,
        merchant_id=booking.merchant_id,
        venue_id=booking.venue_id,
        facilitator_id=booking.facilitator_id,
        bookings=[booking],
    )


def gathering(key: str) -> Gathering:
    """By its key, "session:12" or "booking:B7K2QF". Raises NotFound."""
    kind, _colon, name = key.partition(":")
    if kind == "booking":
        return booking_gathering(name)
    if kind == "session" and name.isascii() and name.isdigit() and len(name) <= 15:
        return session_gathering(int(name))
    raise NotFound


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody who can be written to, and because of which booking."""

    booking: Booking
    email: str
    name: str
    user_id: int | None


def addresses(bookings: Sequence[Booking]) -> list[Address]:
    """Everybody on these bookings who can be written to, each address once: because of one's own booking, if one has
    any, else of that one comes along on."""
    found = {one.email: Address(one, one.email, one.name, one.customer_id) for one in reversed(bookings) if one.email}
    for booking in bookings:
        for who in booking.participants:
            if who.email:
                found.setdefault(who.email, Address(booking, who.email, who.name, who.user_id))
    return list(found.values())
