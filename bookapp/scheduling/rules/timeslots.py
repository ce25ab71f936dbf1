"""The grid of a room's timeslots (product.md, "Timeslots")."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bookapp.values.timespan import Span, days, instant_near

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SlotGrid:
    """From `opens` to `closes` wall time, `minutes` each, the next one `buffer_minutes` after the end of the last.

    Closing at or before opening crosses midnight.
    """

    opens: dt.time = dt.time(9)
    closes: dt.time = dt.time(17)
    minutes: int = 30
    buffer_minutes: int = 0


def slot_starts(grid: SlotGrid, first: dt.date, last: dt.date, zone: str) -> list[Span]:
    """Every slot from `first` to `last`, both included, in order; none ends after closing.

    Lengths are elapsed time: on a day of 23 hours a night's grid has an hour less.
    """
    length, step = dt.timedelta(minutes=grid.minutes), dt.timedelta(minutes=grid.minutes + grid.buffer_minutes)
    found: list[Span] = []
    for day in days(first, last):
        start = instant_near(day, grid.opens, zone)
        end = instant_near(day + DAY if grid.closes <= grid.opens else day, grid.closes, zone)
        while start + length <= end:
            found.append(Span(start, start + length))
            start += step
    return found
