"""What is free, and the words for what is not."""

import datetime as dt
import uuid
from dataclasses import replace

from bookapp.scheduling.rules import (
    Calendar,
    Closed,
    Code,
    Hours,
    Kind,
    State,
    free_spans,
    joint_starts,
    runs,
    starts,
)
from bookapp.values.timespan import Span, day_span
from tests.scheduling.calendars import (
    BERLIN,
    LONDON,
    LORD_HOWE,
    TUESDAY,
    a_calendar,
    at,
    every_day,
    span,
    taken,
)

DAY = day_span(TUESDAY, BERLIN)
MINUTE = dt.timedelta(minutes=1)


def shown(calendar: Calendar, window: Span = DAY) -> list[tuple[str, str, str]]:
    """The runs as (state, "09:00-18:00", sentence)."""
    return [
        (
            run.state.value,
            f"{run.span.start.astimezone(_zone(calendar)):%H:%M}-{run.span.end.astimezone(_zone(calendar)):%H:%M}",
            run.reason.sentence % run.reason.params,
        )
        for run in runs(calendar, window)
    ]


def _zone(calendar: Calendar) -> dt.tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(calendar.zone)


def test_a_day_with_nothing_in_it() -> None:
    assert shown(a_calendar()) == [
        ("closed", "00:00-09:00", "Closed until 09:00"),
        ("free", "09:00-18:00", "Free"),
        ("closed", "18:00-00:00", "Closed from 18:00"),
    ]


def test_a_booking_with_its_cleaning_and_the_cleaning_before_it() -> None:
    calendar = a_calendar(takes=(taken("12:00", "14:00", buffer=30),), buffer_minutes=30)
    assert shown(calendar, span("09:00", "18:00")) == [
        ("free", "09:00-11:30", "Free"),
        ("buffer", "11:30-12:00", "30 min cleaning before the booking at 12:00"),
        ("booked", "12:00-14:00", "Booked until 14:00"),
        ("buffer", "14:00-14:30", "30 min cleaning after 14:00"),
        ("free", "14:30-18:00", "Free"),
    ]


def test_touching_bookings_are_one_run_and_touching_a_window_is_not_in_it() -> None:
    calendar = a_calendar(takes=(taken("09:00", "10:00"), taken("10:00", "11:00"), taken("13:00", "14:00")))
    assert shown(calendar, span("09:00", "13:00")) == [
        ("booked", "09:00-11:00", "Booked until 11:00"),
        ("free", "11:00-13:00", "Free"),
    ]


def test_the_end_of_a_booking_that_leaves_the_window_is_still_told() -> None:
    calendar = a_calendar(takes=(taken("12:00", "14:00"),))
    assert shown(calendar, span("13:00", "13:30")) == [("booked", "13:00-13:30", "Booked until 14:00")]


def test_a_booking_over_several_days_fills_the_days_between() -> None:
    long = replace(
        taken("10:00", "11:00"),
        span=Span(at("10:00", TUESDAY - dt.timedelta(days=1)), at("11:00", TUESDAY + dt.timedelta(days=1))),
        used_until=at("11:00", TUESDAY + dt.timedelta(days=1)),
    )
    assert shown(a_calendar(takes=(long,))) == [("booked", "00:00-00:00", "Booked for the rest of the day")]


def test_ones_own_hold_is_ones_own() -> None:
    claim = uuid.uuid4()
    calendar = a_calendar(takes=(taken("14:00", "16:00", buffer=30, claim=claim),), mine=frozenset({claim}))
    assert shown(calendar, span("13:00", "17:00")) == [
        ("free", "13:00-14:00", "Free"),
        ("yours", "14:00-16:00", "Held for you"),
        ("buffer", "16:00-16:30", "30 min cleaning after 16:00"),
        ("free", "16:30-17:00", "Free"),
    ]


def test_what_is_over_is_one_run_up_to_now() -> None:
    calendar = a_calendar(takes=(taken("09:30", "10:00"),), now=at("10:40"))
    assert shown(calendar, span("09:00", "12:00")) == [
        ("closed", "09:00-10:40", "This time is over"),
        ("free", "10:40-12:00", "Free"),
    ]


def test_notice_and_horizon() -> None:
    soon = a_calendar(now=at("09:30"), notice_minutes=180)
    assert shown(soon, span("09:30", "14:00")) == [
        ("notice", "09:30-12:30", "Needs 3 h notice"),
        ("free", "12:30-14:00", "Free"),
    ]
    assert [run.reason.code for run in runs(a_calendar(horizon_days=3), DAY)] == [
        Code.CLOSED,
        Code.HORIZON,
        Code.CLOSED,
    ]
    # Four days after 20 November is the 24th, and all of it.
    assert free_spans(a_calendar(horizon_days=4), DAY) == [span("09:00", "18:00")]


def test_closed_says_when_it_opens_again() -> None:
    split = [Hours(1, dt.time(9), dt.time(12)), Hours(1, dt.time(13), dt.time(18))]
    assert shown(a_calendar(hours=split))[2] == ("closed", "12:00-13:00", "Closed from 12:00 to 13:00")
    sunday = TUESDAY - dt.timedelta(days=2)
    assert shown(a_calendar(hours=split), day_span(sunday, BERLIN)) == [("closed", "00:00-00:00", "Closed on Sundays")]
    assert shown(a_calendar(hours=split), span("06:00", "07:00")) == [("closed", "06:00-07:00", "Closed until 09:00")]


def test_a_closure_gives_its_reason_and_goes_over_the_hours() -> None:
    painting = Closed(span("08:00", "12:00"), "painting")
    silent = Closed(span("12:00", "13:00"), "")
    assert shown(a_calendar(closures=(painting, silent)), span("07:00", "14:00")) == [
        ("closed", "07:00-08:00", "Closed until 09:00"),
        ("closed", "08:00-12:00", "Closed: painting"),
        ("closed", "12:00-13:00", "Closed"),
        ("free", "13:00-14:00", "Free"),
    ]


def test_a_person_has_words_of_their_own() -> None:
    calendar = replace(
        a_calendar(
            hours=[Hours(1, dt.time(9), dt.time(18))],
            takes=(taken("10:00", "11:00", buffer=15), taken("15:00", "16:00", buffer=15)),
            closures=(Closed(span("17:00", "18:00"), "school play"),),
            buffer_minutes=15,
        ),
        kind=Kind.PERSON,
    )
    said = [sentence for _, _, sentence in shown(calendar)]
    assert said == [
        "Not here until 09:00",
        "Free",
        "15 min break before the booking at 10:00",
        "Busy until 11:00",
        "15 min break after 11:00",
        "Free",
        "15 min break before the booking at 15:00",
        "Busy until 16:00",
        "15 min break after 16:00",
        "Free",
        "Away: school play",
        "Not here from 18:00",
    ]
    wednesday = day_span(TUESDAY + dt.timedelta(days=1), BERLIN)
    assert [sentence for _, _, sentence in shown(calendar, wednesday)] == ["Not here on Wednesdays"]


def test_a_night_shows_the_part_within_the_day() -> None:
    night = every_day("18:00", "02:00")
    assert [(state, at_) for state, at_, _ in shown(a_calendar(hours=night))] == [
        ("free", "00:00-02:00"),
        ("closed", "02:00-18:00"),
        ("free", "18:00-00:00"),
    ]
    assert free_spans(a_calendar(hours=night), span("12:00", "24:00")) == [span("18:00", "24:00")]


def test_open_round_the_clock_has_no_seam() -> None:
    calendar = a_calendar(hours=every_day("00:00", "00:00"))
    two_days = Span(DAY.start, DAY.end + dt.timedelta(days=1))
    assert free_spans(calendar, two_days) == [two_days]


def test_starts_are_on_the_step_and_leave_room_for_the_length_and_the_buffer() -> None:
    calendar = a_calendar(takes=(taken("11:15", "12:00", buffer=15),), buffer_minutes=15)
    found = starts(calendar, span("09:00", "13:00"), 60)
    assert found == [at("09:00"), at("09:30"), at("10:00"), at("12:30")]


def test_a_start_at_the_end_of_the_window_is_outside_and_a_booking_may_leave_it() -> None:
    assert starts(a_calendar(), span("17:00", "17:30"), 60) == [at("17:00")]
    assert starts(a_calendar(), span("16:00", "17:00"), 90) == [at("16:00"), at("16:30")]
    assert starts(a_calendar(), span("17:30", "18:00"), 60) == []


def test_a_step_counts_from_local_midnight() -> None:
    calendar = a_calendar(hours=every_day("09:10", "12:00"), step_minutes=45)
    assert starts(calendar, DAY, 45) == [at("09:45"), at("10:30"), at("11:15")]


def test_steps_follow_the_clock_over_its_changes() -> None:
    forward = dt.date(2026, 3, 29)
    calendar = a_calendar(
        zone=LONDON, around=forward, hours=every_day("00:00", "04:00"), step_minutes=60, now=at("00:00", forward, "UTC")
    )
    local = [found.astimezone(_zone(calendar)) for found in starts(calendar, day_span(forward, LONDON), 60)]
    assert [f"{one:%H:%M}" for one in local] == ["00:00", "02:00", "03:00"]

    back = dt.date(2026, 10, 25)
    calendar = a_calendar(
        zone=LONDON, around=back, hours=every_day("00:00", "04:00"), step_minutes=60, now=at("00:00", forward, "UTC")
    )
    local = [found.astimezone(_zone(calendar)) for found in starts(calendar, day_span(back, LONDON), 60)]
    assert [f"{one:%H:%M%z}" for one in local] == [
        "00:00+0100",
        "01:00+0100",
        "01:00+0000",
        "02:00+0000",
        "03:00+0000",
    ]


def test_half_an_hour_of_summer_time() -> None:
    # Lord Howe, 4 October 2026: 02:00 becomes 02:30.
    day = dt.date(2026, 10, 4)
    calendar = a_calendar(
        zone=LORD_HOWE, around=day, hours=every_day("01:00", "05:00"), step_minutes=60, now=at("00:00", day, "UTC")
    )
    calendar = replace(calendar, now=at("00:00", day - dt.timedelta(days=2), LORD_HOWE))
    window = day_span(day, LORD_HOWE)
    assert window.length == dt.timedelta(hours=23, minutes=30)
    local = [found.astimezone(_zone(calendar)) for found in starts(calendar, window, 60)]
    # 02:00 does not exist; from 01:00 an hour ends at 02:30, which is no step.
    assert [f"{one:%H:%M}" for one in local] == ["03:00", "04:00"]
    assert [run.state for run in runs(calendar, window)] == [State.CLOSED, State.FREE, State.CLOSED]


def test_person_and_place_together() -> None:
    person = replace(a_calendar(takes=(taken("10:00", "11:00"),)), kind=Kind.PERSON)
    small = a_calendar(takes=(taken("09:00", "12:30"),))
    large = a_calendar(takes=(taken("12:00", "18:00"),))
    window = span("09:00", "14:00")
    assert joint_starts(person, None, window, 60) == starts(person, window, 60)
    assert joint_starts(person, [], window, 60) == []
    # From 12:00 to 12:30 neither room is free, and no appointment changes rooms in between.
    assert joint_starts(person, [small, large], window, 60) == [
        at("09:00"),
        at("11:00"),
        at("12:30"),
        at("13:00"),
        at("13:30"),
    ]


def test_an_appointment_has_a_length_of_its_own() -> None:
    person = replace(a_calendar(step_minutes=30), kind=Kind.PERSON)
    assert starts(person, span("17:00", "18:00"), 50) == [at("17:00")]
    assert starts(replace(person, kind=Kind.ROOM), span("17:00", "18:00"), 50) == []


def test_the_last_day_that_can_be_booked_ends_at_midnight_sharp() -> None:
    calendar = a_calendar(hours=every_day("00:00", "00:00"), now=at("12:00"), horizon_days=0)
    wednesday = TUESDAY + dt.timedelta(days=1)
    assert shown(calendar, Span(at("22:00"), at("02:00", wednesday))) == [
        ("free", "22:00-00:00", "Free"),
        ("closed", "00:00-02:00", "Can be booked up to 0 days ahead"),
    ]


def test_until_midnight_is_said_with_the_hour_and_beyond_it_is_the_rest_of_the_day() -> None:
    wednesday = TUESDAY + dt.timedelta(days=1)
    to_midnight = replace(taken("10:00", "11:00"), span=Span(at("22:00"), at("24:00")), used_until=at("24:00"))
    beyond = replace(to_midnight, span=Span(at("22:00"), at("00:01", wednesday)), used_until=at("00:01", wednesday))
    for one, words in ((to_midnight, "Booked until 00:00"), (beyond, "Booked for the rest of the day")):
        calendar = a_calendar(hours=every_day("00:00", "00:00"), takes=(one,))
        assert shown(calendar, span("22:00", "24:00")) == [("booked", "22:00-00:00", words)]


def test_what_opens_or_closes_at_midnight_belongs_to_the_other_day() -> None:
    night, evening = a_calendar(hours=every_day("00:00", "06:00")), a_calendar(hours=every_day("18:00", "00:00"))
    assert shown(night)[1:] == [("closed", "06:00-00:00", "Closed from 06:00")]
    assert shown(evening)[:1] == [("closed", "00:00-18:00", "Closed until 18:00")]


def test_seconds_of_a_buffer_are_not_said() -> None:
    one = taken("12:00", "13:00", buffer=30)
    late = replace(one, span=replace(one.span, end=one.span.end + dt.timedelta(seconds=59)))
    assert ("buffer", "13:00-13:30", "30 min cleaning after 13:00") in shown(a_calendar(takes=(late,)))
