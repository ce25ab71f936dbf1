"""One day of one place as a ruler of half hours: few pieces, each a state and a number of cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from bookapp.scheduling.rules import Calendar
from bookapp.values.timespan import Span, instant_near, wall

CELL = dt.timedelta(minutes=30)
_BELOW_BOOKED = ("free", "notice", "closed", "buffer")
_BELOW_YOURS = (*_BELOW_BOOKED, "booked")
USUAL_OPENING, USUAL_CLOSING = 8, 20


@dataclass(frozen=True, slots=True)
class Ruler:
    """Which wall hours of `day` are drawn: from `first` to `last`, whole hours, 0 to 24."""

    day: dt.date
    first: int
    last: int

    def window(self, zone: str) -> Span:
        """The drawn time as instants in `zone`."""
        return Span(_hour(self.day, self.first, zone), _hour(self.day, self.last, zone))

    def labels(self, zone: str, every: int = 4) -> list[tuple[str, int]]:
        """(hour as two figures, cells until the next label): "08" stands over its first half hour."""
        marks = [*range(self.first, self.last, every), self.last]
        at = [_hour(self.day, hour, zone) for hour in marks]
        return [(f"{hour:02d}", count(end - start)) for hour, start, end in zip(marks, at, at[1:], strict=False)]

    def cells(self, calendar: Calendar) -> list[tuple[str, int]]:
        """The day of `calendar` as (state, number of half hours), equal neighbours joined."""
        return joined(states_by_cell(calendar, self.window(calendar.zone)))


def asked_cells(span: Span, window: Span) -> tuple[int, int] | None:
    """Where the asked span lies: (cells before it, cells in it); None when it is outside the window."""
    inside = span.within(window)
    if inside is None:
        return None
    before = (inside.start - window.start) // CELL
    return before, max(1, count(inside.end - window.start) - before)


def ruler(
    day: dt.date, spans: Iterable[tuple[Span, str]], first: int = USUAL_OPENING, last: int = USUAL_CLOSING
) -> Ruler:
    """A ruler for `day` wide enough for every (span, zone), in whole even hours, never narrower than first to last."""
    for span, zone in spans:
        start, end = wall(span.start, zone), wall(span.end, zone)
        if start.date() <= day <= end.date():
            first = min(first, start.hour if start.date() == day else 0)
            closing = end.hour + (end.minute > 0) if end.date() == day else 24
            last = max(last, closing)
    return Ruler(day, first - first % 2, min(24, last + last % 2))


def untaken_by_cell(calendar: Calendar, window: Span) -> list[str]:
    """The state of each half hour of `window` as if nobody had anything: the same for all that open alike."""
    cells = ["closed"] * count(window.length)
    for span in calendar.open:
        _fill(cells, window, span.start, span.end, "free", ("closed",), whole=True)
    for closed in calendar.closures:
        _fill(cells, window, closed.span.start, closed.span.end, "closed", ("free",))
    _fill(cells, window, calendar.horizon_end, window.end, "closed", ("free",))
    _fill(cells, window, window.start, calendar.notice_until, "notice", ("free",))
    _fill(cells, window, window.start, calendar.now, "closed", ("notice",))
    return cells


def states_by_cell(calendar: Calendar, window: Span, untaken: Sequence[str] | None = None) -> list[str]:
    """The state of each half hour of `window`; where several meet, the one that stands in the way most.

    The answers of `availability.runs` on a coarser scale and without reasons, because a page draws twenty of these.
    `untaken` is what `untaken_by_cell` says, where that is known.
    """
    cells = list(untaken or untaken_by_cell(calendar, window))
    for taken in calendar.taken:
        _fill(cells, window, taken.span.start - calendar.buffer, taken.span.start, "buffer", ("free",))
        _fill(cells, window, taken.used_until, taken.span.end, "buffer", ("free", "notice", "closed"))
    for taken in calendar.taken:
        state, over = ("yours", _BELOW_YOURS) if taken.claim_id in calendar.mine else ("booked", _BELOW_BOOKED)
        _fill(cells, window, taken.span.start, taken.used_until, state, over)
    # What is over is over, whoever had it.
    _fill(cells, window, window.start, calendar.now, "closed", ("booked", "buffer"), whole=True)
    return cells


def _fill(
    cells: list[str],
    window: Span,
    start: dt.datetime,
    end: dt.datetime,
    state: str,
    over: tuple[str, ...],
    *,
    whole: bool = False,
) -> None:
    """Write `state` where `over` stands, into every cell touched, or only into those it fills."""
    if start >= end or end <= window.start or start >= window.end:
        return
    first, last = (start - window.start) / CELL, (end - window.start) / CELL
    begin, finish = (ceil(first), floor(last)) if whole else (floor(first), ceil(last))
    for index in range(max(0, begin), min(len(cells), finish)):
        if cells[index] in over:
            cells[index] = state


def joined(states: Sequence[str]) -> list[tuple[str, int]]:
    """Equal neighbours as one piece: ["free", "free", "booked"] -> [("free", 2), ("booked", 1)]."""
    pieces: list[tuple[str, int]] = []
    for state in states:
        if pieces and pieces[-1][0] == state:
            pieces[-1] = (state, pieces[-1][1] + 1)
        else:
            pieces.append((state, 1))
    return pieces


def count(length: dt.timedelta) -> int:
    """How many half hours `length` touches."""
    return -(-length // CELL)


def _hour(day: dt.date, hour: int, zone: str) -> dt.datetime:
    if hour == 24:
        return instant_near(day + dt.timedelta(days=1), dt.time(0), zone)
    return instant_near(day, dt.time(hour), zone)
