"""The asked time as instants, for every zone that has a venue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from bookapp.search.rules.ask import Ask, ClockTrouble, instants
from bookapp.values.timespan import Span, day_span, wall

# Somebody who names no day is shown the next free time within these days.
SOON = 3


@dataclass(frozen=True, slots=True)
class Times:
    """By zone: the asked hours (none when any time will do), and the day or days to look at and to draw."""

    spans: dict[str, Span]
    days: dict[str, Span]
    troubles: tuple[ClockTrouble, ...] = ()

    @property
    def whole(self) -> Span:
        """From the first to the last instant of all days; ask only when there is a zone."""
        return Span(min(day.start for day in self.days.values()), max(day.end for day in self.days.values()))

    def is_over(self, now: dt.datetime) -> bool:
        """Whether the asked hours have begun everywhere."""
        return bool(self.spans) and all(span.start < now for span in self.spans.values())


def times(ask: Ask, zones: Collection[str], now: dt.datetime) -> Times:
    """The hours and days of `ask` in these zones. A zone whose clocks cannot say the hours is left out and told."""
    if ask.hours is None:
        days = {zone: day_span(ask.day, zone) if ask.day else _soon(now, zone) for zone in zones}
        return Times({}, days)
    spans, troubles = instants(ask.hours, zones)
    return Times(spans, {zone: day_span(ask.hours.day, zone) for zone in spans}, tuple(troubles))


def _soon(now: dt.datetime, zone: str) -> Span:
    last = wall(now, zone).date() + dt.timedelta(days=SOON - 1)
    return Span(now, day_span(last, zone).end)
