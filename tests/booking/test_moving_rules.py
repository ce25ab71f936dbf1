"""Changes of a booking: what holds after them, and what they come to. Money and lines only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.booking import rules
from bookapp.booking.rules import AgreedLine
from bookapp.values.money import Money
from bookapp.values.timespan import UTC

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = dt.timedelta(hours=1)
prices = st.integers(0, 1_000_000)
percents = st.integers(0, 100)


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def base(minor: int, *, unit: str = "seat", quantity: int = 1) -> AgreedLine:
    return AgreedLine("base", "Yoga", unit, Decimal(quantity), minor // quantity, minor)


@dataclass
class Money54:
    """A booking by its money alone: what is paid for it and what it costs, through moves and a cancellation."""

    paid: Money
    price: Money
    kept: Money
    back: Money

    def move(self, to: Money, percent: int) -> None:
        came = rules.settlement(
            old=self.price, new=to, paid=self.paid, kept=self.kept, percent=percent, by_merchant=False
        )
        self.paid += came.pay - came.back
        self.back += came.back - came.pay
        self.price, self.kept = to - came.waived, self.kept + came.kept

    def cancel(self, percent: int) -> None:
        came = rules.cancellation(paid=self.paid, total=self.price + self.kept, percent=percent, kept=self.kept)
        assert came.refund + came.fee == self.paid
        self.back += came.refund


def booked(price: int) -> Money54:
    return Money54(euro(price), euro(price), euro(0), euro(0))


def test_a_cheaper_time_brings_the_share_of_the_terms_and_keeps_the_rest() -> None:
    came = rules.settlement(
        old=euro(5400), new=euro(2700), paid=euro(5400), kept=euro(0), percent=75, by_merchant=False
    )
    assert (came.difference, came.back, came.kept, came.pay) == (euro(-2700), euro(2025), euro(675), euro(0))


def test_by_the_merchant_it_is_free_both_ways() -> None:
    facts = {"paid": euro(5400), "kept": euro(0), "percent": 25, "by_merchant": True}
    down = rules.settlement(old=euro(5400), new=euro(2700), **facts)
    up = rules.settlement(old=euro(5400), new=euro(8100), **facts)
    assert (down.back, down.kept) == (euro(2700), euro(0))
    assert (up.pay, up.given) == (euro(0), euro(2700))


def test_of_a_deposit_nothing_comes_back_while_more_is_owed() -> None:
    came = rules.settlement(
        old=euro(10_000), new=euro(6000), paid=euro(2000), kept=euro(0), percent=75, by_merchant=False
    )
    assert (came.back, came.kept) == (euro(0), euro(1000))


@given(price=prices, cheaper=prices, percent=percents, later=percents)
def test_moving_and_cancelling_never_brings_more_than_cancelling(
    price: int, cheaper: int, percent: int, later: int
) -> None:
    straight, roundabout = booked(price), booked(price)
    straight.cancel(percent)
    roundabout.move(euro(cheaper), percent)
    roundabout.cancel(min(later, percent))
    # A cent each way, where the share of two parts is rounded twice.
    assert roundabout.back <= straight.back + euro(1)


@given(price=prices, steps=st.lists(st.tuples(prices, percents), max_size=4))
def test_what_is_paid_is_the_price_and_what_was_kept_after_any_moves(price: int, steps: list[tuple[int, int]]) -> None:
    one = booked(price)
    for to, percent in steps:
        one.move(euro(to), percent)
        assert one.paid == one.price + one.kept
    assert one.back == euro(price) - one.paid


@pytest.mark.parametrize(("left", "possible"), [(24 * HOUR, True), (24 * HOUR - dt.timedelta(seconds=1), False)])
def test_until_when_one_may_move_is_in_the_terms(left: dt.timedelta, possible: bool) -> None:
    facts = {"state": "confirmed", "starts_at": NOW + left, "until_hours": 24, "now": NOW}
    assert rules.can_move(**facts, by_merchant=False) is possible
    assert rules.can_move(**facts, by_merchant=True)


@pytest.mark.parametrize("state", ["pending", "expired", "cancelled", "completed", "no_show"])
def test_only_what_is_confirmed_moves(state: str) -> None:
    assert not rules.can_move(state=state, starts_at=NOW + 99 * HOUR, until_hours=0, now=NOW, by_merchant=True)


def test_nobody_moves_what_has_begun_even_if_the_terms_allow_all() -> None:
    assert not rules.can_move(state="confirmed", starts_at=NOW, until_hours=0, now=NOW, by_merchant=False)


@pytest.mark.parametrize(("percent", "before", "after"), [(75, None, 75), (75, 50, 50), (25, 50, 25)])
def test_the_share_never_gets_better(percent: int, before: int | None, after: int) -> None:
    assert rules.share_after(percent, before) == after


@pytest.mark.parametrize(
    ("new", "due"),
    [(200 * HOUR, 150 * HOUR), (100 * HOUR, 50 * HOUR), (80 * HOUR, 50 * HOUR), (40 * HOUR, 40 * HOUR)],
)
def test_the_day_of_the_rest_moves_along_but_never_nearer(new: dt.timedelta, due: dt.timedelta) -> None:
    assert rules.rest_due_after(NOW + 50 * HOUR, NOW + 100 * HOUR, NOW + new) == NOW + due
    assert rules.rest_due_after(None, NOW, NOW + new) is None


def test_a_line_and_its_reversal_are_nothing() -> None:
    first, other = base(5400), base(2700)
    assert rules.agreed_now([first, first.reversed, other]) == [other]
    assert rules.agreed_now([first, first.reversed, first]) == [first]


def test_what_is_kept_is_part_of_the_total_and_no_price() -> None:
    kept = AgreedLine("rule", "Kept by the terms", rules.KEPT, Decimal(1), 675, 675)
    assert rules.kept_so_far([base(2700), kept], "EUR") == euro(675)
    assert rules.part_reversal([kept], seats=1, of_seats=2, addons={}) == []


def lines_with_everything(seats: int) -> list[AgreedLine]:
    return [
        base(1600 * seats, quantity=seats),
        AgreedLine("rule", "Evening +10 %", "", Decimal(1), 160 * seats, 160 * seats),
        AgreedLine("addon", "Mat", "piece", Decimal(seats), 333, 333 * seats, 7),
        AgreedLine("discount", "SPRING −10 %", "", Decimal(1), -200 * seats, -200 * seats),
        AgreedLine("tax", "VAT 19 %", "", Decimal(1), 361 * seats, 361 * seats),
    ]


def test_one_seat_of_three_takes_a_third_of_what_belongs_to_seats_along() -> None:
    gone = rules.part_reversal(lines_with_everything(3), seats=1, of_seats=3, addons={7: 1})
    assert [(line.kind, line.quantity, line.subtotal_minor) for line in gone] == [
        ("base", -1, -1600), ("rule", 0, -160), ("addon", -1, -333), ("discount", 0, 200), ("tax", 0, -361),
    ]  # fmt: skip


def test_an_add_on_alone_takes_its_part_of_discount_and_tax_along() -> None:
    gone = rules.part_reversal(lines_with_everything(1), seats=0, of_seats=1, addons={7: 5, 8: 1})
    assert [(line.kind, line.quantity, line.subtotal_minor) for line in gone] == [
        ("addon", -1, -333), ("discount", 0, 32), ("tax", 0, -57),
    ]  # fmt: skip


@given(seats=st.integers(2, 12), data=st.data())
def test_giving_back_seat_by_seat_loses_no_cent(seats: int, data: st.DataObject) -> None:
    lines = [
        AgreedLine("base", "Yoga", "seat", Decimal(seats), 1600, 500 + data.draw(prices)),
        AgreedLine("rule", "Evening", "", Decimal(1), 1, data.draw(prices)),
        AgreedLine("discount", "SPRING", "", Decimal(1), 1, -data.draw(st.integers(0, 500))),
    ]
    for left in range(seats, 0, -1):
        gone = rules.part_reversal(rules.agreed_now(lines), seats=1, of_seats=left, addons={})
        lines += gone
        assert all(line.subtotal_minor >= 0 for line in rules.agreed_now(lines) if line.kind != "discount")
    assert sum(line.subtotal_minor for line in lines) == 0
