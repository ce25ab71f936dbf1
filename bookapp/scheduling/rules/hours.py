"""Weekly hours in wall time, laid onto real days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bookapp.values.timespan import Span, days, instant_near, merge, wall
from bookapp.values.words import N_

DAY = dt.timedelta(days=1)
_MINUTES_A_DAY = 24 * 60
_MINUTES_A_WEEK = 7 * _MINUTES_A_DAY


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


def weekly_problems(hours: Sequence[Hours], *, whole_days: bool = False) -> dict[int, str]:
    """What is wrong with somebody's week: a marked sentence by the place in `hours`; empty when it can be used.

    A stretch has a length, and no two overlap; one that crosses midnight meets those of the next day, and Sunday's
    those of Monday. Stretches that touch are two. With `whole_days` one that ends when it begins lasts a day: a house
    may be open round the clock, nobody works so.
    """
    empty = [] if whole_days else [number for number, one in enumerate(hours) if _is_empty(one)]
    problems = dict.fromkeys(empty, N_("This stretch ends when it begins."))
    for number, one in enumerate(hours):
        for other, earlier in enumerate(hours[:number]):
            if number not in problems and other not in problems and _overlap(one, earlier):
                problems[number] = N_("This overlaps another stretch of your week.")
    return problems


def _is_empty(one: Hours) -> bool:
    return one.opens == one.closes


def _overlap(one: Hours, other: Hours) -> bool:
    (first, length), (second, other_length) = _on_the_ring(one), _on_the_ring(other)
    # A stretch without a length that is let through lasts a day.
    length, other_length = length or _MINUTES_A_DAY, other_length or _MINUTES_A_DAY
    return (second - first) % _MINUTES_A_WEEK < length or (first - second) % _MINUTES_A_WEEK < other_length


def _on_the_ring(one: Hours) -> tuple[int, int]:
    """The minute of the week at which it begins, and its length in minutes of wall time."""
    opens, closes = (at.hour * 60 + at.minute for at in (one.opens, one.closes))
    return one.weekday * _MINUTES_A_DAY + opens, (closes - opens) % _MINUTES_A_DAY
