"""What comes back at, before and after each boundary of the terms, through the real cancelling, to the cent."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.queries import cancellation_today, refund_steps
from bookapp.booking.rules import RoomWish
from bookapp.catalog.actions import ensure_terms_presets
from bookapp.catalog.models import Room
from bookapp.infra.db import db
from bookapp.payments.queries import balance
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from tests.builders import an_addon
from tests.builders.booking import NOW, a_booking, a_guest, a_wish, an_open_room, at

pytestmark = pytest.mark.usefixtures("app")
BERLIN = ZoneInfo("Europe/Berlin")


def a_room_with(preset: str) -> Room:
    room = an_open_room()
    room.terms_id = ensure_terms_presets()[preset].id
    db.session.commit()
    return room


@pytest.mark.parametrize(
    ("preset", "hours", "back"),
    [
        ("Standard", 49, 4050), ("Standard", 48, 4050), ("Standard", 47, 2700), ("Standard", 24, 2700),
        ("Standard", 23, 1350), ("Standard", 1, 1350),
        ("Flexible", 25, 5400), ("Flexible", 24, 5400), ("Flexible", 23, 2700), ("Flexible", 7, 2700),
        ("Flexible", 6, 2700), ("Flexible", 5, 0),
        ("Strict", 7 * 24 + 1, 2700), ("Strict", 7 * 24, 2700), ("Strict", 7 * 24 - 1, 0),
    ],
)  # fmt: skip
def test_hours_before(preset: str, hours: int, back: int) -> None:
    guest = a_guest()
    booking = a_booking(a_wish(a_room_with(preset), start=at(20)), actor=guest)
    now = booking.starts_at - dt.timedelta(hours=hours)
    assert cancellation_today(booking, now).refund.minor == back
    assert refund_steps(booking, now, paid=balance(booking.ref, booking.currency).kept)[0][1].minor == back, (
        "the page says what happens"
    )
    _, outcome = actions.cancel(guest, booking.ref, now=now)
    assert (outcome.refund.minor, outcome.fee.minor) == (back, 5400 - back)


@pytest.mark.parametrize("preset", ["Standard", "Flexible", "Strict"])
def test_a_second_after_a_boundary_it_is_the_next_step(preset: str) -> None:
    booking = a_booking(a_wish(a_room_with(preset), start=at(20)))
    for until, back in refund_steps(booking, NOW, paid=balance(booking.ref, booking.currency).kept):
        if until is not None:
            assert cancellation_today(booking, until).refund == back
            assert cancellation_today(booking, until + dt.timedelta(seconds=1)).refund < back


@pytest.mark.parametrize(
    ("begins", "boundary"),
    [
        # The night of 28 March 2027 has 23 hours: 48 of them before Monday 10:00 it is 09:00 by the clock.
        ("2027-03-29 10:00", "2027-03-27 09:00"),
        # The one of 31 October has 25.
        ("2027-11-01 10:00", "2027-10-30 11:00"),
    ],
)
def test_over_a_change_of_the_clocks_elapsed_hours_count(begins: str, boundary: str) -> None:
    start, last = (
        dt.datetime.fromisoformat(each).replace(tzinfo=BERLIN).astimezone(dt.UTC) for each in (begins, boundary)
    )
    booked_at = start - dt.timedelta(days=10)
    room = a_room_with("Standard")
    booking = a_booking(RoomWish(room.id, Span(start, start + dt.timedelta(hours=2))), now=booked_at)
    assert cancellation_today(booking, last).refund.minor == 4050
    assert cancellation_today(booking, last + dt.timedelta(seconds=1)).refund.minor == 2700


def test_addons_are_part_of_the_total_the_share_is_of() -> None:
    room = a_room_with("Standard")
    addon = an_addon(room.venue, price_minor=1333)
    guest = a_guest()
    booking = a_booking(a_wish(room, start=at(20), addons=((addon.id, 1),)), actor=guest)
    assert booking.total_minor == 6733
    _, outcome = actions.cancel(guest, booking.ref, now=NOW)
    assert (outcome.refund.minor, outcome.fee.minor) == (5050, 1683)


def with_facts(booking: Booking, **facts: object) -> Booking:
    db.session.execute(update(Booking).where(Booking.id == booking.id).values(**facts))
    db.session.refresh(booking)
    return booking


@pytest.mark.parametrize(("most", "back"), [(100, 4050), (75, 4050), (50, 2700), (0, 0)])
def test_after_a_move_never_more_than_at_its_moment(most: int, back: int) -> None:
    booking = with_facts(a_booking(a_wish(a_room_with("Standard"), start=at(20))), most_percent_back=most)
    assert cancellation_today(booking, NOW).refund.minor == back
    assert refund_steps(booking, NOW, paid=balance(booking.ref, booking.currency).kept)[0][1].minor == back


@pytest.mark.parametrize(
    ("total", "hours", "back"), [(5400, 49, 4050), (10800, 49, 2700), (21600, 49, 0), (10800, 47, 0)]
)
def test_of_a_deposit_what_is_more_than_the_fee(total: int, hours: int, back: int) -> None:
    """54.00 are paid of `total`: the fee is the terms' share of the whole, as far as there is money for it."""
    booking = a_booking(a_wish(a_room_with("Standard"), start=at(20)))
    booking = with_facts(booking, total_minor=total, due_now_minor=5400, rest_due_at=booking.starts_at)
    outcome = cancellation_today(booking, booking.starts_at - dt.timedelta(hours=hours))
    assert outcome.refund == Money(back, "EUR")
    assert outcome.refund + outcome.fee == Money(5400, "EUR")


def test_terms_that_become_worse_or_better_change_nothing_that_was_agreed() -> None:
    room = a_room_with("Strict")
    booking = a_booking(a_wish(room, start=at(20)))
    terms = ensure_terms_presets()
    room.terms_id = terms["Flexible"].id
    terms["Strict"].tiers = [{"hours": 0, "percent": 100}]
    db.session.commit()
    db.session.refresh(booking)
    assert cancellation_today(booking, NOW).refund.minor == 2700
