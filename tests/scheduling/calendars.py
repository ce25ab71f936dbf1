"""Calendars made by hand, for tests of pure rules. Berlin, open 09:00 to 18:00 every day, one free November week."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from bookapp.scheduling.rules import Calendar, Closed, Hours, Limits, Taken, open_spans
from bookapp.values.timespan import Span, instant_near

BERLIN = "Europe/Berlin"
LONDON = "Europe/London"
LORD_HOWE = "Australia/Lord_Howe"  # the clocks move by half an hour
SANTIAGO = "America/Santiago"  # a day without 00:00
CAIRO = "Africa/Cairo"  # the same
TUESDAY = dt.date(2026, 11, 24)
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)

FREE_AND_EASY = Limits(
    min_minutes=30, max_minutes=600, step_minutes=30, buffer_minutes=0, notice_minutes=0, horizon_days=365
)


def every_day(opens: str, closes: str) -> list[Hours]:
    """The same hours on all seven days."""
    return [Hours(day, dt.time.fromisoformat(opens), dt.time.fromisoformat(closes)) for day in range(7)]


def at(clock: str, day: dt.date = TUESDAY, zone: str = BERLIN) -> dt.datetime:
    """The instant at which clocks show `clock` on `day`; 24:00 is the next midnight."""
    if clock == "24:00":
        return instant_near(day + dt.timedelta(days=1), dt.time(0), zone)
    return instant_near(day, dt.time.fromisoformat(clock), zone)


def span(start: str, end: str, day: dt.date = TUESDAY, zone: str = BERLIN) -> Span:
    """From `start` to `end` on `day`."""
    return Span(at(start, day, zone), at(end, day, zone))


def taken(start: str, end: str, *, buffer: int = 0, claim: uuid.UUID | None = None, **where: Any) -> Taken:
    """Somebody's booking from `start` to `end`, and `buffer` minutes after it."""
    used = span(start, end, **where)
    return Taken(used.padded(after=dt.timedelta(minutes=buffer)), used.end, claim or uuid.uuid4(), "booking")


def a_calendar(
    *,
    hours: list[Hours] | None = None,
    zone: str = BERLIN,
    around: dt.date = TUESDAY,
    closures: tuple[Closed, ...] = (),
    takes: tuple[Taken, ...] = (),
    now: dt.datetime = NOW,
    mine: frozenset[uuid.UUID] = frozenset(),
    **limits: int,
) -> Calendar:
    """A room's calendar for ten days around `around`; keyword arguments such as buffer_minutes=30 are its limits."""
    known = Span(at("00:00", around - dt.timedelta(days=10), zone), at("00:00", around + dt.timedelta(days=10), zone))
    return Calendar(
        zone=zone,
        open=open_spans(every_day("09:00", "18:00") if hours is None else hours, known, zone),
        closures=closures,
        taken=tuple(sorted(takes, key=lambda one: one.span.start)),
        limits=Limits(**{name: getattr(FREE_AND_EASY, name) for name in Limits.__slots__} | limits),
        now=now,
        mine=mine,
    )


def week(*stretches: str) -> list[Hours]:
    """Weekly hours: "0 09:00-12:00" is Monday morning."""
    found = []
    for text in stretches:
        day, times = text.split()
        start, end = times.split("-")
        found.append(Hours(int(day), dt.time.fromisoformat(start), dt.time.fromisoformat(end)))
    return found
