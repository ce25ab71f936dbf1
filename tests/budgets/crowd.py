"""More of everything that a page may list, put into the world of the matrix: the same things beside those it has."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bookapp.booking.models import Booking, BulkItem
from bookapp.booking.rules import SeatWish
from bookapp.catalog.actions import add_photo, create_terms, grant_role
from bookapp.catalog.models import Facilitator, Merchant, Room, Service, Venue
from bookapp.catalog.queries import rooms_of_venue
from bookapp.catalog.rules.terms import STANDARD
from bookapp.crm.actions.clients import add_note, add_tag, write_to_client
from bookapp.crm.actions.inbox import store
from bookapp.crm.actions.tokens import make_token
from bookapp.crm.rules.notify import Notice, Sender
from bookapp.favourites.actions import keep
from bookapp.identity.actions import sign_ins
from bookapp.identity.actions.tokens import open_family
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import Passkey, User
from bookapp.identity.rules import Scope
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.members.actions import apply, invite
from bookapp.members.actions.applications import Wish
from bookapp.members.rules import Post
from bookapp.payments.actions.cases import open_case
from bookapp.payments.actions.gifts import issue_gift_card
from bookapp.payments.actions.refunding import refund
from bookapp.payments.models import Payment, Statement, WebhookEvent
from bookapp.pricing.actions import create_price_rule
from bookapp.pricing.actions.codes import CouponDraft, create_coupon
from bookapp.pricing.states import RuleKind
from bookapp.reviews.models import Review
from bookapp.scheduling.actions.hours import add_closure
from bookapp.scheduling.models import Session
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from tests.builders import (
    a_facilitator,
    a_merchant,
    a_room,
    a_service,
    a_session,
    a_user,
    a_venue,
    actor_of,
    an_addon,
    works,
)  # fmt: skip
from tests.builders.booking import a_booking, a_hold, a_wish
from tests.builders.numbers import another
from tests.builders.wallets import fill_wallet
from tests.security.world import World

_HOUR = dt.timedelta(hours=1)


class Crowd:
    """Knows its way about a world, and brings one more of each thing each time."""

    def __init__(self, world: World) -> None:
        facts = world.facts
        self._facts = facts
        self._now = clock.now()
        self._times = 0
        self._session = db.session.get_one(Session, facts["session_id"])
        facts["day"] = self._session.starts_at.date().isoformat()
        self._room = db.session.get_one(Room, facts["room"])
        self._venue = db.session.get_one(Venue, facts["venue_id"])
        self._house = db.session.get_one(Merchant, facts["merchant_id"])
        self._host = db.session.get_one(Facilitator, facts["facilitator_id"])
        self._customer = db.session.get_one(User, facts["client_id"])
        self._author = actor_of(db.session.get_one(User, self._host.user_id))
        self._booked = db.session.query(Booking).filter_by(ref=facts["ref"]).one()

    def grow(self) -> None:
        """One more of everything."""
        self._times += 1
        room, service = self._offers()
        self._diary(room, service)
        self._bookings(room)
        self._clients()
        self._money()
        self._people()
        db.session.commit()

    def fill_venue(self, rooms: int) -> None:
        """So many rooms in the venue."""
        for _room in range(rooms - len(rooms_of_venue(self._venue.id))):
            a_room(self._venue)

    def _offers(self) -> tuple[Room, Service]:
        room = a_room(self._venue)
        person = a_facilitator(self._house)
        works(person)
        service = a_service(self._house, hosts=[self._host, person], rooms=[self._room, room])
        a_service(self._house, kind="appointment", hosts=[self._host, person], online=True)
        a_venue(self._house)
        a_merchant()
        for place in (self._venue, service, db.session.get_one(Service, self._facts["service_id"])):
            an_addon(place)
        for thing in (self._room, self._venue, self._host):
            add_photo(SYSTEM, thing, path="scenes/hall.svg", alt=f"A hall {another()}")
        create_terms(SYSTEM, self._house.id, name=f"Ours {another()}", tiers=STANDARD)
        create_price_rule(
            SYSTEM, self._house.id, kind=RuleKind.WEEKEND, name=f"Rule {another()}", parameters={"percent": 10}
        )
        create_coupon(SYSTEM, self._house.id, CouponDraft(f"CODE{another()}", percent=10))
        for place in (room, self._venue):
            keep(actor_of(self._customer), place)
        return room, service

    def _diary(self, room: Room, service: Service) -> None:
        """What is on, and when it is closed."""
        start = self._session.starts_at
        self._more = a_session(service, starts_at=start, room=room, facilitator=self._host)
        same = db.session.get_one(Service, self._facts["service_id"])
        another_time = a_session(same, starts_at=start + self._times * _HOUR, room=self._room, facilitator=self._host)
        self._facts["other_session"] = another_time.id
        a_session(same, starts_at=start + self._times * _HOUR, room=self._room, on_grid=True)
        days = Span(start + dt.timedelta(days=20 + self._times), start + dt.timedelta(days=20 + self._times, hours=1))
        add_closure(SYSTEM, days, venue_id=self._venue.id)
        add_closure(SYSTEM, days, room_id=self._room.id)
        add_closure(SYSTEM, days, facilitator_id=self._host.id)

    def _bookings(self, room: Room) -> None:
        """Of the room, of seats in the session; by the customer, by others."""
        start = self._session.starts_at.replace(minute=0) + self._times * 3 * _HOUR
        somebody = a_user()
        mine = actor_of(self._customer)
        of_seat = a_booking(SeatWish(self._session.id), actor=actor_of(somebody), now=self._now, email=somebody.email)
        of_room = a_booking(a_wish(room, start=start), actor=mine, now=self._now, email=mine.email)
        a_booking(a_wish(self._room, start=start + dt.timedelta(days=2)), actor=actor_of(somebody), now=self._now)
        a_booking(SeatWish(self._more.id), actor=mine, now=self._now, email=mine.email)
        a_hold(a_wish(room, start=start + dt.timedelta(days=1)), actor=mine, now=self._now)
        db.session.add(BulkItem(bulk_id=self._facts["bulk_id"], booking_id=of_room.id))
        about: dict[str, Any] = {"stars": 4, "words": "Quiet.", "author": somebody.name, "customer_id": somebody.id}
        db.session.add_all(
            [
                Review(booking_id=of_room.id, room_id=self._room.id, **about),
                Review(
                    booking_id=of_seat.id,
                    service_id=self._facts["service_id"],
                    facilitator_id=self._host.id,
                    **about,
                ),
            ]
        )
        db.session.flush()
        store(Sender(), Notice(another(), "Bhavin", "Yoga", self._host.id), key=None, now=self._now)

    def _clients(self) -> None:
        """What is written down about the client, and to them."""
        whom, key = self._customer.id, f"crowd-{another()}"
        add_tag(self._author, whom, f"knee {another()}")
        add_note(self._author, whom, "Slowly", key=key, now=self._now)
        write_to_client(self._author, whom, subject="Hello", text="You", key=f"{key}-letter", now=self._now)

    def _money(self) -> None:
        house, now = self._house.id, self._now
        payment = db.session.query(Payment).filter_by(reference=self._booked.ref).first()
        assert payment is not None
        refund(payment.id, Money(100, "EUR"), cause=f"tried-{another()}", now=now)
        open_case("rest_unpaid", f"booking:{another()}", reference=self._booked.ref, merchant_id=house, now=now)
        issue_gift_card(SYSTEM, house, Money(1000, "EUR"), expires_at=None, now=now)
        fill_wallet(self._customer, 100, now=now)
        month = dt.date(2020, self._times, 1)
        facts = {"merchant": {"name": self._house.name, "lines": []}, "sections": {}, "movements": 0}
        db.session.add_all(
            [
                Statement(
                    merchant_id=house, month=month, currency="EUR", opening_minor=0, closing_minor=0, facts=facts
                ),
                WebhookEvent(gateway="sandbox", event_id=f"evt-{another()}", kind="tried", payload={}),
            ]
        )

    def _people(self) -> None:
        """Who works for the house, who would like to, and how the customer comes in."""
        now, somebody = self._now, a_user()
        grant_role(SYSTEM, user_id=somebody.id, merchant_id=self._house.id, role="manager", venue_id=None)
        invite(SYSTEM, self._house.id, Post("manager"), email=f"invited{another()}@example.org", now=now)
        apply(
            actor_of(somebody),
            Wish(name="Loft", about="Rooms", city="Berlin", country="DE", currency="EUR", zone="Europe/Berlin"),
            now=now,
        )
        sign_ins.open_sign_in(self._customer, agent="", now=now)
        open_family(self._customer, tuple(Scope), agent="", now=now)
        make_token(SYSTEM, name="Kiosk", merchant_id=None, key=f"kiosk-{another()}")
        number = str(another()).encode()
        db.session.add(
            Passkey(
                user_id=self._customer.id, name="Phone", credential_id=b"id" + number, public_key=b"key",
                sign_count=0, transports=[],
            )
        )  # fmt: skip
