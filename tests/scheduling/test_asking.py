"""One wish against one calendar."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from bookapp.scheduling.rules import Calendar, Closed, Code, Kind, nearest, refusal
from bookapp.values.timespan import Span
from tests.scheduling.calendars import TUESDAY, a_calendar, at, every_day, span, taken

WEDNESDAY = TUESDAY + dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def why(calendar: Calendar, wanted: Span, *, staff: bool = False) -> tuple[str, str] | None:
    reason = refusal(calendar, wanted, staff=staff)
    return reason and (reason.code.value, reason.sentence % reason.params)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (span("09:00", "10:00"), None),
        (span("10:00", "12:00"), None),
        (span("14:00", "15:00"), None),
        (span("11:30", "12:30"), ("booked", "Booked until 14:00")),
        (span("13:30", "15:00"), ("booked", "Booked until 14:00")),
        (span("12:30", "13:30"), ("booked", "Booked until 14:00")),
        (span("11:00", "15:00"), ("booked", "Booked until 14:00")),
    ],
)
def test_ranges_are_half_open(wanted: Span, expected: tuple[str, str] | None) -> None:
    assert why(a_calendar(takes=(taken("12:00", "14:00"),)), wanted) == expected


def test_buffers_on_both_sides() -> None:
    calendar = a_calendar(takes=(taken("12:00", "14:00", buffer=30),), buffer_minutes=30)
    assert why(calendar, span("14:00", "15:00")) == ("buffer", "30 min cleaning after 14:00")
    assert why(calendar, span("14:30", "15:00")) is None
    assert why(calendar, span("11:00", "12:00")) == ("buffer", "30 min cleaning before the booking at 12:00")
    assert why(calendar, span("10:30", "11:30")) is None


def test_the_length() -> None:
    calendar = a_calendar(min_minutes=60, max_minutes=150)
    assert why(calendar, span("10:00", "10:30")) == ("too_short", "The shortest booking here is 1 h")
    assert why(calendar, span("10:00", "13:00")) == ("too_long", "The longest booking here is 2 h 30 min")
    assert why(calendar, span("10:00", "11:00")) is None
    assert why(calendar, span("10:00", "12:30")) is None


def test_the_step_counts_for_both_ends_of_a_room_and_for_the_start_of_a_person() -> None:
    calendar = a_calendar()
    said = ("step", "Times here go in steps of 30 min, counted from midnight")
    assert why(calendar, span("10:15", "11:00")) == said
    assert why(calendar, span("10:00", "10:50")) == said
    assert why(replace(calendar, kind=Kind.PERSON), span("10:00", "10:50")) is None
    seconds = Span(at("10:00") + dt.timedelta(seconds=1), at("11:00"))
    assert refusal(calendar, seconds) is not None


def test_past_notice_and_horizon() -> None:
    calendar = a_calendar(now=at("10:30"), notice_minutes=24 * 60, horizon_days=2)
    assert why(calendar, span("10:00", "11:00")) == ("past", "This time is over")
    assert why(calendar, span("17:00", "18:00")) == ("notice", "Needs 24 h notice")
    assert why(calendar, span("10:00", "11:00", WEDNESDAY)) == ("notice", "Needs 24 h notice")
    assert why(calendar, span("10:30", "11:00", WEDNESDAY)) is None
    thursday, friday = (TUESDAY + dt.timedelta(days=days) for days in (2, 3))
    assert why(calendar, span("17:00", "18:00", thursday)) is None
    assert why(calendar, span("09:00", "10:00", friday)) == ("horizon", "Can be booked up to 2 days ahead")


def test_hours_and_closures() -> None:
    calendar = a_calendar(closures=(Closed(span("12:00", "13:00"), "fire drill"),))
    assert why(calendar, span("08:30", "10:00")) == ("closed", "Closed until 09:00")
    assert why(calendar, span("17:00", "18:30")) == ("closed", "Closed from 18:00")
    assert why(calendar, span("11:30", "12:30")) == ("closed", "Closed: fire drill")
    assert why(calendar, span("13:00", "14:00")) is None


def test_a_lunch_break_is_not_a_night() -> None:
    hours = every_day("09:00", "12:00") + every_day("13:00", "18:00")
    assert why(a_calendar(hours=hours), span("11:00", "14:00")) == ("closed", "Closed from 12:00 to 13:00")


def test_hours_may_cross_midnight() -> None:
    calendar = a_calendar(hours=every_day("18:00", "02:00"))
    late = Span(at("23:00"), at("01:30", WEDNESDAY))
    assert why(calendar, late) is None
    assert why(calendar, Span(at("23:00"), at("02:30", WEDNESDAY))) == ("closed", "Closed from 02:00 to 18:00")


def test_an_overnight_hire_starts_and_ends_within_hours() -> None:
    calendar = a_calendar(max_minutes=60 * 60)
    assert why(calendar, Span(at("16:00"), at("10:00", WEDNESDAY))) is None
    assert why(calendar, Span(at("16:00"), at("09:00", WEDNESDAY))) is None
    assert why(calendar, Span(at("16:00"), at("08:30", WEDNESDAY))) == ("closed", "Closed from 18:00")
    assert why(calendar, Span(at("18:00"), at("10:00", WEDNESDAY))) == ("closed", "Closed from 18:00")
    assert why(calendar, Span(at("16:00"), at("24:00"))) == ("closed", "Closed from 18:00")
    two_nights = Span(at("16:00"), at("10:00", TUESDAY + dt.timedelta(days=2)))
    assert why(calendar, two_nights) is None
    closed = replace(calendar, closures=(Closed(span("12:00", "13:00", WEDNESDAY), ""),))
    assert why(closed, two_nights) == ("closed", "Closed")
    booked = replace(calendar, taken=(taken("12:00", "13:00", day=WEDNESDAY),))
    assert why(booked, two_nights) == ("booked", "Booked until 13:00")


def test_staff_override_everything_but_what_is_taken() -> None:
    calendar = a_calendar(
        takes=(taken("12:00", "14:00", buffer=30),),
        closures=(Closed(span("15:00", "16:00"), ""),),
        now=at("10:00"),
        notice_minutes=600,
        buffer_minutes=30,
        min_minutes=60,
    )
    for wanted in (span("09:10", "09:20"), span("15:00", "16:00"), span("20:00", "23:00")):
        assert refusal(calendar, wanted) is not None
        assert refusal(calendar, wanted, staff=True) is None
    assert why(calendar, span("13:00", "15:00"), staff=True) == ("booked", "Booked until 14:00")
    assert why(calendar, span("14:00", "15:00"), staff=True) == ("buffer", "30 min cleaning after 14:00")
    assert why(calendar, span("11:00", "12:00"), staff=True) == (
        "buffer",
        "30 min cleaning before the booking at 12:00",
    )


def test_ones_own_hold_is_named_before_somebody_elses_booking() -> None:
    claim = uuid.uuid4()
    calendar = a_calendar(
        takes=(taken("12:00", "13:00"), taken("13:00", "14:00", claim=claim)), mine=frozenset({claim})
    )
    assert why(calendar, span("12:00", "14:00")) == ("yours", "Held for you")
    assert why(calendar, span("12:00", "13:00")) == ("booked", "Booked until 13:00")


def test_what_is_taken_is_named_before_what_is_closed_and_form_before_both() -> None:
    calendar = a_calendar(takes=(taken("18:00", "19:00"),), notice_minutes=60 * 24 * 20)
    assert refusal(calendar, span("17:00", "18:30")).code is Code.BOOKED  # type: ignore[union-attr]
    assert refusal(calendar, span("17:00", "18:00")).code is Code.NOTICE  # type: ignore[union-attr]
    assert refusal(calendar, span("17:00", "18:15")).code is Code.STEP  # type: ignore[union-attr]


def test_the_nearest_are_earlier_later_and_shorter() -> None:
    calendar = a_calendar(takes=(taken("14:00", "15:00"),))
    assert nearest(calendar, span("13:30", "15:30")) == [
        span("12:00", "14:00"),
        span("15:00", "17:00"),
        span("13:30", "14:00"),
    ]


def test_the_nearest_leave_room_for_the_buffer() -> None:
    calendar = a_calendar(takes=(taken("12:00", "14:00", buffer=30),), buffer_minutes=30)
    found = nearest(calendar, span("13:00", "14:00"))
    assert found == [span("14:30", "15:30"), span("10:30", "11:30"), span("15:00", "16:00")]
    assert all(refusal(calendar, one) is None for one in found)


def test_the_nearest_of_a_full_day_are_on_the_days_around_it() -> None:
    calendar = a_calendar(takes=(taken("09:00", "18:00"),))
    assert nearest(calendar, span("14:00", "16:00"), limit=2) == [
        span("09:00", "11:00", WEDNESDAY),
        span("16:00", "18:00", TUESDAY - dt.timedelta(days=1)),
    ]


def test_the_nearest_bring_the_length_within_the_limits_and_the_start_onto_the_step() -> None:
    calendar = a_calendar(min_minutes=60, max_minutes=120)
    assert nearest(calendar, span("10:00", "10:30"), limit=1) == [span("10:00", "11:00")]
    assert nearest(calendar, span("10:00", "16:00"), limit=1) == [span("10:00", "12:00")]
    assert nearest(calendar, span("10:10", "11:10"), limit=2) == [span("10:00", "11:00"), span("10:30", "11:30")]


def test_nothing_is_near_when_everything_is_closed() -> None:
    assert nearest(a_calendar(hours=[]), span("10:00", "11:00")) == []


def test_one_shorter_time_is_offered_and_it_is_the_longest() -> None:
    calendar = a_calendar(takes=(taken("11:00", "12:00"),), closures=(Closed(span("14:30", "18:00"), ""),))
    found = nearest(calendar, span("10:00", "14:00"), limit=20)
    inside = [one for one in found if one.within(span("10:00", "14:00")) == one]
    assert inside == [span("12:00", "14:00")]


def test_the_nearest_go_on_a_step_at_a_time() -> None:
    assert nearest(a_calendar(), span("12:00", "13:00"), limit=4)[:3] == [
        span("11:30", "12:30"),
        span("12:30", "13:30"),
        span("11:00", "12:00"),
    ]


def test_a_night_begins_and_ends_exactly_with_the_hours() -> None:
    calendar = a_calendar(max_minutes=60 * 60)
    assert why(calendar, Span(at("09:00"), at("18:00", WEDNESDAY))) is None
    assert why(calendar, Span(at("16:00"), at("18:00", WEDNESDAY))) is None


def test_until_midnight_is_not_overnight() -> None:
    calendar = a_calendar(hours=every_day("09:00", "12:00") + every_day("20:00", "00:00"), max_minutes=60 * 60)
    assert why(calendar, Span(at("10:00"), at("24:00"))) == ("closed", "Closed from 12:00 to 20:00")


def test_who_would_give_it_back_does_not_stand_in_their_own_way() -> None:
    claim, other = uuid.uuid4(), uuid.uuid4()
    takes = (taken("10:00", "11:00", claim=claim), taken("12:00", "13:00", claim=other))
    calendar = a_calendar(takes=takes)
    assert calendar.without([claim]).taken == (takes[1],)
    assert calendar.without([claim, other]).taken == ()
    assert calendar.without([]) is calendar
    assert calendar.without([uuid.uuid4()]) == calendar
    assert calendar.without([claim]).limits == calendar.limits
