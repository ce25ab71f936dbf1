"""Half-open spans of instants, and the one place where wall time becomes an instant."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

UTC = dt.UTC
MINUTE = dt.timedelta(minutes=1)


# ZoneInfo itself keeps eight at hand, and a list of sessions everywhere names more.
_place = functools.lru_cache(maxsize=1024)(ZoneInfo)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """`[start, end)`: aware UTC instants; the start belongs to it and the end does not."""

    start: dt.datetime
    end: dt.datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span needs aware times")
        if self.end <= self.start:
            raise ValueError("a span ends after it starts")

    @property
    def length(self) -> dt.timedelta:
        """Elapsed time, not wall time."""
        return self.end - self.start

    @property
    def minutes(self) -> int:
        """Elapsed whole minutes."""
        return int(self.length.total_seconds() // 60)

    def overlaps(self, other: Span) -> bool:
        """Whether the two share an instant; touching ends do not count (product.md, "Conflict")."""
        return self.start < other.end and self.end > other.start

    def contains(self, other: Span) -> bool:
        """Whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def within(self, other: Span) -> Span | None:
        """The part inside `other`, or None when there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def padded(self, *, before: dt.timedelta = dt.timedelta(0), after: dt.timedelta = dt.timedelta(0)) -> Span:
        """This span with time added at its ends (a buffer)."""
        return Span(self.start - before, self.end + after)

    def moved(self, by: dt.timedelta) -> Span:
        """The same length, `by` later."""
        return Span(self.start + by, self.end + by)


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same instants as ordered, disjoint, non-touching spans."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of `spans` without `taken`, ordered and disjoint."""
    holes = merge(taken)
    free: list[Span] = []
    for span in merge(spans):
        start = span.start
        for hole in holes:
            if hole.end <= start:
                continue
            if hole.start >= span.end:
                break
            if hole.start > start:
                free.append(Span(start, hole.start))
            start = max(start, hole.end)
        if start < span.end:
            free.append(Span(start, span.end))
    return free


class WallTimeMissing(ValueError):
    """The clocks jump over this wall time on that day."""


class WallTimeTwice(ValueError):
    """The clocks show this wall time twice on that day; `earlier` and `later` are the two instants."""

    def __init__(self, earlier: dt.datetime, later: dt.datetime) -> None:
        super().__init__(f"{earlier.isoformat()} or {later.isoformat()}")
        self.earlier, self.later = earlier, later


def instant(day: dt.date, at: dt.time, zone: str, *, fold: int | None = None) -> dt.datetime:
    """The UTC instant at which clocks in `zone` show `at` on `day`.

    Strict, for what a person typed: raises WallTimeMissing or WallTimeTwice (unless `fold` 0 or 1 says which).
    """
    place = _place(zone)
    wall = dt.datetime.combine(day, at.replace(tzinfo=None))
    earlier = wall.replace(tzinfo=place, fold=0).astimezone(UTC)
    later = wall.replace(tzinfo=place, fold=1).astimezone(UTC)
    if earlier.astimezone(place).replace(tzinfo=None) != wall:
        raise WallTimeMissing(f"{day} {at} in {zone}")
    if earlier != later and fold is None:
        raise WallTimeTwice(earlier, later)
    return later if fold == 1 else earlier


# Opening hours, rulers and days ask for the same few again and again.
@lru_cache(maxsize=8192)
def instant_near(day: dt.date, at: dt.time, zone: str) -> dt.datetime:
    """Like `instant`, but never refuses: for hours and series, which must mean something on every day.

    A missing wall time becomes the instant the clocks jump to; of two the first is taken.
    """
    place = _place(zone)
    wall = dt.datetime.combine(day, at.replace(tzinfo=None))
    candidate = wall.replace(tzinfo=place, fold=0).astimezone(UTC)
    if candidate.astimezone(place).replace(tzinfo=None) == wall:
        return candidate
    # In a gap, fold=0 reads the clock before the jump and lands after it by the gap's width; fold=1 before it.
    before = wall.replace(tzinfo=place, fold=1).astimezone(UTC)
    low, high = before, candidate
    while high - low > MINUTE:
        middle = low + (high - low) // 2
        if middle.astimezone(place).utcoffset() == before.astimezone(place).utcoffset():
            low = middle
        else:
            high = middle
    return high.replace(second=0, microsecond=0)


def day_span(day: dt.date, zone: str) -> Span:
    """The whole of `day` in `zone`: 23, 24 or 25 hours, or whatever that day has."""
    return Span(instant_near(day, dt.time(0), zone), instant_near(day + dt.timedelta(days=1), dt.time(0), zone))


def wall(at: dt.datetime, zone: str) -> dt.datetime:
    """What clocks in `zone` show at the instant `at` (an aware datetime in that zone)."""
    return at.astimezone(_place(zone))


def days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Every date from `first` to `last`, both included."""
    for offset in range((last - first).days + 1):
        yield first + dt.timedelta(days=offset)
