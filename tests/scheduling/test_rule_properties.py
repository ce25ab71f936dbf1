"""What holds for every calendar, whatever is in it and wherever the clocks change."""

import datetime as dt
import uuid
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bookapp.scheduling.rules import (
    Calendar,
    Closed,
    Code,
    Hours,
    Limits,
    State,
    Taken,
    free_spans,
    nearest,
    open_spans,
    refusal,
    runs,
    starts,
)
from bookapp.values.timespan import Span, merge, wall
from tests.scheduling.calendars import BERLIN, CAIRO, LONDON, LORD_HOWE, SANTIAGO

ZONES = {
    BERLIN: dt.date(2026, 11, 24),
    LONDON: dt.date(2026, 10, 25),
    LORD_HOWE: dt.date(2026, 10, 4),
    SANTIAGO: dt.date(2026, 9, 6),
    CAIRO: dt.date(2026, 4, 24),
}
QUARTER = dt.timedelta(minutes=15)
CLAIMS = [uuid.UUID(int=number) for number in range(4)]
clocks = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
hours = st.lists(st.builds(Hours, st.integers(0, 6), clocks, clocks), max_size=14)
quarters = st.integers(0, 4 * 24 * 3)
limits = st.builds(
    Limits,
    min_minutes=st.sampled_from([15, 30, 60, 90]),
    max_minutes=st.sampled_from([120, 240, 3000]),
    step_minutes=st.sampled_from([15, 30, 45, 60]),
    buffer_minutes=st.sampled_from([0, 10, 15, 30, 60]),
    notice_minutes=st.sampled_from([0, 45, 60 * 24]),
    horizon_days=st.integers(1, 4),
)


@st.composite
def spans(draw: st.DrawFn, start: dt.datetime) -> Span:
    first = start + draw(quarters) * QUARTER
    return Span(first, first + draw(st.integers(1, 60)) * QUARTER)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, Span]:
    """A calendar of three days around a change of the clocks, and those days."""
    zone = draw(st.sampled_from(sorted(ZONES)))
    day = dt.datetime.combine(ZONES[zone], dt.time(0), tzinfo=dt.UTC) - dt.timedelta(days=1)
    window = Span(day, day + dt.timedelta(days=3))
    taken: list[Taken] = []
    for claim in CLAIMS:
        used = draw(spans(day))
        one = Taken(used.padded(after=draw(st.integers(0, 4)) * QUARTER), used.end, claim, "booking")
        if not any(one.span.overlaps(other.span) for other in taken):
            taken.append(one)
    calendar = Calendar(
        zone=zone,
        open=open_spans(draw(hours), window, zone),
        closures=tuple(Closed(one, "why") for one in sorted(draw(st.lists(spans(day), max_size=2)))),
        taken=tuple(sorted(taken, key=lambda one: one.span.start)),
        limits=draw(limits),
        now=day + draw(st.integers(-48, 96)) * QUARTER,
        mine=draw(st.frozensets(st.sampled_from(CLAIMS), max_size=1)),
    )
    return calendar, window


many = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(calendars())
def test_runs_cover_the_window_without_gap_overlap_or_seam(case: tuple[Calendar, Span]) -> None:
    calendar, window = case
    found = runs(calendar, window)
    assert (found[0].span.start, found[-1].span.end) == (window.start, window.end)
    for one, then in pairwise(found):
        assert one.span.end == then.span.start
        assert (one.state, one.reason.code, one.reason) != (then.state, then.reason.code, then.reason) or (
            one.reason.code in (Code.CLOSED, Code.BUFFER)
        )
    assert all(run.reason.sentence % run.reason.params for run in found)


@many
@given(calendars())
def test_free_spans_are_the_free_runs(case: tuple[Calendar, Span]) -> None:
    calendar, window = case
    assert free_spans(calendar, window) == merge(run.span for run in runs(calendar, window) if run.state is State.FREE)


@many
@given(calendars(), st.data())
def test_a_window_shows_what_a_larger_one_shows_there(case: tuple[Calendar, Span], data: st.DataObject) -> None:
    calendar, window = case
    part = data.draw(spans(window.start)).within(window)
    assume(part is not None)
    assert part is not None
    cut = [cut for span in free_spans(calendar, window) if (cut := span.within(part))]
    assert free_spans(calendar, part) == cut


@many
@given(calendars(), st.sampled_from([15, 30, 60, 120]))
def test_every_start_can_be_booked_and_lies_on_the_clock(case: tuple[Calendar, Span], minutes: int) -> None:
    calendar, window = case
    length = dt.timedelta(minutes=minutes)
    free = free_spans(calendar, Span(window.start, window.end + length))
    for start in starts(calendar, window, minutes):
        wanted = Span(start, start + length)
        assert any(span.contains(wanted) for span in free)
        local = wall(start, calendar.zone)
        assert (local.hour * 60 + local.minute) % calendar.limits.step_minutes == 0
        if calendar.limits.min_minutes <= minutes <= calendar.limits.max_minutes:
            assert refusal(calendar, wanted) is None


@many
@given(calendars(), st.data())
def test_a_wish_is_granted_exactly_when_it_is_inside_free_time(
    case: tuple[Calendar, Span], data: st.DataObject
) -> None:
    calendar, window = case
    wanted = data.draw(spans(window.start)).within(window)
    assume(wanted is not None)
    assert wanted is not None
    reason = refusal(calendar, wanted)
    if reason is not None and reason.code in (Code.TOO_SHORT, Code.TOO_LONG, Code.STEP):
        return
    inside = any(span.contains(wanted) for span in free_spans(calendar, window))
    if inside:
        assert reason is None
    elif reason is None:
        # Only a night may span closed hours, and then both its ends are in open ones.
        assert wall(wanted.start, calendar.zone).date() != wall(wanted.end - QUARTER, calendar.zone).date()
        assert not any(one.span.overlaps(wanted) for one in calendar.taken)
        assert any(span.start <= wanted.start < span.end for span in calendar.open)
        assert any(span.start <= wanted.end <= span.end for span in calendar.open)


@many
@given(calendars(), st.data())
def test_staff_are_refused_only_for_what_is_taken(case: tuple[Calendar, Span], data: st.DataObject) -> None:
    calendar, window = case
    wanted = data.draw(spans(window.start))
    padded = wanted.padded(after=calendar.buffer)
    reason = refusal(calendar, wanted, staff=True)
    assert (reason is None) == (not any(one.span.overlaps(padded) for one in calendar.taken))
    if reason is not None:
        assert reason.code in (Code.YOURS, Code.BOOKED, Code.BUFFER)


@many
@given(calendars(), st.data())
def test_every_alternative_can_be_booked(case: tuple[Calendar, Span], data: st.DataObject) -> None:
    calendar, window = case
    wanted = data.draw(spans(window.start))
    found = nearest(calendar, wanted)
    assert len(found) <= 3
    assert len(set(found)) == len(found)
    assert wanted not in found
    for one in found:
        assert refusal(calendar, one) is None
