"""Facts and rules for tests of prices: Berlin, in euros, booked ten days ahead unless a test says otherwise."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

from bookapp.pricing.rules import Facts, Rule, Subject
from bookapp.pricing.states import RuleKind
from bookapp.values.money import Money
from bookapp.values.timespan import Span, instant

BERLIN = "Europe/Berlin"
# Tuesday.
DAY = dt.date(2026, 11, 24)
NOW = instant(DAY - dt.timedelta(days=10), dt.time(12), BERLIN)
WORKDAYS = [0, 1, 2, 3, 4]
_numbers = count(1)


def between(start: str, end: str, *, day: dt.date = DAY, nights: int = 0, zone: str = BERLIN) -> Span:
    """From one wall time to another, `nights` later."""
    last = day + dt.timedelta(days=nights)
    return Span(
        instant(day, dt.time.fromisoformat(start), zone, fold=0),
        instant(last, dt.time.fromisoformat(end), zone, fold=0),
    )


def a_room(span: Span, *, rate: int = 2700, day_rate: int | None = None, currency: str = "EUR", **more: Any) -> Facts:
    """Hours of a room."""
    cap = None if day_rate is None else Money(day_rate, currency)
    known: dict[str, Any] = {"zone": BERLIN, "now": NOW, "venue_id": 1, "room_id": 11} | more
    return Facts(Subject.ROOM, "Linden", span, price=Money(rate, currency), day_rate=cap, **known)


def seats(count: int, *, taken: int = 0, of: int = 10, price: int = 1600, **more: Any) -> Facts:
    """Seats in an evening class."""
    known: dict[str, Any] = {"span": between("18:00", "19:00"), "level": "senior", "service_id": 21} | more
    return Facts(
        Subject.SEATS, "Slow flow", zone=BERLIN, now=NOW, price=Money(price, "EUR"), seats=count, seats_taken=taken,
        capacity=of, **known,
    )  # fmt: skip


def an_hour_with(level: str, *, price: int = 12000) -> Facts:
    """An appointment."""
    span = between("10:00", "11:00")
    return Facts(Subject.APPOINTMENT, "First hour", span, BERLIN, Money(price, "EUR"), NOW, level=level)


def rule(kind: RuleKind, name: str = "", *, position: int = 0, **parameters: Any) -> Rule:
    """A rule for everything of the merchant."""
    return Rule(next(_numbers), kind, name or kind.value.capitalize(), parameters, position)


def evening(percent: int = 10, *, first: int = 18, last: int = 22, days: list[int] | None = None, **more: Any) -> Rule:
    """Peak hours on workdays."""
    return rule(
        RuleKind.PEAK, "Evening", weekdays=WORKDAYS if days is None else days, from_minute=first * 60,
        to_minute=last * 60, percent=percent, **more,
    )  # fmt: skip
