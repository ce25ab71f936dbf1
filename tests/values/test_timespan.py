"""Spans are half-open; wall time becomes an instant in one place, on odd days too."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.values.timespan import (
    UTC,
    Span,
    WallTimeMissing,
    WallTimeTwice,
    day_span,
    days,
    instant,
    instant_near,
    merge,
    subtract,
    wall,
)

ZERO = dt.datetime(2026, 11, 24, tzinfo=UTC)


def span(start: float, end: float) -> Span:
    return Span(ZERO + dt.timedelta(hours=start), ZERO + dt.timedelta(hours=end))


def test_touching_spans_do_not_overlap() -> None:
    assert not span(9, 10).overlaps(span(10, 11))
    assert span(9, 10.5).overlaps(span(10, 11))
    assert span(9, 12).contains(span(10, 11))


def test_a_span_needs_aware_times_in_order() -> None:
    with pytest.raises(ValueError, match="aware"):
        Span(dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 2))  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="after"):
        Span(ZERO, ZERO)


@pytest.mark.parametrize("which", [0, 1])
def test_one_naive_time_is_one_too_many(which: int) -> None:
    times = [ZERO, ZERO + dt.timedelta(hours=1)]
    times[which] = times[which].replace(tzinfo=None)
    with pytest.raises(ValueError, match="^a span needs aware times$"):
        Span(*times)


def test_within_padded_moved() -> None:
    assert span(9, 12).within(span(10, 14)) == span(10, 12)
    assert span(9, 10).within(span(10, 11)) is None
    assert span(9, 10).padded(before=dt.timedelta(hours=1), after=dt.timedelta(hours=2)) == span(8, 12)
    assert span(9, 10).moved(dt.timedelta(hours=1)) == span(10, 11)
    assert span(9, 10.5).minutes == 90


hours = st.integers(0, 48)
spans = st.lists(
    st.tuples(hours, hours).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: span(*pair)), max_size=8
)


@given(spans, spans)
def test_subtract_keeps_exactly_what_is_not_taken(wanted: list[Span], taken: list[Span]) -> None:
    left = subtract(wanted, taken)
    for hour in range(48):
        at = span(hour, hour + 1)
        expected = any(each.contains(at) for each in wanted) and not any(each.overlaps(at) for each in taken)
        assert any(each.contains(at) for each in left) is expected
    assert merge(left) == left


def test_a_missing_wall_time_is_refused() -> None:
    with pytest.raises(WallTimeMissing, match="2026-03-29 01:30:00 in Europe/London"):
        instant(dt.date(2026, 3, 29), dt.time(1, 30), "Europe/London")


def test_a_doubled_wall_time_asks_which() -> None:
    with pytest.raises(WallTimeTwice) as asked:
        instant(dt.date(2026, 10, 25), dt.time(1, 30), "Europe/London")
    assert asked.value.later - asked.value.earlier == dt.timedelta(hours=1)
    assert asked.value.earlier.tzinfo is asked.value.later.tzinfo is UTC
    assert str(asked.value) == "2026-10-25T00:30:00+00:00 or 2026-10-25T01:30:00+00:00"
    assert instant(dt.date(2026, 10, 25), dt.time(1, 30), "Europe/London", fold=1) == asked.value.later
    assert instant(dt.date(2026, 10, 25), dt.time(1, 30), "Europe/London", fold=0) == asked.value.earlier


@pytest.mark.parametrize(
    ("day", "zone", "length"),
    [
        (dt.date(2026, 3, 29), "Europe/London", 23),
        (dt.date(2026, 10, 25), "Europe/London", 25),
        (dt.date(2026, 6, 1), "Europe/London", 24),
        (dt.date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (dt.date(2026, 10, 4), "Australia/Lord_Howe", 23.5),
        # The clocks jump at midnight: the day begins at one o'clock.
        (dt.date(2026, 9, 6), "America/Santiago", 23),
        (dt.date(2026, 4, 24), "Africa/Cairo", 23),
    ],
)
def test_days_are_as_long_as_they_are(day: dt.date, zone: str, length: float) -> None:
    whole = day_span(day, zone)
    assert whole.length == dt.timedelta(hours=length)
    assert wall(whole.start, zone).date() == day
    assert wall(whole.end - dt.timedelta(seconds=1), zone).date() == day


def test_hours_mean_something_on_every_day() -> None:
    gap = instant_near(dt.date(2026, 3, 29), dt.time(1, 30), "Europe/London")
    assert wall(gap, "Europe/London").time() == dt.time(2)
    assert gap.tzinfo is UTC
    assert instant_near(dt.date(2026, 10, 25), dt.time(1, 30), "Europe/London") == dt.datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
    assert instant_near(dt.date(2026, 6, 1), dt.time(9), "Europe/London") == dt.datetime(2026, 6, 1, 8, tzinfo=UTC)


def test_days_include_both_ends() -> None:
    assert list(days(dt.date(2026, 2, 27), dt.date(2026, 3, 1)))[-1] == dt.date(2026, 3, 1)
    assert len(list(days(dt.date(2026, 2, 27), dt.date(2026, 3, 1)))) == 3
