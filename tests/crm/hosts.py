"""A facilitator with an account, and people who booked with them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from bookapp.booking.models import Booking
from bookapp.booking.rules import SeatWish
from bookapp.catalog.actions import grant_role
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.scheduling.models import Session
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_user, a_venue, actor_of
from tests.builders.booking import NOW, a_booking, at
from tests.support.client import Client
from tests.support.staff import PASSWORD, _hash


@dataclass(frozen=True)
class Host:
    """Somebody who hosts, as an account, as an actor and as a facilitator."""

    user: User
    person: Facilitator
    merchant: Merchant

    @property
    def actor(self) -> Actor:
        return actor_of(self.user)

    def session(self, days: float = 7, **facts: Any) -> Session:
        """A class of theirs, so many days after NOW."""
        room = a_room(a_venue(self.merchant))
        service = a_service(self.merchant, hosts=[self.person], rooms=[room])
        return a_session(service, starts_at=at(days), facilitator=self.person, room=room, **facts)

    def booked_by(self, customer: User | None = None, *, days: float = 7, state: str = "confirmed") -> Booking:
        """A seat in such a class, of an account or of a guest."""
        wish = SeatWish(self.session(days).id)
        actor = actor_of(customer) if customer else None
        email = customer.email if customer else "guest@example.org"
        return a_booking(wish, actor=actor, state=state, email=email)


def a_host(merchant: Merchant | None = None, **facts: Any) -> Host:
    """A facilitator of a house in Berlin that can be answered."""
    merchant = merchant or a_merchant(email="hello@house.example")
    user = a_user(password_hash=_hash())
    person = a_facilitator(merchant, **facts)
    person.user_id = user.id
    db.session.commit()
    grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role="facilitator")
    return Host(user, person, merchant)


def enter(client: Client, host: Host) -> None:
    """The host signs in at this browser."""
    client.post("/login", data={"login": host.user.email, "password": PASSWORD})


def shifted(days: float = 0, **more: float) -> dt.datetime:
    """NOW, so much later."""
    return NOW + dt.timedelta(days=days, **more)
