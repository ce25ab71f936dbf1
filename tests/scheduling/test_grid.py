"""Days, weeks and months as cells."""

import datetime as dt
import uuid

import pytest

from bookapp.scheduling.rules import Closed, Code, Hours, State
from bookapp.scheduling.rules.grid import (
    choices_of_end,
    choices_of_start,
    first_from,
    first_in,
    hours_of,
    left_by_day,
    pieces,
    ruler,
)
from bookapp.values.timespan import day_span
from tests.scheduling.calendars import (
    BERLIN,
    CAIRO,
    LONDON,
    LORD_HOWE,
    SANTIAGO,
    TUESDAY,
    a_calendar,
    at,
    every_day,
    span,
    taken,
)

DAY = day_span(TUESDAY, BERLIN)
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def drawn(calendar, over) -> list[tuple[int, str]]:
    return [(piece.cells, piece.run.state.value) for piece in pieces(calendar, over)]


def test_the_ruler_reaches_from_the_first_opening_to_the_last_closing_in_whole_hours() -> None:
    over = ruler([span("09:30", "12:00"), span("14:00", "17:30")], DAY, BERLIN)
    assert over.span == span("09:00", "18:00")
    assert over.cells == 18
    assert over.hours == tuple((f"{hour:02}:00", 2) for hour in range(9, 18))
    assert (over.times[0], over.times[1], over.times[-1]) == ("09:00", "09:30", "18:00")


def test_what_is_asked_for_is_on_the_ruler_and_a_closed_day_shows_daytime() -> None:
    assert ruler([span("09:00", "12:00")], DAY, BERLIN, asked=span("13:15", "13:45")).span == span("09:00", "14:00")
    assert ruler([], DAY, BERLIN).span == span("08:00", "18:00")
    # Yesterday's and tomorrow's hours are not this day's.
    assert ruler([span("09:00", "12:00", TUESDAY + dt.timedelta(days=1))], DAY, BERLIN).span == span("08:00", "18:00")


def test_places_on_the_ruler() -> None:
    over = ruler([span("09:00", "18:00")], DAY, BERLIN)
    assert over.place(span("10:00", "12:00")) == (2, 4)
    assert over.place(span("10:15", "10:45")) == (2, 2)
    assert over.place(span("07:00", "09:30")) == (0, 1)
    assert over.place(span("18:00", "19:00")) is None
    assert over.cell_of(at("09:59")) == 1
    assert over.cell_of(at("18:00")) is None


@pytest.mark.parametrize(
    ("zone", "day", "cells", "around_the_change"),
    [
        (LONDON, dt.date(2026, 3, 29), 46, ["00:00", "02:00", "03:00"]),
        (LONDON, dt.date(2026, 10, 25), 50, ["00:00", "01:00", "01:00", "02:00"]),
        (LORD_HOWE, dt.date(2026, 10, 4), 47, ["00:00", "01:00", "02:30", "03:00"]),
        (LORD_HOWE, dt.date(2026, 4, 5), 49, ["00:00", "01:00", "01:30", "02:00"]),
        (SANTIAGO, dt.date(2026, 9, 6), 46, ["01:00", "02:00"]),
        (CAIRO, dt.date(2026, 4, 24), 46, ["01:00", "02:00"]),
    ],
)
def test_a_day_on_which_the_clocks_change(zone: str, day: dt.date, cells: int, around_the_change: list[str]) -> None:
    whole = day_span(day, zone)
    over = ruler([whole], whole, zone)
    assert (over.cells, len(over.times)) == (cells, cells + 1)
    assert sum(n for _, n in over.hours) == cells
    assert [label for label, _ in over.hours][: len(around_the_change)] == around_the_change
    assert over.times[-1] == "24:00"
    assert len(set(over.times)) == len(over.times)
    calendar = a_calendar(zone=zone, around=day, hours=every_day("00:00", "00:00"), now=LONG_AGO)
    assert drawn(calendar, over) == [(cells, "free")]


def test_a_cell_is_free_only_when_all_of_it_is() -> None:
    calendar = a_calendar(takes=(taken("10:15", "11:00", buffer=15),), buffer_minutes=15)
    over = ruler([span("09:00", "13:00")], DAY, BERLIN)
    assert drawn(calendar, over) == [(2, "free"), (1, "buffer"), (1, "booked"), (1, "buffer"), (3, "free")]
    assert sum(cells for cells, _ in drawn(calendar, over)) == over.cells


def test_a_cell_has_the_first_of_its_runs() -> None:
    calendar = a_calendar(takes=(taken("09:00", "09:10"), taken("09:10", "09:20", buffer=5)))
    over = ruler([span("09:00", "10:00")], DAY, BERLIN)
    assert drawn(calendar, over) == [(1, "booked"), (1, "free")]


def test_a_hold_of_ones_own_stands_among_the_others() -> None:
    claim = uuid.uuid4()
    calendar = a_calendar(takes=(taken("10:00", "11:00", claim=claim),), mine=frozenset({claim}))
    over = ruler([span("09:00", "12:00")], DAY, BERLIN)
    assert drawn(calendar, over) == [(2, "free"), (2, "yours"), (2, "free")]


def test_the_first_booking_of_a_free_span() -> None:
    calendar = a_calendar(min_minutes=60, step_minutes=60)
    assert first_in(calendar, span("09:30", "12:00"), 120, 60) == span("10:00", "12:00")
    assert first_in(calendar, span("09:30", "11:30"), 120, 60) == span("10:00", "11:00")
    assert first_in(calendar, span("09:30", "10:30"), 60) is None
    # 90 minutes end on no full hour, wherever they start.
    assert first_in(calendar, span("09:00", "17:00"), 90) is None


def test_the_first_booking_of_a_day() -> None:
    calendar = a_calendar(takes=(taken("09:00", "11:00"), taken("11:30", "13:00")), min_minutes=60)
    assert first_from(calendar, DAY, 60) == span("13:00", "14:00")
    assert first_from(a_calendar(takes=(taken("09:00", "18:00"),)), DAY, 60) is None


def test_what_is_left_by_day() -> None:
    wednesday, friday = TUESDAY + dt.timedelta(days=1), TUESDAY + dt.timedelta(days=3)
    calendar = a_calendar(
        hours=[Hours(day, dt.time(9), dt.time(18)) for day in range(5)],
        takes=(taken("09:00", "17:30"), taken("09:00", "12:00", day=wednesday)),
        now=at("12:00", TUESDAY - dt.timedelta(days=1)),
        min_minutes=60,
        horizon_days=3,
    )
    monday = TUESDAY - dt.timedelta(days=1)
    found = left_by_day(calendar, monday - dt.timedelta(days=1), friday + dt.timedelta(days=1))
    assert [(one.day, one.minutes, one.code) for one in found] == [
        (monday - dt.timedelta(days=1), 0, Code.PAST),
        (monday, 6 * 60, Code.FREE),
        (TUESDAY, 0, Code.BOOKED),  # half an hour is left, and an hour is the shortest
        (wednesday, 6 * 60, Code.FREE),
        (TUESDAY + dt.timedelta(days=2), 9 * 60, Code.FREE),
        (friday, 0, Code.HORIZON),
        (friday + dt.timedelta(days=1), 0, Code.CLOSED),
    ]


def test_a_day_that_needs_more_notice_says_so() -> None:
    calendar = a_calendar(now=at("08:00"), notice_minutes=24 * 60)
    assert [one.code for one in left_by_day(calendar, TUESDAY, TUESDAY)] == [Code.NOTICE]


def test_starts_and_ends_to_choose_from() -> None:
    calendar = a_calendar(hours=every_day("18:00", "02:00"), takes=(taken("19:00", "20:00"),), max_minutes=180)
    starts = choices_of_start(calendar, DAY)
    assert (starts[0], starts[-1]) == (at("00:00"), at("23:30"))
    assert at("19:30") in starts
    assert at("02:00") not in starts
    ends = choices_of_end(calendar, at("22:30"))
    assert (ends[0], ends[-1]) == (at("23:00"), at("01:30", TUESDAY + dt.timedelta(days=1)))
    odd = at("18:07")
    assert odd in choices_of_start(calendar, DAY, also=odd)
    assert odd in choices_of_end(calendar, at("18:00"), also=odd)


def test_the_first_cell_begins_with_the_ruler_and_the_last_ends_before_it() -> None:
    over = ruler([span("09:00", "18:00")], DAY, BERLIN)
    assert [over.cell_of(at(clock)) for clock in ("08:59", "09:00", "09:29", "09:30", "17:59", "18:00")] == [
        None, 0, 0, 1, 17, None,
    ]  # fmt: skip


def test_an_end_to_choose_lies_after_the_opening_up_to_the_closing_and_a_day_away_at_most() -> None:
    ends = choices_of_end(a_calendar(), at("08:00"))
    assert (ends[0], ends[-1]) == (at("09:30"), at("18:00"))
    always = a_calendar(hours=every_day("00:00", "00:00"), max_minutes=60 * 60)
    assert choices_of_end(always, at("08:00"))[-1] == at("08:00", TUESDAY + dt.timedelta(days=1))


def test_why_nothing_is_left_of_a_day() -> None:
    def code(**facts) -> Code:
        (left,) = left_by_day(a_calendar(min_minutes=60, **facts), TUESDAY, TUESDAY)
        assert left.minutes == 0
        return left.code

    assert code(now=DAY.end) is Code.PAST
    assert code(closures=(Closed(DAY, ""),)) is Code.CLOSED
    assert code(hours=every_day("09:00", "09:30")) is Code.BOOKED, "what is open is too short for anybody"
    around = (taken("08:00", "09:00", buffer=30), taken("10:00", "11:00"))
    assert code(hours=every_day("09:00", "10:00"), takes=around, buffer_minutes=30) is Code.BOOKED


def test_hours_in_words() -> None:
    assert hours_of(at("22:00"), at("24:00"), BERLIN) == "22:00–00:00"
    assert State.FREE.label == "Free"
