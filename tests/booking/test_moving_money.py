"""Moves of bookings with everything on them: wallet, coupon, tax, add-ons, price rules; and the pages' arithmetic."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import func, select

from bookapp.booking import actions
from bookapp.booking.models import Booking, BookingChange, BookingLine
from bookapp.booking.queries.changes import agreed_lines, move_offer
from bookapp.booking.queries.differences import differences
from bookapp.booking.rules import NewTime, Part
from bookapp.catalog.models import Room
from bookapp.catalog.queries import room_by_id
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.operations.queries import differences as of_the_books
from bookapp.payments import actions as payments
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Refund
from bookapp.payments.queries import balance, wallet_balance
from bookapp.pricing.actions import create_price_rule
from bookapp.pricing.models import Tax
from bookapp.pricing.states import RuleKind
from bookapp.values.timespan import Span
from tests.booking.paid import a_coupon
from tests.builders import a_user, actor_of, an_addon
from tests.builders.booking import NOW, a_guest, a_hold, a_wish, an_open_room, at, pay
from tests.builders.numbers import another
from tests.builders.wallets import a_mixed_booking, fill_wallet

pytestmark = pytest.mark.usefixtures("app", "frozen")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def frozen():
    """The clock stands at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield


def to(start: dt.datetime, hours: float = 2) -> NewTime:
    return NewTime(start=start, end=start + hours * HOUR)


def move(actor: Actor, booking: Booking, new: NewTime) -> BookingChange:
    change = actions.move(actor, booking.ref, new, now=NOW, key=f"move-{another()}")
    db.session.refresh(booking)
    return change


def kept(booking: Booking) -> int:
    return balance(booking.ref, "EUR").kept.minor


def assert_sums(booking: Booking) -> None:
    lines = db.session.scalars(
        select(func.sum(BookingLine.subtotal_minor)).where(BookingLine.booking_id == booking.id)
    ).one()
    assert lines == booking.total_minor == sum(line.subtotal_minor for line in agreed_lines(booking)) == kept(booking)


def test_the_wallet_pays_a_difference_at_once() -> None:
    user = a_user()
    booking = a_mixed_booking(user)
    move(actor_of(user), booking, to(at(9), 3))
    fill_wallet(user, 5000)
    paid = actions.begin_move_payment(actor_of(user), booking.ref, gateway_name="sandbox", now=NOW, wallet=True)
    db.session.refresh(booking)
    assert (paid, booking.starts_at, kept(booking)) == (None, at(9), 8100)
    assert wallet_balance(user.id, "EUR").minor == 2300


def test_wallet_and_card_pay_a_difference_together_and_what_comes_back_goes_to_the_newest_first() -> None:
    user = a_user()
    booking = a_mixed_booking(user)
    move(actor_of(user), booking, to(at(9), 3))
    fill_wallet(user, 700)
    card = actions.begin_move_payment(actor_of(user), booking.ref, gateway_name="sandbox", now=NOW, wallet=True)
    assert card is not None
    assert card.amount_minor == 2000
    payments.open_at_provider(card.id, now=NOW)
    db.session.refresh(card)
    assert sandbox.settle(card.provider_id or "", ChargeState.PAID)
    payments.ask_back(card.id, now=NOW)
    db.session.refresh(booking)
    assert (booking.starts_at, kept(booking)) == (at(9), 8100)
    move(actor_of(user), booking, to(at(10), 2))
    back = db.session.execute(select(Refund.amount_minor, Refund.destination).order_by(Refund.id)).all()
    assert [tuple(row) for row in back] == [(700, "wallet"), (1325, "original")]
    assert not of_the_books()


def everything(room: Room, guest: Actor) -> Booking:
    """Two hours with a projector, ten percent off by a coupon, on top of it a tax, paid."""
    projector = an_addon(room.venue)
    a_coupon(room, percent=10)
    db.session.add(Tax(merchant_id=room.venue.merchant_id, name="VAT", percent=19, inclusive=False))
    db.session.commit()
    booking = a_hold(a_wish(room, addons=((projector.id, 2),)), actor=guest)
    actions.use_code(guest, booking.ref, "SPRING10", email="miriam@example.org", now=NOW)
    payments.ask_back(pay(booking, guest), now=NOW)
    db.session.refresh(booking)
    assert booking.state == "confirmed"
    return booking


def test_coupon_add_ons_and_tax_move_along_and_everything_adds_up() -> None:
    guest, room = a_guest(), an_open_room()
    booking = everything(room, guest)
    assert booking.total_minor == 8354  # (54.00 + 24.00) - 7.80, and 13.34 of tax
    change = move(guest, booking, to(at(9), 1))
    assert change.difference_minor == 5462 - 8354  # (27.00 + 24.00) - 5.10, and 8.72 of tax
    assert_sums(booking)
    assert booking.tax is not None
    assert booking.tax["minor"] == 872
    kinds = [line.kind for line in agreed_lines(booking)]
    assert kinds == ["base", "addon", "discount", "tax", "rule"]
    assert not of_the_books()


def test_after_moves_and_parts_cancelling_still_brings_the_share_of_it_all() -> None:
    guest, room = a_guest(), an_open_room()
    booking = everything(room, guest)
    (addon_id,) = {line.addon_id for line in agreed_lines(booking) if line.addon_id}
    assert addon_id is not None
    actions.cancel_part(guest, booking.ref, Part(addons=((addon_id, 1),)), now=NOW, key="a-part-of-it")
    db.session.refresh(booking)
    assert_sums(booking)
    move(guest, booking, to(at(9), 1))
    assert_sums(booking)
    actions.cancel(guest, booking.ref, now=NOW)
    # 75 % of 83.54, a cent of rounding for each of the three at most.
    assert abs(sum(db.session.scalars(select(Refund.amount_minor))) - 6266) <= 2
    assert not of_the_books()


def test_each_difference_on_the_calendar_is_what_the_move_comes_to() -> None:
    guest, room = a_guest(), an_open_room()
    create_price_rule(
        SYSTEM, room.venue.merchant_id, kind=RuleKind.WEEKEND, name="Weekend +25 %", parameters={"percent": 25}
    )
    booking = everything(room, guest)
    prices, shown = differences(booking, now=NOW), room_by_id(room.id)
    for days, hours in ((9, 2), (12, 2), (12.4, 3), (9, 1)):
        new = to(at(days), hours)
        assert new.start and new.end
        span = Span(new.start, new.end)
        told = move_offer(booking, new, now=NOW).settlement.difference
        assert prices.of_room(shown, shown.venue, span) == told


def test_by_the_house_it_stays_at_the_old_price_with_everything_on_it() -> None:
    guest, room = a_guest(), an_open_room()
    booking = everything(room, guest)
    move(SYSTEM, booking, to(at(9), 3))
    assert booking.total_minor == 8354
    assert_sums(booking)
    move(guest, booking, to(at(10), 3))
    assert_sums(booking)
    assert not of_the_books()
