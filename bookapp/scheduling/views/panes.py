"""Three panes to an hour of a person: what and how long, which day, which time. Full times stay visible."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from bookapp.booking.queries import AppointmentWish, appointment_totals, mine_by_claims, quote
from bookapp.catalog.models import Facilitator, Service, ServiceLength
from bookapp.catalog.queries import terms_of_service
from bookapp.scheduling.queries import Appointments, appointment_calendars
from bookapp.scheduling.views.links import link
from bookapp.scheduling.views.words import Month, first_of_next, month, terms_line, terms_rows
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span, wall
from bookapp.web import filters
from bookapp.web.security import current_actor

FEW_OTHERS = 3
AHEAD = dt.timedelta(days=31)
A_DAY = dt.timedelta(days=1)
NOON, EVENING = dt.time(12), dt.time(17)


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address, as far as it makes sense: a service and length, a day, a month, a start."""

    slug: str
    service: Service
    length: ServiceLength
    date: dt.date | None
    month: dt.date
    start: dt.datetime | None

    @property
    def zone(self) -> str:
        """Where it takes place; online, where the person is."""
        rooms = self.service.rooms
        return rooms[0].venue.zone if rooms and not self.service.online else ""

    def link(self, *, at: str = "", **changes: object) -> str:
        """This page with something changed."""
        now = {"service": self.service.slug, "minutes": self.length.minutes}
        return link(f"/people/{self.slug}", at=at, **(now | changes))


@dataclass(frozen=True, slots=True)
class Choose:
    """The three panes, and what was chosen in them."""

    choices: list[dict[str, object]]
    month: Month
    day: str
    zone: str
    parts: list[tuple[str, list[dict[str, object]]]]
    next_free: tuple[str, str] | None
    reserve: Reserve | None
    # Where the time in the address is not to be had: the nearest that are, as (words, link).
    instead: list[tuple[str, str]]
    gone: bool


@dataclass(frozen=True, slots=True)
class Reserve:
    """What the button will hold, and what it costs."""

    service: Service
    minutes: int
    span: Span
    start: str
    lines: list[tuple[str, str]]
    total: Money
    tax: Any
    verdicts: Sequence[Any]
    terms: list[tuple[str, str]]
    terms_said: str


def choose(person: Facilitator, services: Sequence[Service], asked: Asked, now: dt.datetime) -> Choose:
    """What can be had of `person` with what was asked for; eight queries for any month."""
    zone = asked.zone or person.zone
    window = _window(asked, zone, now)
    mine = mine_by_claims(current_actor(), now)
    calendars = appointment_calendars([(asked.service, person)], window, now=now, mine=mine)
    both = calendars[asked.service.id, person.id]
    free = both.starts(window, asked.length.minutes)
    every = _as_if_nobody_came(both).starts(window, asked.length.minutes)
    day = _day(asked, free, zone, now)
    of_day = [at for at in free if wall(at, zone).date() == day]
    prices, dearer = _prices(person, services, asked, of_day, now)
    return Choose(
        choices=_choices(services, asked, prices),
        month=_month(asked, free, every, day, zone, now),
        day=filters.day_long(day),
        zone=zone,
        parts=_times(asked, [at for at in every if wall(at, zone).date() == day], dearer, zone),
        next_free=_said(asked, free[0], zone, now) if free else None,
        reserve=_reserve(person, asked, zone, now) if asked.start in free else None,
        instead=_instead(asked, free, zone, now),
        gone=asked.start is not None and asked.start not in free,
    )


def _window(asked: Asked, zone: str, now: dt.datetime) -> Span:
    """The month shown, the day chosen, and from this month on what comes next."""
    end = day_span(first_of_next(asked.month) - A_DAY, zone).end
    start = max(now, day_span(asked.month, zone).start)
    if asked.month <= wall(now, zone).date():
        start, end = now, max(end, now + AHEAD)
    if asked.date:
        chosen = day_span(asked.date, zone)
        start, end = min(start, max(now, chosen.start)), max(end, chosen.end)
    return Span(start, end)


def _as_if_nobody_came(both: Appointments) -> Appointments:
    """The same hours and limits with nothing taken: what is missing among the free times is full."""
    places = None if both.places is None else tuple(replace(place, taken=()) for place in both.places)
    return Appointments(replace(both.person, taken=()), places)


def _day(asked: Asked, free: Sequence[dt.datetime], zone: str, now: dt.datetime) -> dt.date:
    """The chosen day, else the first of the shown month with something left."""
    if asked.date:
        return asked.date
    in_month = (wall(at, zone).date() for at in free)
    today = wall(now, zone).date()
    return next((day for day in in_month if day >= asked.month), max(asked.month, today))


def _prices(
    person: Facilitator, services: Sequence[Service], asked: Asked, of_day: Sequence[dt.datetime], now: dt.datetime
) -> tuple[dict[int, Money], dict[dt.datetime, str]]:
    """What each length costs at the chosen time or else the first of the day, by the id of the length; and each free
    time of the day with what it costs more than the least dear of them, in words."""
    at = asked.start or next(iter(of_day), now)
    lengths = [(service, length, at) for service in services for length in service.lengths]
    times = [(asked.service, asked.length, one) for one in of_day]
    totals = appointment_totals(person, [*lengths, *times], now=now)
    prices = {length.id: total for (_service, length, _at), total in zip(lengths, totals, strict=False)}
    of_times = totals[len(lengths) :]
    least = min((total.minor for total in of_times), default=0)
    more = [Money(total.minor - least, total.currency) for total in of_times]
    return prices, {one: f"+{filters.money_short(by)}" if by else "" for one, by in zip(of_day, more, strict=True)}


def _choices(services: Sequence[Service], asked: Asked, prices: Mapping[int, Money]) -> list[dict[str, object]]:
    """Every service in every length, with its price."""
    return [
        {
            "title": service.name,
            "note": filters.duration(length.minutes) + (_(", online") if service.online else ""),
            "price": prices[length.id],
            "href": asked.link(service=service.slug, minutes=length.minutes, date=asked.date or ""),
            "on": length is asked.length,
        }
        for service in services
        for length in service.lengths
    ]


def _month(
    asked: Asked, free: Sequence[dt.datetime], every: Sequence[dt.datetime], day: dt.date, zone: str, now: dt.datetime
) -> Month:
    left = Counter(wall(at, zone).date() for at in free)
    could = {wall(at, zone).date() for at in every}
    today = wall(now, zone).date()

    def cell(each: dt.date) -> tuple[str, str, str]:
        if each not in could:
            return "", "" if each < today else _("off"), "off"
        href = asked.link(date=each, at="times")
        if not left[each]:
            return href, _("full"), "full"
        return href, _("%(count)s left", count=left[each]), "chosen" if each == day else ""

    return month(asked.month, today=today, cell=cell, turn=lambda first: asked.link(month=f"{first:%Y-%m}"))


def _times(
    asked: Asked, every: Sequence[dt.datetime], free: Mapping[dt.datetime, str], zone: str
) -> list[tuple[str, list[dict[str, object]]]]:
    """The day's times in morning, afternoon and evening; what is taken stays, struck through, a dearer one says so."""
    parts: dict[str, list[dict[str, object]]] = {_("Morning"): [], _("Afternoon"): [], _("Evening"): []}
    names = list(parts)
    for at in every:
        local = wall(at, zone).time()
        name = names[0] if local < NOON else names[1] if local < EVENING else names[2]
        parts[name].append(
            {
                "words": filters.time(at, zone),
                "href": asked.link(start=_iso(at), at="times"),
                "value": None,
                "state": "full" if at not in free else "chosen" if at == asked.start else "free",
                "note": free.get(at, ""),
                "hidden": "",
            }
        )
    return [(name, slots) for name, slots in parts.items() if slots]


def _instead(asked: Asked, free: Sequence[dt.datetime], zone: str, now: dt.datetime) -> list[tuple[str, str]]:
    """The free times nearest to the one that was asked for, in the order in which they come."""
    if asked.start is None or asked.start in free:
        return []
    wanted = asked.start
    return [_said(asked, at, zone, now) for at in sorted(sorted(free, key=lambda at: abs(at - wanted))[:FEW_OTHERS])]


def _said(asked: Asked, at: dt.datetime, zone: str, now: dt.datetime) -> tuple[str, str]:
    """A free time in words, and the link that chooses it: ("today, 16:30", "/people/…")."""
    ahead = (wall(at, zone).date() - wall(now, zone).date()).days
    day = {0: _("today"), 1: _("tomorrow")}.get(ahead, filters.day(at, zone))
    return _("%(day)s, %(time)s", day=day, time=filters.time(at, zone)), asked.link(start=_iso(at), at="times")


def _reserve(person: Facilitator, asked: Asked, zone: str, now: dt.datetime) -> Reserve | None:
    if asked.start is None:
        return None
    minutes = asked.length.minutes
    cost = quote(AppointmentWish(asked.service.id, person.id, asked.start, minutes), now=now)
    terms = terms_of_service(asked.service)
    return Reserve(
        service=asked.service,
        minutes=minutes,
        span=Span(asked.start, asked.start + dt.timedelta(minutes=minutes)),
        start=_iso(asked.start),
        lines=[(line.label, filters.money(line.subtotal)) for line in cost.lines],
        total=cost.total,
        tax=cost.tax,
        verdicts=cost.verdicts,
        terms=terms_rows(terms.tiers, asked.start, zone, now=now),
        terms_said=terms_line(terms.tiers, asked.start, zone, now=now),
    )


def _iso(at: dt.datetime) -> str:
    """ "2026-11-23T11:00Z": short, and without the plus that addresses turn into a space."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")
