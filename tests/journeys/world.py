"""A small house with everything journeys walk through: rooms, a class, a retreat, a person, guests of the past."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Flask

from bookapp.catalog import actions as catalog
from bookapp.catalog.models import Facilitator, Merchant, Room
from bookapp.identity import actions as identity
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User
from bookapp.infra import clock
from bookapp.reviews.actions import write_review
from bookapp.scheduling.actions.hours import add_closure, set_opening_hours, set_working_hours
from bookapp.scheduling.actions.sessions import create_series, create_session
from bookapp.scheduling.models import Session
from bookapp.scheduling.rules import Hours, SessionDraft, Weekly
from bookapp.values.timespan import Span
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_venue, actor_of, an_addon
from tests.builders.booking import RoomWish, a_booking

BERLIN = ZoneInfo("Europe/Berlin")
PASSWORD = "a-long-enough-password"
ALL_DAY = [Hours(day, dt.time(8), dt.time(22)) for day in range(7)]


@dataclass(frozen=True)
class World:
    """What is at which address, and the day that journeys are about."""

    merchant: str
    venue: str
    room: str
    service: str
    consulting: str
    person: str
    session: str
    retreat: str
    day: dt.date


def build(app: Flask) -> World:
    """Make it all, by the real actions."""
    now = clock.now()
    day = now.astimezone(BERLIN).date() + dt.timedelta(days=6)
    with app.app_context():
        merchant = a_merchant(name="Kastanienhof", tagline="Rooms to think in", email="hallo@kastanienhof.example")
        venue = a_venue(merchant, name="Kastanienhof Mitte", about="Two floors around a chestnut tree.")
        set_opening_hours(SYSTEM, ALL_DAY, venue_id=venue.id)
        room = _pictured(
            a_room(venue, name="Linden", about="Bright.", amenities=("projector", "whiteboard"), buffer_minutes=30),
            "meeting",
        )
        _pictured(a_room(venue, name="Ahorn", capacity=20, rate_minor=4200, notice_minutes=24 * 60), "boardroom")
        saal = _pictured(a_room(venue, name="Saal", type="hall", capacity=80, rate_minor=9000), "hall")
        an_addon(venue, name="Projector on wheels", stock=2)
        add_closure(SYSTEM, _hours(day, 12, 14), room_id=saal.id, reason="Painting")
        person = a_facilitator(merchant, name="Dr. Priya Sharma", headline="Yoga and breath", years=12, level="expert")
        set_working_hours(SYSTEM, person.id, ALL_DAY)
        service = a_service(merchant, name="Morning yoga", hosts=[person], rooms=[saal], about="Slow and warm.")
        every_day = Weekly(
            day - dt.timedelta(days=4), day + dt.timedelta(days=3), frozenset(range(7)), dt.time(9), minutes=60
        )
        sessions = create_series(
            SYSTEM, SessionDraft(service.id, saal.id, person.id), every_day, now=now, key="the-world-of-pages"
        )
        retreat = _retreat(merchant, saal, person, day, now)
        consulting = a_service(
            merchant, kind="appointment", name="A first talk", lengths=((60, 7000), (90, 9900)), hosts=[person],
            rooms=[room], about="What you want, and what it takes.",
        )  # fmt: skip
        customer = identity.create_user(
            name="Tom Lindqvist", email="tom@example.org", username="tom", password=PASSWORD, now=now
        )
        _booked(room, _hours(day, 9, 11), now)
        _reviewed(room, customer, now)
        return World(
            merchant=f"/at/{merchant.slug}",
            venue=f"/venues/{venue.slug}",
            room=f"/rooms/{room.slug}",
            service=f"/services/{service.slug}",
            consulting=f"/services/{consulting.slug}",
            person=f"/people/{person.slug}",
            session=f"/sessions/{sessions[4].id}",
            retreat=f"/sessions/{retreat.id}",
            day=day,
        )


def _hours(day: dt.date, first: int, last: int) -> Span:
    start, end = (dt.datetime.combine(day, dt.time(hour), BERLIN).astimezone(dt.UTC) for hour in (first, last))
    return Span(start, end)


def _retreat(merchant: Merchant, room: Room, person: Facilitator, day: dt.date, now: dt.datetime) -> Session:
    service = a_service(merchant, name="Three quiet days", lengths=((2880, 28000),), hosts=[person], rooms=[room])
    first = day + dt.timedelta(days=6)
    parts = [
        ("Arriving", _hours(first, 16, 18)),
        ("A day of silence", _hours(first + dt.timedelta(days=1), 10, 17)),
        ("Leaving", _hours(first + dt.timedelta(days=2), 10, 12)),
    ]
    span = Span(parts[0][1].start, parts[-1][1].end)
    return create_session(
        SYSTEM, service.id, span=span, now=now, room_id=room.id, facilitator_id=person.id, parts=parts
    )


def _booked(room: Room, span: Span, now: dt.datetime) -> None:
    a_booking(RoomWish(room.id, span, 4), now=now, email="earlier@example.org")


def _reviewed(room: Room, customer: User, now: dt.datetime) -> None:
    """The customer was here last month, and liked it."""
    day = (now - dt.timedelta(days=30)).date()
    booking = a_booking(
        RoomWish(room.id, _hours(day, 14, 16), 4), actor=actor_of(customer), state="completed",
        now=now - dt.timedelta(days=40), email=customer.email,
    )  # fmt: skip
    write_review(actor_of(customer), booking.id, stars=5, words="Quiet, warm, and the door closes.", now=now)


def _pictured(room: Room, scene: str) -> Room:
    catalog.add_photo(SYSTEM, room, path=f"scenes/{scene}.svg", alt=f"{room.name}, drawn")
    return room
