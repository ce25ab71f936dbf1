"""What somebody asks of a room, understood: a day, perhaps a time, and why it is not to be had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from flask_babel import gettext as _

from bookapp.catalog.models import Room
from bookapp.scheduling.forms import RoomChoice
from bookapp.scheduling.messages import why
from bookapp.scheduling.rules import Calendar, Code, ComesTwice, Missing, asked_span, refusal
from bookapp.scheduling.rules.grid import first_from
from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span, day_span, instant_near, wall
from bookapp.web import filters

HOUR = 60
NEXT_DAYS = dt.timedelta(days=14)


class Facts(Protocol):
    """Calendars of the room: of the day (or what the view shows), and of a week before and two after."""

    @property
    def own(self) -> Calendar: ...

    @property
    def wide(self) -> Calendar: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """`choice` has day and times as they were understood; `problem` says why they are not to be had ("": they are)."""

    choice: RoomChoice
    day: dt.date
    span: Span | None = None
    problem: str = ""
    code: Code | None = None
    # Around which time to look for the nearest yes.
    near: Span | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    # The two instants of a time that comes twice: (words, address).
    which: tuple[tuple[str, str], ...] = ()


def understand(room: Room, choice: RoomChoice, today: dt.date) -> Asked:
    """Read day and times in the venue's zone; whether they are free is for `settle` to say."""
    zone, day = room.venue.zone, choice.day or today
    if not choice.start:
        return Asked(choice, day, errors=choice.errors)
    choice = replace(choice, day=day)
    try:
        span = _span(room, choice, day)
    except ComesTwice as twice:
        return _twice(choice, day, twice)
    except NotValid as refused:
        errors = {name: _(sentence, **refused.params) for name, sentence in refused.fields.items()}
        near = _near(room, choice, day) if isinstance(refused, Missing) else None
        problem = next(iter(errors.values()))
        return Asked(choice, day, problem=problem, near=near, errors={**choice.errors, **errors})
    return Asked(choice.at(span, zone), day, span, errors=choice.errors)


def settle(room: Room, asked: Asked, facts: Facts) -> Asked:
    """Say why the time is not to be had. Where none was given, the first free one is asked for."""
    if asked.problem:
        return asked
    if asked.span is None:
        return _first_free(room, asked, facts)
    reason = refusal(facts.own, asked.span)
    if reason is None:
        return asked
    near = None if reason.code is Code.YOURS else asked.span
    return replace(asked, problem=why(reason), code=reason.code, near=near)


def usual_minutes(calendar: Calendar) -> tuple[int, int]:
    """The lengths proposed to somebody who has not said: an hour if that is allowed, else the shortest."""
    return _usual(calendar.limits.min_minutes, calendar.limits.max_minutes), calendar.limits.min_minutes


def _first_free(room: Room, asked: Asked, facts: Facts) -> Asked:
    """On the day; where no day was given, else on one of the next."""
    zone = room.venue.zone
    lengths = usual_minutes(facts.own)
    day = day_span(asked.day, zone)
    found = first_from(facts.own, day, *lengths)
    if found is None and asked.choice.day is None:
        found = first_from(facts.wide, Span(day.start, day.start + NEXT_DAYS), *lengths)
    if found:
        return replace(asked, choice=asked.choice.at(found, zone), day=wall(found.start, zone).date(), span=found)
    noon = instant_near(asked.day, dt.time(12), zone)
    return replace(
        asked,
        choice=replace(asked.choice, day=asked.day),
        problem=_("Nothing is left on %(day)s.", day=filters.day(asked.day)),
        near=Span(noon, noon + dt.timedelta(minutes=lengths[0])),
    )


def _span(room: Room, choice: RoomChoice, day: dt.date) -> Span:
    zone = room.venue.zone
    usual = dt.timedelta(minutes=_usual(room.min_minutes, room.max_minutes))
    if not choice.end:
        start = asked_span(day, choice.start, "24:00", zone).start
        return Span(start, start + usual)
    span = asked_span(day, choice.start, choice.end, zone)
    if span.length > dt.timedelta(minutes=room.max_minutes) and wall(span.end, zone).date() > day:
        # Somebody moved the start past the end; nobody means a day and a night here.
        return Span(span.start, span.start + usual)
    return span


def _twice(choice: RoomChoice, day: dt.date, twice: ComesTwice) -> Asked:
    words = (_("the first time, before the clocks go back"), _("the second time, after the clocks go back"))
    both = [
        replace(choice, start=typed) if twice.name == "from" else replace(choice, end=typed) for typed in twice.choices
    ]
    which = tuple((label, one.href) for label, one in zip(words, both, strict=True))
    sentence = _(twice.sentence, **twice.params)
    return Asked(choice, day, problem=sentence, errors={**choice.errors, twice.name: sentence}, which=which)


def _near(room: Room, choice: RoomChoice, day: dt.date) -> Span:
    hour, _colon, minute = choice.start[:5].partition(":")
    start = instant_near(day, dt.time(int(hour), int(minute)), room.venue.zone)
    return Span(start, start + dt.timedelta(minutes=_usual(room.min_minutes, room.max_minutes)))


def _usual(shortest: int, longest: int) -> int:
    return min(max(shortest, HOUR), longest)
