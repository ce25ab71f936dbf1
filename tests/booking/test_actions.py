"""Hold, pay, confirm, cancel: what the database guarantees, one transaction each."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from bookapp.audit.models import AuditEntry
from bookapp.booking import actions
from bookapp.booking.actions import holding
from bookapp.booking.errors import (
    AddonGone,
    AlreadyBooked,
    HoldOver,
    NotBookable,
    PriceChanged,
    SessionFull,
    SessionOver,
    SlotTaken,
    TooManyAttempts,
    TooManyHolds,
)
from bookapp.booking.models import Booking
from bookapp.booking.rules import AppointmentWish, SeatWish, Wish
from bookapp.catalog.models import Room
from bookapp.infra.db import db
from bookapp.infra.idempotency import KeyReused
from bookapp.infra.settings import current_settings
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions as payments
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Payment, Refund
from bookapp.payments.queries import balance
from bookapp.scheduling.models import Occupancy, WorkingHours
from bookapp.values.errors import NotAllowed, NotValid
from bookapp.values.money import Money
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_user, actor_of, an_addon
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

pytestmark = pytest.mark.usefixtures("app")
MINUTE = dt.timedelta(minutes=1)


def test_a_hold_takes_the_place_with_its_buffer_and_its_price() -> None:
    room = an_open_room(buffer_minutes=30)
    booking = a_hold(a_wish(room))
    taken = db.session.scalars(select(Occupancy).where(Occupancy.claim_id == booking.claim_id)).one()
    assert (taken.during.lower, taken.during.upper) == (at(), at(hours=2.5))
    assert taken.used_until == at(hours=2)
    assert taken.blocks_until == booking.hold_expires_at == NOW + 15 * MINUTE
    assert booking.total_minor == 5400
    assert [line.subtotal_minor for line in booking.lines] == [5400]
    assert booking.terms["tiers"][0] == {"hours": 48, "percent": 75}


def test_the_same_click_twice_is_one_hold() -> None:
    guest, wish = a_guest(), a_wish()
    first = actions.hold(guest, wish, now=NOW, key="click")
    second = actions.hold(guest, wish, now=NOW, key="click")
    assert first.ref == second.ref
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 1


def test_the_same_key_with_another_wish_is_refused() -> None:
    guest, room = a_guest(), an_open_room()
    actions.hold(guest, a_wish(room), now=NOW, key="click")
    with pytest.raises(KeyReused):
        actions.hold(guest, a_wish(room, start=at(8)), now=NOW, key="click")


@pytest.mark.parametrize(("start", "hours"), [(0, 2), (-1, 2), (1, 2), (0.5, 1), (-1, 4)])
def test_nobody_else_gets_a_place_that_overlaps(start: float, hours: float) -> None:
    room = an_open_room()
    a_hold(a_wish(room))
    with pytest.raises(SlotTaken):
        a_hold(a_wish(room, start=at(hours=start), hours=hours))


def test_touching_times_are_both_to_be_had() -> None:
    room = an_open_room()
    a_hold(a_wish(room))
    assert a_hold(a_wish(room, start=at(hours=2))).state == "pending"
    assert a_hold(a_wish(room, start=at(hours=-2))).state == "pending"


def test_a_lapsed_hold_lets_go_in_the_transaction_that_needs_the_place() -> None:
    room = an_open_room()
    first = a_hold(a_wish(room))
    with pytest.raises(SlotTaken):
        a_hold(a_wish(room), now=NOW + 15 * MINUTE - dt.timedelta(seconds=1))
    second = a_hold(a_wish(room), now=NOW + 15 * MINUTE)
    db.session.refresh(first)
    assert (first.state, second.state) == ("expired", "pending")
    active = db.session.scalars(select(Occupancy.claim_id).where(Occupancy.active)).all()
    assert active == [second.claim_id]


def test_a_lapsed_hold_with_an_open_payment_lets_nobody_in() -> None:
    room, guest = an_open_room(), a_guest()
    held = a_hold(a_wish(room), actor=guest)
    actions.check_out(guest, held.ref, details(), gateway_name="sandbox", now=NOW)
    with pytest.raises(SlotTaken):
        a_hold(a_wish(room), now=NOW + 29 * MINUTE)
    assert actions.expire_holds(now=NOW + 29 * MINUTE) == 0


def test_the_sweeper_expires_what_nobody_wanted() -> None:
    held = a_hold()
    assert actions.expire_holds(now=NOW + 14 * MINUTE) == 0
    assert actions.expire_holds(now=NOW + 15 * MINUTE) == 1
    db.session.refresh(held)
    assert held.state == "expired"
    assert not db.session.scalar(select(func.count()).select_from(Occupancy).where(Occupancy.active))


def test_one_extension_of_ten_minutes() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    for _ in range(2):
        longer = actions.extend(guest, held.ref, now=NOW + MINUTE)
        assert longer.hold_expires_at == NOW + 25 * MINUTE
    assert db.session.scalars(select(Occupancy.blocks_until)).one() == NOW + 25 * MINUTE
    late = a_hold(actor=guest)
    with pytest.raises(HoldOver):
        actions.extend(guest, late.ref, now=NOW + 15 * MINUTE)


def test_the_price_that_was_shown_is_the_price_or_it_is_said() -> None:
    with pytest.raises(PriceChanged) as refusal:
        a_hold(a_wish(), shown_minor=5300)
    assert refusal.value.params["total"] == Money(5400, "EUR")
    assert a_hold(a_wish(), shown_minor=5400).total_minor == 5400


def test_more_people_than_seats_is_no_room() -> None:
    with pytest.raises(NotValid) as refusal:
        a_hold(a_wish(an_open_room(capacity=4), people=5))
    assert "people" in refusal.value.fields


def test_a_room_is_not_to_be_had_before_its_notice() -> None:
    with pytest.raises(NotBookable):
        a_hold(a_wish(an_open_room(notice_minutes=60), start=NOW + 30 * MINUTE))


def test_reusable_addons_never_exceed_their_stock() -> None:
    one = an_open_room()
    projector = an_addon(one.venue, stock=2)
    wish = a_wish(one, addons=((projector.id, 2),))
    assert a_hold(wish).total_minor == 5400 + 2 * 1200
    other = a_wish(a_sister(one), addons=((projector.id, 1),))
    with pytest.raises(AddonGone, match="Projector"):
        a_hold(other)
    assert a_hold(replace(other, span=other.span.moved(dt.timedelta(hours=2)))).state == "pending"
    assert a_hold(other, now=NOW + 15 * MINUTE).state == "pending"


def a_sister(room: Room) -> Room:
    """Another room in the same venue."""
    return a_room(room.venue)


def test_seats_are_counted_and_come_back() -> None:
    session = a_session(starts_at=at(), capacity=3)
    held = a_hold(SeatWish(session.id, 2))
    with pytest.raises(SessionFull):
        a_hold(SeatWish(session.id, 2))
    assert seats_taken(session) == 2
    again = a_hold(SeatWish(session.id, 3), now=NOW + 15 * MINUTE)
    db.session.refresh(held)
    assert (held.state, again.people, seats_taken(session)) == ("expired", 3, 3)


@pytest.mark.parametrize("facts", [{"state": "cancelled"}, {"starts_at": NOW - MINUTE}])
def test_a_session_that_is_off_or_has_begun_is_not_sold(facts: dict) -> None:
    session = a_session(**({"starts_at": at()} | facts))
    with pytest.raises(SessionOver):
        a_hold(SeatWish(session.id))


def test_one_active_booking_per_customer_per_session() -> None:
    session = a_session(starts_at=at())
    customer = actor_of(a_user())
    a_hold(SeatWish(session.id), actor=customer)
    with pytest.raises(AlreadyBooked):
        a_hold(SeatWish(session.id), actor=customer)
    guest, other = a_guest(), a_guest()
    first, second = a_hold(SeatWish(session.id), actor=guest), a_hold(SeatWish(session.id), actor=other)
    actions.give_details(guest, first.ref, details("same@example.org"), now=NOW)
    with pytest.raises(AlreadyBooked):
        actions.give_details(other, second.ref, details("same@example.org"), now=NOW)


def test_paying_confirms_once_however_often_it_is_reported() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    payment_id = pay(held, guest)
    for _ in range(3):
        payments.ask_back(payment_id, now=NOW + MINUTE)
        payments.settle(payment_id, now=NOW + MINUTE)
    db.session.refresh(held)
    assert (held.state, held.confirmed_at, held.paying_until) == ("confirmed", NOW + MINUTE, None)
    assert balance(held.ref, "EUR").status == "paid"
    assert db.session.scalars(select(Occupancy.blocks_until)).one() is None
    mails = db.session.scalars(select(MessageRecord)).all()
    assert [(mail.kind, mail.recipient) for mail in mails] == [("booking.confirmed", "miriam@example.org")]
    told = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"booking:{held.ref}")).all()
    assert told.count("booking.confirmed") == told.count("payment.succeeded") == 1


def test_what_costs_nothing_is_confirmed_without_a_payment() -> None:
    guest = a_guest()
    held = a_hold(a_wish(an_open_room(rate_minor=0)), actor=guest)
    assert actions.check_out(guest, held.ref, details(), gateway_name="sandbox", now=NOW) is None
    db.session.refresh(held)
    assert held.state == "confirmed"
    assert actions.confirm_free(guest, held.ref, now=NOW).state == "confirmed"
    priced = a_hold(actor=guest)
    with pytest.raises(NotAllowed):
        actions.confirm_free(guest, priced.ref, now=NOW)


def test_a_declined_card_leaves_time_for_another_and_five_tries_are_enough() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    moment = NOW + 14 * MINUTE
    for _ in range(5):
        payment = actions.begin_payment(guest, held.ref, gateway_name="sandbox", now=moment)
        payments.close(payment.id, ChargeState.FAILED, now=moment)
        db.session.refresh(held)
        assert held.hold_expires_at == moment + 5 * MINUTE
    db.session.execute(update(Payment).values(created_at=moment))
    with pytest.raises(TooManyAttempts):
        actions.begin_payment(guest, held.ref, gateway_name="sandbox", now=moment)


def test_an_open_payment_is_used_again() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    first = actions.begin_payment(guest, held.ref, gateway_name="sandbox", now=NOW)
    second = actions.begin_payment(guest, held.ref, gateway_name="sandbox", now=NOW + 20 * MINUTE)
    assert first.id == second.id
    assert payments.open_at_provider(first.id, now=NOW) == payments.open_at_provider(first.id, now=NOW)


def test_an_abandoned_payment_is_closed_at_the_provider_before_the_hold_ends() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    payment = actions.begin_payment(guest, held.ref, gateway_name="sandbox", now=NOW)
    payments.open_at_provider(payment.id, now=NOW)
    payments.close_stale(payment.id, now=NOW + 30 * MINUTE)
    db.session.refresh(held)
    db.session.refresh(payment)
    assert (held.state, payment.state) == ("expired", "abandoned")
    assert not sandbox.settle(payment.provider_id, ChargeState.PAID), "nobody can pay it any more"


def test_a_payment_that_was_quicker_than_its_closing_wins() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    payment_id = pay(held, guest)
    payments.close_stale(payment_id, now=NOW + 30 * MINUTE)
    db.session.refresh(held)
    assert held.state == "confirmed"


def expired_but_paid(wish: Wish | None = None) -> tuple[Booking, Payment]:
    """A hold that ended although its payment came through afterwards."""
    guest = a_guest()
    held = a_hold(wish, actor=guest)
    payment = actions.begin_payment(guest, held.ref, gateway_name="sandbox", now=NOW)
    payments.open_at_provider(payment.id, now=NOW)
    payments.close(payment.id, ChargeState.EXPIRED, now=NOW + 30 * MINUTE)
    db.session.refresh(held)
    assert held.state == "expired"
    db.session.refresh(payment)
    sandbox.settle(payment.provider_id, ChargeState.PAID)
    return held, payment


def test_a_late_payment_confirms_while_the_place_is_free() -> None:
    held, payment = expired_but_paid()
    payments.ask_back(payment.id, now=NOW + 31 * MINUTE)
    db.session.refresh(held)
    assert held.state == "confirmed"
    assert db.session.scalars(select(Occupancy.claim_id).where(Occupancy.active)).all() == [held.claim_id]


def test_a_late_payment_goes_back_whole_when_the_place_is_gone() -> None:
    room = an_open_room()
    held, payment = expired_but_paid(a_wish(room))
    a_booking(a_wish(room), now=NOW + 31 * MINUTE, email="other@example.org")
    payments.ask_back(payment.id, now=NOW + 32 * MINUTE)
    db.session.refresh(held)
    assert held.state == "expired"
    back = db.session.scalars(select(Refund).where(Refund.payment_id == payment.id)).one()
    assert (back.amount_minor, back.state) == (5400, "initiated")


def test_late_seats_are_taken_again() -> None:
    session = a_session(starts_at=at(), capacity=2)
    held, payment = expired_but_paid(SeatWish(session.id, 2))
    payments.ask_back(payment.id, now=NOW + 31 * MINUTE)
    db.session.refresh(held)
    assert (held.state, seats_taken(session)) == ("confirmed", 2)


def test_holds_are_limited_per_visitor_and_per_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    limited = replace(current_settings(), rate_limits=True)
    monkeypatch.setattr(holding, "current_settings", lambda: limited)
    guest = a_guest()
    for _ in range(3):
        a_hold(actor=guest, origin="one")
    with pytest.raises(TooManyHolds):
        a_hold(actor=guest, origin="one")
    for _ in range(7):
        a_hold(origin="one")
    with pytest.raises(TooManyHolds):
        a_hold(origin="one")
    assert a_hold(actor=guest, now=NOW + 15 * MINUTE, origin="one").state == "pending"


def test_an_hour_of_a_person_takes_person_and_room() -> None:
    merchant = a_merchant()
    room = an_open_room()
    host = a_facilitator(merchant)
    db.session.add_all(
        WorkingHours(facilitator_id=host.id, weekday=day, starts=dt.time(0), ends=dt.time(0)) for day in range(7)
    )
    db.session.commit()
    service = a_service(
        room.venue.merchant, kind="appointment", lengths=((50, 7000),), hosts=[host], rooms=[room], buffer_minutes=10
    )
    wish = AppointmentWish(service.id, host.id, at(), 50)
    booking = a_hold(wish)
    taken = set(db.session.scalars(select(Occupancy.resource_id).where(Occupancy.claim_id == booking.claim_id)))
    assert taken == {room.resource_id, host.resource_id}
    assert (booking.room_id, booking.total_minor, booking.host) == (room.id, 7000, host.name)
    with pytest.raises(SlotTaken):
        a_hold(wish)
    with pytest.raises(SlotTaken):
        a_hold(a_wish(room, hours=1))
    with pytest.raises(NotValid):
        a_hold(replace(wish, minutes=60))
