"""A day of a room as runs and as cells: nothing missing, nothing twice, each where the clock has it."""

from __future__ import annotations

import datetime as dt
import uuid
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookapp.booking.rules.lanes import Cell, Run, Slot, Sort, bounds, cells, runs_of_day, share_taken
from bookapp.scheduling.rules import Calendar, Closed, Limits, Taken
from bookapp.values.timespan import Span, day_span

ZONE = "Europe/Berlin"
DAY = dt.date(2027, 3, 9)
LIMITS = Limits(60, 600, 30, 30, 0, 365)


def at(hour: float, day: dt.date = DAY) -> dt.datetime:
    """An hour after that midnight in Berlin."""
    return day_span(day, ZONE).start + dt.timedelta(hours=hour)


def span(start: float, end: float) -> Span:
    return Span(at(start), at(end))


def taken(start: float, used: float, end: float | None = None) -> Taken:
    return Taken(span(start, end or used), at(used), uuid.uuid4(), "booking")


def calendar(*, takes: tuple[Taken, ...] = (), closures: tuple[Closed, ...] = (), now: float = 0) -> Calendar:
    return Calendar(ZONE, (span(8, 20),), closures, takes, LIMITS, at(now))


def told(runs: list[Run]) -> list[tuple[str, float, float]]:
    def hour(instant: dt.datetime) -> float:
        return (instant - at(0)).total_seconds() / 3600

    return [(run.sort.value, hour(run.span.start), hour(run.span.end)) for run in runs]


def test_what_is_taken_cleaned_closed_and_free() -> None:
    found = runs_of_day(calendar(takes=(taken(10, 12, 12.5),), closures=(Closed(span(15, 16), "Paint"),), now=9),
                        day_span(DAY, ZONE))  # fmt: skip
    assert told(found) == [
        ("closed", 0, 8), ("past", 8, 9), ("free", 9, 10), ("taken", 10, 12), ("buffer", 12, 12.5), ("free", 12.5, 15),
        ("closure", 15, 16), ("free", 16, 20), ("closed", 20, 24),
    ]  # fmt: skip
    assert share_taken([found]) == round(100 * 2 / 11)


def test_what_is_taken_in_a_closure_or_at_night_is_seen_and_the_day_after_has_its_part() -> None:
    night = Taken(Span(at(22), at(26)), at(25), uuid.uuid4(), "booking")
    both = calendar(takes=(taken(15, 15.5), night), closures=(Closed(span(15, 16), ""),))
    assert [one for one in told(runs_of_day(both, day_span(DAY, ZONE))) if one[1] >= 15] == [
        ("taken", 15, 15.5), ("closure", 15.5, 16), ("free", 16, 20), ("closed", 20, 22), ("taken", 22, 24),
    ]  # fmt: skip
    after = runs_of_day(both, day_span(DAY + dt.timedelta(days=1), ZONE))
    assert told(after)[:2] == [("taken", 24, 25), ("buffer", 25, 26)]


def test_empty_timeslots_that_follow_one_another_are_one_run() -> None:
    slots = [Slot(number, span(9 + number, 9.75 + number), "Escape") for number in range(4)]
    slots.append(Slot(9, span(9.25, 9.5), "Puzzle"))
    found = runs_of_day(calendar(takes=(taken(11, 11.5),)), day_span(DAY, ZONE), slots)
    drawn = [(one.words, one.sessions, one.span) for one in found if one.sort == Sort.SLOTS]
    assert drawn == [("Escape", (0, 1), span(9, 10.75)), ("Escape", (3,), span(12, 12.75))], "not the one that is taken"


def test_nothing_can_be_sold_where_nothing_opens() -> None:
    shut = Calendar(ZONE, (), (), (), LIMITS, at(0))
    found = runs_of_day(shut, day_span(DAY, ZONE))
    assert told(found) == [("closed", 0, 24)]
    assert share_taken([found]) is None
    assert bounds([found], ZONE) == (8, 18)


def test_a_day_is_drawn_from_the_first_to_the_last_hour_anything_is_in() -> None:
    found = runs_of_day(calendar(takes=(taken(6.5, 7), taken(20, 21.25))), day_span(DAY, ZONE))
    assert bounds([found], ZONE) == (6, 22)
    drawn = cells(found, ZONE, 6, 22)
    assert [(cell.n, cell.run.sort.value) for cell in drawn] == [
        (2, "closed"), (2, "taken"), (4, "closed"), (48, "free"), (5, "taken"), (3, "closed"),
    ]  # fmt: skip


@pytest.mark.parametrize("minutes", [5, 10])
def test_the_shortest_booking_has_a_cell_of_its_own(minutes: int) -> None:
    part = minutes / 60
    found = runs_of_day(calendar(takes=(taken(10, 10 + part), taken(10 + part, 10 + 2 * part))), day_span(DAY, ZONE))
    drawn = cells(found, ZONE, 8, 20)
    assert [cell.n for cell in drawn if cell.run.sort == Sort.TAKEN] == [1, 1]
    assert sum(cell.n for cell in drawn) == 48


def test_on_the_day_the_clocks_jump_everything_stands_at_the_hour_it_is_told_at() -> None:
    jump = dt.date(2027, 3, 28)  # 02:00 is 03:00
    start = day_span(jump, ZONE).start
    claim = Taken(Span(start + dt.timedelta(hours=1.5), start + dt.timedelta(hours=4)), start + dt.timedelta(hours=4),
                  uuid.uuid4(), "booking")  # fmt: skip
    open_all_day = Calendar(ZONE, (day_span(jump, ZONE),), (), (claim,), LIMITS, at(0))
    drawn = cells(runs_of_day(open_all_day, day_span(jump, ZONE)), ZONE, 0, 24)
    assert [(cell.n, cell.run.sort.value) for cell in drawn] == [(6, "free"), (14, "taken"), (76, "free")], (
        "01:30–05:00"
    )


@given(
    edges=st.lists(st.integers(0, 24 * 12), min_size=2, max_size=24, unique=True),
    now=st.floats(0, 24),
    hours=st.tuples(st.integers(0, 11), st.integers(12, 24)),
)
def test_runs_never_leave_a_gap_and_cells_always_fill_the_day(
    edges: list[int], now: float, hours: tuple[int, int]
) -> None:
    points = sorted(edges)
    takes = tuple(taken(a / 12, b / 12) for a, b in zip(points[::2], points[1::2], strict=False))
    found = runs_of_day(calendar(takes=takes, now=now), day_span(DAY, ZONE))
    whole = day_span(DAY, ZONE)
    assert (found[0].span.start, found[-1].span.end) == (whole.start, whole.end)
    assert all(one.span.end == after.span.start for one, after in pairwise(found))
    drawn: list[Cell] = cells(found, ZONE, *hours)
    assert sum(cell.n for cell in drawn) == (hours[1] - hours[0]) * 4
    assert all(cell.n > 0 for cell in drawn)
