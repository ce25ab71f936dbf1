"""Terms, seats and months as people read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from babel.dates import format_date, get_day_names
from flask_babel import get_locale
from flask_babel import gettext as _

from bookapp.catalog.rules import terms_steps
from bookapp.catalog.rules.terms import Tiers
from bookapp.values.timespan import days
from bookapp.web import filters

# How far from today a month may be that somebody turns to.
MONTHS_AHEAD = 24


def terms_rows(tiers: Tiers, starts_at: dt.datetime, zone: str, *, now: dt.datetime) -> list[tuple[str, str]]:
    """(share, words) from `now` on: ("75 %", "back until Tue 24 Nov, 14:00 (Berlin)")."""
    steps = terms_steps(tiers, starts_at, now)
    rows = []
    for step in steps:
        if step.until is not None:
            words = _("back until %(when)s", when=filters.when(step.until, zone))
        elif len(steps) > 1:
            words = _("back after that")
        else:
            words = _("back until it begins") if step.percent else _("back from now on")
        rows.append((_("%(percent)s %%", percent=step.percent), words))
    return rows


def terms_line(tiers: Tiers, starts_at: dt.datetime, zone: str, *, now: dt.datetime) -> str:
    """The best that can still be had back, in a sentence."""
    first = terms_steps(tiers, starts_at, now)[0]
    if first.until is None:
        return _("%(percent)s %% of it back until it begins.", percent=first.percent) if first.percent else ""
    until = filters.when(first.until, zone)
    if first.percent == 100:
        return _("All of it back until %(when)s.", when=until)
    return _("%(percent)s %% of it back until %(when)s.", percent=first.percent, when=until)


@dataclass(frozen=True, slots=True)
class Month:
    """A month for `ui.month`, and the months beside it as (link or "", name)."""

    label: str
    name: str
    weekdays: list[str]
    blanks: int
    days: list[tuple[int, str, str, str, str]]
    earlier: tuple[str, str]
    later: tuple[str, str]


def month(
    first: dt.date,
    *,
    today: dt.date,
    cell: Callable[[dt.date], tuple[str, str, str]],
    turn: Callable[[dt.date], str],
) -> Month:
    """The month that begins on `first`, without weeks that are over.

    `cell` says (link, note, state) of a day, `turn` the link to another month.
    """
    locale = get_locale()
    this = today.replace(day=1)
    names: Mapping[int, str] = get_day_names("short", "stand-alone", locale=locale)
    shown_from = max(first, today - dt.timedelta(days=today.weekday()))
    before, after = (first - dt.timedelta(days=1)).replace(day=1), first_of_next(first)
    return Month(
        label=format_date(first, "LLLL yyyy", locale=locale),
        name=format_date(first, "LLLL" if first.year == today.year else "LLLL yyyy", locale=locale),
        weekdays=[names[day] for day in range(7)],
        blanks=shown_from.weekday(),
        days=[(day.day, filters.day_long(day), *cell(day)) for day in days(shown_from, after - dt.timedelta(days=1))],
        earlier=(turn(before) if before >= this else "", format_date(before, "LLLL yyyy", locale=locale)),
        later=(turn(after) if after <= latest_month(today) else "", format_date(after, "LLLL yyyy", locale=locale)),
    )


def first_of_next(first: dt.date) -> dt.date:
    """The first of the month after."""
    return (first + dt.timedelta(days=31)).replace(day=1)


def latest_month(today: dt.date) -> dt.date:
    """The last month one can turn to."""
    return today.replace(day=1, year=today.year + MONTHS_AHEAD // 12)


def asked_month(text: str, *, today: dt.date, otherwise: dt.date | None = None) -> dt.date:
    """The first of the month in the address ("2026-11"), else of `otherwise`; never in the past or out of reach."""
    try:
        asked = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        asked = (otherwise or today).replace(day=1)
    return min(max(asked, today.replace(day=1)), latest_month(today))


def asked_day(day: dt.date | None, *, today: dt.date) -> dt.date | None:
    """A day in the address, if it is neither past nor out of reach."""
    return day if day is not None and today <= day < first_of_next(latest_month(today)) else None
