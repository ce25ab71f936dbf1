"""Reviews: who may write one, about what, and what is read of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.booking.models import Booking
from bookapp.booking.queries import AppointmentWish, SeatWish
from bookapp.catalog.models import Merchant, Room
from bookapp.catalog.rules import average
from bookapp.infra import events
from bookapp.infra.db import db
from bookapp.reviews import queries
from bookapp.reviews.actions import write_review
from bookapp.reviews.errors import AlreadyReviewed, NotYet
from bookapp.reviews.events import ReviewWritten
from bookapp.reviews.models import Review
from bookapp.reviews.rules import can_review, problems, signature
from bookapp.values.errors import NotFound, NotValid
from tests.builders import a_facilitator, a_service, a_session, a_user, actor_of, works
from tests.builders.booking import NOW, a_booking, a_guest, a_wish, an_open_room, at
from tests.support.queries import counted

AFTER = at(30)


@pytest.mark.parametrize(
    ("name", "signed"), [("Jonas Weber", "Jonas W."), ("Ann  de la Cruz", "Ann C."), ("Cher", "Cher"), ("", "")]
)
def test_a_review_is_signed_briefly(name, signed):
    assert signature(name) == signed


@pytest.mark.parametrize(
    ("stars", "words", "fields"),
    [
        (1, "", []),
        (5, "Two\nlines", []),
        (0, "", ["stars"]),
        (6, "x" * 4001, ["stars", "words"]),
        (3, "a\x07", ["words"]),
    ],
)
def test_what_a_review_must_be(stars, words, fields):
    assert list(problems(stars, words)) == fields


@pytest.mark.parametrize(
    ("state", "later", "can"),
    [
        ("completed", 0, True),
        ("completed", -1, False),
        ("confirmed", 1, False),
        ("no_show", 1, False),
        ("cancelled", 1, False),
    ],
)
def test_only_afterwards_and_only_who_was_there(state, later, can):
    assert can_review(state, NOW, NOW + dt.timedelta(seconds=later)) is can


@pytest.mark.parametrize(
    ("stars", "count", "said"), [(0, 0, None), (9, 2, "4.5"), (14, 3, "4.7"), (17, 4, "4.3"), (5, 1, "5.0")]
)
def test_an_average_has_one_decimal_halves_up(stars, count, said):
    assert average(stars, count) == (Decimal(said) if said else None)


pytestmark = pytest.mark.usefixtures("app")


def been(wish=None, user=None, state="completed") -> tuple:
    user = user or a_user(name="Jonas Weber")
    return actor_of(user), a_booking(wish, actor=actor_of(user), state=state)


def test_a_review_is_published_signed_and_added_up(monkeypatch):
    told: list[ReviewWritten] = []
    monkeypatch.setitem(events._handlers, ReviewWritten, [told.append])
    actor, booking = been()
    review = write_review(actor, booking.id, stars=4, words="  Bright.\r\nQuiet. ", now=AFTER)
    room = the_room_of(booking)
    assert (review.author, review.words, review.state, review.room_id) == (
        "Miriam O.",
        "Bright.\nQuiet.",
        "published",
        room.id,
    )
    assert (room.rating_sum, room.rating_count) == (4, 1)
    assert told == [ReviewWritten(review.id, booking.ref)]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "review.written")).one()
    assert entry.facts == {"booking": booking.ref, "stars": 4}


def the_room_of(booking: Booking):
    return db.session.get(Room, booking.room_id, populate_existing=True)


def test_one_per_customer_per_room():
    user = a_user()
    room = an_open_room()
    bookings = [been(a_wish(room, start=at(day)), user)[1] for day in (7, 8)]
    write_review(actor_of(user), bookings[0].id, stars=5, words="", now=AFTER)
    for booking_id in [booking.id for booking in bookings]:
        with pytest.raises(AlreadyReviewed):
            write_review(actor_of(user), booking_id, stars=1, words="", now=AFTER)
    assert (the_room_of(bookings[1]).rating_sum, the_room_of(bookings[1]).rating_count) == (5, 1)


def test_about_a_service_it_counts_for_the_person_as_well():
    host = a_facilitator()
    works(host)
    service = a_service(host.merchant, kind="appointment", hosts=[host], online=True)
    actor, booking = been(AppointmentWish(service.id, host.id, at(hours=4), 60))
    review = write_review(actor, booking.id, stars=5, words="Calm.", now=AFTER)
    db.session.refresh(host)
    db.session.refresh(service)
    assert (review.service_id, review.room_id, review.facilitator_id) == (service.id, None, host.id)
    assert (service.rating_sum, host.rating_sum, host.rating_count) == (5, 5, 1)
    assert [one.about for one in queries.reviews_of_facilitator(host.id)] == [service.name]


def test_about_a_session_it_is_about_the_service():
    session = a_session(starts_at=at())
    actor, booking = been(SeatWish(session.id))
    write_review(actor, booking.id, stars=3, words="", now=AFTER)
    assert [one.stars for one in queries.reviews_of_service(session.service_id)] == [3]


def test_somebody_elses_booking_is_not_found():
    _, booking = been()
    booking_id = booking.id
    for actor in (actor_of(a_user()), a_guest()):
        with pytest.raises(NotFound):
            write_review(actor, booking_id, stars=5, words="", now=AFTER)
    with pytest.raises(NotFound):
        write_review(actor_of(a_user()), 999_999, stars=5, words="", now=AFTER)


@pytest.mark.parametrize("state", ["pending", "confirmed", "cancelled"])
def test_not_before_one_has_been_there(state):
    actor, booking = been(state=state)
    with pytest.raises(NotYet):
        write_review(actor, booking.id, stars=5, words="", now=AFTER)


def test_what_cannot_be_used_is_said_at_its_field():
    actor, booking = been()
    with pytest.raises(NotValid) as refused:
        write_review(actor, booking.id, stars=9, words="", now=AFTER)
    assert list(refused.value.fields) == ["stars"]


def test_reads_are_the_latest_first_and_without_the_hidden():
    room = an_open_room()
    for day, stars in ((7, 5), (8, 4), (9, 3)):
        actor, booking = been(a_wish(room, start=at(day)))
        write_review(actor, booking.id, stars=stars, words=f"{stars}", now=at(30 + day))
    hidden = db.session.scalars(select(Review).where(Review.stars == 4)).one()
    hidden.state = "hidden"
    db.session.commit()
    db.session.refresh(room, ["venue"])
    venue = room.venue
    for found in (
        queries.reviews_of_room(room.id),
        queries.reviews_of_venue(venue.id),
        queries.reviews_of_merchant(venue.merchant_id),
    ):
        assert [(one.stars, one.about) for one in found] == [(3, room.name), (5, room.name)]
    assert [one.stars for one in queries.reviews_of_room(room.id, limit=1)] == [3]
    assert queries.rating_of_venue(venue.id) == queries.Rating(Decimal("4.0"), 3)
    assert queries.rating_of_merchant(venue.merchant_id).count == 3


def test_a_house_of_many_rooms_and_services_is_one_query():
    room = an_open_room()
    actor, booking = been(a_wish(room))
    write_review(actor, booking.id, stars=5, words="", now=AFTER)
    db.session.refresh(room, ["venue"])
    a_service(db.session.get(Merchant, room.venue.merchant_id))
    with counted() as statements:
        assert len(queries.reviews_of_merchant(room.venue.merchant_id)) == 1
    assert len(statements) == 2, "the version, and all reviews"


def test_whether_one_may_still_write():
    actor, booking = been()
    assert queries.may_still_review(actor.user_id, booking)
    write_review(actor, booking.id, stars=5, words="", now=AFTER)
    assert not queries.may_still_review(actor.user_id, booking)


def test_nothing_is_said_about_nothing():
    assert list(queries.reviews_of_merchant(999_999)) == []
    assert queries.rating_of_merchant(999_999) == queries.Rating(None, 0)
