"""What a move by the house leaves to its customer: the terms no worse, the gift not taken back, and no way round."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from bookapp.booking import actions, rules
from bookapp.booking.actions.moving import move
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries import cancellation_today, manage_url, refund_steps
from bookapp.booking.queries.changes import agreed_lines, move_offer
from bookapp.booking.queries.steps import steps_after_move
from bookapp.booking.rules import NewTime, SeatWish
from bookapp.catalog.models import Room
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.payments.queries import balance
from bookapp.values.money import Money
from tests.builders import a_room, a_service, a_session
from tests.builders.booking import NOW, a_booking, a_guest, a_wish, an_open_room, at
from tests.builders.numbers import another
from tests.support.client import Client
from tests.support.select import texts

HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


def to(start: dt.datetime, hours: float = 2, room: Room | None = None) -> NewTime:
    return NewTime(start=start, end=start + hours * HOUR, room_id=room.id if room else None)


def moved(actor: Actor, booking: Booking, new: NewTime, *, now: dt.datetime = NOW) -> BookingChange:
    change = move(actor, booking.ref, new, now=now, key=f"move-{another()}")
    db.session.refresh(booking)
    assert sum(line.subtotal_minor for line in agreed_lines(booking)) == booking.total_minor
    return change


def back_today(booking: Booking, now: dt.datetime) -> int:
    return cancellation_today(booking, now).refund.minor


def kept(booking: Booking) -> Money:
    return balance(booking.ref, booking.currency).kept


@pytest.mark.parametrize(
    ("begins", "by_merchant", "counted_from"),
    [(2, True, 7), (9, True, 9), (7, True, 7), (2, False, 2), (9, False, 9)],
)
def test_from_when_the_terms_count(begins: float, by_merchant: bool, counted_from: float) -> None:
    assert rules.terms_start(before=at(7), begins=at(begins), by_merchant=by_merchant) == at(counted_from)


@given(moves=st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=6), hours=st.integers(0, 60 * 24))
def test_no_move_by_the_house_makes_the_share_worse(moves: list[tuple[int, bool]], hours: int) -> None:
    tiers, counted = ({"hours": 48, "percent": 75}, {"hours": 24, "percent": 50}), at(30)
    now = NOW + hours * HOUR
    for days, by_merchant in moves:
        before = rules.share_after(_share(tiers, counted, now), None)
        counted = rules.terms_start(before=counted, begins=at(days), by_merchant=by_merchant)
        if by_merchant:
            assert _share(tiers, counted, now) >= before
        else:
            assert counted == at(days)


def _share(tiers, counted: dt.datetime, now: dt.datetime) -> int:
    return next((tier["percent"] for tier in tiers if counted - now >= tier["hours"] * HOUR), 0)


@pytest.mark.usefixtures("app")
def test_to_a_nearer_time_the_terms_count_from_the_old_start() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    moved(SYSTEM, booking, to(at(1)))
    now = at(0, 23)
    assert back_today(booking, now) == 4050, "the old start is six days away: three quarters, an hour before it begins"
    assert refund_steps(booking, now, paid=kept(booking)) == [(None, Money(4050, "EUR"))]
    # Until when one may move counts from there as well, but not beyond the start.
    moved(guest, booking, to(at(20)), now=now)
    assert (booking.terms_start, booking.most_percent_back) == (at(20), 75)


@pytest.mark.usefixtures("app")
def test_the_step_that_would_outlast_the_start_is_the_last() -> None:
    booking = a_booking()
    moved(SYSTEM, booking, to(at(5, 12)))
    assert refund_steps(booking, NOW, paid=kept(booking)) == [
        (at(5), Money(4050, "EUR")), (None, Money(2700, "EUR"))
    ]  # fmt: skip
    assert back_today(booking, at(5)) == 4050
    assert back_today(booking, at(5, 11)) == 2700


@pytest.mark.usefixtures("app")
def test_to_a_later_time_they_count_from_there_and_again_nearer_they_stay() -> None:
    booking = a_booking()
    moved(SYSTEM, booking, to(at(20)))
    assert (booking.terms_start, back_today(booking, at(17))) == (at(20), 4050)
    moved(SYSTEM, booking, to(at(18)))
    assert (booking.terms_start, back_today(booking, at(17))) == (at(20), 4050)


@pytest.mark.usefixtures("app")
def test_what_is_shown_before_the_house_moves_is_what_holds_afterwards() -> None:
    booking = a_booking()
    new = to(at(2))
    shown = steps_after_move(booking, move_offer(booking, new, now=NOW, by_merchant=True), NOW, by_merchant=True)
    moved(SYSTEM, booking, new)
    assert shown == refund_steps(booking, NOW, paid=kept(booking)) == [(None, Money(4050, "EUR"))]


@pytest.mark.usefixtures("app")
def test_of_a_retreat_they_count_from_its_first_part() -> None:
    parts = (("Arriving", at(7, 3), at(7, 5)), ("Leaving", at(9), at(9, 2)))
    retreat = a_session(a_service(), starts_at=at(7), minutes=60 * 72, parts=parts)
    booking = a_booking(SeatWish(retreat.id))
    assert booking.terms_start == at(7, 3)
    assert (back_today(booking, at(5, 3)), booking.total_minor) == (1200, 1600)
    assert back_today(booking, at(5, 3) + dt.timedelta(seconds=1)) == 800
    assert a_booking(SeatWish(a_session(a_service(), starts_at=at(7)).id)).terms_from is None


def test_the_page_of_a_booking_and_of_a_retreat_say_so(client: Client) -> None:
    parts = (("Arriving", at(7, 3), at(7, 5)),)
    retreat = a_session(a_service(), starts_at=at(7), minutes=60 * 72, parts=parts)
    booking = a_booking()
    moved(SYSTEM, booking, to(at(1)))
    with time_machine.travel(NOW, tick=False):
        assert client.get(urlsplit(manage_url(booking)).path).status_code == 303
        shown = client.get(f"/bookings/{booking.ref}").text
        of_retreat = client.get(f"/sessions/{retreat.id}").text
    assert "€40.50" in texts(shown, ".terms li")[0]
    assert len(texts(shown, ".terms li")) == 1
    assert "back until Sat 6 Mar, 12:00" in texts(of_retreat, ".terms li")[0]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("hours", "difference", "total", "gift"),
    [
        (3, 0, 5400, 2700),  # the right price already: for nothing
        (3.5, 1350, 6750, 2700),  # what is dearer than that is paid
        (2.5, 0, 5400, 1350),  # in between: nothing to pay, nothing back
        (2, 0, 5400, 0),
        (1, -2700, 2700, 0),  # what was never paid does not come back
    ],
)
def test_after_a_gift_of_the_house_the_next_move_counts_from_the_right_price(
    hours: float, difference: int, total: int, gift: int
) -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    moved(SYSTEM, booking, to(at(9), 3))
    assert (booking.total_minor, rules.given_so_far(agreed_lines(booking), "EUR").minor) == (5400, 2700)
    now = booking.starts_at - 30 * HOUR  # half of it would come back
    change = moved(guest, booking, to(at(12), hours), now=now)
    assert change.difference_minor == difference
    if difference > 0:
        payment = actions.begin_move_payment(guest, booking.ref, gateway_name="sandbox", now=now)
        assert payment is not None
        assert payment.amount_minor == difference
        assert change.after["total_minor"] == total
        return
    assert change.refunded_minor == -difference // 2
    price = booking.total_minor - rules.kept_so_far(agreed_lines(booking), "EUR").minor
    assert (price, rules.given_so_far(agreed_lines(booking), "EUR").minor) == (total, gift)


@pytest.mark.usefixtures("app")
def test_the_times_to_choose_from_say_what_would_be_charged(client: Client) -> None:
    room = an_open_room()
    dear = a_room(room.venue, rate_minor=4000, name="Eiche")
    booking = a_booking(a_wish(room))
    moved(SYSTEM, booking, to(at(9), 2, dear))
    with time_machine.travel(NOW, tick=False):
        assert client.get(urlsplit(manage_url(booking)).path).status_code == 303
        week = client.get(f"/bookings/{booking.ref}/move?room={dear.slug}&week=2027-03-15").text
        start = at(15).strftime("%Y-%m-%dT%H:%MZ")
        asked = client.get(
            f"/bookings/{booking.ref}/move/to?room={dear.slug}&start={start}&end={start[:11]}10:00Z"
        ).text
    assert all("same price" in slot for slot in texts(week, ".move-week .slot"))
    assert "these are not charged here either" in asked


@dataclass
class Story:
    """A booking by its money alone, through moves by its customer and by the house; all shares as at one moment."""

    percent: int
    price: int
    gift: int = 0
    most_gift: int = 0
    kept: Money = field(default_factory=lambda: Money(0, "EUR"))
    net: int = 0  # what its customer has paid in all

    def __post_init__(self) -> None:
        self.net = self.price

    def move(self, right: int, *, by_merchant: bool) -> None:
        came = rules.settlement(
            old=Money(self.price, "EUR"), new=Money(right, "EUR"), paid=Money(self.net, "EUR"), kept=self.kept,
            percent=self.percent, by_merchant=by_merchant, gift=Money(self.gift, "EUR"),
        )  # fmt: skip
        assert came.given.minor >= 0
        assert by_merchant or came.given.minor <= self.gift, "only the house makes a gift larger"
        self.net += came.pay.minor - came.back.minor
        self.kept += came.kept
        self.gift, self.price = came.given.minor, right - came.given.minor - came.waived.minor
        self.most_gift = max(self.most_gift, self.gift)
        assert self.net == self.price + self.kept.minor, "what is paid is the price and what was kept"
        # And by less than a card can be charged.
        assert self.price > right - self.most_gift - 50, "never below the right price by more than the house gave"

    def cancel(self) -> int:
        """What its customer has paid for nothing in the end."""
        paid = Money(self.net, "EUR")
        total = Money(self.price, "EUR") + self.kept
        return self.net - rules.cancellation(paid=paid, total=total, percent=self.percent, kept=self.kept).refund.minor


prices = st.integers(0, 100_000)


@given(price=prices, moves=st.lists(st.tuples(prices, st.booleans()), max_size=6), percent=st.integers(0, 100))
def test_through_any_moves_the_money_adds_up(price: int, moves: list[tuple[int, bool]], percent: int) -> None:
    story = Story(percent, price)
    for right, by_merchant in moves:
        story.move(right, by_merchant=by_merchant)
    assert 0 <= story.cancel() <= story.net


@given(
    price=prices, house=prices, detour=st.lists(prices, min_size=1, max_size=4), goal=prices, share=st.integers(0, 100)
)
def test_no_detour_is_cheaper_than_the_straight_way(
    price: int, house: int, detour: list[int], goal: int, share: int
) -> None:
    straight, roundabout = Story(share, price), Story(share, price)
    for story in (straight, roundabout):
        story.move(house, by_merchant=True)
    straight.move(goal, by_merchant=False)
    for right in detour:
        roundabout.move(right, by_merchant=False)
    roundabout.move(goal, by_merchant=False)
    # Less than a card can be charged is never charged, wherever it arises.
    rounding = len(detour) + 1 + 50
    assert roundabout.net >= straight.net - rounding
    assert roundabout.cancel() >= straight.cancel() - rounding


@given(price=prices, house=prices, moves=st.lists(prices, max_size=4), share=st.integers(0, 100))
def test_moving_after_a_gift_and_cancelling_brings_no_more_than_cancelling(
    price: int, house: int, moves: list[int], share: int
) -> None:
    at_once, later = Story(share, price), Story(share, price)
    for story in (at_once, later):
        story.move(house, by_merchant=True)
    for right in moves:
        later.move(right, by_merchant=False)
    assert later.cancel() >= at_once.cancel() - len(moves) - 50
