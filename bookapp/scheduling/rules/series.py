"""A session to be, once or every week, and what each of its dates meets. Wall times become instants here."""

from __future__ import annotations

import datetime as dt
import uuid
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bookapp.scheduling.rules import reasons
from bookapp.scheduling.rules.asking import closed
from bookapp.scheduling.rules.calendar import Calendar, Code, Kind, Reason, Taken
from bookapp.values.timespan import Span, WallTimeMissing, WallTimeTwice, days, instant, instant_near, wall
from bookapp.values.words import N_

_CLASH = {
    "session": N_("%(name)s: %(what)s, %(start)s to %(end)s"),
    "booking": N_("%(name)s is booked from %(start)s to %(end)s"),
    "block": N_("%(name)s is blocked from %(start)s to %(end)s"),
}
# Of what a person does elsewhere nobody learns more than that they are busy.
_BUSY = N_("%(name)s is busy from %(start)s to %(end)s")


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """What a session is to be, apart from its time; what is None or "" is the service's own."""

    service_id: int
    room_id: int | None = None
    facilitator_id: int | None = None
    title: str = ""
    capacity: int | None = None
    price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Weekly:
    """`minutes` long at `at` (wall time) on every one of `weekdays` (0 is Monday) from `first` to `last`, included."""

    first: dt.date
    last: dt.date
    weekdays: frozenset[int]
    at: dt.time
    minutes: int


class ClockChange(StrEnum):
    """What the clocks do to a wall time on one day."""

    NONE = ""
    MISSING = "missing"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a series. A missing wall time begins when the clocks have jumped; of two it is the first."""

    day: dt.date
    span: Span
    clock: ClockChange


class Standing(StrEnum):
    """What a date meets."""

    FREE = "free"
    CLASH = "clash"
    OTHER_ROOM = "other_room"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _STANDINGS[self]


_STANDINGS = {
    Standing.FREE: N_("Free"),
    Standing.CLASH: N_("Clash"),
    Standing.OTHER_ROOM: N_("Other room"),
    Standing.CLOSED: N_("Closed"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A room or a person with their calendar. `after` follows what takes place; `titles` are the house's sessions'."""

    id: int
    name: str
    calendar: Calendar
    after: dt.timedelta
    titles: Mapping[uuid.UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """One date with what it meets and why. `room_id` is the room it can have: the asked one, or another that is free.

    `is_possible` is False where room or person are somewhere else: nobody can override that. What is only closed, the
    house may do all the same.
    """

    day: dt.date
    span: Span
    clock: ClockChange
    standing: Standing
    room_id: int | None
    room: str
    reasons: tuple[Reason, ...] = ()
    is_possible: bool = True


@dataclass(frozen=True, slots=True)
class SessionChanges:
    """What is to be different about a session; None leaves it as it is.

    `minutes` is its length (one without parts); a retreat's parts move along with `starts_at`, by wall time.
    `facilitator_id` 0 means that nobody hosts it any more.
    """

    starts_at: dt.datetime | None = None
    minutes: int | None = None
    room_id: int | None = None
    facilitator_id: int | None = None
    title: str | None = None
    capacity: int | None = None
    price_minor: int | None = None


def occurrences(weekly: Weekly, zone: str) -> list[Occurrence]:
    """Every date of the series, in order: a class at 09:00 stays at 09:00 when the clocks change."""
    return [
        Occurrence(day, Span(start, start + dt.timedelta(minutes=weekly.minutes)), _clock(day, weekly.at, zone))
        for day in days(weekly.first, weekly.last)
        if day.weekday() in weekly.weekdays
        for start in [instant_near(day, weekly.at, zone)]
    ]


def planned(
    one: Occurrence,
    room: Place | None,
    person: Place | None,
    others: Sequence[Place] = (),
    *,
    but: Collection[uuid.UUID] = (),
) -> PlannedDay:
    """What the date meets in `room` with `person`; when the room cannot be had, the first of `others` that can.

    What the claims in `but` take counts as free: a session may overlap with itself.
    """
    away = _meets(person, one.span, but)
    here = _meets(room, one.span, but)
    found, standing = room, Standing.FREE
    if away.taken or here.reason:
        standing = Standing.CLASH if away.taken or here.taken else Standing.CLOSED
    elif away.reason:
        standing = Standing.CLOSED
    possible = not (away.taken or here.taken)
    if here.reason and not away.reason:
        free = next((other for other in others if not _meets(other, one.span, but).reason), None)
        if free is not None:
            found, standing, possible = free, Standing.OTHER_ROOM, True
    return PlannedDay(
        day=one.day,
        span=one.span,
        clock=one.clock,
        standing=standing,
        room_id=found.id if found else None,
        room=found.name if found else "",
        reasons=_reasons(here, away),
        is_possible=possible and reasons.PAST not in (here.reason, away.reason),
    )


def shifted(at: dt.datetime, *, before: dt.datetime, after: dt.datetime, zone: str) -> dt.datetime:
    """`at` moved as far on the clocks of `zone` as from `before` to `after`: the part at 09:00 stays at 09:00."""
    if at == before:
        return after
    there, old, new = (wall(one, zone).replace(tzinfo=None) for one in (at, before, after))
    moved = there + (new - old)
    return instant_near(moved.date(), moved.time(), zone)


@dataclass(frozen=True, slots=True)
class _Met:
    reason: Reason | None = None
    taken_by: uuid.UUID | None = None

    @property
    def taken(self) -> bool:
        return self.taken_by is not None


def _meets(place: Place | None, span: Span, but: Collection[uuid.UUID]) -> _Met:
    if place is None:
        return _Met()
    if span.start <= place.calendar.now:
        return _Met(reasons.PAST)
    hit = _in_the_way(place.calendar.taken, span.padded(after=place.after), but)
    if hit is not None:
        return _Met(_clash(place, hit), hit.claim_id)
    return _Met(closed(place.calendar, span))


def _in_the_way(taken: Sequence[Taken], span: Span, but: Collection[uuid.UUID]) -> Taken | None:
    """The first that overlaps. Of one resource they are disjoint, so their ends are in order as well."""
    first = bisect_right(taken, span.start, key=lambda one: one.span.end)
    for one in taken[first:]:
        if one.span.start >= span.end:
            return None
        if one.claim_id not in but:
            return one
    return None


def _clash(place: Place, hit: Taken) -> Reason:
    zone = place.calendar.zone
    title = place.titles.get(hit.claim_id)
    if title is not None:
        sentence = _CLASH["session"]
    elif place.calendar.kind is Kind.PERSON:
        sentence = _CLASH["block"] if hit.kind == "block" else _BUSY
    else:
        sentence = _CLASH["booking" if hit.kind == "session" else hit.kind]
    facts = {
        "name": place.name,
        "what": title or "",
        "start": reasons.clock(hit.span.start, zone),
        "end": reasons.clock(hit.used_until, zone),
    }
    return Reason(Code.BOOKED, sentence, facts)


def _reasons(here: _Met, away: _Met) -> tuple[Reason, ...]:
    if here.reason == away.reason or (here.taken and here.taken_by == away.taken_by):
        return (here.reason,) if here.reason else ()  # over, or one session that has both
    return tuple(met.reason for met in (here, away) if met.reason)


def _clock(day: dt.date, at: dt.time, zone: str) -> ClockChange:
    try:
        instant(day, at, zone)
    except WallTimeMissing:
        return ClockChange.MISSING
    except WallTimeTwice:
        return ClockChange.TWICE
    return ClockChange.NONE
