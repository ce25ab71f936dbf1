"""What things cost: every real hour, capped by the day, in lines that add up."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.pricing.rules import Extra, LineKind, Unit, quote_appointment, quote_room, quote_seats
from bookapp.values.money import Money, total
from bookapp.values.timespan import UTC, Span


def at(day: int, hour: float, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, tzinfo=UTC) + dt.timedelta(hours=hour)


def room(start: dt.datetime, end: dt.datetime, *, day_rate: int | None = None, extras: tuple[Extra, ...] = ()):
    cap = None if day_rate is None else Money(day_rate, "EUR")
    return quote_room(
        label="Linden",
        span=Span(start, end),
        zone="Europe/Berlin",
        rate=Money(2700, "EUR"),
        day_rate=cap,
        extras=extras,
    )


def test_hours_times_rate() -> None:
    quote = room(at(24, 13), at(24, 15.5))
    (line,) = quote.lines
    assert (line.kind, line.unit, line.quantity, line.subtotal) == (
        LineKind.BASE, Unit.HOUR, Decimal("2.5"), Money(6750, "EUR"),
    )  # fmt: skip
    assert quote.total == Money(6750, "EUR")


def test_a_day_rate_caps_each_day_by_itself() -> None:
    quote = room(at(24, 13), at(26, 13), day_rate=15000)
    assert [(line.unit, line.quantity, line.subtotal.minor) for line in quote.lines] == [(Unit.DAY, Decimal(3), 45000)]
    mixed = room(at(24, 21), at(25, 20), day_rate=15000)
    assert [(line.unit, line.subtotal.minor) for line in mixed.lines] == [(Unit.HOUR, 5400), (Unit.DAY, 15000)]
    assert mixed.total.minor == 20400


def test_every_real_hour_is_paid_on_the_day_the_clocks_go_back() -> None:
    # 24 October 22:00 to 25 October 22:00 UTC: midnight to 23:00 in Berlin, which is 24 real hours on a 25-hour day.
    assert room(at(24, 22, month=10), at(25, 22, month=10)).total == Money(2700 * 24, "EUR")


def test_addons_are_lines_of_their_own_and_none_asked_for_is_none() -> None:
    projector, lunch = Extra(7, "Projector", Money(900, "EUR"), 1), Extra(8, "Lunch", Money(1400, "EUR"), 0)
    quote = room(at(24, 13), at(24, 15), extras=(projector, lunch))
    assert [line.label for line in quote.lines] == ["Linden", "Projector"]
    assert quote.lines[1].addon_id == 7
    assert quote.total == Money(6300, "EUR")


def test_seats_and_appointments() -> None:
    assert quote_seats(label="Slow flow", seats=3, price=Money(1600, "GBP")).total == Money(4800, "GBP")
    appointment = quote_appointment(label="First hour", price=Money(18000, "EUR"))
    assert appointment.lines[0].unit is Unit.ONCE
    assert appointment.total == Money(18000, "EUR")


@given(
    start=st.integers(0, 47),
    length=st.integers(1, 96),
    rate=st.integers(0, 9999),
    cap=st.none() | st.integers(0, 99999),
)
def test_the_lines_always_add_up(start: int, length: int, rate: int, cap: int | None) -> None:
    quote = quote_room(
        label="x",
        span=Span(at(24, start / 2), at(24, (start + length) / 2)),
        zone="Europe/Berlin",
        rate=Money(rate, "EUR"),
        day_rate=None if cap is None else Money(cap, "EUR"),
        extras=(Extra(1, "y", Money(333, "EUR"), 2),),
    )
    assert total((line.subtotal for line in quote.lines), "EUR") == quote.total
    assert quote.total.minor <= round(rate * length / 2) + 2 + 666


def test_currencies_of_extras_must_match() -> None:
    with pytest.raises(ValueError, match="cannot mix"):
        room(at(24, 13), at(24, 15), extras=(Extra(1, "y", Money(1, "GBP"), 1),))
