"""Where on the clock a rule counts: wall times become instants, so that an hour is an hour on every day."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from bookapp.pricing.rules.facts import Rule
from bookapp.pricing.states import RuleKind
from bookapp.values.timespan import Span, days, instant_near, merge, wall

WEEKEND = (5, 6)
MINUTES_OF_DAY = 24 * 60
_DAY = dt.timedelta(days=1)


def windows(rule: Rule, span: Span, zone: str) -> tuple[Span, ...] | None:
    """The parts of `span` in which the rule counts; None for a rule that looks at no clock."""
    match rule.kind:
        case RuleKind.PEAK:
            given = rule.parameters
            return _weekly(tuple(given["weekdays"]), given["from_minute"], given["to_minute"], span, zone)
        case RuleKind.WEEKEND:
            return _weekly(WEEKEND, 0, MINUTES_OF_DAY, span, zone)
        case _:
            return None


@lru_cache(maxsize=4096)
def _weekly(weekdays: tuple[int, ...], first: int, last: int, span: Span, zone: str) -> tuple[Span, ...]:
    """From minute `first` to minute `last` of these weekdays; past midnight where it ends at or before its start.

    A window belongs to the weekday it begins on. A wall time that does not exist is the instant the clocks jump to, of
    one that comes twice the first is meant (`instant_near`).
    """
    found = []
    begins, ends = wall(span.start, zone).date() - _DAY, wall(span.end, zone).date()
    for day in days(begins, ends):
        if day.weekday() not in weekdays:
            continue
        start = instant_near(day, _clock(first), zone)
        end = instant_near(day + _DAY if last <= first or last == MINUTES_OF_DAY else day, _clock(last), zone)
        part = Span(start, end).within(span) if start < end else None
        if part is not None:
            found.append(part)
    return tuple(merge(found))


def _clock(minute: int) -> dt.time:
    hours, minutes = divmod(minute % MINUTES_OF_DAY, 60)
    return dt.time(hours, minutes)
