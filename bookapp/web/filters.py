"""How amounts and times are written, in the reader's language. The zone stands beside every time that has a day.

Instants are aware UTC; a filter that shows one takes the IANA name of the place: `starts_at|when(venue.zone)`.

A page shows the same amounts, days and hours again and again, and so do the pages after it: what a day or an amount is
called in a language is kept (`_kept`).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, Protocol

from babel import Locale
from babel.dates import format_date, format_time, get_day_names, get_timezone_location
from babel.numbers import format_currency, format_decimal
from flask import Flask

from bookapp.infra import clock
from bookapp.values.money import Money
from bookapp.values.timespan import Span, wall
from bookapp.values.words import Weekdays, Word
from bookapp.web.language import gettext as _
from bookapp.web.language import locale_here

DAY = "EEE d MMM"
DAY_WITH_YEAR = "EEE d MMM yyyy"
LONG_DAY = "EEEE d MMMM"
CLOCK = "HH:mm"

Instant = dt.datetime

_kept = lru_cache(maxsize=4096)


class Marked(Protocol):
    """A sentence marked with N_, and what stands in it."""

    @property
    def sentence(self) -> str: ...

    @property
    def params(self) -> Any: ...


def init_app(app: Flask) -> None:
    """Make every filter below known to the templates, under its own name."""
    for write in (
        money, money_short, number, day, day_long, weekday, time, hours, when, span, days_and_hours, zone_name,
        duration, iso, local_iso, said, weekdays,
    ):  # fmt: skip
        app.jinja_env.filters[write.__name__] = write


def money(amount: Money) -> str:
    """€54.00, with every decimal the currency has."""
    return _money(amount, locale_here())


def money_short(amount: Money) -> str:
    """€54, or €54.50: the decimals only where they say something."""
    return _money_short(amount, locale_here())


def number(value: float) -> str:
    """1,234.5"""
    return _number(value, locale_here())


def day(at: dt.date | Instant, zone: str | None = None) -> str:
    """Tue 24 Nov; with the year where it is not this one."""
    date = _date(at, zone)
    return _day(date, DAY if date.year == clock.now().year else DAY_WITH_YEAR, locale_here())


def day_long(at: dt.date | Instant, zone: str | None = None) -> str:
    """Tuesday 24 November"""
    return _day(_date(at, zone), LONG_DAY, locale_here())


def weekday(at: dt.date | Instant, zone: str | None = None) -> str:
    """Tue"""
    return _day(_date(at, zone), "EEE", locale_here())


def time(at: dt.time | Instant, zone: str | None = None) -> str:
    """14:00; an instant needs the zone it is read in."""
    return _time(_wall(at, zone), locale_here())


def hours(between: Span, zone: str) -> str:
    """14:00–16:00, for a span whose day is said elsewhere."""
    return _hours(between.start, between.end, zone, locale_here())


def when(at: Instant, zone: str) -> str:
    """Tue 24 Nov, 14:00 (Berlin)"""
    return _("%(day)s, %(time)s (%(zone)s)", day=day(at, zone), time=time(at, zone), zone=zone_name(zone))


def span(between: Span, zone: str) -> str:
    """Tue 24 Nov, 14:00–16:00 (Berlin); both days where it ends on another one."""
    return _("%(span)s (%(zone)s)", span=days_and_hours(between, zone), zone=zone_name(zone))


def days_and_hours(between: Span, zone: str) -> str:
    """Tue 24 Nov, 14:00–16:00, where the zone is said elsewhere."""
    start, end = wall(between.start, zone), wall(between.end, zone)
    if start.date() == end.date():
        return _("%(day)s, %(hours)s", day=day(start), hours=hours(between, zone))
    return _(
        "%(day)s, %(time)s to %(last_day)s, %(last_time)s",
        day=day(start), time=time(start), last_day=day(end), last_time=time(end),
    )  # fmt: skip


def zone_name(zone: str) -> str:
    """Berlin, for Europe/Berlin; UTC for itself."""
    return _zone_name(zone, locale_here())


def duration(minutes: int | dt.timedelta) -> str:
    """2 h, 1 h 30 min, 45 min, 2 days"""
    if isinstance(minutes, dt.timedelta):
        minutes = int(minutes.total_seconds() // 60)
    whole, rest = divmod(minutes, 60)
    if whole >= 48 and not rest and whole % 24 == 0:
        return _("%(count)s days", count=whole // 24)
    if not rest:
        return _("%(hours)s h", hours=whole)
    if not whole:
        return _("%(minutes)s min", minutes=rest)
    return _("%(hours)s h %(minutes)s min", hours=whole, minutes=rest)


def weekdays(chosen: Weekdays) -> str:
    """Mon–Fri, or Sat, Sun: three or more in a row are drawn together."""
    names = get_day_names("abbreviated", locale=locale_here())
    rows: list[list[int]] = []
    for one in sorted(chosen):
        if rows and rows[-1][-1] == one - 1:
            rows[-1].append(one)
        else:
            rows.append([one])
    return ", ".join(
        f"{names[row[0]]}–{names[row[-1]]}" if len(row) > 2 else ", ".join(names[one] for one in row) for row in rows
    )


def said(marked: Marked) -> str:
    """The sentence, with its amounts, lengths, times and days written as everywhere else."""
    return _(marked.sentence, **{name: _in_words(value) for name, value in marked.params.items()})


def _in_words(value: Any) -> Any:
    match value:
        case Money():
            return money_short(value)
        case Weekdays():
            return weekdays(value)
        case Word():
            return _(str(value))
        case dt.timedelta():
            return duration(value)
        case dt.time():
            return time(value)
        case dt.date():
            return day(value)
        case _:
            return value


def iso(at: dt.date | Instant) -> str:
    """For <time datetime> and links: 2026-11-24, or 2026-11-24T13:00:00+00:00."""
    return at.isoformat()


def local_iso(at: Instant, zone: str) -> str:
    """The same instant written with the offset of `zone`: 2026-11-24T14:00:00+01:00."""
    return wall(at, zone).isoformat()


def _date(at: dt.date | Instant, zone: str | None) -> dt.date:
    if isinstance(at, dt.datetime):
        return (wall(at, zone) if zone else at).date()
    return at


def _wall(at: dt.time | Instant, zone: str | None) -> dt.time:
    if isinstance(at, dt.datetime):
        return (wall(at, zone) if zone else at).time()
    return at


@_kept
def _money(amount: Money, locale: Locale) -> str:
    return format_currency(amount.amount, amount.currency, locale=locale)


@_kept
def _money_short(amount: Money, locale: Locale) -> str:
    whole = amount.amount == amount.amount.to_integral_value()
    return format_currency(
        amount.amount, amount.currency, "¤#,##0" if whole else None, locale=locale, currency_digits=not whole
    )


@_kept
def _number(value: float, locale: Locale) -> str:
    return format_decimal(value, locale=locale)


@_kept
def _day(date: dt.date, pattern: str, locale: Locale) -> str:
    return format_date(date, pattern, locale=locale)


@_kept
def _time(wall_time: dt.time, locale: Locale) -> str:
    return format_time(wall_time, CLOCK, locale=locale)


@_kept
def _hours(start: Instant, end: Instant, zone: str, locale: Locale) -> str:
    return f"{_time(_wall(start, zone), locale)}–{_time(_wall(end, zone), locale)}"


@_kept
def _zone_name(zone: str, locale: Locale) -> str:
    if zone in ("UTC", "Etc/UTC"):
        return "UTC"
    return get_timezone_location(zone, locale=locale, return_city=True)
