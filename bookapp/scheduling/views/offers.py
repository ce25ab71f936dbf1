"""What the asked time would cost and on which terms; or why not, and the nearest yes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from bookapp.booking.queries import RoomWish, quote
from bookapp.booking.queries.stock import pieces_left
from bookapp.catalog.models import Addon, Room
from bookapp.catalog.queries import terms_of_room
from bookapp.catalog.rules import terms_steps
from bookapp.scheduling.rules import Calendar, Code, nearest, refusal, typed
from bookapp.scheduling.rules.grid import choices_of_end, choices_of_start
from bookapp.scheduling.views.asked import Asked
from bookapp.scheduling.views.facts import Calendars
from bookapp.scheduling.views.words import terms_line
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span, wall
from bookapp.web import filters

MOST_ALTERNATIVES = 3
MOST_OF_ONE = 99


@dataclass(frozen=True, slots=True)
class Extra:
    """An add-on beside its stepper: how many are asked for, and how many one may ask for."""

    name: str
    label: str
    note: str
    quantity: int
    most: int
    problem: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What the booking box shows. Without a time that is understood there is no `total` and there are no lines."""

    starts: list[tuple[str, str]]
    ends: list[tuple[str, str]]
    extras: list[Extra]
    lines: list[tuple[str, str]]
    total: Money | None
    tax: Any
    verdicts: Sequence[Any]
    terms: list[tuple[str, str]]
    promise: str
    problem: str
    alternatives: list[tuple[str, str]]

    @property
    def can_be_had(self) -> bool:
        """Whether there is something to reserve."""
        return self.total is not None and not self.problem


def offer_for(room: Room, addons: Sequence[Addon], asked: Asked, calendars: Calendars, *, now: dt.datetime) -> Offer:
    """Price what is asked for in `room`, whether or not it can be had."""
    calendar = calendars.own
    left = pieces_left(addons, asked.span, room.venue.zone, now=now) if asked.span else {}
    extras = [_extra(addon, asked, left.get(addon.id), room.venue.currency) for addon in addons]
    problem, alternatives = asked.problem, [*asked.which]
    if not problem and asked.choice.people > room.capacity:
        problem = _("%(room)s seats up to %(seats)s people.", room=room.name, seats=room.capacity)
        alternatives = _larger_rooms(room, asked, calendars)
    elif asked.near:
        alternatives = _nearest(room, asked, calendars)
    problem = problem or next((extra.problem for extra in extras if extra.problem), "")
    priced = _quote(room, addons, asked, now)
    terms, promise = _terms(room, asked, priced, now)
    return Offer(
        starts=_options(
            choices_of_start(calendar, _day(asked, calendar), also=_start(asked)),
            calendar.zone,
            asked.day,
            asked.choice.start,
        ),
        ends=_options(_ends(asked, calendar), calendar.zone, asked.day, asked.choice.end),
        extras=extras,
        lines=[_line(line) for line in priced.lines] if priced else [],
        total=priced.total if priced else None,
        tax=priced.tax if priced else None,
        verdicts=priced.verdicts if priced else (),
        terms=terms,
        promise=promise,
        problem=problem,
        alternatives=alternatives[:MOST_ALTERNATIVES],
    )


def _quote(room: Room, addons: Sequence[Addon], asked: Asked, now: dt.datetime) -> Any:
    """The price of what is asked for; None without a time that is understood."""
    if asked.span is None:
        return None
    wanted = tuple((addon.id, asked.choice.addons.get(addon.id, 0)) for addon in addons)
    return quote(RoomWish(room.id, asked.span, min(asked.choice.people, room.capacity), wanted), now=now)


def _terms(room: Room, asked: Asked, priced: Any, now: dt.datetime) -> tuple[list[tuple[str, str]], str]:
    """The terms as (share, until when and how much that is), and as one sentence."""
    if asked.span is None:
        return [], ""
    tiers, start, zone = terms_of_room(room).tiers, asked.span.start, room.venue.zone
    steps = terms_steps(tiers, start, now)
    terms = [
        (
            f"{step.percent} %",
            _step_words(step.until, priced.total.percent(step.percent), zone, is_only=len(steps) == 1),
        )
        for step in steps
    ]
    return terms, terms_line(tiers, start, zone, now=now)


def _step_words(until: dt.datetime | None, back: Money, zone: str, *, is_only: bool) -> str:
    amount = filters.money_short(back)
    if until is not None:
        return _("until %(when)s: %(amount)s back", when=filters.when(until, zone), amount=amount)
    return (
        _("until it begins: %(amount)s back", amount=amount)
        if is_only
        else _("after that: %(amount)s back", amount=amount)
    )


def _line(line: Any) -> tuple[str, str]:
    amount, price = filters.money(line.subtotal), filters.money_short(line.unit_price)
    if line.kind == "base" and line.unit == "hour":
        return _("%(hours)s at %(price)s an hour", hours=filters.duration(int(line.quantity * 60)), price=price), amount
    if line.kind == "base" and line.unit == "day":
        return _("%(count)s × day at %(price)s", count=filters.number(float(line.quantity)), price=price), amount
    if line.quantity == 1:
        return line.label, amount
    return f"{line.label} × {filters.number(float(line.quantity))}", amount


def _extra(addon: Addon, asked: Asked, left: int | None, currency: str) -> Extra:
    quantity = asked.choice.addons.get(addon.id, 0)
    price = filters.money_short(Money(addon.price_minor, currency))
    notes = [_("%(price)s each", price=price) if addon.stock != 1 else price, addon.hint]
    problem = ""
    if left is not None:
        notes.append(_("%(count)s left", count=left))
        if quantity > left:
            problem = _("%(addon)s: only %(count)s left at that time.", addon=addon.name, count=left)
    note = " · ".join(part for part in notes if part)
    most = MOST_OF_ONE if addon.stock is None else addon.stock
    return Extra(f"addon-{addon.id}", addon.name, note, quantity, most, problem)


def _nearest(room: Room, asked: Asked, calendars: Calendars) -> list[tuple[str, str]]:
    """Earlier or later, shorter, and one sister room at the very time; what is on the same day comes first."""
    assert asked.near is not None
    zone = room.venue.zone
    sisters: list[tuple[str, str]] = []
    spans: list[Span] = []
    if asked.code in (Code.BOOKED, Code.BUFFER, Code.CLOSED, Code.NOTICE):
        sisters = _free_beside(room, asked, calendars, at_least=asked.choice.people)[:1]
    elif asked.span is None and refusal(calendars.wide, asked.near) is None:
        spans = [asked.near]
    spans += nearest(calendars.wide, asked.near, limit=MOST_ALTERNATIVES - len(sisters))
    today, other = [], []
    for span in spans:
        on_the_day = wall(span.start, zone).date() == asked.day
        words = filters.hours(span, zone) if on_the_day else filters.days_and_hours(span, zone)
        (today if on_the_day else other).append((words, asked.choice.at(span, zone).href))
    return today + sisters + other


def _larger_rooms(room: Room, asked: Asked, calendars: Calendars) -> list[tuple[str, str]]:
    found = _free_beside(room, asked, calendars, at_least=asked.choice.people)
    fewer = replace(asked.choice, people=room.capacity)
    return [*found[: MOST_ALTERNATIVES - 1], (_("%(count)s people here", count=room.capacity), fewer.href)]


def _free_beside(room: Room, asked: Asked, calendars: Calendars, *, at_least: int) -> list[tuple[str, str]]:
    """Other rooms of the house that are free for just that span, those nearest in size first."""
    if asked.span is None:
        return []
    free = [
        row
        for row in calendars.rooms
        if row.id != room.id and row.capacity >= at_least and refusal(calendars.of_day[row.id], asked.span) is None
    ]
    hours = filters.hours(asked.span, room.venue.zone)
    return [
        (_("%(hours)s in %(room)s", hours=hours, room=row.name), replace(asked.choice, slug=row.slug).href)
        for row in sorted(free, key=lambda row: (abs(row.capacity - room.capacity), row.name))
    ]


def _options(instants: Sequence[dt.datetime], zone: str, day: dt.date, typed_in: str) -> list[tuple[str, str]]:
    """(as typed, as read): a time of the next day says so, and one that comes twice which it is.

    What was typed stays in the list, also when it is no time to choose.
    """
    midnight = day_span(day, zone).end
    options: dict[str, str] = {}
    for at in instants:
        value, words = typed(at, zone), filters.time(at, zone)
        if len(value) > len("00:00"):
            words = _("%(time)s (UTC%(offset)s)", time=words, offset=value[len("00:00") :])
        if at == midnight:
            value = words = "24:00"
        elif at > midnight:
            words = _("%(time)s next day", time=words)
        options[value] = words
    if typed_in not in options:
        options = {typed_in: typed_in} | options
    return list(options.items())


def _ends(asked: Asked, calendar: Calendar) -> list[dt.datetime]:
    start = _start(asked) or day_span(asked.day, calendar.zone).start
    return choices_of_end(calendar, start, also=asked.span.end if asked.span else None)


def _start(asked: Asked) -> dt.datetime | None:
    return asked.span.start if asked.span else None


def _day(asked: Asked, calendar: Calendar) -> Span:
    return day_span(asked.day, calendar.zone)
