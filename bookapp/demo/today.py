"""What is on at this very moment: Priya's day, so that her desk has something to show whenever one looks.

Everything lies around the full hour in which the demo is built: a class that is on, people who came or did not, an hour
that was, one that is blocked, one that was booked this morning, and gaps between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import select

from bookapp.booking import actions as booking
from bookapp.booking.models import Booking, Participant
from bookapp.booking.rules import AppointmentWish, SeatWish
from bookapp.catalog import actions as catalog
from bookapp.catalog.models import Facilitator
from bookapp.catalog.rules import ServiceDraft
from bookapp.demo.hours import works
from bookapp.demo.life import book_and_pay
from bookapp.demo.stillwater import Stillwater
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.scheduling.actions.hours import add_closure
from bookapp.scheduling.actions.sessions import create_session
from bookapp.scheduling.errors import PlaceOccupied
from bookapp.scheduling.models import Session
from bookapp.values.errors import Refusal
from bookapp.values.timespan import Span, wall

_MINUTES = 105
# How the first of those who come are marked; the others have not been seen yet.
_SEEN = ("arrived", "arrived", "late", "arrived", "arrived")


def enliven(stillwater: Stillwater, regulars: Sequence[Actor], miriam: Actor, now: dt.datetime) -> None:
    """Give Priya a day around `now` (a full hour), by the ways everybody books."""
    priya = stillwater.people[0]
    _works_around(priya, now)
    hour = dt.timedelta(hours=1)
    add_closure(SYSTEM, Span(now + 2 * hour, now + 3 * hour), facilitator_id=priya.id, reason="Team meeting")
    session = _class_now(stillwater, priya, now)
    if session is not None:
        guests = [miriam, *regulars[:7]]
        refs = [book_and_pay(SeatWish(session.id), guest, now - dt.timedelta(days=2)).ref for guest in guests]
        _mark(refs[1:], now)
    talk, practice = stillwater.appointments[:2]
    for wish, guest, at in (
        (AppointmentWish(talk.id, priya.id, now - 2 * hour, 50), regulars[8], now - dt.timedelta(days=3)),
        (AppointmentWish(practice.id, priya.id, now + 3 * hour, 30), regulars[9], now - 2 * hour),
        (AppointmentWish(practice.id, priya.id, now + 5 * hour, 60), regulars[10], now - dt.timedelta(days=1)),
    ):
        # At night the house is closed, and a class of the evening may be in the way.
        with suppress(Refusal):
            book_and_pay(wish, guest, at)
    booking.complete_past(now=now)


def _works_around(priya: Facilitator, now: dt.datetime) -> None:
    here = wall(now, priya.zone)
    today = {here.weekday(): (min(9, max(0, here.hour - 3)), max(18, min(23, here.hour + 8)))}
    works(priya, dict.fromkeys(range(6), (9, 18)) | today)


def _class_now(stillwater: Stillwater, priya: Facilitator, now: dt.datetime) -> Session | None:
    """A class that has just begun, in the first studio that is free; None when her own evening class is on."""
    studios = stillwater.rooms[:2]
    service = catalog.create_service(
        SYSTEM,
        stillwater.merchant.id,
        ServiceDraft(
            name="The long sit", kind="session", theme="class", tagline="An hour and three quarters of not much.",
            about="Sitting, a little walking, sitting again. Tea afterwards.", bring="Something warm to wear.",
            capacity=12, lengths=((_MINUTES, 2000),), hosts=(priya.id,), rooms=tuple(room.id for room in studios),
        ),
    )  # fmt: skip
    catalog.add_photo(SYSTEM, service, path="scenes/yoga.svg", alt=service.name)
    for room in studios:
        with suppress(PlaceOccupied):
            return create_session(
                SYSTEM,
                service.id,
                span=Span(now, now + dt.timedelta(minutes=_MINUTES)),
                room_id=room.id,
                facilitator_id=priya.id,
                now=now - dt.timedelta(days=30),
            )
    return None


def _mark(refs: Sequence[str], now: dt.datetime) -> None:
    for ref, seen in zip(refs, _SEEN, strict=False):
        who = db.session.scalars(
            select(Participant.id).join(Booking, Booking.id == Participant.booking_id).where(Booking.ref == ref)
        ).one()
        booking.mark(SYSTEM, who, seen, now=now)
