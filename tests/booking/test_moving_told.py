"""What people and calendars are told of a change: mails, SEQUENCE, the rest of a deposit."""

from __future__ import annotations

import datetime as dt

import pytest
from icalendar import Calendar
from sqlalchemy import select

from bookapp.booking import actions
from bookapp.booking.calendar import calendar_file
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.rules import NewTime, Part, SeatWish
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments.queries import balance
from bookapp.pricing.models import DepositRule, Tax
from tests.builders import a_service, a_session
from tests.builders.booking import NOW, a_booking, a_guest, a_wish, an_open_room, at
from tests.builders.numbers import another

pytestmark = pytest.mark.usefixtures("app")
HOUR = dt.timedelta(hours=1)


def to(start: dt.datetime, hours: float = 2) -> NewTime:
    return NewTime(start=start, end=start + hours * HOUR)


def move(actor: object, booking: Booking, new: NewTime, now: dt.datetime = NOW) -> BookingChange:
    change = actions.move(actor, booking.ref, new, now=now, key=f"move-{another()}")  # type: ignore[arg-type]
    db.session.refresh(booking)
    return change


def last_mail() -> MessageRecord:
    return db.session.scalars(select(MessageRecord).order_by(MessageRecord.id.desc()).limit(1)).one()


def events(booking: Booking) -> list[tuple[str, int, str]]:
    """(uid without its host, sequence, status) of what is in the calendar file."""
    found = Calendar.from_ical(calendar_file(booking)).walk("VEVENT")
    return [(str(one["uid"]).partition("@")[0], int(one["sequence"]), str(one["status"])) for one in found]


def test_the_mail_says_from_when_to_when_and_what_came_back() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    move(guest, booking, to(at(9), 1))
    mail = last_mail()
    assert mail.kind == "booking.moved"
    assert "It costs €27.00 less. By the terms €20.25 of that goes back to you" in mail.text
    assert "Before: Monday 8 March 2027, 09:00–11:00" in mail.text
    assert "When: Wednesday 10 March 2027, 09:00–10:00" in mail.text
    move(guest, booking, to(at(10), 1))
    assert last_mail().id != mail.id, "a second move is a second mail"


def test_the_calendar_keeps_its_entry_and_raises_its_sequence() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    assert events(booking) == [(booking.ref, 0, "CONFIRMED")]
    before = calendar_file(booking)
    move(guest, booking, to(at(9)), now=NOW + HOUR)
    assert events(booking) == [(booking.ref, 1, "CONFIRMED")]
    stamps = [next(one["dtstamp"].dt for one in Calendar.from_ical(file).walk("VEVENT")) for file in
              (before, calendar_file(booking))]  # fmt: skip
    assert stamps == [NOW, NOW + HOUR]


def test_the_parts_of_a_retreat_that_was_left_are_taken_out() -> None:
    guest, service = a_guest(), a_service()
    here, there = (
        a_session(service, starts_at=at(day), minutes=600, parts=(("First", at(day), at(day, 2)),)) for day in (7, 14)
    )
    booking = a_booking(SeatWish(here.id), actor=guest)
    move(guest, booking, NewTime(session_id=there.id))
    assert [(sequence, status) for _uid, sequence, status in events(booking)] == [(1, "CANCELLED"), (1, "CONFIRMED")]


def test_the_mail_about_a_part_says_what_is_left() -> None:
    guest, session = a_guest(), a_session(starts_at=at())
    booking = a_booking(SeatWish(session.id, 3), actor=guest)
    actions.cancel_part(guest, booking.ref, Part(seats=1), now=NOW, key="a-part")
    mail = last_mail()
    assert mail.kind == "booking.part_cancelled"
    assert "Of its €16.00, €12.00 goes back to you by the terms" in mail.text
    assert "2 seats at €16.00" in mail.text


def with_deposit() -> tuple[Booking, object]:
    """100.00 or so, a fifth of it paid, the rest due three days before."""
    guest, room = a_guest(), an_open_room()
    db.session.add(DepositRule(merchant_id=room.venue.merchant_id, percent=20, rest_days_before=3))
    db.session.commit()
    return a_booking(a_wish(room, start=at(20)), actor=guest), guest


def test_with_a_rest_open_the_difference_joins_it() -> None:
    booking, guest = with_deposit()
    change = move(guest, booking, to(at(21), 3))
    assert (change.state, booking.starts_at, booking.total_minor) == ("done", at(21), 8100)
    assert (balance(booking.ref, "EUR").kept.minor, rest_of(booking).minor) == (1080, 8100 - 1080)
    assert booking.rest_due_at == at(18)


def test_a_lower_price_makes_the_rest_smaller_by_the_share_of_the_terms() -> None:
    booking, guest = with_deposit()
    change = move(guest, booking, to(at(21), 1))
    assert (change.refunded_minor, booking.total_minor, rest_of(booking).minor) == (0, 2700 + 675, 3375 - 1080)


def test_once_the_rest_is_overdue_a_difference_is_paid_first() -> None:
    booking, guest = with_deposit()
    change = move(guest, booking, to(at(21), 3), now=at(17) + HOUR)
    assert (change.state, booking.starts_at) == ("pending", at(20))


def test_tax_in_the_price_moves_along_with_it() -> None:
    guest, room = a_guest(), an_open_room()
    db.session.add(Tax(merchant_id=room.venue.merchant_id, name="VAT", percent=19, inclusive=True))
    db.session.commit()
    booking = a_booking(a_wish(room), actor=guest)
    assert booking.tax is not None
    assert booking.tax["minor"] == 862
    move(guest, booking, to(at(9), 1))
    assert booking.tax["minor"] == 431, "of 27.00; what the terms kept is no price"
