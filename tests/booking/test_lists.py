"""Bookings a page at a time: whose they are, what is asked for, and how many there are of each state."""

from __future__ import annotations

import datetime as dt

import pytest

from bookapp.booking import actions
from bookapp.booking.models import Participant
from bookapp.booking.queries import by_ref
from bookapp.booking.queries.bookings import payment_status
from bookapp.booking.queries.lists import Ask, own_page, served_page
from bookapp.booking.rules import SeatWish
from bookapp.catalog.models import Merchant, Venue
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.payments.queries import balance
from bookapp.scheduling.queries.hosted import hosted_page
from tests.booking.paid import a_deposit_booking, somebody
from tests.builders import a_facilitator, a_room, a_service, a_session, a_user, a_venue, actor_of
from tests.builders.booking import NOW, a_booking, a_hold, a_wish, always_open, an_open_room, at
from tests.builders.staff import a_manager_of, an_owner_of
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")


def refs(found) -> list[str]:
    return [booking.ref for booking in found.bookings]


def owns(merchant_id: int) -> Actor:
    return an_owner_of(db.session.get_one(Merchant, merchant_id))


def test_ones_own_are_counted_by_state_and_come_latest_first():
    actor = somebody()
    late, early = a_booking(a_wish(start=at(20)), actor=actor), a_booking(a_wish(start=at(10)), actor=actor)
    gone = a_booking(a_wish(start=at(15)), actor=actor, state="cancelled")
    a_booking()
    everything = own_page(actor, Ask(), page=1, limit=2)
    assert (refs(everything), everything.total) == ([late.ref, gone.ref], 3)
    assert refs(own_page(actor, Ask(), page=2, limit=2)) == [early.ref]
    confirmed = own_page(actor, Ask(state="confirmed"), page=1, limit=10)
    assert (refs(confirmed), confirmed.total) == ([late.ref, early.ref], 2)
    assert {state.value: number for state, number in confirmed.counts.items()} == {
        "pending": 0, "confirmed": 2, "expired": 0, "cancelled": 1, "completed": 0, "no_show": 0,
    }  # fmt: skip
    assert confirmed.money[late.ref].paid.minor == 5400


def test_those_one_comes_along_to_are_among_them():
    friend, booking = somebody(), a_booking()
    db.session.add(Participant(booking_id=booking.id, user_id=friend.user_id, name="Jo"))
    db.session.flush()
    assert refs(own_page(friend, Ask(), page=1, limit=10)) == [booking.ref]


def test_who_serves_a_booking_sees_it_in_the_list():
    venue, host_user = a_venue(), a_user()
    always_open(venue)
    other_venue = always_open(a_venue(db.session.get_one(Merchant, venue.merchant_id)))
    merchant = db.session.get_one(Merchant, venue.merchant_id)
    host = a_facilitator(merchant, user_id=host_user.id)
    seat = a_booking(SeatWish(a_session(a_service(merchant, hosts=[host]), starts_at=at(3), facilitator=host).id))
    here, there = a_booking(a_wish(a_room(venue))), a_booking(a_wish(a_room(other_venue)))
    elsewhere = a_booking()
    for actor, seen in (
        (an_owner_of(merchant), {seat, here, there}),
        (a_manager_of(merchant), {seat, here, there}),
        (a_manager_of(merchant, venue), {here}),
        (actor_of(host_user), {seat}),
        (actor_of(a_user(is_admin=True)), {seat, here, there, elsewhere}),
        (somebody(), set()),
        (Actor(), set()),
    ):
        assert set(refs(served_page(actor, Ask(), page=1, limit=50))) == {booking.ref for booking in seen}


def test_what_is_asked_for_narrows_the_list():
    room = an_open_room()
    first, second = a_booking(a_wish(room, start=at(3))), a_booking(a_wish(room, start=at(5)))
    owner = owns(first.merchant_id)
    assert refs(served_page(owner, Ask(since=at(4)), page=1, limit=9)) == [second.ref]
    assert refs(served_page(owner, Ask(until=at(5)), page=1, limit=9)) == [first.ref]
    assert refs(served_page(owner, Ask(room_id=room.id, venue_id=room.venue_id), page=1, limit=9)) == [
        second.ref,
        first.ref,
    ]
    assert not refs(served_page(owner, Ask(facilitator_id=1), page=1, limit=9))


def test_a_page_takes_four_questions_however_long_it_is():
    actor = somebody()
    for day in range(4):
        a_booking(a_wish(start=at(day + 2)), actor=actor)
    db.session.expire_all()
    with counted() as asked:
        own_page(actor, Ask(), page=1, limit=100)
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("state", "said"),
    [("pending", "pending"), ("confirmed", "paid"), ("cancelled", "partly_refunded"), ("expired", "failed")],
)
def test_the_status_of_the_money_follows_the_booking(state, said):
    booking = a_booking(state=state)
    assert payment_status(booking, balance(booking.ref, "EUR")) == said


def test_what_costs_nothing_is_paid_and_a_deposit_is_as_well():
    free = a_hold(a_wish(an_open_room(rate_minor=0)), actor=(actor := somebody()))
    assert payment_status(free, balance(free.ref, "EUR")) == "pending"
    actions.confirm_free(actor, free.ref, now=NOW)
    free = by_ref(free.ref, visible_to_actor=actor)
    assert payment_status(free, balance(free.ref, "EUR")) == "paid"
    deposit = a_deposit_booking(somebody(), start=at())
    assert payment_status(deposit, balance(deposit.ref, "EUR")) == "paid"


def test_the_sessions_one_hosts_whatever_their_state():
    user = a_user()
    host = a_facilitator(user_id=user.id)
    merchant = db.session.get_one(Merchant, host.merchant_id)
    service = a_service(merchant, hosts=[host])
    first, off = (
        a_session(service, starts_at=at(day), facilitator=host, state=state)
        for day, state in ((3, "scheduled"), (4, "cancelled"))
    )
    foreign = a_session(a_service(), starts_at=at(5), facilitator=host)

    def seen(actor: Actor, **ask) -> tuple[list[int], int]:
        found = hosted_page(actor, host.id, page=1, limit=9, **ask)
        return [session.id for session in found.sessions], found.total

    assert seen(actor_of(user)) == ([first.id, off.id, foreign.id], 3)
    assert seen(owns(merchant.id)) == ([first.id, off.id], 2)
    assert seen(actor_of(user), state="cancelled") == ([off.id], 1)
    assert seen(actor_of(user), since=at(4), until=at(5)) == ([off.id], 1)
    assert seen(a_manager_of(merchant, db.session.get_one(Venue, first.venue_id))) == ([first.id], 1)
    assert seen(somebody()) == ([], 0)
    assert first.starts_at < off.starts_at - dt.timedelta(hours=1)
