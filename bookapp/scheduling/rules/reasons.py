"""The sentence for everything that is not free. Each exists for a room and, where it differs, for a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache

from bookapp.scheduling.rules.calendar import Calendar, Closed, Code, Kind, Reason, end_of_day
from bookapp.values.timespan import Span, day_span, wall
from bookapp.values.words import N_

FREE = Reason(Code.FREE, N_("Free"))
YOURS = Reason(Code.YOURS, N_("Held for you"))
PAST = Reason(Code.PAST, N_("This time is over"))

_CLOSED_ALL_DAY = {
    Kind.ROOM: (
        N_("Closed on Mondays"),
        N_("Closed on Tuesdays"),
        N_("Closed on Wednesdays"),
        N_("Closed on Thursdays"),
        N_("Closed on Fridays"),
        N_("Closed on Saturdays"),
        N_("Closed on Sundays"),
    ),
    Kind.PERSON: (
        N_("Not here on Mondays"),
        N_("Not here on Tuesdays"),
        N_("Not here on Wednesdays"),
        N_("Not here on Thursdays"),
        N_("Not here on Fridays"),
        N_("Not here on Saturdays"),
        N_("Not here on Sundays"),
    ),
}
_CLOSED_UNTIL = {Kind.ROOM: N_("Closed until %(end)s"), Kind.PERSON: N_("Not here until %(end)s")}
_CLOSED_FROM = {Kind.ROOM: N_("Closed from %(start)s"), Kind.PERSON: N_("Not here from %(start)s")}
_CLOSED_BETWEEN = {
    Kind.ROOM: N_("Closed from %(start)s to %(end)s"),
    Kind.PERSON: N_("Not here from %(start)s to %(end)s"),
}
_CLOSURE = {Kind.ROOM: N_("Closed: %(why)s"), Kind.PERSON: N_("Away: %(why)s")}
_CLOSURE_PLAIN = {Kind.ROOM: N_("Closed"), Kind.PERSON: N_("Away")}
_BOOKED_UNTIL = {Kind.ROOM: N_("Booked until %(end)s"), Kind.PERSON: N_("Busy until %(end)s")}
_BOOKED_ON = {Kind.ROOM: N_("Booked for the rest of the day"), Kind.PERSON: N_("Busy for the rest of the day")}
_AFTER = {
    Kind.ROOM: N_("%(length)s cleaning after %(start)s"),
    Kind.PERSON: N_("%(length)s break after %(start)s"),
}
_BEFORE = {
    Kind.ROOM: N_("%(length)s cleaning before the booking at %(start)s"),
    Kind.PERSON: N_("%(length)s break before the booking at %(start)s"),
}


# A grid of a hundred rooms says the same few times over and over.
@lru_cache(maxsize=4096)
def clock(at: dt.datetime, zone: str) -> str:
    """What clocks in `zone` show: "14:30"."""
    local = wall(at, zone)
    return f"{local.hour:02}:{local.minute:02}"


def length_words(minutes: int) -> str:
    """A length as it stands in sentences: "45 min", "2 h", "1 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def booked(calendar: Calendar, at: dt.datetime, until: dt.datetime) -> Reason:
    """Taken from `at` until `until`."""
    if until > end_of_day(wall(at, calendar.zone).date(), calendar.zone):
        return Reason(Code.BOOKED, _BOOKED_ON[calendar.kind])
    return Reason(Code.BOOKED, _BOOKED_UNTIL[calendar.kind], {"end": clock(until, calendar.zone)})


def buffer_after(calendar: Calendar, used_until: dt.datetime, until: dt.datetime) -> Reason:
    """The buffer of a booking that ends at `used_until`."""
    length = length_words(int((until - used_until).total_seconds() // 60))
    return Reason(Code.BUFFER, _AFTER[calendar.kind], {"length": length, "start": clock(used_until, calendar.zone)})


def buffer_before(calendar: Calendar, start: dt.datetime) -> Reason:
    """The buffer one's own booking would need before somebody else's at `start`."""
    length = length_words(calendar.limits.buffer_minutes)
    return Reason(Code.BUFFER, _BEFORE[calendar.kind], {"length": length, "start": clock(start, calendar.zone)})


def closure(calendar: Calendar, closed: Closed) -> Reason:
    """Closed for a while, for a reason somebody gave."""
    if not closed.reason:
        return Reason(Code.CLOSED, _CLOSURE_PLAIN[calendar.kind])
    return Reason(Code.CLOSED, _CLOSURE[calendar.kind], {"why": closed.reason})


def outside_hours(calendar: Calendar, gap: Span) -> Reason:
    """Closed by the weekly hours during `gap`, said as the day it begins on would say it."""
    return _outside(calendar.open, gap, calendar.zone, calendar.kind)


# All rooms of a house say the same of its night.
@lru_cache(maxsize=4096)
def _outside(opened: tuple[Span, ...], gap: Span, zone: str, kind: Kind) -> Reason:
    date = wall(gap.start, zone).date()
    day = day_span(date, zone)
    before = _last(span.end for span in opened if day.start < span.end <= gap.start)
    after = _first(span.start for span in opened if gap.end <= span.start < day.end)
    if before and after:
        return Reason(Code.CLOSED, _CLOSED_BETWEEN[kind], {"start": clock(before, zone), "end": clock(after, zone)})
    if after:
        return Reason(Code.CLOSED, _CLOSED_UNTIL[kind], {"end": clock(after, zone)})
    if before:
        return Reason(Code.CLOSED, _CLOSED_FROM[kind], {"start": clock(before, zone)})
    return Reason(Code.CLOSED, _CLOSED_ALL_DAY[kind][date.weekday()])


def notice(calendar: Calendar) -> Reason:
    """Too soon."""
    return Reason(Code.NOTICE, N_("Needs %(length)s notice"), {"length": length_words(calendar.limits.notice_minutes)})


def horizon(calendar: Calendar) -> Reason:
    """Too far ahead."""
    days = str(calendar.limits.horizon_days)
    return Reason(Code.HORIZON, N_("Can be booked up to %(days)s days ahead"), {"days": days})


def too_short(calendar: Calendar) -> Reason:
    """Shorter than the shortest."""
    length = length_words(calendar.limits.min_minutes)
    return Reason(Code.TOO_SHORT, N_("The shortest booking here is %(length)s"), {"length": length})


def too_long(calendar: Calendar) -> Reason:
    """Longer than the longest."""
    length = length_words(calendar.limits.max_minutes)
    return Reason(Code.TOO_LONG, N_("The longest booking here is %(length)s"), {"length": length})


def step(calendar: Calendar) -> Reason:
    """Not on the grid of times."""
    length = length_words(calendar.limits.step_minutes)
    return Reason(Code.STEP, N_("Times here go in steps of %(length)s, counted from midnight"), {"length": length})


def _first(instants: Iterable[dt.datetime]) -> dt.datetime | None:
    return min(instants, default=None)


def _last(instants: Iterable[dt.datetime]) -> dt.datetime | None:
    return max(instants, default=None)
