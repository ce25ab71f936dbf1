"""One wish against one calendar: why not, and the nearest yes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from bookapp.scheduling.rules import reasons
from bookapp.scheduling.rules.availability import ends_on_step, free_spans, is_step, last_step, next_step
from bookapp.scheduling.rules.calendar import Calendar, Kind, Reason
from bookapp.values.timespan import Span, subtract, wall

# Nobody who asked for Tuesday wants an answer two weeks off.
NEAR = dt.timedelta(days=7)
INSTANT = dt.timedelta(microseconds=1)


def refusal(calendar: Calendar, wanted: Span, *, staff: bool = False) -> Reason | None:
    """Why `wanted` cannot be taken, or None (product.md, "Validation").

    The order: past, length, steps, taken, closed, too far, too soon, own buffer. An overnight hire may span closed
    hours when it starts and ends within open ones. `staff` overrides everything but what is taken.
    """
    return (
        (None if staff else _form(calendar, wanted))
        or _taken(calendar, wanted)
        or (None if staff else _open(calendar, wanted))
        or _own_buffer(calendar, wanted)
    )


def closed(calendar: Calendar, wanted: Span) -> Reason | None:
    """Why nobody is there during (part of) `wanted`: a closure, or the weekly hours; None when somebody is."""
    for one in calendar.closures:
        if one.span.overlaps(wanted):
            return reasons.closure(calendar, one)
    gaps = subtract([wanted], [span for span in calendar.open if span.overlaps(wanted)])
    if gaps and not _overnight(calendar, wanted):
        return reasons.outside_hours(calendar, gaps[0])
    return None


def nearest(calendar: Calendar, wanted: Span, *, limit: int = 3) -> list[Span]:
    """The nearest times that can be taken instead: earlier and later ones of the same length, then a shorter one.

    At most `limit`, best first, none further off than a week. The length is first brought within the limits.
    """
    limits = calendar.limits
    length = dt.timedelta(minutes=min(max(wanted.minutes, limits.min_minutes), limits.max_minutes))
    around = Span(wanted.start - NEAR, wanted.end + NEAR)
    free = free_spans(calendar, around)
    same = sorted(
        {span for span in _same_length(calendar, free, wanted.start, length) if span != wanted},
        key=lambda span: (abs(span.start - wanted.start), span.start),
    )
    earlier = [span for span in same if span.start < wanted.start][:1]
    later = [span for span in same if span.start >= wanted.start][:1]
    shorter = [span for span in _shorter(calendar, free, wanted) if span not in same][:1]
    first = sorted(earlier + later, key=lambda span: abs(span.start - wanted.start)) + shorter
    return (first + [span for span in same if span not in first])[:limit]


def _form(calendar: Calendar, wanted: Span) -> Reason | None:
    """What is wrong whatever else is booked."""
    limits = calendar.limits
    if wanted.start < calendar.now:
        return reasons.PAST
    if wanted.length < dt.timedelta(minutes=limits.min_minutes):
        return reasons.too_short(calendar)
    if wanted.length > dt.timedelta(minutes=limits.max_minutes):
        return reasons.too_long(calendar)
    if not (is_step(wanted.start, calendar) and ends_on_step(calendar, wanted.end)):
        return reasons.step(calendar)
    return None


def _taken(calendar: Calendar, wanted: Span) -> Reason | None:
    """Somebody has part of it, or cleans up there. One's own hold is said to be one's own."""
    hits = [one for one in calendar.taken if one.span.overlaps(wanted)]
    used = [one for one in hits if one.used_until > wanted.start]
    if any(one.claim_id in calendar.mine for one in used):
        return reasons.YOURS
    if used:
        return reasons.booked(calendar, used[0].span.start, max(one.used_until for one in used))
    if hits:
        return reasons.buffer_after(calendar, hits[0].used_until, hits[0].span.end)
    return None


def _own_buffer(calendar: Calendar, wanted: Span) -> Reason | None:
    """The buffer this booking brings along must fit before the next one."""
    after = wanted.padded(after=calendar.buffer)
    for one in calendar.taken:
        if one.span.overlaps(after) and not one.span.overlaps(wanted):
            return reasons.buffer_before(calendar, one.span.start)
    return None


def _open(calendar: Calendar, wanted: Span) -> Reason | None:
    if (shut := closed(calendar, wanted)) is not None:
        return shut
    if wanted.end > calendar.horizon_end:
        return reasons.horizon(calendar)
    if wanted.start < calendar.notice_until:
        return reasons.notice(calendar)
    return None


def _overnight(calendar: Calendar, wanted: Span) -> bool:
    """Over at least one local midnight, and somebody is there at both ends to open and to lock."""
    first, last = wall(wanted.start, calendar.zone), wall(wanted.end - INSTANT, calendar.zone)
    if first.date() == last.date():
        return False
    return any(span.start <= wanted.start < span.end for span in calendar.open) and any(
        span.start <= wanted.end <= span.end for span in calendar.open
    )


def _same_length(calendar: Calendar, free: list[Span], near: dt.datetime, length: dt.timedelta) -> Iterator[Span]:
    """In each free span the last possible start before `near`, the first one after it, and one more step of each."""
    step = dt.timedelta(minutes=calendar.limits.step_minutes)
    for span in free:
        latest = span.end - length
        pivot = next_step(min(max(near, span.start), max(latest, span.start)), calendar)
        for start in (pivot - 2 * step, pivot - step, pivot, pivot + step):
            if span.start <= start <= latest and is_step(start, calendar) and ends_on_step(calendar, start + length):
                yield Span(start, start + length)


def _shorter(calendar: Calendar, free: list[Span], wanted: Span) -> Iterator[Span]:
    """What is left of the wish itself, longest first, cut to the steps."""
    limits = calendar.limits
    parts = [part for span in free if (part := span.within(wanted))]
    for part in sorted(parts, key=lambda one: (-one.length, one.start)):
        start = next_step(part.start, calendar)
        end = min(part.end, start + dt.timedelta(minutes=limits.max_minutes))
        if calendar.kind is Kind.ROOM:
            end = last_step(end, calendar)
        if end - start >= dt.timedelta(minutes=limits.min_minutes) and Span(start, end) != wanted:
            yield Span(start, end)
