"""What cannot be booked, or not any more: unlisted things, extras that are used up, payments that come too late."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from bookapp.booking import actions
from bookapp.booking.errors import AddonGone
from bookapp.booking.models import Booking
from bookapp.booking.rules import AppointmentWish, RoomWish, SeatWish, Wish
from bookapp.catalog.models import Merchant, Room
from bookapp.infra.db import db
from bookapp.payments import actions as payments
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Payment, Refund
from bookapp.values.errors import NotFound
from tests.builders import a_facilitator, a_room, a_service, a_session, a_user, actor_of, an_addon
from tests.builders.booking import NOW, a_guest, a_hold, a_wish, an_open_room, at, details
from tests.support.jobs import promised

pytestmark = pytest.mark.usefixtures("app")
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize("part", ["room", "venue", "merchant"])
def test_a_room_is_not_to_be_had_when_its_house_is_not_listed(part: str) -> None:
    room = an_open_room()
    wish = a_wish(room)
    {"room": room, "venue": room.venue, "merchant": room.venue.merchant}[part].listed = False
    with pytest.raises(NotFound):
        a_hold(wish)


@pytest.mark.parametrize("part", ["service", "merchant"])
def test_a_session_is_not_to_be_had_when_it_is_not_listed(part: str) -> None:
    session = a_session(starts_at=at())
    things = {"service": session.service, "merchant": db.session.get_one(Merchant, session.merchant_id)}
    things[part].listed = False
    with pytest.raises(NotFound):
        a_hold(SeatWish(session.id))


@pytest.mark.parametrize("part", ["service", "person", "merchant"])
def test_a_person_is_not_to_be_had_when_they_are_not_listed(part: str) -> None:
    person = a_facilitator()
    service = a_service(person.merchant, kind="appointment", lengths=((60, 7000),), hosts=[person], online=True)
    {"service": service, "person": person, "merchant": person.merchant}[part].listed = False
    with pytest.raises(NotFound):
        a_hold(AppointmentWish(service.id, person.id, at(), 60))


def test_a_consumable_has_a_stock_for_the_day() -> None:
    room = an_open_room()
    cakes = an_addon(room.venue, kind="consumable", name="Cake", stock=3)
    a_hold(a_wish(room, addons=((cakes.id, 2),)))
    same_day = a_wish(room, start=at(hours=4), addons=((cakes.id, 2),))
    with pytest.raises(AddonGone, match="Cake"):
        a_hold(same_day)
    assert a_hold(a_wish(room, start=at(8), addons=((cakes.id, 3),))).state == "pending"


def late(wish: Wish, actor=None) -> tuple[Booking, Payment]:  # type: ignore[no-untyped-def]
    """A hold that ended; its payment came through all the same, and we are about to hear of it."""
    actor = actor or a_guest()
    held = a_hold(wish, actor=actor)
    payment = actions.check_out(actor, held.ref, details(), gateway_name="sandbox", now=NOW)
    assert payment is not None
    payments.open_at_provider(payment.id, now=NOW)
    payments.close(payment.id, ChargeState.EXPIRED, now=NOW + 30 * MINUTE)
    db.session.refresh(payment)
    sandbox.settle(payment.provider_id or "", ChargeState.PAID)
    return held, payment


def outcome(held: Booking, payment: Payment, now: dt.datetime) -> tuple[str, int]:
    """What became of the booking, and what goes back."""
    payments.ask_back(payment.id, now=now)
    db.session.refresh(held)
    return held.state, sum(db.session.scalars(select(Refund.amount_minor).where(Refund.payment_id == payment.id)))


def with_projector(room: Room, projector: int) -> RoomWish:
    return a_wish(room, addons=((projector, 1),))


def test_a_late_payment_goes_back_when_the_extras_are_gone() -> None:
    room = an_open_room()
    projector = an_addon(room.venue, stock=1)
    sister = a_room(room.venue)
    held, payment = late(with_projector(room, projector.id))
    other = a_hold(replace(with_projector(sister, projector.id), span=held.span), now=NOW + 31 * MINUTE)
    assert outcome(held, payment, NOW + 32 * MINUTE) == ("expired", held.total_minor)
    assert other.state == "pending"


def test_a_late_payment_goes_back_when_its_customer_has_booked_anew() -> None:
    session, customer = a_session(starts_at=at(), capacity=5), actor_of(a_user())
    held, payment = late(SeatWish(session.id), customer)
    a_hold(SeatWish(session.id), actor=customer, now=NOW + 31 * MINUTE)
    assert outcome(held, payment, NOW + 32 * MINUTE) == ("expired", held.total_minor)


def test_a_late_payment_goes_back_when_it_has_begun() -> None:
    held, payment = late(a_wish())
    assert outcome(held, payment, held.starts_at) == ("expired", held.total_minor)


def test_cancelling_a_hold_whose_payment_is_open_closes_that_first() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    payment = actions.begin_payment(guest, held.ref, gateway_name="sandbox", now=NOW)
    payments.open_at_provider(payment.id, now=NOW)
    assert actions.cancel(guest, held.ref, now=NOW)[0].state == "pending"
    assert promised("payments.close_stale") == [[payment.id]]
    payments.close_stale(payment.id, now=NOW)
    db.session.refresh(held)
    assert held.state == "expired"
