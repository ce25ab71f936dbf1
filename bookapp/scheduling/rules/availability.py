"""What is free in a calendar: as runs with reasons, as spans, as starts.

All ranges are half-open. A booking needs its own buffer after it as well as the one before it, so the last minutes
before somebody else's booking are shown as buffer and not as free.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from bookapp.scheduling.rules import reasons
from bookapp.scheduling.rules.calendar import Calendar, Closed, Code, Kind, Reason, Run, State, Taken
from bookapp.values.timespan import Span, subtract, wall

_STATE = {
    Code.FREE: State.FREE,
    Code.YOURS: State.YOURS,
    Code.BOOKED: State.BOOKED,
    Code.BUFFER: State.BUFFER,
    Code.CLOSED: State.CLOSED,
    Code.NOTICE: State.NOTICE,
    Code.HORIZON: State.CLOSED,
    Code.PAST: State.CLOSED,
}
# What an instant is, and what exactly makes it so; neighbours that agree in both are one run.
Mark = tuple[Code, Taken | Closed | None]


def runs(calendar: Calendar, window: Span) -> list[Run]:
    """`window` from end to end as stretches of equal state, each with its reason; no gap, no overlap."""
    return [Run(one.span, one.state, one.reason) for one in stretches(calendar, window)]


def free_spans(calendar: Calendar, window: Span) -> list[Span]:
    """What can be taken within `window`, ordered and disjoint: exactly the free runs, without the reasons."""
    start, end = max(window.start, calendar.notice_until), min(window.end, calendar.horizon_end)
    if start >= end:
        return []
    usable = Span(start, end)
    buffer = calendar.buffer
    holes = [closed.span for closed in calendar.closures]
    holes += [taken.span.padded(before=buffer) for taken in calendar.taken]
    return subtract((part for span in calendar.open if (part := span.within(usable))), holes)


def starts(calendar: Calendar, window: Span, minutes: int) -> list[dt.datetime]:
    """Every instant in `window` at which a booking of `minutes` (elapsed) may start, on the calendar's steps."""
    length = dt.timedelta(minutes=minutes)
    found: list[dt.datetime] = []
    for span in free_spans(calendar, Span(window.start, window.end + length)):
        for at in steps(span, calendar):
            if at >= window.end or at + length > span.end:
                break
            if ends_on_step(calendar, at + length):
                found.append(at)
    return found


def joint_starts(person: Calendar, places: Sequence[Calendar] | None, window: Span, minutes: int) -> list[dt.datetime]:
    """The starts of `person` at which one of `places` is free for the whole length; None means it needs no place."""
    possible = starts(person, window, minutes)
    if places is None:
        return possible
    length = dt.timedelta(minutes=minutes)
    wide = Span(window.start, window.end + length)
    free = [span for place in places for span in free_spans(place, wide)]
    return [at for at in possible if any(span.start <= at and at + length <= span.end for span in free)]


def steps(span: Span, calendar: Calendar) -> Iterator[dt.datetime]:
    """The instants in `span` at which local clocks show a multiple of the step since midnight."""
    step = dt.timedelta(minutes=calendar.limits.step_minutes)
    at = next_step(span.start, calendar)
    while at < span.end:
        yield at
        at = next_step(at + step, calendar)


def next_step(at: dt.datetime, calendar: Calendar) -> dt.datetime:
    """The first instant not before `at` that lies on a step of the local clock."""
    while rest := _past_step(at, calendar):
        # Twice, when the clocks change in between.
        at += dt.timedelta(minutes=calendar.limits.step_minutes) - rest
    return at


def last_step(at: dt.datetime, calendar: Calendar) -> dt.datetime:
    """The last instant not after `at` that lies on a step of the local clock."""
    while rest := _past_step(at, calendar):
        at -= rest
    return at


def is_step(at: dt.datetime, calendar: Calendar) -> bool:
    """Whether local clocks show a multiple of the step, to the second."""
    return not _past_step(at, calendar)


def ends_on_step(calendar: Calendar, end: dt.datetime) -> bool:
    """Whether a booking may end at `end`: a room's ends on a step as well, an appointment has lengths of its own."""
    return calendar.kind is Kind.PERSON or is_step(end, calendar)


def _past_step(at: dt.datetime, calendar: Calendar) -> dt.timedelta:
    return _past(at, calendar.zone, calendar.limits.step_minutes)


@lru_cache(maxsize=4096)
def _past(at: dt.datetime, zone: str, step_minutes: int) -> dt.timedelta:
    local = wall(at, zone)
    since_midnight = dt.timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    return since_midnight % dt.timedelta(minutes=step_minutes)


class Stretch(NamedTuple):
    """A run whose words are not made yet: a grid of a hundred rooms shows the words of few."""

    calendar: Calendar
    start: dt.datetime
    end: dt.datetime
    code: Code
    what: Taken | Closed | None

    @property
    def state(self) -> State:
        """One of the six."""
        return _STATE[self.code]

    @property
    def span(self) -> Span:
        """From its start to its end."""
        return Span(self.start, self.end)

    @property
    def reason(self) -> Reason:
        """Why."""
        match self.what:
            case Closed():
                return reasons.closure(self.calendar, self.what)
            case Taken():
                if self.start >= self.what.used_until:
                    return reasons.buffer_after(self.calendar, self.what.used_until, self.what.span.end)
                return reasons.buffer_before(self.calendar, self.what.span.start)
            case None:
                pass
        match self.code:
            case Code.BOOKED:
                until = max(one.used_until for one in self.calendar.taken if one.span.start < self.end)
                return reasons.booked(self.calendar, self.start, max(until, self.end))
            case Code.CLOSED:
                return reasons.outside_hours(self.calendar, self.span)
            case Code.NOTICE:
                return reasons.notice(self.calendar)
            case Code.HORIZON:
                return reasons.horizon(self.calendar)
            case Code.YOURS:
                return reasons.YOURS
            case Code.PAST:
                return reasons.PAST
            case _:
                return reasons.FREE


def stretches(calendar: Calendar, window: Span) -> list[Stretch]:
    """What `runs` tells, without the words. One walk over every instant at which something may change."""
    facts = _Facts(calendar, window)
    found: list[Stretch] = []
    since, before = window.start, facts.mark(window.start)
    for at in facts.edges:
        mark = facts.mark(at)
        if mark != before:
            found.append(Stretch(calendar, since, at, *before))
            since, before = at, mark
    found.append(Stretch(calendar, since, window.end, *before))
    return found


class _Facts:
    """The part of a calendar that touches one window. Asked in order of time, so that each fact is passed only once."""

    def __init__(self, calendar: Calendar, window: Span) -> None:
        start, end, buffer = window.start, window.end, calendar.buffer
        self._mine, self._now = calendar.mine, calendar.now
        self._notice, self._horizon = calendar.notice_until, calendar.horizon_end
        self._closures = [one for one in calendar.closures if one.span.overlaps(window)]
        self._open = [(span.start, span.end) for span in calendar.open if span.end > start and span.start < end]
        self._taken: list[tuple[dt.datetime, dt.datetime, dt.datetime, dt.datetime, Taken]] = []
        self._next_open = self._next_taken = 0
        edges = {self._now, self._notice, self._horizon}
        for one in calendar.taken:
            first, last = one.span.start, one.span.end
            before = first - buffer
            if before < end and last > start:
                self._taken.append((before, first, one.used_until, last, one))
                edges.update((before, first, one.used_until, last))
        for pair in self._open:
            edges.update(pair)
        for closed in self._closures:
            edges.update((closed.span.start, closed.span.end))
        self.edges = sorted(at for at in edges if start < at < end)

    def mark(self, at: dt.datetime) -> Mark:
        """What holds from `at` to the next edge; `at` never goes back.

        The order is that of `asking.refusal`, one's own hold first.
        """
        taken = self._taken
        while self._next_taken < len(taken) and taken[self._next_taken][3] <= at:
            self._next_taken += 1
        ahead = taken[self._next_taken] if self._next_taken < len(taken) else None
        hit = ahead if ahead and ahead[1] <= at else None
        if hit and at < hit[2] and hit[4].claim_id in self._mine:
            return Code.YOURS, None
        if at < self._now:
            return Code.PAST, None
        if hit:
            return (Code.BOOKED, None) if at < hit[2] else (Code.BUFFER, hit[4])
        for closed in self._closures:
            if closed.span.start <= at < closed.span.end:
                return Code.CLOSED, closed
        while self._next_open < len(self._open) and self._open[self._next_open][1] <= at:
            self._next_open += 1
        if self._next_open == len(self._open) or at < self._open[self._next_open][0]:
            return Code.CLOSED, None
        if at >= self._horizon:
            return Code.HORIZON, None
        if at < self._notice:
            return Code.NOTICE, None
        if ahead and ahead[0] <= at:
            return Code.BUFFER, ahead[4]
        return Code.FREE, None
