"""Moving a booking: where it stands, what it costs, what comes back, and that nothing is ever in two places."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from bookapp.booking import actions
from bookapp.booking.actions.move_payment import begin_move_payment, let_go_of_move
from bookapp.booking.actions.moving import move
from bookapp.booking.errors import (
    AddonGone,
    AlreadyBooked,
    ChangedMeanwhile,
    MoveLapsed,
    MoveWaiting,
    PriceChanged,
    SessionFull,
    SessionOver,
    SlotTaken,
    TooLateToMove,
)
from bookapp.booking.models import Booking, BookingChange, BookingLine
from bookapp.booking.queries import cancellation_today
from bookapp.booking.queries.changes import agreed_lines
from bookapp.booking.rules import AppointmentWish, NewTime, SeatWish
from bookapp.catalog.models import Room
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions as payments
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Refund
from bookapp.payments.queries import balance
from bookapp.scheduling.models import Occupancy
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_facilitator, a_room, a_service, a_session, a_venue, an_addon, works
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, a_wish, always_open, an_open_room, at, seats_taken
from tests.builders.numbers import another

pytestmark = pytest.mark.usefixtures("app")
MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE


def to(start: dt.datetime, hours: float = 2, room: Room | None = None) -> NewTime:
    return NewTime(start=start, end=start + hours * HOUR, room_id=room.id if room else None)


def moved(actor: Actor, booking: Booking, new: NewTime, *, now: dt.datetime = NOW, **facts: Any) -> BookingChange:
    """Move it; afterwards the booking is read afresh."""
    change = move(actor, booking.ref, new, now=now, key=f"move-{another()}", **facts)
    db.session.refresh(booking)
    assert_sums(booking)
    return change


def assert_sums(booking: Booking) -> None:
    """The lines add up to the total, whatever was done."""
    lines = db.session.scalars(
        select(func.sum(BookingLine.subtotal_minor)).where(BookingLine.booking_id == booking.id)
    ).one()
    assert lines == booking.total_minor


def places(active: bool = True) -> list[tuple[dt.datetime, dt.datetime]]:
    rows = db.session.scalars(select(Occupancy).where(Occupancy.active == active).order_by(Occupancy.id))
    return [(row.during.lower, row.during.upper) for row in rows]


def pay_difference(actor: Actor, booking: Booking, *, now: dt.datetime = NOW) -> int:
    """To the sandbox's page, and paid there; we have not heard of it yet. The payment's id."""
    payment = begin_move_payment(actor, booking.ref, gateway_name="sandbox", now=now)
    assert payment is not None
    payments.open_at_provider(payment.id, now=now)
    db.session.refresh(payment)
    assert sandbox.settle(payment.provider_id or "", ChargeState.PAID)
    return payment.id


def kept(booking: Booking) -> int:
    return balance(booking.ref, booking.currency).kept.minor


def refunds() -> list[int]:
    return list(db.session.scalars(select(Refund.amount_minor).order_by(Refund.id)))


def mails() -> list[str]:
    return list(db.session.scalars(select(MessageRecord.kind).order_by(MessageRecord.id)))


def test_at_the_same_price_it_is_done_at_once() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    change = moved(guest, booking, to(at(9)))
    assert (change.state, change.difference_minor, booking.starts_at, booking.sequence) == ("done", 0, at(9), 1)
    assert places() == [(at(9), at(9) + 2 * HOUR)]
    assert (kept(booking), refunds()) == (5400, [])
    assert [line.subtotal_minor for line in agreed_lines(booking)] == [5400]
    assert mails() == ["booking.confirmed", "booking.moved"]


@pytest.mark.parametrize(("start", "hours"), [(1, 2), (-1, 2), (0.5, 1), (-1, 2.5)])
def test_it_may_overlap_with_itself(start: float, hours: float) -> None:
    guest = a_guest()
    booking = a_booking(a_wish(an_open_room(buffer_minutes=30)), actor=guest)
    moved(guest, booking, to(at(hours=start), hours), now=NOW)
    if booking.starts_at == at():  # dearer, so it is held beside and still to be paid
        assert len(places()) == 2
        payments.ask_back(pay_difference(guest, booking), now=NOW)
    assert places() == [(at(hours=start), at(hours=start + hours) + 30 * MINUTE)]


def test_a_cheaper_time_brings_the_share_of_this_moment_and_no_more_later() -> None:
    guest = a_guest()
    booking = a_booking(a_wish(hours=4), actor=guest)
    moment = booking.starts_at - 30 * HOUR  # Standard: half of it comes back
    change = moved(guest, booking, to(at(60), 2), now=moment)
    assert (change.difference_minor, change.refunded_minor, refunds()) == (-5400, 2700, [2700])
    assert (booking.total_minor, kept(booking), booking.most_percent_back) == (5400 + 2700, 8100, 50)
    # Weeks ahead again the terms would say 75 %; what may come back in all is half of 108.00, as at that moment.
    outcome = cancellation_today(booking, moment)
    assert (outcome.percent, outcome.refund.minor, outcome.fee.minor) == (50, 2700, 5400)
    actions.cancel(guest, booking.ref, now=moment)
    assert sum(refunds()) == 5400


def test_a_dearer_time_is_held_beside_the_old_one_until_it_is_paid() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    change = moved(guest, booking, to(at(9), 3))
    assert (change.state, change.difference_minor, booking.starts_at, booking.total_minor) == (
        "pending", 2700, at(), 5400,
    )  # fmt: skip
    assert sorted(places()) == [(at(), at() + 2 * HOUR), (at(9), at(9) + 3 * HOUR)]
    payments.ask_back(pay_difference(guest, booking), now=NOW + MINUTE)
    db.session.refresh(booking)
    db.session.refresh(change)
    assert (change.state, booking.starts_at, booking.total_minor, kept(booking)) == ("done", at(9), 8100, 8100)
    assert places() == [(at(9), at(9) + 3 * HOUR)]
    assert_sums(booking)
    assert db.session.scalars(select(Occupancy.blocks_until).where(Occupancy.active)).all() == [None]


def test_unpaid_it_lapses_and_the_old_time_is_untouched() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    moved(guest, booking, to(at(9), 3))
    assert actions.expire_holds(now=NOW + 14 * MINUTE) == 0
    assert actions.expire_holds(now=NOW + 15 * MINUTE) == 1
    assert places() == [(at(), at() + 2 * HOUR)]
    with pytest.raises(MoveLapsed):
        begin_move_payment(guest, booking.ref, gateway_name="sandbox", now=NOW + 15 * MINUTE)
    db.session.refresh(booking)
    assert (booking.state, booking.starts_at, booking.total_minor) == ("confirmed", at(), 5400)


def test_whoever_needs_the_place_of_a_lapsed_move_gets_it() -> None:
    guest, room = a_guest(), an_open_room()
    booking = a_booking(a_wish(room), actor=guest)
    moved(guest, booking, to(at(9), 3))
    with pytest.raises(SlotTaken):
        a_hold(a_wish(room, start=at(9)))
    assert a_hold(a_wish(room, start=at(9)), now=NOW + 15 * MINUTE).state == "pending"


def test_while_a_payment_is_open_only_a_job_ends_it() -> None:
    guest, room = a_guest(), an_open_room()
    booking = a_booking(a_wish(room), actor=guest)
    moved(guest, booking, to(at(9), 3))
    payment = begin_move_payment(guest, booking.ref, gateway_name="sandbox", now=NOW)
    assert begin_move_payment(guest, booking.ref, gateway_name="sandbox", now=NOW) == payment
    later = NOW + 40 * MINUTE
    assert actions.expire_holds(now=later) == 0
    with pytest.raises(SlotTaken):
        a_hold(a_wish(room, start=at(9)), now=later)
    assert payment is not None
    payments.close_stale(payment.id, now=later)
    assert a_hold(a_wish(room, start=at(9)), now=later).state == "pending"


def test_paid_late_it_moves_if_the_time_is_still_free() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    moved(guest, booking, to(at(9), 3))
    payment_id = pay_difference(guest, booking)
    lapse(booking)
    payments.ask_back(payment_id, now=NOW + HOUR)
    db.session.refresh(booking)
    assert (booking.starts_at, kept(booking), places()) == (at(9), 8100, [(at(9), at(9) + 3 * HOUR)])


def test_paid_late_and_gone_the_difference_goes_back_and_the_old_time_stays() -> None:
    guest, room = a_guest(), an_open_room()
    booking = a_booking(a_wish(room), actor=guest)
    moved(guest, booking, to(at(9), 3))
    payment_id = pay_difference(guest, booking)
    lapse(booking)
    a_hold(a_wish(room, start=at(9)), now=NOW + HOUR)
    payments.ask_back(payment_id, now=NOW + HOUR)
    db.session.refresh(booking)
    assert (booking.starts_at, refunds(), kept(booking)) == (at(), [2700], 5400)
    assert mails()[-1] == "booking.payment_returned"


def lapse(booking: Booking) -> None:
    """The change ends although its payment is open: as if the provider had said it was closed."""
    change = db.session.scalars(select(BookingChange).where(BookingChange.booking_id == booking.id)).one()
    change.paying_until = None
    db.session.commit()
    assert actions.expire_holds(now=NOW + 15 * MINUTE) == 1


def test_paid_twice_the_second_payment_goes_back() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    change = moved(guest, booking, to(at(9), 3))
    first = pay_difference(guest, booking)
    payments.close(first, ChargeState.FAILED, now=NOW)
    second = pay_difference(guest, booking)
    payments.ask_back(second, now=NOW)
    db.session.refresh(change)
    assert change.state == "done"
    payments.settle(first, now=NOW)
    assert (refunds(), kept(booking)) == ([2700], 8100)


def test_declined_there_is_time_for_another_card() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    change = moved(guest, booking, to(at(9), 3))
    payment = begin_move_payment(guest, booking.ref, gateway_name="sandbox", now=NOW)
    assert payment is not None
    payments.close(payment.id, ChargeState.FAILED, now=NOW + 14 * MINUTE)
    assert actions.expire_holds(now=NOW + 18 * MINUTE) == 0
    payments.ask_back(pay_difference(guest, booking, now=NOW + 18 * MINUTE), now=NOW + 18 * MINUTE)
    db.session.refresh(change)
    assert change.state == "done"


def test_let_go_the_booking_stays_where_it_is() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    moved(guest, booking, to(at(9), 3))
    let_go_of_move(guest, booking.ref, now=NOW)
    let_go_of_move(guest, booking.ref, now=NOW)
    assert places() == [(at(), at() + 2 * HOUR)]


def test_cancelling_lets_a_waiting_move_go_and_sends_its_late_payment_back() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    moved(guest, booking, to(at(9), 3))
    payment_id = pay_difference(guest, booking)
    actions.cancel(guest, booking.ref, now=NOW)
    assert places() == []
    payments.ask_back(payment_id, now=NOW)
    assert sorted(refunds()) == [2700, 4050]
    db.session.refresh(booking)
    assert booking.state == "cancelled"


def test_one_move_waits_at_a_time() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    moved(guest, booking, to(at(9), 3))
    with pytest.raises(MoveWaiting):
        moved(guest, booking, to(at(10)))
    assert moved(guest, booking, to(at(10)), now=NOW + 15 * MINUTE).state == "done"
    assert places() == [(at(10), at(10) + 2 * HOUR)]


def test_the_same_click_twice_is_one_move() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    first = move(guest, booking.ref, to(at(9)), now=NOW, key="one-click")
    again = move(guest, booking.ref, to(at(9)), now=NOW, key="one-click")
    assert first.id == again.id
    db.session.refresh(booking)
    assert booking.sequence == 1


def test_who_looked_at_something_else_is_told() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    seen = booking.version
    with pytest.raises(PriceChanged):
        moved(guest, booking, to(at(9), 3), shown_minor=2600)
    moved(guest, booking, to(at(9)), version=seen)
    with pytest.raises(ChangedMeanwhile):
        moved(guest, booking, to(at(10)), version=seen)
    with pytest.raises(NotValid):
        moved(guest, booking, to(at(9)))


def test_what_is_taken_stays_taken_and_nothing_changes() -> None:
    guest, room = a_guest(), an_open_room()
    booking = a_booking(a_wish(room), actor=guest)
    a_hold(a_wish(room, start=at(9)))
    before = places()
    with pytest.raises(SlotTaken):
        moved(guest, booking, to(at(9, 1)))
    db.session.refresh(booking)
    assert (places(), booking.starts_at, booking.sequence) == (before, at(), 0)


def test_until_a_day_before_and_by_the_house_at_any_time_free_both_ways() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    late = booking.starts_at - 24 * HOUR + MINUTE
    with pytest.raises(TooLateToMove):
        moved(guest, booking, to(at(9)), now=late)
    dearer = moved(SYSTEM, booking, to(at(9), 3), now=late, reason="water damage")
    assert (dearer.state, dearer.by_merchant, booking.starts_at) == ("done", True, at(9))
    assert (booking.total_minor, kept(booking), booking.most_percent_back) == (5400, 5400, None)
    assert sum(line.subtotal_minor for line in agreed_lines(booking)) == 5400
    cheaper = moved(SYSTEM, booking, to(at(9), 1), now=late)
    assert (cheaper.refunded_minor, booking.total_minor, kept(booking)) == (2700, 2700, 2700)


def test_nobody_else_moves_it() -> None:
    booking = a_booking()
    with pytest.raises(NotFound):
        moved(a_guest(), booking, to(at(9)))
    someone = a_session(starts_at=at())
    with pytest.raises((NotFound, NotAllowed, NotValid)):
        moved(SYSTEM, booking, NewTime(session_id=someone.id))


def test_to_another_room_of_the_house_but_of_no_other() -> None:
    guest, room = a_guest(), an_open_room()
    sister = a_room(room.venue, name="Buche", rate_minor=2000)
    booking = a_booking(a_wish(room), actor=guest)
    moved(guest, booking, to(at(), 2, sister))
    assert (booking.room_id, booking.title, booking.total_minor) == (sister.id, "Buche", 4000 + 350)
    with pytest.raises(NotFound):
        moved(guest, booking, to(at(), 2, an_open_room()))


def test_add_ons_move_along_at_todays_price_and_free_their_old_time() -> None:
    guest, room = a_guest(), an_open_room()
    projector, sister = an_addon(room.venue, stock=1), a_room(room.venue)
    booking = a_booking(a_wish(room, addons=((projector.id, 1),)), actor=guest)
    projector.price_minor = 1000
    db.session.commit()
    change = moved(guest, booking, to(at(hours=1)))
    assert change.difference_minor == -200
    with pytest.raises(AddonGone):
        a_hold(a_wish(sister, start=at(hours=2.5), addons=((projector.id, 1),)))
    assert a_hold(a_wish(sister, start=at(hours=-1), addons=((projector.id, 1),))).state == "pending"


def test_a_waiting_move_holds_its_add_ons_at_both_times() -> None:
    guest, room = a_guest(), an_open_room()
    projector, sister = an_addon(room.venue, stock=1), a_room(room.venue)
    booking = a_booking(a_wish(room, addons=((projector.id, 1),)), actor=guest)
    moved(guest, booking, to(at(9), 3))
    for start in (at(), at(9)):
        with pytest.raises(AddonGone):
            a_hold(a_wish(sister, start=start, addons=((projector.id, 1),)))
    lapsed = NOW + 15 * MINUTE
    assert a_hold(a_wish(sister, start=at(9), addons=((projector.id, 1),)), now=lapsed).state == "pending"


def test_seats_move_to_another_session_of_the_service() -> None:
    guest, service = a_guest(), a_service()
    here, there = a_session(service, starts_at=at()), a_session(service, starts_at=at(8), capacity=2)
    booking = a_booking(SeatWish(here.id, 2), actor=guest)
    moved(guest, booking, NewTime(session_id=there.id))
    assert (seats_taken(here), seats_taken(there), booking.session_id) == (0, 2, there.id)
    with pytest.raises(NotFound):
        moved(guest, booking, NewTime(session_id=a_session(starts_at=at(8)).id))
    other = a_booking(SeatWish(here.id, 1), actor=a_guest(), email="ada@example.org")
    with pytest.raises(SessionFull):
        moved(SYSTEM, other, NewTime(session_id=there.id))
    assert (seats_taken(here), seats_taken(there)) == (1, 2)


def test_dearer_seats_are_held_and_given_back_when_they_lapse() -> None:
    guest, service = a_guest(), a_service()
    here = a_session(service, starts_at=at())
    there = a_session(service, starts_at=at(8), capacity=1, price_minor=2000)
    booking = a_booking(SeatWish(here.id), actor=guest)
    moved(guest, booking, NewTime(session_id=there.id))
    assert (seats_taken(here), seats_taken(there)) == (1, 1)
    assert a_hold(SeatWish(there.id), now=NOW + 15 * MINUTE).state == "pending"
    assert (seats_taken(here), seats_taken(there)) == (1, 1)


def test_one_booking_per_customer_per_session_holds_for_moves() -> None:
    guest, service = a_guest(), a_service()
    here, there = a_session(service, starts_at=at()), a_session(service, starts_at=at(8))
    booking = a_booking(SeatWish(here.id), actor=guest)
    a_booking(SeatWish(there.id), actor=guest)
    with pytest.raises(AlreadyBooked):
        moved(guest, booking, NewTime(session_id=there.id))


def test_an_appointment_moves_to_another_time_and_another_person() -> None:
    guest, venue = a_guest(), always_open(a_venue())
    jonas, ada = (a_facilitator(venue.merchant, name=name) for name in ("Jonas Weber", "Ada Lund"))
    room = a_room(venue)
    service = a_service(
        venue.merchant, kind="appointment", lengths=((60, 9000),), hosts=[jonas, ada], rooms=[room], buffer_minutes=15
    )
    for person in (jonas, ada):
        works(person, at="00:00", until="00:00")
    booking = a_booking(AppointmentWish(service.id, jonas.id, at(), 60), actor=guest)
    moved(guest, booking, NewTime(start=at(hours=0.5)))
    assert (booking.starts_at, len(places())) == (at(hours=0.5), 2)
    moved(guest, booking, NewTime(start=at(hours=1), facilitator_id=ada.id))
    assert (booking.host, booking.facilitator_id, len(places())) == ("Ada Lund", ada.id, 2)
    assert a_hold(AppointmentWish(service.id, jonas.id, at(hours=3), 60)).state == "pending"


def test_nobody_moves_out_of_a_session_that_was_called_off_at_the_terms_expense() -> None:
    guest, service = a_guest(), a_service()
    here, there = a_session(service, starts_at=at()), a_session(service, starts_at=at(8), price_minor=100)
    booking = a_booking(SeatWish(here.id), actor=guest)
    actions.call_off_session(SYSTEM, here.id, reason="Flood", key="called-off", now=NOW)
    with pytest.raises(SessionOver):
        moved(guest, booking, NewTime(session_id=there.id))


def test_a_move_into_a_session_that_was_called_off_meanwhile_goes_back() -> None:
    guest, service = a_guest(), a_service()
    here, there = a_session(service, starts_at=at()), a_session(service, starts_at=at(8), price_minor=2000)
    booking = a_booking(SeatWish(here.id), actor=guest)
    moved(guest, booking, NewTime(session_id=there.id))
    payment_id = pay_difference(guest, booking)
    actions.call_off_session(SYSTEM, there.id, reason="Flood", key="called-off", now=NOW)
    payments.ask_back(payment_id, now=NOW)
    db.session.refresh(booking)
    assert (booking.session_id, kept(booking), refunds()) == (here.id, 1600, [400])
