"""Cancellation terms, exactly at, just before and just after each boundary."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bookapp.catalog.rules import FLEXIBLE, STANDARD, STRICT, TermsStep, share_back, terms_problem, terms_steps

START = dt.datetime(2026, 6, 5, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def before(hours: float) -> dt.datetime:
    return START - dt.timedelta(hours=hours)


@pytest.mark.parametrize(
    ("tiers", "hours", "share"),
    [
        (STANDARD, 1000, 75),
        (STANDARD, 48, 75),
        (STANDARD, 24, 50),
        (STANDARD, 0, 25),
        (FLEXIBLE, 24, 100),
        (FLEXIBLE, 6, 50),
        (STRICT, 168, 50),
    ],
)
def test_exactly_at_a_boundary_the_better_tier_counts(tiers, hours, share):
    assert share_back(tiers, START, before(hours)) == share


@pytest.mark.parametrize(
    ("tiers", "hours", "share"),
    [(STANDARD, 48, 50), (STANDARD, 24, 25), (STANDARD, 0, 0), (FLEXIBLE, 24, 50), (FLEXIBLE, 6, 0), (STRICT, 168, 0)],
)
def test_a_second_later_it_is_the_next_one(tiers, hours, share):
    assert share_back(tiers, START, before(hours) + SECOND) == share


def test_hours_are_elapsed_hours_on_the_day_the_clocks_change():
    # Berlin, 25 October 2026: the night has 25 hours, so 48 hours before 10:00 is 11:00 two days earlier by the clock.
    start = dt.datetime(2026, 10, 26, 10, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(dt.UTC)
    boundary = dt.datetime(2026, 10, 24, 11, tzinfo=ZoneInfo("Europe/Berlin"))
    assert share_back(STANDARD, start, boundary) == 75
    assert share_back(STANDARD, start, boundary + SECOND) == 50


def test_the_order_of_tiers_does_not_matter():
    assert share_back(tuple(reversed(STANDARD)), START, before(30)) == 50


def test_steps_say_until_when_and_end_with_the_start():
    assert terms_steps(STANDARD, START, before(100)) == [
        TermsStep(before(48), 75),
        TermsStep(before(24), 50),
        TermsStep(None, 25),
    ]
    assert terms_steps(FLEXIBLE, START, before(100)) == [
        TermsStep(before(24), 100),
        TermsStep(before(6), 50),
        TermsStep(None, 0),
    ]


def test_steps_that_are_over_are_left_out():
    assert terms_steps(STANDARD, START, before(48)) == [
        TermsStep(before(48), 75),
        TermsStep(before(24), 50),
        TermsStep(None, 25),
    ]
    assert terms_steps(STANDARD, START, before(48) + SECOND)[0] == TermsStep(before(24), 50)
    assert terms_steps(STANDARD, START, before(1)) == [TermsStep(None, 25)]
    assert terms_steps(STRICT, START, before(1)) == [TermsStep(None, 0)]
    assert terms_steps(STANDARD, START, START + SECOND) == [TermsStep(None, 0)]


def test_equal_shares_are_one_step():
    tiers = [{"hours": 48, "percent": 50}, {"hours": 24, "percent": 50}, {"hours": 0, "percent": 0}]
    assert terms_steps(tiers, START, before(100)) == [TermsStep(before(24), 50), TermsStep(None, 0)]


@pytest.mark.parametrize("hours", [200, 168, 100, 48, 47, 24, 23, 6, 5, 0])
@pytest.mark.parametrize("tiers", [STANDARD, FLEXIBLE, STRICT])
def test_the_first_step_is_what_comes_back_now(tiers, hours):
    now = before(hours)
    assert terms_steps(tiers, START, now)[0].percent == share_back(tiers, START, now)


@pytest.mark.parametrize("tiers", [STANDARD, FLEXIBLE, STRICT])
def test_presets_are_usable(tiers):
    assert terms_problem(tiers) is None


@pytest.mark.parametrize(
    "tiers",
    [
        [],
        [{"hours": hours, "percent": 50} for hours in range(7)],
        [{"hours": -1, "percent": 50}],
        [{"hours": 24, "percent": 101}],
        [{"hours": 24, "percent": 50}, {"hours": 24, "percent": 40}],
        [{"hours": 48, "percent": 25}, {"hours": 24, "percent": 50}],
    ],
)
def test_tiers_that_make_no_sense_are_refused_in_words(tiers):
    assert terms_problem(tiers)


@pytest.mark.parametrize(
    "tiers",
    [
        [{"hours": hours, "percent": 50} for hours in range(6)],
        [{"hours": 8760, "percent": 100}, {"hours": 0, "percent": 0}],
        [{"hours": 48, "percent": 50}, {"hours": 24, "percent": 50}],
    ],
)
def test_tiers_at_the_edge_of_what_makes_sense(tiers):
    assert terms_problem(tiers) is None


@pytest.mark.parametrize("tier", [{"hours": 8761, "percent": 50}, {"hours": 24, "percent": -1}])
def test_tiers_beyond_it(tier):
    assert terms_problem([tier])
