"""The base of a price: every real hour, capped by the day; seats, appointments, add-ons."""

import datetime as dt
from decimal import Decimal

import pytest

from bookapp.pricing.rules import Extra, Facts, Line, LineKind, Unit, price
from bookapp.values.money import Money
from bookapp.values.timespan import UTC, Span
from tests.pricing.made import a_room, an_hour_with, between, evening, seats


def at(day: int, hour: float, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, tzinfo=UTC) + dt.timedelta(hours=hour)


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def test_hours_times_rate() -> None:
    quote = price(a_room(Span(at(24, 13), at(24, 15.5))), ())
    (line,) = quote.lines
    assert (line.kind, line.unit, line.quantity, line.subtotal) == (
        LineKind.BASE, Unit.HOUR, Decimal("2.5"), Money(6750, "EUR"),
    )  # fmt: skip
    assert quote.total == Money(6750, "EUR")
    assert quote.verdicts == ()


def test_a_day_rate_caps_each_day_by_itself() -> None:
    quote = price(a_room(Span(at(24, 13), at(26, 13)), day_rate=15000), ())
    assert [(line.unit, line.quantity, line.subtotal.minor) for line in quote.lines] == [(Unit.DAY, Decimal(3), 45000)]
    mixed = price(a_room(Span(at(24, 21), at(25, 20)), day_rate=15000), ())
    assert [(line.unit, line.subtotal.minor) for line in mixed.lines] == [(Unit.HOUR, 5400), (Unit.DAY, 15000)]
    assert mixed.total.minor == 20400


def test_every_real_hour_is_paid_on_the_day_the_clocks_go_back() -> None:
    # 24 October 22:00 to 25 October 22:00 UTC: midnight to 23:00 in Berlin, which is 24 real hours on a 25-hour day.
    assert price(a_room(Span(at(24, 22, month=10), at(25, 22, month=10))), ()).total == Money(2700 * 24, "EUR")


def test_addons_are_lines_of_their_own_and_none_asked_for_is_none() -> None:
    projector, lunch = Extra(7, "Projector", Money(900, "EUR"), 1), Extra(8, "Lunch", Money(1400, "EUR"), 0)
    quote = price(a_room(between("14:00", "16:00")), (), (projector, lunch))
    assert [line.label for line in quote.lines] == ["Linden", "Projector"]
    assert quote.lines[1].addon_id == 7
    assert quote.total == Money(6300, "EUR")


def test_currencies_of_extras_must_match() -> None:
    with pytest.raises(ValueError, match="cannot mix"):
        price(a_room(between("14:00", "16:00")), (), (Extra(1, "y", Money(1, "GBP"), 1),))


def test_seats_and_appointments() -> None:
    assert price(seats(3), ()).total == Money(4800, "EUR")
    appointment = price(an_hour_with("expert"), ())
    assert appointment.lines[0].unit is Unit.ONCE
    assert appointment.total == Money(12000, "EUR")


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        (a_room(between("14:00", "15:30")),
         Line(LineKind.BASE, "Linden", Unit.HOUR, Decimal("1.5"), euro(2700), euro(4050))),
        (a_room(between("10:00", "20:00"), day_rate=20_000),
         Line(LineKind.BASE, "Linden", Unit.DAY, Decimal(1), euro(20_000), euro(20_000))),
        # The cap is what the hours cost: they are hours.
        (a_room(between("10:00", "14:00"), day_rate=10_800),
         Line(LineKind.BASE, "Linden", Unit.HOUR, Decimal(4), euro(2700), euro(10_800))),
        (seats(3), Line(LineKind.BASE, "Slow flow", Unit.SEAT, Decimal(3), euro(1600), euro(4800))),
        (an_hour_with("expert"), Line(LineKind.BASE, "First hour", Unit.ONCE, Decimal(1), euro(12_000), euro(12_000))),
    ],
)  # fmt: skip
def test_a_base_line_says_all_of_it(facts: Facts, line: Line) -> None:
    assert price(facts, ()).lines == (line,)


def test_the_lines_of_rules_and_add_ons_say_all_of_it() -> None:
    quote = price(seats(2), [evening(10), evening(10)], (Extra(7, "Mat", euro(333), 2),))
    label = "Evening +10\xa0%"
    assert quote.lines[1:] == (
        Line(LineKind.RULE, label, Unit.ONCE, Decimal(1), euro(320 + 352), euro(320 + 352)),
        Line(LineKind.ADDON, "Mat", Unit.PIECE, Decimal(2), euro(333), euro(666), 7),
    )
