"""A booking in one call: held, named, with its coupon, and paid, free, or with its payment open."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bookapp.booking import actions
from bookapp.booking.actions import Order
from bookapp.booking.errors import HoldOver, NothingOpen, SlotTaken, TooManyCompanions
from bookapp.booking.models import Booking, Participant
from bookapp.booking.queries import gateways
from bookapp.booking.rules import NewTime, SeatWish
from bookapp.infra.db import db
from bookapp.infra.idempotency import KeyReused
from bookapp.payments import actions as payments
from bookapp.payments.errors import GatewayDown
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Payment
from bookapp.payments.queries import payment_by_id, payments_of
from bookapp.pricing.errors import CodeRefused
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.booking.paid import a_coupon, a_deposit_booking, lines_of, somebody
from tests.builders import a_session
from tests.builders.booking import NOW, a_booking, a_guest, a_wish, an_open_room, at, details, seats_taken
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")


def an_order(**changes) -> Order:
    return replace(Order(a_wish(), details()), **changes)


def how_many(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def test_it_is_held_and_waits_for_its_payment():
    booking = actions.book(a_guest(), an_order(), now=NOW, key="one")
    assert (booking.state, booking.name, booking.email) == ("pending", "Miriam Okafor", "miriam@example.org")
    (payment,) = payments_of(booking.ref)
    assert (payment.gateway, payment.state, payment.amount_minor) == ("sandbox", "pending", 5400)
    assert booking.paying_until == NOW + dt.timedelta(minutes=30)


def test_the_same_call_twice_is_one_booking_and_another_one_with_its_key_is_refused():
    guest, order = a_guest(), an_order()
    first = actions.book(guest, order, now=NOW, key="one")
    assert actions.book(guest, order, now=NOW, key="one").ref == first.ref
    assert (how_many(Booking), how_many(Payment)) == (1, 1)
    with pytest.raises(KeyReused):
        actions.book(guest, replace(order, wallet=True), now=NOW, key="one")


def test_what_costs_nothing_is_confirmed_at_once():
    wish = a_wish(an_open_room(rate_minor=0))
    booking = actions.book(a_guest(), an_order(wish=wish), now=NOW, key="one")
    assert booking.state == "confirmed"
    assert not payments_of(booking.ref)


def test_the_wallet_pays_as_far_as_it_goes():
    rich, poor = somebody(wallet=9000), somebody(wallet=1000)
    booking = actions.book(rich, an_order(wallet=True), now=NOW, key="one")
    assert booking.state == "confirmed"
    booking = actions.book(poor, an_order(wallet=True), now=NOW, key="one")
    assert booking.state == "pending"
    assert sorted((each.gateway, each.amount_minor) for each in payments_of(booking.ref)) == [
        ("sandbox", 4400),
        ("wallet", 1000),
    ]


def test_a_coupon_changes_what_is_asked_for():
    room = an_open_room()
    a_coupon(room)
    booking = actions.book(a_guest(), an_order(wish=a_wish(room), code="SPRING10"), now=NOW, key="one")
    assert lines_of(booking)[-1] == ("discount", "SPRING10 −10 %", -540)
    assert payments_of(booking.ref)[0].amount_minor == 4860


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"code": "NOSUCHCODE"}, CodeRefused),
        ({"gateway": "bank"}, NotValid),
        ({"details": details(companions=[("Jo", "")] * 3)}, TooManyCompanions),
    ],
)
def test_what_is_refused_has_never_been(changes, refusal):
    session = a_session(starts_at=at(), capacity=2)
    with pytest.raises(refusal):
        actions.book(a_guest(), an_order(wish=SeatWish(session.id, 2), **changes), now=NOW, key="one")
    assert (how_many(Booking), how_many(Payment), seats_taken(session)) == (0, 0, 0)


def test_a_taken_place_is_refused():
    room = an_open_room()
    a_booking(a_wish(room))
    with pytest.raises(SlotTaken):
        actions.book(a_guest(), an_order(wish=a_wish(room)), now=NOW, key="one")


def test_without_any_provider_nothing_dearer_than_nothing_can_be_booked(monkeypatch):
    monkeypatch.setattr(gateways, "offered", lambda _names: ())
    with pytest.raises(GatewayDown):
        actions.book(a_guest(), an_order(), now=NOW, key="one")
    free = a_wish(an_open_room(rate_minor=0))
    assert actions.book(a_guest(), an_order(wish=free), now=NOW, key="two").state == "confirmed"


def test_a_customers_own_lock_comes_before_the_sessions():
    order = an_order(wish=SeatWish(a_session(starts_at=at()).id))
    with counted() as asked:
        actions.book(somebody(), order, now=NOW, key="one")
    firsts = [next(n for n, one in enumerate(asked) if words in one) for words in ("pg_advisory", "UPDATE session")]
    assert firsts == sorted(firsts), "who moves there takes them in this order as well"


def due(actor, ref, *, now=NOW, **how) -> Payment | None:
    return actions.begin_due(actor, ref, gateway="", now=now, **how)


def test_what_is_due_is_the_hold_then_the_move_then_the_rest():
    guest = a_guest()
    booking = actions.book(guest, an_order(), now=NOW, key="one")
    (open_one,) = payments_of(booking.ref)
    assert due(guest, booking.ref) == open_one, "an open payment is used again"
    payments.open_at_provider(open_one.id, now=NOW)
    sandbox.settle(payment_by_id(open_one.id).provider_id or "", ChargeState.PAID)
    payments.ask_back(open_one.id, now=NOW)
    with pytest.raises(NothingOpen):
        due(guest, booking.ref)
    longer = NewTime(start=at(8), end=at(8, 3))
    actions.move(guest, booking.ref, longer, now=NOW, key="move")
    payment = due(guest, booking.ref)
    assert payment is not None
    assert (payment.amount_minor, payment.purpose.partition(":")[0]) == (2700, "change")


def test_what_is_due_of_a_deposit_is_its_rest():
    actor = somebody(wallet=9000)
    booking = a_deposit_booking(actor, start=at())
    assert due(actor, booking.ref, wallet=True) is None
    with pytest.raises(NothingOpen):
        due(actor, booking.ref)


def test_nothing_is_due_of_a_hold_that_lapsed_or_for_who_only_comes_along():
    friend = somebody()
    booking = a_booking(state="pending", actor=(guest := a_guest()))
    actions.expire_holds(now=at())
    with pytest.raises(HoldOver):
        due(guest, booking.ref)
    with pytest.raises(NotFound):
        due(friend, booking.ref)
    theirs = a_booking()
    db.session.add(Participant(booking_id=theirs.id, user_id=friend.user_id, name="Jo"))
    db.session.flush()
    with pytest.raises(NotAllowed):
        due(friend, theirs.ref)
