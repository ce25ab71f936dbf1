"""A host at their browser, with a day that has something in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.rules import AppointmentWish, SeatWish
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from tests.builders import a_facilitator, a_merchant, a_service, a_session, a_user, actor_of
from tests.builders.numbers import another
from tests.builders.scheduling import works
from tests.support.client import Client
from tests.support.staff import sign_in

# A Wednesday, in winter time everywhere in Europe.
TODAY = dt.date(2027, 3, 10)


def utc(clock_time: str, day: dt.date = TODAY) -> dt.datetime:
    """An instant of the day by its clock in UTC."""
    return dt.datetime.combine(day, dt.time.fromisoformat(clock_time), dt.UTC)


def now_is(monkeypatch: Any, clock_time: str, day: dt.date = TODAY) -> None:
    """The present moment."""
    monkeypatch.setattr(clock, "now", lambda: utc(clock_time, day))


def a_host_at(client: Client, **facts: Any) -> Facilitator:
    """A facilitator in UTC who works from nine to five every day, signed in at this browser."""
    merchant = a_merchant(zone="UTC")
    user = sign_in(client, merchant_id=merchant.id, role="facilitator")
    person = a_facilitator(merchant, user_id=user.id, **({"zone": "UTC"} | facts))
    works(person)
    return person


def a_class(
    person: Facilitator, at: str = "10:00", *, day: dt.date = TODAY, minutes: int = 60, price: int = 1800, **facts: Any
) -> Session:
    """A class of theirs, with three seats."""
    merchant = db.session.get_one(Merchant, person.merchant_id)
    service = a_service(merchant, lengths=((minutes, price),), hosts=[person], capacity=3)
    return a_session(
        service, facilitator=person, starts_at=utc(at, day), minutes=minutes, zone="UTC",
        **({"title": "Breath and stillness", "online": True} | facts),
    )  # fmt: skip


def seat(session: Session, name: str = "Miriam Okafor", email: str = "miriam@example.org", *, now: str = "09:00",
         day: dt.date = TODAY) -> Booking:  # fmt: skip
    wish = SeatWish(session.id)
    return actions.book_for_client(
        actor_of(a_user(is_admin=True)), wish, name=name, email=email, customer_id=None, now=utc(now, day),
        key=f"seat-{another()}", reason="By telephone",
    )  # fmt: skip


def a_talk(person: Facilitator, at: str, *, name: str = "Tom Alder", price: int = 7000) -> Booking:
    merchant = db.session.get_one(Merchant, person.merchant_id)
    service = a_service(
        merchant, kind="appointment", lengths=((50, price),), hosts=[person], online=True, buffer_minutes=10,
        name="First conversation",
    )  # fmt: skip
    return actions.book_for_client(
        actor_of(a_user(is_admin=True)), AppointmentWish(service.id, person.id, utc(at), 50), name=name,
        email="tom@example.org", customer_id=None, now=utc("08:00"), key=f"talk-{another()}",
        reason="By telephone",
    )  # fmt: skip
