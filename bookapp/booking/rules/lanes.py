"""A day of a room as a desk sees it: one run for each stretch of equal time, and where each is drawn.

What is taken comes first (occupancy never overlaps), then closures, timeslots nobody has booked yet, and what is left
of the opening hours.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bookapp.scheduling.rules import Calendar
from bookapp.values.timespan import Span, subtract, wall

# One cell is a quarter of an hour: what is shorter is drawn as one, and said to the minute.
CELL_MINUTES = 15
CELLS_OF_HOUR = 60 // CELL_MINUTES
_EARLIEST, _LATEST = 8, 18
_MIDNIGHT = 24 * 60


class Sort(StrEnum):
    """What a run is."""

    TAKEN = "taken"
    BUFFER = "buffer"
    CLOSURE = "closure"
    SLOTS = "slots"
    CLOSED = "closed"
    PAST = "past"
    FREE = "free"


# What is somebody's is drawn whole; what lies between gives way.
_WHOLE = (Sort.TAKEN, Sort.SLOTS)


@dataclass(frozen=True, slots=True)
class Slot:
    """A timeslot that nobody has booked, of a service by its name."""

    session_id: int
    span: Span
    title: str


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of equal time. `claim_id` says whose, of what is taken or cleaned after; `words` why it is closed or
    what its timeslots are called; `sessions` are those timeslots."""

    sort: Sort
    span: Span
    claim_id: uuid.UUID | None = None
    words: str = ""
    sessions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """So many quarters of an hour of one day."""

    n: int
    run: Run


def runs_of_day(calendar: Calendar, day: Span, slots: Sequence[Slot] = ()) -> list[Run]:
    """Everything about one room on `day`, in order and without gaps."""
    found = [run for taken in _taken(calendar, day) if (run := _within(taken, day))]
    rest = subtract([day], [run.span for run in found])
    for closure in calendar.closures:
        shut = [part for free in rest if (part := closure.span.within(free))]
        found += [Run(Sort.CLOSURE, part, words=closure.reason) for part in shut]
        rest = subtract(rest, shut)
    drawn = _slots(slots, rest)
    found += drawn
    rest = subtract(rest, [run.span for run in drawn])
    open_then = [span for span in calendar.open if span.overlaps(day)]
    opened = [part for free in rest for span in open_then if (part := span.within(free))]
    found += [Run(Sort.CLOSED, gap) for gap in subtract(rest, opened)]
    for one in opened:
        found += _past_and_free(one, calendar.now)
    return sorted(found, key=lambda one: one.span)


def bounds(days: Iterable[Sequence[Run]], zone: str) -> tuple[int, int]:
    """From which to which whole hour of wall time days must be drawn, 8 to 18 at least."""
    first, last = _EARLIEST * 60, _LATEST * 60
    for runs in days:
        for run in runs:
            if run.sort not in (Sort.CLOSED, Sort.CLOSURE):
                start, end = _minutes(run.span, zone)
                first, last = min(first, start), max(last, end)
    return first // 60, -(-last // 60)


def cells(runs: Sequence[Run], zone: str, first_hour: int, last_hour: int) -> list[Cell]:
    """One day's runs from `first_hour` to `last_hour`, as many quarters in all as lie between.

    What is taken has one cell at least; what would begin while something else is still drawn begins after it.
    """
    found: list[Cell] = []
    origin, all_cells = first_hour * 60, (last_hour - first_hour) * CELLS_OF_HOUR
    at = 0
    for run in runs:
        start, end = (minutes - origin for minutes in _minutes(run.span, zone))
        if end <= 0 or start >= all_cells * CELL_MINUTES:
            continue
        last = max(-(-end // CELL_MINUTES), at + 1) if run.sort in _WHOLE else end // CELL_MINUTES
        if run.sort in _WHOLE and (before := start // CELL_MINUTES) > at and found:
            # Less than a cell of the run before was left out: it is drawn longer, so that this one stands where it is.
            found[-1] = Cell(found[-1].n + before - at, found[-1].run)
            at = before
        last = min(last, all_cells)
        if last > at:
            found.append(Cell(last - at, run))
            at = last
    if at < all_cells and found:
        found[-1] = Cell(found[-1].n + all_cells - at, found[-1].run)
    return found


def share_taken(days: Iterable[Sequence[Run]]) -> int | None:
    """Percent of the time that could be sold which somebody has; None when there is none."""
    used = left = dt.timedelta(0)
    for runs in days:
        for run in runs:
            if run.sort == Sort.TAKEN:
                used += run.span.length
            elif run.sort in (Sort.FREE, Sort.PAST, Sort.SLOTS, Sort.BUFFER):
                left += run.span.length
    return round(100 * (used / (used + left))) if used + left else None


def _taken(calendar: Calendar, day: Span) -> Iterable[Run]:
    for taken in calendar.taken:
        if not taken.span.overlaps(day):
            continue  # most of a week is on its other days
        end = min(max(taken.used_until, taken.span.start), taken.span.end)
        if taken.span.start < end:
            yield Run(Sort.TAKEN, Span(taken.span.start, end), taken.claim_id)
        if end < taken.span.end:
            yield Run(Sort.BUFFER, Span(end, taken.span.end), taken.claim_id)


def _within(run: Run, day: Span) -> Run | None:
    part = run.span.within(day)
    return Run(run.sort, part, run.claim_id) if part else None


def _slots(slots: Sequence[Slot], rest: Sequence[Span]) -> list[Run]:
    """Those that lie whole in what is left; such as follow one another with nothing between them are one run."""
    found: list[Run] = []
    for slot in sorted(slots, key=lambda one: one.span):
        if not any(span.contains(slot.span) for span in rest):
            continue
        before = found[-1] if found else None
        if before and before.words == slot.title and before.span.end <= slot.span.start:
            joined = Span(before.span.start, slot.span.end)
            if any(span.contains(joined) for span in rest):
                found[-1] = Run(Sort.SLOTS, joined, words=slot.title, sessions=(*before.sessions, slot.session_id))
                continue
        if before is None or before.span.end <= slot.span.start:
            found.append(Run(Sort.SLOTS, slot.span, words=slot.title, sessions=(slot.session_id,)))
    return found


def _past_and_free(span: Span, now: dt.datetime) -> list[Run]:
    if span.end <= now:
        return [Run(Sort.PAST, span)]
    if span.start >= now:
        return [Run(Sort.FREE, span)]
    return [Run(Sort.PAST, Span(span.start, now)), Run(Sort.FREE, Span(now, span.end))]


def _minutes(span: Span, zone: str) -> tuple[int, int]:
    """Wall minutes since the midnight before the start; an end on another day is the end of this one."""
    start, end = wall(span.start, zone), wall(span.end, zone)
    begins = start.hour * 60 + start.minute
    ends = end.hour * 60 + end.minute if end.date() == start.date() else _MIDNIGHT
    return begins, max(ends, begins + 1)  # in the hour that clocks show twice an end can read earlier than its start
