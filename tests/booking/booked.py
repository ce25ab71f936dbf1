"""Bookings as rows, for tests of what is said about them: known words, known times, no actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from bookapp.booking.models import Booking, BookingLine
from bookapp.catalog.models import Venue
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue

STANDARD = {
    "name": "Standard",
    "tiers": [{"hours": 48, "percent": 75}, {"hours": 24, "percent": 50}, {"hours": 0, "percent": 25}],
    "move_until_hours": 24,
}
# Label, unit, quantity, unit price and subtotal in cents.
Line = tuple[str, str, str, int, int]
LINDEN: Sequence[Line] = (("Linden", "hour", "2", 2700, 5400), ("Projector", "piece", "1", 900, 900))
MADE = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)


def a_house() -> Venue:
    """Kastanienhof Mitte in Berlin."""
    merchant = a_merchant(name="Kastanienhof", email="hallo@kastanienhof.example", phone="+49 30 1234567")
    return a_venue(
        merchant,
        name="Kastanienhof Mitte",
        address="Linienstraße 40",
        postcode="10119",
        how_to_find="Through the yard, second door on the left.",
    )


def a_booked_room(venue: Venue | None = None, lines: Sequence[Line] = LINDEN, **facts: Any) -> Booking:
    """Linden on Tuesday 24 November 2026 from 14:00 to 16:00 in Berlin, for eight, with a projector: 63.00."""
    venue = venue or a_house()
    facts = {
        "ref": "B7K2QF",
        "kind": "room",
        "merchant_id": venue.merchant_id,
        "venue_id": venue.id,
        "room_id": a_room(venue, name="Linden").id,
        "title": "Linden",
        "place": f"{venue.name}, {venue.city}",
        "people": 8,
        "starts_at": dt.datetime(2026, 11, 24, 13, tzinfo=dt.UTC),
        "ends_at": dt.datetime(2026, 11, 24, 15, tzinfo=dt.UTC),
        "zone": "Europe/Berlin",
    } | facts
    return _booked(facts, lines)


def a_booked_seat(session: Session, *, seats: int = 2, **facts: Any) -> Booking:
    """Seats in a session, at its price."""
    facts = {
        "ref": "S3SS8N",
        "kind": "session",
        "merchant_id": session.merchant_id,
        "venue_id": session.venue_id,
        "room_id": session.room_id,
        "session_id": session.id,
        "service_id": session.service_id,
        "facilitator_id": session.facilitator_id,
        "title": session.title,
        "host": session.facilitator.name if session.facilitator else "",
        "people": seats,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "zone": session.zone,
    } | facts
    price = session.price_minor
    return _booked(facts, [(session.title, "seat", str(seats), price, price * seats)])


def an_appointment() -> Booking:
    """An hour of Jonas Weber in Room 3, on the afternoon of `a_booked_room`."""
    venue = a_house()
    room = a_room(venue, name="Room 3", type="consultation")
    person = a_facilitator(venue.merchant, name="Jonas Weber")
    service = a_service(venue.merchant, kind="appointment", name="First talk", hosts=[person], rooms=[room])
    facts = {
        "ref": "A4PP7T",
        "kind": "appointment",
        "merchant_id": venue.merchant_id,
        "venue_id": venue.id,
        "room_id": room.id,
        "service_id": service.id,
        "facilitator_id": person.id,
        "title": "First talk",
        "host": "Jonas Weber",
        "starts_at": dt.datetime(2026, 11, 24, 13, tzinfo=dt.UTC),
        "ends_at": dt.datetime(2026, 11, 24, 14, tzinfo=dt.UTC),
        "zone": "Europe/Berlin",
    }
    return _booked(facts, [("First talk", "", "1", 9000, 9000)])


def a_retreat() -> Session:
    """From Friday 4 to Sunday 6 December 2026, in three parts, in the big studio, with Dr. Priya Sharma."""
    venue = a_house()
    person = a_facilitator(venue.merchant, name="Dr. Priya Sharma")
    service = a_service(venue.merchant, name="Winter retreat", lengths=((2880, 32000),), capacity=12, hosts=[person])
    parts = (
        ("Arrival, first practice", _december(4, 15), _december(4, 17)),
        ("Morning silence", _december(5, 7), _december(5, 11)),
        ("Closing circle", _december(6, 8), _december(6, 11)),
    )
    room = a_room(venue, name="Big studio", type="studio")
    return a_session(service, room=room, facilitator=person, starts_at=parts[0][1], ends_at=parts[-1][2], parts=parts)


def _december(day: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, 12, day, hour, tzinfo=dt.UTC)


def _booked(facts: dict[str, Any], lines: Sequence[Line]) -> Booking:
    facts = {
        "state": "confirmed",
        "email": "miriam@example.org",
        "name": "Miriam Łukasiewicz",
        "currency": "EUR",
        "total_minor": sum(line[-1] for line in lines),
        "terms": STANDARD,
        "confirmed_at": MADE,
        "created_at": MADE,
    } | facts
    booking = Booking(**facts)
    booking.lines = [
        BookingLine(
            position=position,
            kind="addon" if unit == "piece" else "base",
            label=label,
            unit=unit,
            quantity=Decimal(quantity),
            unit_price_minor=each,
            subtotal_minor=subtotal,
        )
        for position, (label, unit, quantity, each, subtotal) in enumerate(lines)
    ]
    db.session.add(booking)
    db.session.commit()
    return booking
