"""The day as a line: what takes time, buffers, gaps, closed hours; now and next; and a week of such days."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from bookapp.crm.rules.day import (
    Piece,
    Progress,
    Row,
    Sort,
    current,
    following,
    next_step,
    now_before,
    progress,
    timeline,
)
from bookapp.crm.rules.week import Cell, bounds, column, monday_of
from bookapp.values.timespan import UTC, Span, day_span

DAY = dt.date(2027, 3, 10)


def at(clock: str, day: int = 10) -> dt.datetime:
    return dt.datetime.combine(dt.date(2027, 3, day), dt.time.fromisoformat(clock), UTC)


def span(hours: str, day: int = 10) -> Span:
    start, end = hours.split("-")
    return Span(at(start, day), at(end, day) if end != "24:00" else at("00:00", day + 1))


WINDOW = span("00:00-24:00")
WORK = [span("09:00-17:00")]


def lay(*pieces: Piece, now: str = "06:00", work: list[Span] | None = None) -> list[str]:
    """ "sort from-to" of every row; a gap one can use has a star."""
    rows = timeline(WINDOW, WORK if work is None else work, pieces, now=at(now))
    return [f"{row.sort} {row.span.start:%H:%M}-{row.span.end:%H:%M}{'*' if row.can_act else ''}" for row in rows]


def a_session(hours: str, *, until: str = "", key: str = "session:1") -> Piece:
    return Piece(Sort.SESSION, span(hours), key, at(until) if until else None)


class TestTimeline:
    def test_an_empty_day_is_one_gap_between_closed_hours(self) -> None:
        assert lay() == ["closed 08:00-09:00", "gap 09:00-17:00*", "closed 17:00-18:00"]

    def test_a_day_off_is_closed_from_midnight_to_midnight(self) -> None:
        assert lay(work=[]) == ["closed 00:00-00:00"]

    def test_sessions_buffers_and_what_is_left_between(self) -> None:
        assert lay(
            Piece(Sort.APPOINTMENT, span("09:00-09:50"), "booking:A", at("10:00")),
            a_session("10:30-11:45"),
            Piece(Sort.BLOCKED, span("12:00-14:00"), "closure:3"),
        ) == [
            "closed 08:00-09:00",
            "appointment 09:00-09:50",
            "buffer 09:50-10:00",
            "gap 10:00-10:30*",
            "session 10:30-11:45",
            "gap 11:45-12:00*",
            "blocked 12:00-14:00",
            "gap 14:00-17:00*",
            "closed 17:00-18:00",
        ]

    def test_a_buffer_ends_where_the_next_thing_begins(self) -> None:
        rows = lay(a_session("09:00-10:00", until="10:15"), a_session("10:05-17:00", key="session:2"))
        assert "buffer 10:00-10:05" in rows

    def test_what_is_shorter_than_a_quarter_of_an_hour_is_no_gap(self) -> None:
        assert not [row for row in lay(a_session("09:00-12:00"), a_session("12:10-17:00")) if "gap" in row]

    def test_a_class_in_the_evening_leaves_closed_hours_on_both_sides(self) -> None:
        assert lay(a_session("09:00-17:00"), a_session("18:00-19:15")) == [
            "closed 08:00-09:00",
            "session 09:00-17:00",
            "closed 17:00-18:00",
            "session 18:00-19:15",
            "closed 19:15-20:15",
        ]

    def test_a_gap_that_has_begun_is_cut_at_the_next_five_minutes(self) -> None:
        rows = lay(a_session("09:00-10:00"), now="12:03")
        assert rows[2:4] == ["gap 10:00-12:05", "gap 12:05-17:00*"]

    def test_a_gap_that_is_over_cannot_be_used_and_the_rest_of_one_that_is_too_short_is_not_shown(self) -> None:
        assert lay(now="16:50")[1:] == ["gap 09:00-16:50", "closed 17:00-18:00"]

    def test_what_crosses_midnight_shows_its_part_of_the_day(self) -> None:
        night = Piece(Sort.SESSION, Span(at("22:00", 9), at("01:00")), "session:1")
        assert lay(night, work=[]) == ["session 00:00-01:00", "closed 01:00-02:00"]

    def test_a_buffer_from_yesterday_reaches_into_the_morning(self) -> None:
        late = Piece(Sort.SESSION, Span(at("22:00", 9), at("00:00")), "session:1", at("00:15"))
        assert lay(late, work=[])[0] == "buffer 00:00-00:15"

    def test_what_was_booked_before_the_time_was_blocked_stands_beside_it(self) -> None:
        rows = lay(Piece(Sort.BLOCKED, span("12:00-14:00")), a_session("12:30-13:00"))
        assert rows[2:4] == ["blocked 12:00-14:00", "session 12:30-13:00"]

    def test_every_minute_of_the_working_day_is_in_exactly_one_row_when_nothing_overlaps(self) -> None:
        rows = timeline(
            WINDOW, WORK, [a_session("09:00-10:00", until="10:15"), a_session("12:00-13:00")], now=at("06:00")
        )
        inside = [row.span for row in rows if row.sort is not Sort.CLOSED]
        assert sum(each.minutes for each in inside) == 8 * 60
        assert all(before.end == after.start for before, after in pairwise(inside))

    def test_the_day_the_clocks_go_forward_has_its_own_hours(self) -> None:
        window = day_span(dt.date(2027, 3, 28), "Europe/London")
        rows = timeline(window, [window], [], now=window.start)
        assert [row.span.minutes for row in rows] == [23 * 60]


class TestNow:
    PIECES = (
        a_session("09:00-10:00"),
        a_session("09:30-10:30", key="session:2"),
        Piece(Sort.BLOCKED, span("09:45-12:00")),
        Piece(Sort.APPOINTMENT, span("13:00-14:00"), "booking:A"),
    )

    @pytest.mark.parametrize(
        ("now", "on", "then"),
        [
            ("08:00", None, "session:1"),
            ("09:00", "session:1", "session:2"),
            ("09:50", "session:2", "booking:A"),
            ("10:30", None, "booking:A"),
            ("13:59", "booking:A", None),
            ("14:00", None, None),
        ],
    )
    def test_what_is_on_and_what_comes_next(self, now: str, on: str | None, then: str | None) -> None:
        found, after = current(self.PIECES, at(now)), following(self.PIECES, at(now))
        assert (found and found.key, after and after.key) == (on, then)

    def test_the_mark_stands_before_what_is_on_or_comes(self) -> None:
        rows = [Row(Sort.SESSION, span("09:00-10:00")), Row(Sort.SESSION, span("11:00-12:00"))]
        assert [now_before(rows, at(now)) for now in ("08:00", "09:30", "10:00", "12:00")] == [0, 0, 1, 2]

    def test_progress_is_in_whole_minutes_and_stays_within(self) -> None:
        on = span("10:30-11:45")
        assert progress(on, at("11:11")) == Progress(41, 75)
        assert progress(on, at("11:11")).left == 34
        assert (progress(on, at("10:00")).gone, progress(on, at("12:00")).left) == (0, 0)

    @pytest.mark.parametrize(("now", "then"), [("10:00", "10:00"), ("10:01", "10:05"), ("10:59", "11:00")])
    def test_the_next_full_five_minutes(self, now: str, then: str) -> None:
        assert next_step(at(now)) == at(then)
        assert next_step(at(now) + dt.timedelta(seconds=1)) == at(then) + dt.timedelta(minutes=5 * (now == then))


class TestWeek:
    def test_it_is_drawn_from_eight_to_six_and_as_far_as_needed(self) -> None:
        assert bounds([[]], "UTC") == (8, 18)
        rows = [Row(Sort.SESSION, span("06:45-07:30")), Row(Sort.SESSION, span("19:00-20:15"))]
        assert bounds([rows], "UTC") == (6, 21)

    def test_a_column_has_all_its_half_hours(self) -> None:
        rows = [Row(Sort.SESSION, span("09:00-10:15"))]
        cells = column(rows, "UTC", 8, 12)
        assert cells == [Cell(2), Cell(3, rows[0]), Cell(3)]
        assert sum(cell.slots for cell in cells) == 8

    def test_what_overlaps_begins_after_and_what_has_no_room_is_left_out(self) -> None:
        rows = [Row(Sort.BLOCKED, span("09:00-10:00")), Row(Sort.SESSION, span("09:30-11:00")),
                Row(Sort.SESSION, span("11:40-11:50")), Row(Sort.SESSION, span("13:00-14:00"))]  # fmt: skip
        cells = column(rows, "UTC", 9, 12)
        assert [(cell.slots, cell.row) for cell in cells] == [
            (2, rows[0]), (2, rows[1]), (1, None), (1, rows[2]),
        ]  # fmt: skip

    def test_until_midnight_and_beyond_is_until_the_end(self) -> None:
        row = Row(Sort.SESSION, Span(at("22:00"), at("00:00", 11)))
        assert column([row], "UTC", 21, 24) == [Cell(2), Cell(4, row)]

    def test_monday(self) -> None:
        assert monday_of(DAY) == dt.date(2027, 3, 8)
