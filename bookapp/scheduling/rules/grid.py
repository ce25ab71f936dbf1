"""A day, a week and a month as cells of half an hour, ready to be drawn: data only, one piece per run of equal cells.

A day has as many cells as it has half hours: 46 when the clocks go forward, 50 when they go back, 47 on Lord Howe.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from bookapp.scheduling.rules.availability import Stretch, ends_on_step, free_spans, next_step, stretches
from bookapp.scheduling.rules.calendar import Calendar, Code
from bookapp.scheduling.rules.reasons import clock
from bookapp.scheduling.rules.walltimes import typed
from bookapp.values.timespan import Span, day_span, days, wall

CELL = dt.timedelta(minutes=30)
# What is shown of a day on which nothing opens.
DAYTIME = (16, 36)


@dataclass(frozen=True, slots=True)
class Ruler:
    """The cells of one day that are shown: `hours` are (label, cells) for the head, `times` the cells + 1 edges."""

    span: Span
    cells: int
    hours: tuple[tuple[str, int], ...]
    times: tuple[str, ...]

    def place(self, span: Span) -> tuple[int, int] | None:
        """(first cell, number of cells) that `span` touches, or None when it is not on the ruler."""
        part = span.within(self.span)
        if part is None:
            return None
        first = (part.start - self.span.start) // CELL
        return first, -(-(part.end - self.span.start) // CELL) - first

    def cell_of(self, at: dt.datetime) -> int | None:
        """The cell in which the instant lies, or None."""
        return (at - self.span.start) // CELL if self.span.start <= at < self.span.end else None


class Piece(NamedTuple):
    """`cells` cells of equal state; `run` is what stands behind them, to the minute."""

    cells: int
    run: Stretch


@dataclass(frozen=True, slots=True)
class DayLeft:
    """What is left of a day: `minutes` that can be taken, or why none can (`code` is FREE, BOOKED, CLOSED, PAST …)."""

    day: dt.date
    minutes: int
    code: Code


def ruler(opened: Iterable[Span], day: Span, zone: str, *, asked: Span | None = None) -> Ruler:
    """The part of `day` in which anything is open or asked for, in whole hours of the local clock."""
    shown = [part for span in opened if (part := span.within(day))]
    if asked and (part := asked.within(day)):
        shown.append(part)
    all_cells = -(-day.length // CELL)
    first, last = DAYTIME
    if shown:
        first = (min(span.start for span in shown) - day.start) // CELL
        last = -(-(max(span.end for span in shown) - day.start) // CELL)
    edges = [day.start + CELL * index for index in range(all_cells + 1)]
    edges[-1] = day.end
    while first > 0 and wall(edges[first], zone).minute:
        first -= 1
    while last < all_cells and wall(edges[last], zone).minute:
        last += 1
    last = min(last, all_cells)
    cells = [wall(at, zone) for at in edges[first:last]]
    hours = tuple(
        (f"{group[0].hour:02}:{group[0].minute:02}", len(group))
        for _, cells_of_hour in groupby(cells, lambda local: (local.hour, local.utcoffset()))
        if (group := list(cells_of_hour))
    )
    times = (*(typed(at, zone) for at in edges[first:last]), _end(edges[last], day, zone))
    return Ruler(Span(edges[first], edges[last]), last - first, hours, times)


def pieces(calendar: Calendar, over: Ruler) -> list[Piece]:
    """The runs of `calendar` as whole cells: a cell is free only when all of it is."""
    start, last, found, at = over.span.start, over.span.end, [], 0
    for stretch in stretches(calendar, over.span):
        if stretch.code is Code.FREE and stretch.end < last:
            end = (stretch.end - start) // CELL
        else:
            end = -((start - stretch.end) // CELL)
        if end > at:
            found.append(Piece(end - at, stretch))
            at = end
    return found


def first_in(calendar: Calendar, free: Span, *minutes: int) -> Span | None:
    """The first booking of one of these lengths (tried in order) that fits into the free span."""
    for length in (dt.timedelta(minutes=each) for each in minutes):
        start = next_step(free.start, calendar)
        while start + length <= free.end:
            if ends_on_step(calendar, start + length):
                return Span(start, start + length)
            start = next_step(start + dt.timedelta(minutes=1), calendar)
    return None


def first_from(calendar: Calendar, window: Span, *minutes: int) -> Span | None:
    """The first booking of one of these lengths that can be had in `window`."""
    found = (first_in(calendar, span, *minutes) for span in free_spans(calendar, window))
    return next((span for span in found if span), None)


def left_by_day(calendar: Calendar, first: dt.date, last: dt.date) -> list[DayLeft]:
    """What can still be taken on each day from `first` to `last`; gaps too short to be booked do not count."""
    zone, shortest = calendar.zone, calendar.limits.min_minutes
    whole = Span(day_span(first, zone).start, day_span(last, zone).end)
    free = [span for span in free_spans(calendar, whole) if first_in(calendar, span, shortest)]
    return [_left(calendar, day, free) for day in days(first, last)]


def choices_of_start(calendar: Calendar, day: Span, *, also: dt.datetime | None = None) -> list[dt.datetime]:
    """The instants a person may choose to start at on `day`, free or not: the steps within hours, and `also`."""
    found = {at for span in calendar.open if (part := span.within(day)) for at in _steps(calendar, part)}
    return sorted(found | ({also} if also else set()))


def choices_of_end(calendar: Calendar, start: dt.datetime, *, also: dt.datetime | None = None) -> list[dt.datetime]:
    """The instants at which a booking from `start` may end by length, step and hours, taken or not; and `also`."""
    limits = calendar.limits
    earliest = start + dt.timedelta(minutes=limits.min_minutes)
    # A day further at most: whoever wants a week does not pick it from a list of half hours.
    latest = start + dt.timedelta(minutes=min(limits.max_minutes, 24 * 60))
    found = {
        at
        for at in _steps(calendar, Span(earliest, latest + dt.timedelta(minutes=1)))
        if any(span.start < at <= span.end for span in calendar.open)
    }
    return sorted(found | ({also} if also else set()))


def _steps(calendar: Calendar, within: Span) -> Iterator[dt.datetime]:
    at = next_step(within.start, calendar)
    while at < within.end:
        yield at
        at = next_step(at + dt.timedelta(minutes=calendar.limits.step_minutes), calendar)


def _left(calendar: Calendar, day: dt.date, free: list[Span]) -> DayLeft:
    whole = day_span(day, calendar.zone)
    minutes = sum(part.minutes for span in free if (part := span.within(whole)))
    return DayLeft(day, minutes, Code.FREE if minutes else _why_nothing(calendar, whole))


def _why_nothing(calendar: Calendar, whole: Span) -> Code:
    if whole.end <= calendar.now:
        return Code.PAST
    if not any(span.overlaps(whole) for span in calendar.open):
        return Code.CLOSED
    codes = {stretch.code for stretch in stretches(calendar, whole)}
    for code in (Code.YOURS, Code.BOOKED, Code.HORIZON, Code.NOTICE):
        if code in codes:
            return code
    return Code.BOOKED if codes & {Code.FREE, Code.BUFFER} else Code.CLOSED


def _end(at: dt.datetime, day: Span, zone: str) -> str:
    return "24:00" if at == day.end else typed(at, zone)


def hours_of(start: dt.datetime, end: dt.datetime, zone: str) -> str:
    """ "14:00–16:00", by the local clock."""
    return f"{clock(start, zone)}–{clock(end, zone)}"
