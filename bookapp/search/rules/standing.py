"""How a room stands to the asked time, for the line that counts them, and where its first free time is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bookapp.scheduling.rules import Calendar, Code, Reason, free_spans
from bookapp.scheduling.rules.availability import ends_on_step, next_step
from bookapp.values.timespan import Span, subtract


class Standing(StrEnum):
    """Free at that time, or the kind of reason why not."""

    FREE = "free"
    TAKEN = "taken"
    NOTICE = "notice"
    CLOSED = "closed"
    LENGTH = "length"


_BY_CODE = {
    Code.FREE: Standing.FREE,
    Code.YOURS: Standing.FREE,
    Code.BOOKED: Standing.TAKEN,
    Code.BUFFER: Standing.TAKEN,
    Code.NOTICE: Standing.NOTICE,
    Code.PAST: Standing.NOTICE,
    Code.CLOSED: Standing.CLOSED,
    Code.HORIZON: Standing.CLOSED,
    Code.TOO_SHORT: Standing.LENGTH,
    Code.TOO_LONG: Standing.LENGTH,
    Code.STEP: Standing.LENGTH,
}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rooms with everything that was asked are free, and how many are not and why.

    `partly` are free ones that are shown although they lack something.
    """

    free: int = 0
    partly: int = 0
    taken: int = 0
    notice: int = 0
    closed: int = 0
    length: int = 0


def standing_of(reason: Reason) -> Standing:
    """From why something is refused."""
    return _BY_CODE[reason.code]


def counted(standings: Iterable[Standing], *, partly: int) -> Counts:
    """The line of the results: one count for each standing."""
    every = list(standings)
    return Counts(
        free=every.count(Standing.FREE),
        partly=partly,
        taken=every.count(Standing.TAKEN),
        notice=every.count(Standing.NOTICE),
        closed=every.count(Standing.CLOSED),
        length=every.count(Standing.LENGTH),
    )


def first_start(calendar: Calendar, window: Span, minutes: int) -> dt.datetime | None:
    """The first instant in `window` at which a booking of `minutes` may start."""
    length = dt.timedelta(minutes=minutes)
    step = dt.timedelta(minutes=calendar.limits.step_minutes)
    for span in free_spans(calendar, Span(window.start, window.end + length)):
        at = next_step(span.start, calendar)
        while at < window.end and at + length <= span.end:
            if ends_on_step(calendar, at + length):
                return at
            at = next_step(at + step, calendar)
    return None


def day_standing(calendar: Calendar, window: Span, minutes: int) -> Standing:
    """How a room stands to a whole day: free when `minutes` can start somewhere in it."""
    if first_start(calendar, window, minutes) is not None:
        return Standing.FREE
    opened = subtract(
        [part for span in calendar.open if (part := span.within(window))], [one.span for one in calendar.closures]
    )
    if not opened or opened[0].start >= calendar.horizon_end:
        return Standing.CLOSED
    if opened[-1].end <= calendar.notice_until:
        return Standing.NOTICE
    return Standing.TAKEN if any(one.span.overlaps(window) for one in calendar.taken) else Standing.LENGTH
