"""Rules of somebody's week, and of the days that an open page hears of."""

from __future__ import annotations

import datetime as dt

import pytest

from bookapp.scheduling.rules import weekly_problems
from bookapp.scheduling.rules.watching import place_channels, session_channel
from tests.scheduling.calendars import week

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
KIRITIMATI = dt.timezone(dt.timedelta(hours=14))


@pytest.mark.parametrize(
    ("stretches", "wrong"),
    [
        ((), []),
        (("0 09:00-12:00", "0 12:00-17:00", "1 09:00-12:00"), []),
        (("0 20:00-02:00", "1 02:00-08:00"), []),
        (("0 00:00-12:00", "0 12:00-00:00"), []),
        (("0 09:00-09:00",), [0]),
        (("0 09:00-12:00", "0 11:59-17:00"), [1]),
        (("0 11:00-17:00", "0 09:00-12:00"), [1]),
        (("0 09:00-17:00", "0 10:00-11:00"), [1]),
        (("0 10:00-11:00", "0 09:00-17:00"), [1]),
        (("0 20:00-02:00", "1 01:59-08:00"), [1]),
        (("0 01:00-08:00", "6 20:00-02:00"), [1]),
        (("0 09:00-09:00", "0 08:00-10:00"), [0]),
        (("0 09:00-12:00", "0 09:00-12:00", "0 09:00-12:00"), [1, 2]),
    ],
)
def test_a_week_has_no_empty_and_no_overlapping_stretches(stretches: tuple[str, ...], wrong: list[int]) -> None:
    assert sorted(weekly_problems(week(*stretches))) == wrong


def test_what_is_wrong_is_said_and_a_house_may_be_open_round_the_clock() -> None:
    twice = week("0 09:00-09:00", "0 08:00-10:00", "0 09:30-11:00", "1 12:00-13:00")
    assert weekly_problems(twice) == {
        0: "This stretch ends when it begins.",
        2: "This overlaps another stretch of your week.",
    }
    assert list(weekly_problems(twice, whole_days=True)) == [1, 2]
    assert weekly_problems(week("0 00:00-00:00", "1 00:00-00:00"), whole_days=True) == {}
    # The day that begins on Monday at nine ends on Tuesday at nine.
    assert list(weekly_problems(week("1 08:59-10:00", "0 09:00-09:00"), whole_days=True)) == [1]
    assert weekly_problems(week("0 09:00-09:00", "1 09:00-10:00"), whole_days=True) == {}


def test_a_place_is_told_for_each_day_that_is_touched() -> None:
    assert place_channels(5, NOON, NOON + DAY) == ["place:5:2027-03-01", "place:5:2027-03-02"]
    assert place_channels(5, NOON, NOON.replace(hour=0) + DAY) == ["place:5:2027-03-01"]
    assert place_channels(5, NOON, NOON + 2 * DAY)[2:] == ["place:5:2027-03-03"]
    assert session_channel(7) == "session:7"


def test_the_days_are_those_of_utc() -> None:
    start = dt.datetime(2027, 3, 2, 1, tzinfo=KIRITIMATI)
    assert place_channels(5, start, start + DAY) == ["place:5:2027-03-01", "place:5:2027-03-02"]
