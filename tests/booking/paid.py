"""Merchants with coupons, taxes and deposits, and bookings with them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from bookapp.booking.models import Booking, BookingLine
from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.payments import actions as payments
from bookapp.payments.actions import ledger
from bookapp.payments.actions.gifts import issue_gift_card
from bookapp.payments.actions.ledger import AccountOf
from bookapp.pricing import actions as pricing
from bookapp.pricing.models import Coupon
from bookapp.pricing.rules import Deposit, TaxRate
from bookapp.values.money import Money
from tests.builders.booking import NOW, a_hold, a_wish, an_open_room, pay
from tests.builders.identity import a_user, actor_of
from tests.builders.numbers import another


def the_merchant(room: Room) -> Merchant:
    """Who lets this room."""
    return db.session.get_one(Merchant, db.session.get_one(Venue, room.venue_id).merchant_id)


def a_coupon(room: Room, code: str = "SPRING10", **facts: Any) -> Coupon:
    """10 % off what this room's merchant sells."""
    facts = {"percent": None if "amount" in facts else 10} | facts
    return pricing.create_coupon(SYSTEM, the_merchant(room).id, pricing.CouponDraft(code=code, **facts))


def a_tax(room: Room, percent: str = "19", *, inclusive: bool = False) -> None:
    """VAT on what this room's merchant sells."""
    pricing.set_tax(SYSTEM, the_merchant(room).id, TaxRate("VAT", Decimal(percent), inclusive, "DE123"))


def a_deposit(room: Room, **facts: Any) -> None:
    """30 % now, the rest three days before."""
    facts = {"percent": None if "amount_minor" in facts else 30, "rest_days_before": 3} | facts
    pricing.set_deposit(SYSTEM, the_merchant(room).id, Deposit(**facts))


def a_gift_code(minor: int = 5000, *, currency: str = "EUR", expires_at: dt.datetime | None = None) -> str:
    """The code of a card the platform pays for."""
    return issue_gift_card(SYSTEM, None, Money(minor, currency), expires_at=expires_at, now=NOW)[1]


def somebody(*, wallet: int = 0) -> Actor:
    """A customer with an account, and so much in their wallet."""
    actor = actor_of(a_user())
    assert actor.user_id is not None
    if wallet:
        ledger.post(
            "credit", f"test:{another()}", Money(wallet, "EUR"), AccountOf.platform(), AccountOf.wallet(actor.user_id),
            now=NOW, user_id=actor.user_id,
        )  # fmt: skip
    return actor


def lines_of(booking: Booking) -> list[tuple[str, str, int]]:
    """(kind, label, minor) of each line."""
    rows = db.session.scalars(
        db.select(BookingLine).where(BookingLine.booking_id == booking.id).order_by(BookingLine.position)
    )
    return [(row.kind, row.label, row.subtotal_minor) for row in rows]


def a_deposit_booking(actor: Actor, *, start: dt.datetime, room: Room | None = None, now: dt.datetime = NOW) -> Booking:
    """Two hours at 27.00 with 30 % paid: 16.20, and 37.80 open until three days before `start`."""
    room = room or an_open_room()
    a_deposit(room)
    booking = a_hold(a_wish(room, start=start), actor=actor, now=now)
    payments.ask_back(pay(booking, actor, now=now), now=now)
    db.session.refresh(booking)
    assert (booking.state, booking.due_now_minor) == ("confirmed", 1620)
    return booking
