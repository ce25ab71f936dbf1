"""Giving a part back: some seats, some extras, by the same terms on that share."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bookapp.booking import actions
from bookapp.booking.actions.parting import cancel_part
from bookapp.booking.errors import MoveWaiting, TooLateToCancel
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking, BookingLine, Participant
from bookapp.booking.queries import cancellation_today
from bookapp.booking.queries.changes import history
from bookapp.booking.rules import NewTime, Part, SeatWish
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions as payments
from bookapp.payments.models import Refund
from bookapp.payments.queries import balance
from bookapp.values.errors import NotFound, NotValid
from tests.builders import a_service, a_session, an_addon
from tests.builders.booking import (
    NOW,
    a_booking,
    a_guest,
    a_hold,
    a_wish,
    an_open_room,
    at,
    details,
    pay,
    seats_taken,
)
from tests.builders.numbers import another

pytestmark = pytest.mark.usefixtures("app")


def give_back(actor: Actor, booking: Booking, part: Part, **facts: object) -> int:
    """Give it back; what comes back, in cents."""
    change = cancel_part(actor, booking.ref, part, now=NOW, key=f"part-{another()}", **facts)
    db.session.refresh(booking)
    lines = db.session.scalars(
        select(func.sum(BookingLine.subtotal_minor)).where(BookingLine.booking_id == booking.id)
    ).one()
    assert lines == booking.total_minor
    return change.refunded_minor


def refunds() -> list[int]:
    return list(db.session.scalars(select(Refund.amount_minor).order_by(Refund.id)))


def test_one_seat_of_three_comes_back_by_the_terms_and_is_free_again() -> None:
    session, guest = a_session(starts_at=at(), capacity=3), a_guest()
    booking = a_booking(SeatWish(session.id, 3), actor=guest)
    assert give_back(guest, booking, Part(seats=1)) == 1200  # 75 % of 16.00
    assert (booking.people, seats_taken(session), booking.total_minor, refunds()) == (2, 2, 3200 + 400, [1200])
    assert balance(booking.ref, "EUR").kept.minor == booking.total_minor
    assert summary_of(booking).lines[0][0].endswith("2 seats at €16.00")
    (row,) = history(booking)
    assert (row.kind, row.difference_minor, row.after["seats"], booking.sequence) == ("part", -1600, 1, 1)
    kinds = db.session.scalars(select(MessageRecord.kind).order_by(MessageRecord.id)).all()
    assert kinds == ["booking.confirmed", "booking.part_cancelled"]


def test_in_parts_or_at_once_the_same_comes_back() -> None:
    session, guest = a_session(starts_at=at()), a_guest()
    booking = a_booking(SeatWish(session.id, 3), actor=guest)
    give_back(guest, booking, Part(seats=1))
    give_back(guest, booking, Part(seats=1))
    actions.cancel(guest, booking.ref, now=NOW)
    assert sum(refunds()) == 3600
    assert seats_taken(session) == 0


def test_the_house_gives_all_of_it_back() -> None:
    session = a_session(starts_at=at())
    booking = a_booking(SeatWish(session.id, 2))
    assert give_back(SYSTEM, booking, Part(seats=1)) == 1600
    assert (booking.total_minor, cancellation_today(booking, NOW).refund.minor) == (1600, 1200)


def test_extras_come_back_piece_by_piece_and_are_free_for_others() -> None:
    guest, room = a_guest(), an_open_room()
    projector = an_addon(room.venue, stock=2)
    booking = a_booking(a_wish(room, addons=((projector.id, 2),)), actor=guest)
    assert give_back(guest, booking, Part(addons=((projector.id, 1),))) == 900
    assert booking.total_minor == 5400 + 1200 + 300
    actions.cancel(guest, booking.ref, now=NOW)
    assert sum(refunds()) == (5400 + 2400) * 75 // 100


def test_a_piece_given_back_can_be_had_by_somebody_else() -> None:
    guest, room = a_guest(), an_open_room()
    venue, other = room.venue, an_open_room()
    projector = an_addon(venue, stock=1)
    assert other.venue_id != venue.id
    booking = a_booking(a_wish(room, addons=((projector.id, 1),)), actor=guest)
    give_back(guest, booking, Part(addons=((projector.id, 1),)))
    actions.move(guest, booking.ref, NewTime(at(9), at(9, 2)), now=NOW, key="away-with-it")
    again = a_hold(a_wish(room, addons=((projector.id, 1),)))
    assert again.total_minor == 5400 + 1200


@pytest.mark.parametrize("part", [Part(), Part(seats=2), Part(seats=3), Part(addons=((1, 1),))])
def test_nothing_all_and_what_one_has_not_are_no_parts(part: Part) -> None:
    session, guest = a_session(starts_at=at()), a_guest()
    booking = a_booking(SeatWish(session.id, 2), actor=guest)
    with pytest.raises(NotValid):
        give_back(guest, booking, part)
    assert (seats_taken(session), refunds()) == (2, [])


def test_the_same_click_twice_gives_back_once() -> None:
    session, guest = a_session(starts_at=at()), a_guest()
    booking = a_booking(SeatWish(session.id, 3), actor=guest)
    first = cancel_part(guest, booking.ref, Part(seats=1), now=NOW, key="one-click")
    again = cancel_part(guest, booking.ref, Part(seats=1), now=NOW, key="one-click")
    assert (first.id, seats_taken(session)) == (again.id, 2)


def test_the_last_names_go_with_the_seats_and_the_organiser_stays() -> None:
    session, guest = a_session(starts_at=at()), a_guest()
    booking = a_hold(SeatWish(session.id, 3), actor=guest)
    names = (("Ada", ""), ("Bea", ""))
    actions.give_details(guest, booking.ref, details(companions=names), now=NOW)
    payments.ask_back(pay(booking, guest), now=NOW)
    db.session.add_all(Participant(booking_id=booking.id, name=name) for name, _ in names)
    db.session.commit()
    db.session.refresh(booking)
    give_back(guest, booking, Part(seats=2))
    left = db.session.scalars(select(Participant.name).where(Participant.booking_id == booking.id)).all()
    assert left == ["Miriam Okafor"] or left == ["Miriam Okafor", "Ada"]


def test_not_while_a_move_waits_and_not_once_it_has_begun() -> None:
    guest, service = a_guest(), a_service()
    session = a_session(service, starts_at=at())
    dearer = a_session(service, starts_at=at(8), price_minor=2000)
    booking = a_booking(SeatWish(session.id, 2), actor=guest)
    actions.move(guest, booking.ref, NewTime(session_id=dearer.id), now=NOW, key="to-the-dearer")
    with pytest.raises(MoveWaiting):
        give_back(guest, booking, Part(seats=1))
    actions.let_go_of_move(guest, booking.ref, now=NOW)
    with pytest.raises(TooLateToCancel):
        cancel_part(guest, booking.ref, Part(seats=1), now=at(), key="too-late")
    with pytest.raises(NotFound):
        give_back(a_guest(), booking, Part(seats=1))
