"""Bookings, made by the real actions and moved to the state a test wants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.rules import Details, RoomWish, Wish
from bookapp.catalog.models import Room, Venue
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.payments import actions as payments
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.scheduling.models import OpeningHours, Session
from bookapp.values.timespan import UTC, Span
from tests.builders.catalog import a_room
from tests.builders.numbers import another

# A Monday morning; everything that tests book lies after it.
NOW = dt.datetime(2027, 3, 1, 8, tzinfo=UTC)


def at(days: float = 7, hours: float = 0) -> dt.datetime:
    """NOW, so many days and hours later."""
    return NOW + dt.timedelta(days=days, hours=hours)


def always_open(venue: Venue) -> Venue:
    """Open around the clock, so that a test about something else never meets a closed door."""
    db.session.add_all(
        OpeningHours(venue_id=venue.id, weekday=weekday, opens=dt.time(0), closes=dt.time(0)) for weekday in range(7)
    )
    db.session.commit()
    return venue


def an_open_room(**facts: Any) -> Room:
    """A room in a venue that never closes."""
    room = a_room(**facts)
    always_open(room.venue)
    return room


def a_guest() -> Actor:
    """A browser nobody knows."""
    return Actor(visitor=f"visitor-{another()}")


def a_wish(room: Room | None = None, *, start: dt.datetime | None = None, hours: float = 2, **facts: Any) -> RoomWish:
    """Two hours of a room in a week."""
    room = room or an_open_room()
    start = start or at()
    return RoomWish(room.id, Span(start, start + dt.timedelta(hours=hours)), **facts)


def a_hold(wish: Wish | None = None, *, actor: Actor | None = None, now: dt.datetime = NOW, **facts: Any) -> Booking:
    """What the wish asks for, held."""
    return actions.hold(actor or a_guest(), wish or a_wish(), now=now, key=f"key-{another()}", **facts)


def details(email: str = "miriam@example.org", companions: Sequence[tuple[str, str]] = ()) -> Details:
    """Somebody called Miriam."""
    return Details(name="Miriam Okafor", email=email, participants=tuple(companions))


def pay(booking: Booking, actor: Actor, *, now: dt.datetime = NOW, email: str = "miriam@example.org") -> int:
    """Through the checkout to the sandbox's page, and paid there; we have not heard of it yet. The payment's id."""
    payment = actions.check_out(actor, booking.ref, details(email), gateway_name="sandbox", now=now)
    assert payment is not None
    payments.open_at_provider(payment.id, now=now)
    db.session.refresh(payment)
    assert sandbox.settle(payment.provider_id or "", ChargeState.PAID)
    return payment.id


def a_booking(
    wish: Wish | None = None,
    *,
    actor: Actor | None = None,
    state: str = "confirmed",
    now: dt.datetime = NOW,
    email: str = "miriam@example.org",
) -> Booking:
    """A paid booking, or what became of it: `pending`, `confirmed`, `cancelled`, `completed`, `expired`."""
    actor = actor or a_guest()
    booking = a_hold(wish, actor=actor, now=now)
    if state == "expired":
        actions.expire_holds(now=now + dt.timedelta(minutes=15))
    elif state != "pending":
        payments.ask_back(pay(booking, actor, now=now, email=email), now=now)
        if state == "cancelled":
            actions.cancel(actor, booking.ref, now=now)
        elif state == "completed":
            actions.complete_past(now=booking.ends_at)
    db.session.refresh(booking)
    assert booking.state == state
    return booking


def seats_taken(session: Session) -> int:
    """As the database has it."""
    db.session.refresh(session)
    return session.seats_taken
