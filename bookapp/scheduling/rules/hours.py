"""Weekly hours in wall time, laid onto real days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bookapp.values.timespan import Span, days, instant_near, merge, wall

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """From `opens` to `closes` wall time on `weekday` (0 is Monday); closing at or before opening crosses midnight."""

    weekday: int
    opens: dt.time
    closes: dt.time


def open_spans(hours: Sequence[Hours], window: Span, zone: str) -> tuple[Span, ...]:
    """When it is open within `window`: ordered, disjoint; a night that reaches into the window is part of it.

    Hours that touch at midnight are one span, so that a place open round the clock has no seam. On the day the clocks
    change, a wall time that is missing means the instant of the jump, and of two the first.
    """
    if not hours:
        return ()
    first, last = wall(window.start, zone).date() - DAY, wall(window.end, zone).date()
    spans: list[Span] = []
    for day in days(first, last):
        for one in hours:
            if one.weekday != day.weekday():
                continue
            opens = instant_near(day, one.opens, zone)
            closes = instant_near(day + DAY if one.closes <= one.opens else day, one.closes, zone)
            if opens < closes:
                spans.append(Span(opens, closes))
    return tuple(part for span in merge(spans) if (part := span.within(window)))
